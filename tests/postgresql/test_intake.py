"""The front door on PostgreSQL: a 200 is a committed row, on as many machines as there are."""

import threading
import unittest

from front_door import FrontDoorTest
from harness import wait_until
from outbox_test import OutboxTest


class FrontDoor(OutboxTest, FrontDoorTest):
    def init(self):
        """OutboxTest has done it."""

    def load(self, port, numbers, answers):
        for number in numbers:
            try:
                code, _, _ = self.call(port, f"subid=click{number}&status=sale&tid=t{number}&n={number}")
            except OSError:
                code = 0  # The door was killed: nothing is known of this call.
            answers[number] = code

    def test_what_is_answered_200_is_a_row_and_what_breaks_a_rule_a_reject(self):
        config = self.configure(source='event_id = "{tid}"')
        _, port = self.open(config)
        self.assertEqual(self.call(port, "subid=a&status=sale&payout=12.5&tid=1&x=y")[0], 200)
        self.assertEqual(self.call(port, "subid=a&status=sale&payout=12.5&tid=1&x=y")[0], 200)
        self.assertEqual(self.pg.sql("SELECT subid, status, payout, tid, params, event_id FROM outbox"), ['a|sale|12.5|1|{"x": "y"}|net:1'])
        code, body, _ = self.call(port, "subid=&status=sale")
        self.assertEqual(code, 422)
        self.assertIn(b"subid", body)
        self.assertEqual(self.pg.sql("SELECT source, query FROM intake_rejects"), ["net|subid=&status=sale"])
        self.assertIn("subid must have 1 to 255 characters", self.ko("rejects", "--db", self.pg.url()).out)

    def test_triggers_of_the_application_harm_their_own_calls_alone(self):
        self.pg.sql("""CREATE FUNCTION picky() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                         IF NEW.subid = 'gone' THEN RETURN NULL; END IF;
                         IF NEW.subid = 'bad' THEN RAISE 'not this one'; END IF;
                         RETURN NEW; END $$""",
                    "CREATE TRIGGER picky BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION picky()")
        _, port = self.open()
        answers = {subid: self.call(port, f"subid={subid}&status=sale") for subid in ("good", "gone", "bad", "fine")}
        self.assertEqual([answer[0] for answer in answers.values()], [200, 422, 422, 200])
        self.assertIn(b"not this one", answers["bad"][1])
        self.assertEqual(self.pg.sql("SELECT subid FROM outbox ORDER BY id"), ["good", "fine"])
        self.assertEqual(self.pg.sql("SELECT count(*) FROM intake_rejects"), ["2"])

    def test_while_the_database_cannot_take_it_the_answer_is_503(self):
        _, port = self.open()
        locked = self.pg.hold("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
        code, _, headers = self.call(port, "subid=a&status=sale")
        self.assertEqual((code, "Retry-After" in headers), (503, True))
        locked.end()
        wait_until(lambda: self.call(port, "subid=b&status=sale")[0] == 200, what="it is open again")
        self.assertEqual(self.pg.sql("SELECT subid FROM outbox"), ["b"])

    def test_two_doors_on_one_database_lose_nothing_when_one_is_killed(self):
        config = self.configure(source='event_id = "{n}"')
        doomed, first = self.open(config)
        _, second = self.open(config)
        answers = [{}, {}]
        clients = [threading.Thread(target=self.load, args=(port, range(client * 1000, client * 1000 + 200), answers[client % 2]))
                   for client, port in enumerate((first, second, first, second))]
        for client in clients:
            client.start()
        wait_until(lambda: len(answers[0]) > 50, what="calls are answered")
        doomed.kill()
        for client in clients:
            client.join()
        kept = {number for part in answers for number, code in part.items() if code == 200}
        rows = {int(tid) for tid in self.pg.sql("SELECT substr(tid, 2) FROM outbox")}
        self.assertEqual(kept - rows, set(), "each 200 is a row")
        self.assertEqual(len(answers[1]), 400)
        self.assertEqual(set(answers[1].values()), {200})

    def test_run_opens_it_too_and_delivers_what_comes_in(self):
        receiver = self.receiver()
        config = self.configure(trackers=f'[[tracker]]\nurl = "{receiver.url}"\nallow_private = true\n')
        _, port = self.open(config, verb="run")
        self.assertEqual(self.call(port, "subid=a&status=sale")[0], 200)
        wait_until(receiver.count, what="it is delivered")
        self.assertEqual(receiver.seen()[0].subid, "a")

    def test_a_spool_needs_a_folder(self):
        config = self.configure(intake="spool = true")
        ended = self.ko("intake", "--db", self.pg.url(), "--config", config)
        self.assertEqual(ended.code, 1, ended)
        self.assertIn("STATE_DIRECTORY", ended.err)


if __name__ == "__main__":
    unittest.main()
