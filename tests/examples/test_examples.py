"""Each program of tools/examples does what it says, its rows arrive, and tools/check-writer finds nothing wrong with it."""

import json
import sqlite3
import unittest

import toolchains
from harness import E2ETest, run_command

NO_PLACE_LEFT = "free >= 0"
MACRO_RULE = "without a postback: .*macro.that.was.not.filled.in"


class Shops(E2ETest):
    """A test for each language is added below."""

    def open_shop(self, language):
        self.command = toolchains.ALL[language]()
        self.init()
        with open(toolchains.EXAMPLES + "/shop.sql", encoding="utf-8") as file, sqlite3.connect(self.db_path) as db:
            db.executescript(file.read())

    def shop(self, order, subid, amount="12.50", code=0):
        result = run_command([*self.command, self.db_path, order, subid, amount])
        self.assertEqual(result.code, code, result)
        return (result.out if code == 0 else result.err).strip()

    def orders(self):
        return [row[0] for row in self.db.all("SELECT id FROM orders ORDER BY id")]

    def rows_arrive_once_and_what_was_rolled_back_never(self, language):
        self.open_shop(language)
        self.assertEqual(self.shop("7", "2kd9a0c"), "order 7 is recorded")
        self.assertEqual(self.shop("7", "2kd9a0c"), "order 7 was recorded before")

        self.db.execute("DELETE FROM orders WHERE id = '7'")
        self.assertEqual(self.shop("7", "2kd9a0c"), "order 7 is recorded", "the outbox knows the event still")

        self.db.execute("UPDATE places SET free = 0")
        self.assertIn(NO_PLACE_LEFT, self.shop("8", "2kdc7pp", code=1))
        self.assertEqual(self.orders(), ["7"], "the order was rolled back")
        self.db.execute("UPDATE places SET free = 9")

        self.assertRegex(self.shop("9", "{subid}"), MACRO_RULE)
        self.assertEqual(self.shop("10's \"x\"", "2kd'; --", "3"), "order 10's \"x\" is recorded")
        self.assertEqual(self.orders(), ["10's \"x\"", "7", "9"], "a bad click id costs no order")
        self.assertEqual(run_command([*self.command, self.db_path]).code, 2)

        sim = self.sim()
        self.assertEqual(self.worker(verb="drain", url=sim.url).wait(), 0)
        self.assertCountEqual(
            [(c["sub_id"], c["tid"], c["status"], c["revenue"]) for c in sim.conversions()],
            [("2kd9a0c", "order-7", "sale", "12.5"), ("2kd'; --", "order-10's \"x\"", "sale", "3")])
        self.assertEqual(len(sim.received()), 2)

    def check_writer_finds_nothing_wrong(self, language):
        self.open_shop(language)
        result = toolchains.check_writer(
            "--db", self.db_path, "--business-table", "orders", "--twice", "--kill", "1", "--lock-seconds", "0.3", "--longest-lock-ms", "20000", "--json",
            "--", *self.command, "{db}", "7", "2kd9a0c", "12.50")
        self.assertEqual(result.code, 0, result)
        found = json.loads(result.out)
        self.assertEqual((found["rows"], found["findings"]), (1, []))
        self.assertLessEqual({"arrived", "transaction", "busy", "repeat", "kill", "event_id"}, set(found["passed"]))
        self.assertEqual(self.orders(), ["7"])


def _add_tests(language):
    def rows_arrive(self):
        self.rows_arrive_once_and_what_was_rolled_back_never(language)

    def nothing_wrong(self):
        self.check_writer_finds_nothing_wrong(language)

    setattr(Shops, f"test_rows_of_{language}_arrive_once_and_what_was_rolled_back_never", rows_arrive)
    setattr(Shops, f"test_check_writer_finds_nothing_wrong_with_{language}", nothing_wrong)


for _language in toolchains.ALL:
    _add_tests(_language)


if __name__ == "__main__":
    unittest.main()
