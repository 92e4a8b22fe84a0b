"""What can be wrong with commits and with rows beside each other: transactions, repeats, ids."""

import collections

from .findings import hint, shown, wrong
from .replica import UNKNOWN

# Tables in the same file that are not the application's.
OUTBOX_TABLES = {"outbox", "conversions", "delivery_attempts", "outbox_trackers", "outbox_worker", "outbox_migrations",
                 "intake_rejects", "intake_spool", "outbox_readback"}
# The same facts within this time under two event_ids are one event.
SAME_EVENT_MS = 60_000
# Ids that leave out more than this were not given by SQLite.
LARGEST_GAP = 100_000

_FACTS = ("tracker", "campaign", "subid", "status", "tid", "payout", "cost", "currency", "params")


class History:
    """Takes commits in order, and gives findings."""

    def __init__(self, business_tables, event_ids, highest_id):
        self._business = set(business_tables)
        self._event_ids = dict(event_ids)
        self._highest = highest_id
        self._last_with_facts = {}
        self.rows = []
        self.commits_with_rows = 0
        self.alone = []  # Ids of rows whose commit changed no table of the application.
        self.others = collections.Counter()  # Tables that commits without rows changed.

    def add(self, commit):
        tables = commit.tables - OUTBOX_TABLES
        if commit.rows:
            self.commits_with_rows += 1
            needed = self._business | {UNKNOWN} if self._business else tables
            if not tables & needed:
                self.alone += [row["id"] for row in commit.rows]
        else:
            self.others.update(tables - {UNKNOWN})
        findings = [found for row in commit.rows for found in self._row(row, commit.gone)]
        replaced = {found.rows[0] for found in findings if found.check == "replace"}
        unexplained = len(commit.gone) - len(replaced)
        if unexplained > 0 and commit.rows:
            findings.append(wrong(
                "replace",
                "the commit that inserted rows took others out of the outbox",
                "insert with ON CONFLICT DO NOTHING, never with REPLACE or DELETE",
                [row["id"] for row in commit.rows]))
        self.rows += commit.rows
        return findings

    def business_findings(self):
        """What the commits of all say together."""
        if not self.alone:
            return
        named = ", ".join(sorted(self._business))
        if self._business:
            yield wrong(
                "transaction",
                f"the commit that inserted the row did not change {named}: after a crash between the two commits one is there without the other",
                f"write {named} and outbox between one BEGIN IMMEDIATE and its COMMIT, on one connection",
                self.alone)
        elif self.others:
            tables = ", ".join(sorted(self.others))
            yield wrong(
                "transaction",
                f"the commit that inserted the row changed nothing else, while other commits changed {tables}: "
                "after a crash between them one is there without the other",
                "write both between one BEGIN IMMEDIATE and its COMMIT, on one connection; "
                "--business-table NAME says which table must change in the same commit",
                self.alone)
        else:
            yield hint(
                "transaction",
                "the program changed no table but outbox",
                "if the fact is recorded in this file too, record it in the same transaction (--business-table NAME checks that)",
                self.alone)

    def _row(self, row, gone):
        yield from self._id(row)
        event = row["event_id"]
        before = self._event_ids.get(event) if event is not None else None
        if before in gone:
            yield wrong("replace", f"the row took the place of row {before} with the same event_id: what was sent already is sent again",
                        "use INSERT … ON CONFLICT DO NOTHING, not INSERT OR REPLACE", [row["id"]])
        if event is not None:
            self._event_ids[event] = row["id"]
        facts = tuple(row[column] for column in _FACTS)
        last = self._last_with_facts.get(facts)
        if last and event != last["event_id"] and abs(row["created_at"] - last["created_at"]) <= SAME_EVENT_MS and before not in gone:
            named = f"under the event_ids {shown(last['event_id'])} and {shown(event)}" if event and last["event_id"] else "twice"
            yield wrong("same_event", f"the same postback was inserted {named} within a minute",
                        "make event_id of what happened (order-7-paid), not of time, chance or the attempt", [last["id"], row["id"]])
        self._last_with_facts[facts] = row

    def _id(self, row):
        if row["id"] <= self._highest:
            yield wrong(
                "id",
                f"the insert wrote an id, {row['id']}, lower than one that was given before: the row may overtake others of its click",
                "leave id to SQLite",
                [row["id"]])
        elif row["id"] - self._highest > LARGEST_GAP:
            yield wrong(
                "id",
                f"the id {row['id']} follows {self._highest}: it was not given by SQLite",
                "leave id to SQLite: it is the order of sending",
                [row["id"]])
        self._highest = max(self._highest, row["id"])
