"""The schema for PostgreSQL, by SQL alone: what an application and an operator meet."""

import hashlib
import re
import unittest

from pg_database import SCHEMA, SOURCE, DatabaseTest, SqlError

MIGRATIONS = sorted((SOURCE / "migrations" / "postgresql").glob("*.sql"))
COLUMNS = "state, attempts, strikes, refusals, unrecorded, waits_for, reason, finished_at IS NOT NULL"


class SchemaFile(unittest.TestCase):
    def test_it_has_each_migration_to_the_letter_and_records_its_checksum(self):
        schema = SCHEMA.read_text(encoding="utf-8")
        for migration in MIGRATIONS:
            text = migration.read_text(encoding="utf-8")
            statements = text[text.index("\n\n") + 2:]
            self.assertIn(statements, schema, migration)
            version, name = re.fullmatch(r"0*(\d+)_(\w+)", migration.stem).groups()
            self.assertIn(f"({version}, '{name}', '{hashlib.sha256(text.encode()).hexdigest()}')", schema)

    def test_its_checks_are_named_as_those_for_sqlite(self):
        def named(text):
            return re.findall(r"CONSTRAINT (\w+)", text)

        sqlite = named((SOURCE / "migrations" / "sqlite" / "0001_outbox.sql").read_text(encoding="utf-8"))
        here = named(MIGRATIONS[0].read_text(encoding="utf-8"))
        self.assertEqual([name for name in sqlite if name not in here], ["recorded_must_be_from_0_to_1000000000000000"])
        self.assertEqual([name for name in here if name not in sqlite], [])


