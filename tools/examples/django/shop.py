#!/usr/bin/env python3
"""Records a paid order, and the postback that tells Keitaro of it, in one transaction: with Django's models.

    python3 shop.py shop.db ORDER SUBID AMOUNT        python3 shop.py shop.db 7 2kd9a0c 12.50

Exit code 0: the order is recorded (now, or it was before). 1: nothing was recorded, the reason is on stderr.
A second run with the same order changes nothing and says so.
Needs Django 3.2 or later (Debian: python3-django). In a project of yours, settings and models stand in files of their own.
"""

import sys

import django
from django.conf import settings
from django.db import Error, IntegrityError, connection, models, transaction


def configure(path):
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": path,
                # How long to wait, in seconds, for the write lock while somebody else commits.
                # From Django 5.1 on, add "transaction_mode": "IMMEDIATE" here; then begin_writing() below is not needed.
                "OPTIONS": {"timeout": 5},
            }
        }
    )
    django.setup()


def record_order(order_id, subid, amount):
    """Gives one line that says what was done."""

    class Order(models.Model):
        id = models.TextField(primary_key=True)
        subid = models.TextField()
        amount = models.TextField()

        class Meta:
            app_label = "shop"
            db_table = "orders"
            managed = False

    # The columns that your program writes. managed = False: the tables are made by `keitaro-outbox init`, never by Django's
    # migrations. Columns that are not named here keep the defaults that the table gives them.
    class Postback(models.Model):
        id = models.BigAutoField(primary_key=True)
        subid = models.TextField()
        status = models.TextField()
        tid = models.TextField(null=True)
        payout = models.TextField(null=True)  # text, never a float or DecimalField: 12.50 stays 12.50
        currency = models.TextField(null=True)
        event_id = models.TextField(null=True, unique=True)

        class Meta:
            app_label = "shop"
            db_table = "outbox"
            managed = False

    def begin_writing():
        # Django 3.2 begins a transaction as a reader. A reader that wants to write while somebody else did fails at once with
        # "database is locked", whatever the timeout. So the first statement writes, though it changes nothing.
        with connection.cursor() as cursor:
            cursor.execute("UPDATE orders SET id = id WHERE 0")

    with transaction.atomic():  # all of it, or nothing: an exception inside rolls everything back
        begin_writing()
        if Order.objects.filter(pk=order_id).exists():
            return f"order {order_id} was recorded before"
        Order.objects.create(id=order_id, subid=subid, amount=amount)
        event = f"order-{order_id}-paid"
        wrong = None
        # Not bulk_create(ignore_conflicts=True): Django makes INSERT OR IGNORE of it, which also swallows rows that break a
        # rule, without an error.
        if not Postback.objects.filter(event_id=event).exists():
            try:
                with transaction.atomic():  # a savepoint: a row that breaks a rule fails alone
                    Postback.objects.create(
                        subid=subid, status="sale", tid=f"order-{order_id}", payout=amount, currency="usd", event_id=event
                    )
            except IntegrityError as error:
                # Whether the order counts without its postback is your decision. Here it does.
                wrong = error
        with connection.cursor() as cursor:
            # Should this fail, for all places are sold, the order and its postback are gone too.
            cursor.execute("UPDATE places SET free = free - 1")
    return f"order {order_id} is recorded" + (f", without a postback: {wrong}" if wrong else "")


def main(arguments):
    if len(arguments) != 4:
        print("usage: shop.py DATABASE ORDER SUBID AMOUNT", file=sys.stderr)
        return 2
    path, order, subid, amount = arguments
    configure(path)
    try:
        print(record_order(order, subid, amount))
    except Error as error:
        print(f"order {order} is not recorded: {error}", file=sys.stderr)
        return 1
    finally:
        connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
