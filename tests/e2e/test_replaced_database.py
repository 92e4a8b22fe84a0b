"""The file is deleted, replaced or overwritten under a running worker: noticed, told, and got over without a restart."""

import os
import shutil
import threading
import unittest

from copied_database import CopiedDatabase
from harness import wait_until
from receiver import Reply

IN_THE_WAY = "is still that of the former file"


class ReplacedDatabase(CopiedDatabase):
    def deliver(self, receiver, *subids):
        before = receiver.count()
        self.insert(*subids)
        wait_until(lambda: receiver.count() == before + len(subids), what="they are delivered")

    def held_back(self, *subids):
        """A receiver that answers these only once the event is set."""
        released = threading.Event()
        self.addCleanup(released.set)

        def answer(request):
            if request.subid in subids:
                released.wait(60)
            return Reply()

        return self.receiver(answer), released

    def test_an_outcome_that_came_meanwhile_is_recorded_in_the_copy(self):
        receiver, released = self.held_back("one", "two")
        worker = self.worker(url=receiver.url)
        self.insert("one", "two")
        wait_until(lambda: receiver.count() == 2, what="they are in flight")
        self.take_copy()
        os.rename(self.copy, self.db_path)
        self.wait_for_line(worker, "store_replaced")
        released.set()
        self.wait_for_file_states({"delivered": 2})
        self.assertEqual(receiver.count(), 2, "nothing is sent twice")
        self.deliver(receiver, "three")
        self.wait_for_file_states({"delivered": 3})

    def test_a_deleted_file_is_waited_for(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.deliver(receiver, "one")
        self.wait_for_file_states({"delivered": 1})
        self.take_copy()
        os.remove(self.db_path)
        took = self.wait_for_line(worker, "was deleted or moved while it was open")
        print(f"deletion noticed after {took * 1000:.0f} ms")
        self.assertLess(took, 2)
        os.rename(self.copy, self.db_path)
        took = self.wait_for_line(worker, "store_recovered")
        print(f"return noticed after {took * 1000:.0f} ms")
        self.deliver(receiver, "two")
        self.wait_for_file_states({"delivered": 2})
        self.assertEqual(worker.stderr().count(" error store_trouble"), 1)

    def test_a_file_moved_away_and_back_loses_nothing(self):
        receiver, released = self.held_back("one")
        worker = self.worker(url=receiver.url)
        self.insert("one")
        wait_until(receiver.count, what="it is in flight")
        os.rename(self.db_path, self.path("away.db"))
        self.wait_for_line(worker, "was deleted or moved")
        released.set()
        self.wait_for_line(worker, " debug store_trouble ", count=3)
        os.rename(self.path("away.db"), self.db_path)
        self.wait_for_file_states({"delivered": 1})
        self.assertEqual(receiver.count(), 1)

    def test_all_its_files_deleted_and_another_database_in_their_place(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.deliver(receiver, "one")
        other = self.path("other.db")
        self.assertEqual(self.ko("init", "--db", other).code, 0)
        for name in os.listdir(self.folder):
            if name.startswith("app.db"):
                os.remove(self.path(name))
        self.wait_for_line(worker, "was deleted or moved")
        os.rename(other, self.db_path)
        self.wait_for_line(worker, "another database is in its place now")
        self.deliver(receiver, "two", "three")
        self.wait_for_file_states({"delivered": 2})
        # The lock was deleted with the rest; it is held again.
        second = self.worker(url=receiver.url)
        self.wait_for_line(second, "standing_by")
        worker.kill()
        self.deliver(receiver, "four")
        self.wait_for_file_states({"delivered": 3})

    def test_rows_in_flight_of_a_database_that_is_gone_do_not_touch_the_new_one(self):
        receiver, released = self.held_back("old")
        worker = self.worker(url=receiver.url)
        self.insert("old")
        wait_until(receiver.count, what="it is in flight")
        other = self.path("other.db")
        self.assertEqual(self.ko("init", "--db", other).code, 0)
        self.shell("INSERT INTO outbox (subid, status, due_at) VALUES ('new', 'lead', 4102444800000)", db_path=other)
        os.rename(other, self.db_path)
        self.wait_for_line(worker, "another database is in its place now")
        self.assertIn("what became of 1 rows of the former one", worker.stderr())
        released.set()
        self.assert_stays(lambda: self.file_states() == {"pending": 1}, 0.7, "row 1 is another one here")
        self.deliver(receiver, "two")

    def test_a_file_overwritten_in_place_is_not_mixed_with_the_former_log(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.deliver(receiver, "one")
        self.wait_for_file_states({"delivered": 1})
        self.take_copy()
        self.deliver(receiver, "two")
        self.wait_for_file_states({"delivered": 2})
        self.assert_stays(worker.running, 1.2, "it has seen the log that the first commit began")
        with open(self.copy, "rb") as copy, open(self.db_path, "wb") as file:  # As `cp` does.
            shutil.copyfileobj(copy, file)
        took = self.wait_for_line(worker, IN_THE_WAY)
        print(f"overwriting noticed after {took * 1000:.0f} ms")
        self.assertLess(took, 2)
        # What the line says.
        os.remove(self.db_path + "-wal")
        os.remove(self.db_path + "-shm")
        shutil.copy(self.copy, self.db_path)
        self.wait_for_line(worker, "is an older copy: 1 group of outcomes")
        self.assertEqual(self.shell("PRAGMA integrity_check").out, "ok\n")
        self.assertEqual(receiver.count(), 2)
        self.assertEqual(worker.terminate(timeout=15), 0)
        self.assertEqual(self.file_states(), {"delivered": 1})

    def test_setting_the_time_of_the_file_or_checkpoints_by_others_are_nothing(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        for number in range(4):
            self.deliver(receiver, f"c{number}")
            os.utime(self.db_path)
            self.assertEqual(self.shell("PRAGMA wal_checkpoint(PASSIVE); PRAGMA wal_checkpoint(TRUNCATE); VACUUM").code, 0)
            self.assert_stays(worker.running, 0.7, "it goes on")
        self.deliver(receiver, "last")
        self.wait_for_file_states({"delivered": 5})
        self.assertNotIn("store_trouble", worker.stderr())
        self.assertNotIn("store_replaced", worker.stderr())

    def test_a_symbolic_link_that_leads_elsewhere_now_is_followed_with_its_lock(self):
        os.mkdir(self.path("a"))
        os.mkdir(self.path("b"))
        first, second = self.path("a/app.db"), self.path("b/app.db")
        os.rename(self.db_path, first)
        for suffix in ("-wal", "-shm"):
            if os.path.exists(self.db_path + suffix):
                os.remove(self.db_path + suffix)
        os.symlink(first, self.db_path)
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.deliver(receiver, "one")
        self.wait_for_file_states({"delivered": 1})
        self.assertEqual(self.shell(f".backup {second}").code, 0)
        os.symlink(second, self.path("link"))
        os.rename(self.path("link"), self.db_path)
        self.wait_for_line(worker, "store_replaced")
        self.deliver(receiver, "two")
        self.wait_for_file_states({"delivered": 2})
        other = self.worker(url=receiver.url, db_path=second)
        self.wait_for_line(other, "standing_by")

    def test_a_lock_file_deleted_or_emptied_while_it_is_held_is_made_anew(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.deliver(receiver, "one")
        lock = self.db_path + "-outbox-lock"
        os.remove(lock)
        wait_until(lambda: os.path.exists(lock), what="it is there again")
        self.deliver(receiver, "two")  # By the thread that makes the file: it has locked it too.
        second = self.worker(url=receiver.url)
        self.wait_for_line(second, "standing_by")
        os.truncate(lock, 0)
        self.deliver(receiver, *(f"c{n}" for n in range(20)))
        self.assertTrue(worker.running(), "memory that the file lacks now does not end it")
        self.assertNotIn("taking_over", second.stderr())


if __name__ == "__main__":
    unittest.main()