class Schema(DatabaseTest):
    def setUp(self):
        self.db = self.database().install()

    def insert(self, subid="click", columns="", values=""):
        return int(self.db.sql(f"INSERT INTO outbox (subid, status{columns}) VALUES ('{subid}', 'sale'{values}) RETURNING id")[0])

    def row(self, row, columns=COLUMNS):
        return self.db.sql(f"SELECT {columns} FROM outbox WHERE id = {row}")[0]

    def refused(self, statement, words):
        with self.assertRaisesRegex(SqlError, words):
            self.db.sql(statement)

    def test_the_facts_of_a_row_are_fixed_and_its_state_and_time_are_not(self):
        row = self.insert(columns=", params, payout", values=""", '{"a":1}', 12.50""")
        for column, value in {"tracker": "'x'", "campaign": "'x'", "subid": "'x'", "status": "'lead'", "tid": "'x'", "payout": "1", "cost": "1",
                              "currency": "'usd'", "params": "'{}'", "event_id": "'x'", "created_at": "now() - interval '1 h'"}.items():
            self.refused(f"UPDATE outbox SET {column} = {value} WHERE id = {row}", "facts of an outbox row cannot be changed")
        self.refused(f"UPDATE outbox SET id = 7 WHERE id = {row}", "can only be updated to DEFAULT")
        self.db.sql(f"UPDATE outbox SET subid = 'click', payout = 12.5, state = 'dead', due_at = '2030-01-01' WHERE id = {row}")
        self.assertEqual(self.row(row, "payout, params, state"), '12.5|{"a": 1}|dead')

    def test_a_row_sent_again_starts_with_a_clean_sheet_and_a_time_that_has_passed(self):
        row = self.insert()
        self.db.sql(f"""UPDATE outbox SET state = 'dead', attempts = 5, strikes = 4, refusals = 3, unrecorded = 2, reason = 'x', finished_at = now()
                         WHERE id = {row}""")
        self.db.sql(f"UPDATE outbox SET state = 'pending', due_at = '-infinity' WHERE id = {row}")
        self.assertEqual(self.row(row), "pending|5|0|0|0|-|-|f")
        self.assertEqual(self.row(row, "extract(epoch FROM due_at)"), "0.001000")

    def test_cancelling_or_deleting_a_row_releases_the_first_waiting_one_of_its_click_alone(self):
        for statement in ("UPDATE outbox SET state = 'cancelled' WHERE id = {}", "DELETE FROM outbox WHERE id = {}"):
            first, second, third = (self.insert(statement[:6]) for _ in range(3))
            elsewhere = self.insert(statement[:6], ", tracker", ", 'other'")
            self.db.sql(f"UPDATE outbox SET waits_for = {first} WHERE id IN ({second}, {third}, {elsewhere})")
            self.db.sql(statement.format(first))
            self.assertEqual([self.row(row, "waits_for") for row in (second, third, elsewhere)], ["-", str(first), str(first)], statement)

    def test_all_rows_of_a_click_can_be_cancelled_by_one_statement(self):
        rows = [self.insert("whole click") for _ in range(3)]
        self.db.sql(f"UPDATE outbox SET waits_for = {rows[0]} WHERE id > {rows[0]} AND subid = 'whole click'")
        self.db.sql("UPDATE outbox SET state = 'cancelled' WHERE subid = 'whole click'")
        for row in rows:
            self.assertEqual(self.row(row), "cancelled|0|0|0|0|-|-|t")

    def test_the_triggers_find_their_table_whatever_the_search_path_is(self):
        first, second = self.insert(), self.insert()
        self.db.sql(f"UPDATE outbox SET waits_for = {first} WHERE id = {second}")
        self.db.sql("SET search_path = pg_catalog", f"UPDATE {self.db.name}.outbox SET state = 'cancelled' WHERE id = {first}")
        self.assertEqual(self.row(first), "cancelled|0|0|0|0|-|-|t")
        self.assertEqual(self.row(second, "waits_for"), "-")

    def test_the_second_insert_of_an_event_is_harmless(self):
        insert = "INSERT INTO outbox (subid, status, event_id) VALUES ('click', 'sale', 'paid')"
        self.db.sql(insert)
        self.refused(insert, "outbox_event_id_key")
        self.db.sql(insert + " ON CONFLICT DO NOTHING", insert + " ON CONFLICT (event_id) DO NOTHING")
        self.assertEqual(self.db.sql("SELECT count(*) FROM outbox"), ["1"])

    def test_all_rows_of_a_click_are_in_one_lane_and_clicks_are_spread_over_all(self):
        self.db.sql("INSERT INTO outbox (subid, status) SELECT 'click ' || n % 5000, 'sale' FROM generate_series(1, 10000) AS n")
        self.assertEqual(self.db.sql("SELECT max(lanes) FROM (SELECT count(DISTINCT lane) AS lanes FROM outbox GROUP BY subid) AS clicks"), ["1"])
        self.assertEqual(self.db.sql("SELECT count(DISTINCT lane), min(lane), max(lane) FROM outbox"), ["256|0|255"])
        self.assertEqual(self.db.sql("SELECT count(*) FROM outbox_lanes WHERE worker IS NULL"), ["256"])

    def test_times_are_whole_milliseconds_and_status_is_for_people(self):
        row = self.insert(columns=", due_at, created_at", values=", '2030-01-01 00:00:00.1236Z', now() - interval '90 s'")
        self.assertEqual(self.row(row, "due_at"), "2030-01-01 00:00:00.124+00")
        tracker, state, rows, age = self.db.sql("SELECT * FROM outbox_status")[0].split("|")
        self.assertEqual((tracker, state, rows), ("default", "pending", "1"))
        self.assertGreaterEqual(int(age), 90)

    def test_a_second_installation_changes_nothing_at_all(self):
        self.insert()
        with self.assertRaisesRegex(SqlError, 'relation "outbox" already exists'):
            self.db.install()
        self.assertEqual(self.db.sql("SELECT count(*) FROM outbox"), ["1"])
        self.assertEqual(self.db.sql("SELECT count(*) FROM outbox_lanes"), ["256"])

    def test_ids_are_not_cached_by_connections(self):
        self.assertEqual(self.db.sql("SELECT seqcache FROM pg_sequence WHERE seqrelid = pg_get_serial_sequence('outbox', 'id')::regclass"), ["1"])

    def test_loading_and_the_search_for_waiting_rows_use_their_indexes(self):
        for index, query in {
                "outbox_ready": "SELECT id FROM outbox WHERE tracker = 'default' AND due_at = '-infinity' AND state = 'pending'"
                                " AND waits_for IS NULL AND id > 5 ORDER BY id LIMIT 100",
                "outbox_waiting": "SELECT id FROM outbox WHERE tracker = 'default' AND subid = 'x' AND state = 'pending'"
                                  " AND (due_at > '-infinity' OR waits_for IS NOT NULL) ORDER BY id LIMIT 1",
                "outbox_undelivered": "SELECT id FROM outbox WHERE state = 'dead' ORDER BY id DESC LIMIT 50"}.items():
            plan = "\n".join(self.db.sql("SET LOCAL enable_seqscan = off", "EXPLAIN (COSTS off) " + query))
            self.assertIn(index, plan)
            self.assertNotIn("Sort", plan)


