#!/usr/bin/env python3
"""Records a paid order, and the postback that tells Keitaro of it, in one transaction: with SQLAlchemy's ORM.

    python3 shop.py shop.db ORDER SUBID AMOUNT        python3 shop.py shop.db 7 2kd9a0c 12.50

Exit code 0: the order is recorded (now, or it was before). 1: nothing was recorded, the reason is on stderr.
A second run with the same order changes nothing and says so.
Needs SQLAlchemy 1.4 or later (Debian: python3-sqlalchemy).
"""

import sys

from sqlalchemy import Column, Integer, Text, create_engine, event, exc, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Text, primary_key=True)
    subid = Column(Text, nullable=False)
    amount = Column(Text, nullable=False)


# The columns that your program writes; the others keep the defaults that the table gives them. The table is made by
# `keitaro-outbox init`: leave it out of create_all() and of Alembic's migrations.
class Postback(Base):
    __tablename__ = "outbox"
    id = Column(Integer, primary_key=True)
    subid = Column(Text, nullable=False)
    status = Column(Text, nullable=False)
    tid = Column(Text)
    payout = Column(Text)  # text, never Float or Numeric: 12.50 stays 12.50
    currency = Column(Text)
    event_id = Column(Text, unique=True)


def engine_for(path):
    # timeout: how long to wait, in seconds, for the write lock while somebody else commits.
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 5}, future=True)

    # Python's sqlite3 begins a transaction as a reader. A reader that wants to write while somebody else did fails at once with
    # "database is locked", whatever the timeout. These two have SQLAlchemy begin as a writer.
    @event.listens_for(engine, "connect")
    def leave_begin_to_us(connection, _record):
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin_as_a_writer(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def append_postback(session, **columns):
    """Puts a row into the outbox, within the session's transaction. Gives what the table has against it, or None."""
    # Not insert().prefix_with("OR IGNORE"): that also swallows rows that break a rule, without an error.
    statement = insert(Postback).values(**columns).on_conflict_do_nothing(index_elements=["event_id"])
    try:
        with session.begin_nested():  # a savepoint: a row that breaks a rule fails alone
            session.execute(statement)
    except exc.IntegrityError as error:
        # Whether the order counts without its postback is your decision. Here it does.
        return str(error.orig)
    return None


def record_order(engine, order_id, subid, amount):
    """Gives one line that says what was done."""
    with Session(engine, future=True) as session, session.begin():  # all of it, or nothing
        if session.get(Order, order_id):
            return f"order {order_id} was recorded before"
        session.add(Order(id=order_id, subid=subid, amount=amount))
        session.flush()
        wrong = append_postback(
            session,
            subid=subid,
            status="sale",
            tid=f"order-{order_id}",
            payout=amount,
            currency="usd",
            event_id=f"order-{order_id}-paid",  # makes a second INSERT of the same event harmless
        )
        # Should this fail, for all places are sold, the order and its postback are gone too.
        session.execute(text("UPDATE places SET free = free - 1"))
    return f"order {order_id} is recorded" + (f", without a postback: {wrong}" if wrong else "")


def main(arguments):
    if len(arguments) != 4:
        print("usage: shop.py DATABASE ORDER SUBID AMOUNT", file=sys.stderr)
        return 2
    path, order, subid, amount = arguments
    engine = engine_for(path)
    try:
        print(record_order(engine, order, subid, amount))
    except exc.SQLAlchemyError as error:
        print(f"order {order} is not recorded: {getattr(error, 'orig', error)}", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
