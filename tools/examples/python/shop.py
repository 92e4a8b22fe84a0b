#!/usr/bin/env python3
"""Records a paid order, and the postback that tells Keitaro of it, in one transaction.

    python3 shop.py shop.db ORDER SUBID AMOUNT        python3 shop.py shop.db 7 2kd9a0c 12.50

Exit code 0: the order is recorded (now, or it was before). 1: nothing was recorded, the reason is on stderr.
A second run with the same order changes nothing and says so.
Needs Python 3.8 or later, nothing beside it.
"""

import contextlib
import sqlite3
import sys


def connect(path):
    # timeout: how long to wait for the write lock while somebody else commits. The worker holds it for milliseconds.
    # isolation_level=None: this program says BEGIN and COMMIT itself. Left to Python, a transaction begins as a reader, and a
    # reader that wants to write while somebody else did fails at once with "database is locked", whatever the timeout.
    return sqlite3.connect(path, timeout=5, isolation_level=None)


@contextlib.contextmanager
def transaction(db):
    """All of it, or nothing: an exception inside rolls everything back."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def append_postback(db, **columns):
    """Puts a row into the outbox, within the caller's transaction. Gives what the table has against it, or None.

    A row that breaks a rule fails alone; what the transaction did before stays. Whether the order counts without its
    postback is your decision. Here it does: a click id of rubbish is no reason to lose an order.
    """
    names = ", ".join(columns)
    marks = ", ".join("?" for _ in columns)
    try:
        # The event_id makes a second INSERT of the same event harmless.
        db.execute(f"INSERT INTO outbox ({names}) VALUES ({marks}) ON CONFLICT (event_id) DO NOTHING", tuple(columns.values()))
    except sqlite3.IntegrityError as error:
        return str(error)
    return None


def record_order(db, order, subid, amount):
    """Gives one line that says what was done."""
    with transaction(db):
        if db.execute("SELECT 1 FROM orders WHERE id = ?", (order,)).fetchone():
            return f"order {order} was recorded before"
        db.execute("INSERT INTO orders (id, subid, amount) VALUES (?, ?, ?)", (order, subid, amount))
        wrong = append_postback(
            db,
            subid=subid,
            status="sale",
            tid=f"order-{order}",
            payout=amount,  # text, never a float: 12.50 stays 12.50
            currency="usd",
            event_id=f"order-{order}-paid",
        )
        # Should this fail, for all places are sold, the order and its postback are gone too.
        db.execute("UPDATE places SET free = free - 1")
    return f"order {order} is recorded" + (f", without a postback: {wrong}" if wrong else "")


def main(arguments):
    if len(arguments) != 4:
        print("usage: shop.py DATABASE ORDER SUBID AMOUNT", file=sys.stderr)
        return 2
    path, order, subid, amount = arguments
    try:
        with contextlib.closing(connect(path)) as db:
            print(record_order(db, order, subid, amount))
    except sqlite3.Error as error:
        print(f"order {order} is not recorded: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