class Roles(DatabaseTest):
    """In a schema of its own, by a role that owns just that; the application's database belongs to another."""

    def setUp(self):
        self.keeper, self.writer, self.worker, self.reader = (self.role() for _ in range(4))
        self.db = self.database(owner=self.keeper).install()
        self.db.sql(f"GRANT USAGE ON SCHEMA {self.db.name} TO {self.writer}, {self.worker}, {self.reader}")
        # As they are written in the file.
        text = SCHEMA.read_text(encoding="utf-8").replace("\n--   ", "")
        grants = re.findall(r"GRANT [^;]+;", text)
        self.assertEqual(len(grants), 5)
        for grant in grants:
            named = re.sub(r" TO (\w+);", lambda match: f" TO {getattr(self, match[1])}", grant.replace("--", ""))
            self.db.sql(named)

    def by(self, user, *statements):
        return self.db.sql(*statements, user=user)

    def denied(self, user, statement):
        with self.assertRaisesRegex(SqlError, "permission denied"):
            self.by(user, statement)

    def test_the_application_inserts_and_does_no_more(self):
        insert = "INSERT INTO outbox (subid, status, event_id) VALUES ('click', 'sale', 'paid')"
        self.assertEqual(self.by(self.writer, insert + " RETURNING id"), ["1"])
        self.by(self.writer, insert + " ON CONFLICT DO NOTHING")
        self.by(self.writer, insert + " ON CONFLICT (event_id) DO NOTHING")
        self.denied(self.writer, "UPDATE outbox SET state = 'cancelled'")
        self.denied(self.writer, "SELECT subid FROM outbox")
        self.denied(self.writer, "SELECT * FROM conversions")

    def test_the_worker_records_cancels_and_deletes(self):
        self.by(self.writer, *["INSERT INTO outbox (subid, status) VALUES ('click', 'sale')"] * 3)
        self.by(self.worker, "UPDATE outbox SET waits_for = 1 WHERE id = 2", "UPDATE outbox SET state = 'cancelled' WHERE id = 1")
        self.assertEqual(self.by(self.worker, "SELECT waits_for IS NULL FROM outbox WHERE id = 2"), ["t"])
        self.by(self.worker, "DELETE FROM outbox WHERE id = 3", "UPDATE outbox_worker SET pruned_at = now()",
                "INSERT INTO outbox_trackers (tracker, paused_at) VALUES ('default', now())",
                "INSERT INTO outbox_workers (worker, host, pid, expires_at) VALUES ('w', 'h', 1, now())", "UPDATE outbox_lanes SET worker = 'w'",
                "SELECT FROM outbox_workers WHERE worker = 'w' FOR KEY SHARE")
        self.denied(self.worker, "UPDATE outbox_migrations SET version = 2")

    def test_the_reader_reads_all_and_changes_nothing(self):
        for table in ("outbox", "conversions", "delivery_attempts", "outbox_trackers", "outbox_worker", "outbox_workers", "outbox_lanes",
                      "intake_rejects", "intake_spool", "outbox_migrations", "outbox_status"):
            self.by(self.reader, f"SELECT * FROM {table}")
        self.denied(self.reader, "UPDATE outbox SET state = 'cancelled'")


if __name__ == "__main__":
    unittest.main()
