"""`check` on PostgreSQL: each thing that people get wrong, in one line that says what to do."""

import unittest

from outbox_test import OutboxTest

CONFIG = """
wake = "notify"
[[tracker]]
name = "default"
url = "http://127.0.0.1:9/key/postback"
allow_private = true
"""


class Check(OutboxTest):
    def findings(self, db=None, *flags, code=None):
        """What is not all right: texts by subject."""
        where = flags or ("--to", "http://127.0.0.1:9/key/postback", "--allow-private")
        result = self.ko("check", "--offline", "--db", db or self.pg.url(), *where)
        wrong = {}
        for line in result.out.splitlines():
            mark, _, said = line.partition("  ")
            subject, _, text = said.strip().partition(": ")
            if mark in ("warn", "FAIL"):
                wrong[subject] = f"{mark} {text}"
        self.assertEqual(result.code, 1 if any(text.startswith("FAIL") for text in wrong.values()) else 0, result)
        if code is not None:
            self.assertEqual(result.code, code, result)
        return wrong

    def pretending(self, *statements):
        """The address of the same tables for one who sees what is here in the place of what the server has."""
        self.pg.sql(*statements)
        return self.pg.url().replace(self.pg.name, f"{self.pg.name}%2Cpg_catalog")

    def test_all_is_well_with_what_init_has_made(self):
        self.assertEqual(self.findings(), {})

    def test_ids_that_connections_draw_in_advance(self):
        self.pg.sql("ALTER TABLE outbox ALTER COLUMN id SET CACHE 20")
        self.assertIn("ALTER TABLE outbox ALTER COLUMN id SET CACHE 1", self.findings(code=1)["ids"])
        self.pg.sql("ALTER TABLE outbox ALTER COLUMN id SET CACHE 1")
        self.assertEqual(self.findings(), {})

    def test_autovacuum_that_is_off_for_a_table(self):
        self.pg.sql("ALTER TABLE conversions SET (autovacuum_enabled = off)")
        self.assertIn("autovacuum is off for conversions", self.findings(code=1)["autovacuum"])

    def test_missing_grants_are_named_and_are_all_that_is_missing(self):
        role = self.role()
        tables = "outbox, conversions, delivery_attempts, outbox_trackers, outbox_workers, outbox_lanes, intake_rejects, intake_spool, outbox_readback"
        self.pg.sql(f"GRANT USAGE ON SCHEMA {self.pg.name} TO {role}",
                    f"GRANT SELECT ON {tables}, outbox_worker, outbox_migrations, outbox_status TO {role}",
                    f"GRANT INSERT, UPDATE ON {tables} TO {role}",
                    f"GRANT DELETE ON outbox, delivery_attempts, outbox_trackers, outbox_workers, outbox_lanes, intake_rejects, intake_spool,"
                    f" outbox_readback TO {role}")
        self.addCleanup(self.pg.sql, f"DROP OWNED BY {role}")
        said = self.findings(self.pg.url(role), code=1)["grants"]
        self.assertIn("GRANT DELETE ON conversions, UPDATE ON outbox_worker;", said)
        self.pg.sql(f"GRANT DELETE ON conversions TO {role}", f"GRANT UPDATE ON outbox_worker TO {role}")
        self.assertEqual(self.findings(self.pg.url(role)), {})

    def test_a_standby_takes_no_writes(self):
        db = self.pretending("CREATE FUNCTION pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'")
        found = self.findings(db, code=1)
        self.assertIn("the server is a standby", found["server"])
        self.assertIn("not written by this role", found["database"])

    def test_clocks_that_differ_and_a_transaction_that_stays_open(self):
        db = self.pretending("CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS"
                             " $$ SELECT pg_catalog.clock_timestamp() + interval '10 minutes' $$")
        held = self.pg.hold("SELECT 1")
        found = self.findings(db, code=0)
        held.end()
        self.assertRegex(found["clock"], r"differ by (599|600|601) s")
        self.assertRegex(found["transactions"], r"open for (6\d\d|[7-9]\d\d|\d{4,}) s")

    def test_dead_rows_that_nothing_clears_away(self):
        db = self.pretending("CREATE VIEW pg_stat_user_tables AS SELECT 'outbox'::regclass::oid AS relid, 200000 AS n_dead_tup, 5 AS n_live_tup")
        self.assertIn("200000 dead rows beside 5", self.findings(db, code=0)["vacuum"])

    def test_a_database_that_has_moved(self):
        self.insert()
        moved = self.ko("move", "--db", self.pg.url(), "--to", self.path("new.db"))
        self.assertEqual(moved.code, 0, moved)
        self.assertIn(f"has moved to {self.path('new.db')}", self.findings(code=1)["database"])
        back = self.findings(self.path("new.db"))
        self.assertNotIn("database", back)

    def test_wake_by_notifications_that_nobody_sends(self):
        config = self.write("outbox.toml", CONFIG)
        self.assertIn("schema/outbox.postgresql-notify.sql", self.findings(None, "--config", config, code=0)["wake"])
        self.pg.notify()
        self.assertEqual(self.findings(None, "--config", config), {})
        file = self.path("app.db")
        self.assertEqual(self.ko("init", "--db", file).code, 0)
        self.assertIn("PostgreSQL", self.findings(file, "--config", config, code=1)["wake"])


if __name__ == "__main__":
    unittest.main()
