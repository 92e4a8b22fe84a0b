"""Writers that do it wrong, each in one way, and one that does it right: python3 bad_writer.py WAY DATABASE [NUMBER]"""

# The names of pragmas are cut in two, for check-writer reads the scripts that it runs.

import os
import sqlite3
import sys
import time

GOOD = {"subid": "2kd9a0c", "status": "sale", "tid": "order-7", "payout": "12.50", "currency": "usd", "event_id": "order-7-paid"}


def insert(db, verb="INSERT", end="ON CONFLICT DO NOTHING", **columns):
    row = {**GOOD, **columns}
    db.execute(f"{verb} INTO outbox ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) {end}", tuple(row.values()))


def order(db):
    db.execute("INSERT OR IGNORE INTO orders VALUES (7, 'paid')")


def together(db, verb="INSERT", end="ON CONFLICT DO NOTHING", **columns):
    db.execute("BEGIN IMMEDIATE")
    order(db)
    insert(db, verb, end, **columns)
    db.execute("COMMIT")


def in_two_transactions(db):
    order(db)
    insert(db)


def in_two_transactions_and_never_again(db):
    """After a crash between the two, the order is there, and the postback never comes."""
    if not db.execute("SELECT 1 FROM orders").fetchone():
        order(db)
        time.sleep(0.1)
        insert(db)


def swallows_errors(db):
    db.execute("PRAGMA busy_timeout = 0")
    try:
        together(db)
    except sqlite3.Error:
        pass


def has_no_busy_timeout(db):
    db.execute("PRAGMA busy_timeout = 0")
    together(db)


def keeps_the_lock(db):
    db.execute("BEGIN IMMEDIATE")
    insert(db)
    order(db)
    time.sleep(0.3)
    db.execute("COMMIT")


def sends_one_event_twice(db):
    together(db, event_id="a")
    together(db, event_id="b")


def writes_nothing(db):
    db.execute("SELECT 1")


def rolls_back(db):
    db.execute("BEGIN IMMEDIATE")
    insert(db)
    db.execute("ROLLBACK")


def changes_facts(db):
    together(db)
    db.execute("UPDATE outbox SET payout = '13' WHERE event_id = 'order-7-paid'")


def leaves_wal(db):
    together(db)
    db.execute("PRAGMA journal_mode" + "=DELETE").fetchone()


def drops_a_trigger(db):
    together(db)
    db.execute("DROP TRIGGER outbox_facts_are_fixed")


def adds_a_trigger(db):
    db.execute("CREATE TRIGGER mine AFTER UPDATE ON outbox BEGIN UPDATE orders SET what = 'sent'; END")
    together(db)


def distrusts_schema(db):
    db.execute("PRAGMA trusted_schema" + "=OFF")
    together(db, params='{"sub_id_1":"x"}')


WAYS = {
    "well": together,
    "in_two_transactions": in_two_transactions,
    "in_two_transactions_and_never_again": in_two_transactions_and_never_again,
    "swallows_errors": swallows_errors,
    "has_no_busy_timeout": has_no_busy_timeout,
    "keeps_the_lock": keeps_the_lock,
    "sends_one_event_twice": sends_one_event_twice,
    "without_event_id": lambda db: together(db, event_id=None),
    "with_another_event_id_each_time": lambda db: together(db, event_id=f"{os.getpid()}-{time.time()}"),
    "without_on_conflict": lambda db: together(db, end=""),
    "by_replace": lambda db: together(db, verb="INSERT OR REPLACE", end=""),
    "or_ignore": lambda db: together(db, verb="INSERT" + " OR IGNORE", end=""),
    "with_a_large_id": lambda db: together(db, id=1_700_000_000),
    "with_a_comma": lambda db: together(db, payout="12,50"),
    "with_a_blob": lambda db: together(db, payout=b"12.50"),
    "writes_nothing": writes_nothing,
    "rolls_back": rolls_back,
    "changes_facts": changes_facts,
    "leaves_wal": leaves_wal,
    "drops_a_trigger": drops_a_trigger,
    "adds_a_trigger": adds_a_trigger,
    "distrusts_schema": distrusts_schema,
}


def main(way, path):
    WAYS[way](sqlite3.connect(path, timeout=5, isolation_level=None))


if __name__ == "__main__":
    main(*sys.argv[1:])
