"""The files beside the database are for those whom the database is for, and nobody else's file is touched in their place."""

import os
import stat
import unittest

from harness import E2ETest, wait_until


class Files(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()
        self.lock = self.db_path + "-outbox-lock"

    def mode(self, path):
        return stat.S_IMODE(os.stat(path).st_mode)

    def beside(self):
        return sorted(name for name in os.listdir(self.folder) if name.startswith("app.db-"))

    def test_nothing_beside_the_database_is_open_to_more_people_than_the_database(self):
        for mode in (0o600, 0o640, 0o660, 0o644, 0o664):
            with self.subTest(mode=oct(mode)):
                if self._database is not None:
                    self._database.close()
                    self._database = None
                for name in self.beside():
                    os.unlink(self.path(name))
                os.chmod(self.db_path, mode)
                mask = os.umask(0)
                try:
                    receiver = self.receiver()
                    worker = self.worker(url=receiver.url)
                finally:
                    os.umask(mask)
                row = self.db.insert(subid="abc", status="lead", tid=oct(mode))
                self.wait_for_state(row, "delivered")
                self.assertLessEqual({"app.db-shm", "app.db-wal", "app.db-outbox-lock"}, set(self.beside()))
                for name in self.beside():
                    self.assertEqual(self.mode(self.path(name)) & ~mode, 0, (name, oct(self.mode(self.path(name)))))
                self.assertEqual(self.mode(self.lock) & 0o044, mode & (mode << 1) & 0o044, "a reader cannot take the lock")
                self.assertEqual(worker.terminate(), 0)

    def test_a_new_database_is_no_more_open_than_the_umask_says(self):
        for mask in (0o077, 0o027):
            with self.subTest(mask=oct(mask)):
                path = self.path(f"new{mask}.db")
                before = os.umask(mask)
                try:
                    self.assertEqual(self.ko("init", "--db", path).code, 0)
                finally:
                    os.umask(before)
                self.assertEqual(self.mode(path) & mask, 0)

    def test_what_stands_in_the_lock_files_place_is_left_alone(self):
        victim = self.write("precious", "precious")
        os.chmod(victim, 0o604)
        folder = self.path("folder")
        os.mkdir(folder)
        receiver = self.receiver()
        self.db.insert(subid="abc", status="sale")
        for name, make in (("a link", lambda: os.symlink(victim, self.lock)), ("a link to nothing", lambda: os.symlink(self.path("new"), self.lock)),
                           ("a folder's link", lambda: os.symlink(folder, self.lock)), ("a folder", lambda: os.mkdir(self.lock))):
            with self.subTest(name):
                make()
                result = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", "--timeout", "5s")
                self.assertEqual(result.code, 1, result)
                self.assertRegex(result.err.splitlines()[-1], "lock file .*app.db-outbox-lock")
                if os.path.islink(self.lock):
                    os.unlink(self.lock)
                else:
                    os.rmdir(self.lock)
        with open(victim, encoding="utf-8") as file:
            self.assertEqual((file.read(), self.mode(victim)), ("precious", 0o604))
        self.assertFalse(os.path.exists(self.path("new")))
        self.assertEqual(os.listdir(folder), [])
        self.assertEqual((receiver.count(), self.db.states()), (0, {"pending": 1}))

    def test_another_name_for_a_file_of_others_is_locked_and_no_more(self):
        victim = self.write("precious", "precious")
        os.chmod(victim, 0o604)
        os.link(victim, self.lock)
        receiver = self.receiver()
        self.db.insert(subid="abc", status="sale")
        self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", "--timeout", "20s")
        with open(victim, encoding="utf-8") as file:
            self.assertEqual((file.read(), self.mode(victim)), ("precious", 0o604))

    def test_a_lock_file_replaced_by_a_link_while_a_worker_stands_by_is_not_followed(self):
        victim = self.write("precious", "precious")
        receiver = self.receiver()
        first = self.worker(url=receiver.url)
        row = self.db.insert(subid="abc", status="lead")
        self.wait_for_state(row, "delivered")
        second = self.worker(url=receiver.url)
        wait_until(lambda: "standing" in second.output() or "stand" in second.output(), what="the second stands by")
        # In one go: either worker makes a lock file that is missing.
        os.symlink(victim, self.path("link"))
        os.replace(self.path("link"), self.lock)
        first.terminate()
        wait_until(lambda: not second.running() or "lock file" in second.output(), what=second.output)
        with open(victim, encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious")

    def test_very_long_lines_are_turned_away_in_one_short_line(self):
        long = "x" * 300_000
        config = self.write("long.toml", f'[[tracker]]\nurl = "https://tracker.example/{long}/postback"\n')
        for args in (("check", "--config", config), ("check", "--config", self.write("key.toml", f"{long} = 1\n")),
                     ("check", "--config", self.write("open.toml", f'name = "{long}\n')),
                     ("check", "--offline", "--to", f"https://tracker.example/{long[:100_000]}/postback"), ("list", "--tracker", long[:100_000]),
                     ("show", long[:100_000]), ("drain", "--timeout", long[:100_000])):
            with self.subTest(args[:2]):
                result = self.ko(args[0], "--db", self.db_path, *args[1:])
                self.assertIn(result.code, (0, 1, 2), result.err[:200])
                self.assertLess(len(result.err), 1000, result.err[:200])


if __name__ == "__main__":
    unittest.main()
