#!/bin/sh
# Records a paid order, and the postback that tells Keitaro of it, in one transaction.
#
#     sh shop.sh shop.db ORDER SUBID AMOUNT        sh shop.sh shop.db 7 2kd9a0c 12.50
#
# Exit code 0: the order is recorded (now, or it was before). 1: nothing was recorded, the reason is on stderr.
# A second run with the same order changes nothing and says so.
# Needs the sqlite3 shell.
set -eu

[ $# -eq 4 ] || {
  echo "usage: shop.sh DATABASE ORDER SUBID AMOUNT" >&2
  exit 2
}
db=$1 order=$2 subid=$3 amount=$4

# A text as SQL, quotes doubled: what comes from outside must not become a command.
quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"; }

# Runs SQL from stdin. -bail: the first error ends it, and the transaction is rolled back. .timeout: how long to wait, in
# milliseconds, for the write lock while somebody else commits; without it, the first time that somebody does is an error.
sql() { sqlite3 -batch -bail -cmd '.timeout 5000' "$db"; }

# All of it, or nothing. BEGIN IMMEDIATE: a plain BEGIN begins as a reader, and a reader that wants to write while somebody else
# did fails at once with "database is locked", whatever the time-out. The event_id makes a second INSERT harmless.
record_order() { # with or without the postback
  postback=''
  [ "$1" = without ] || postback="
    INSERT INTO outbox (subid, status, tid, payout, currency, event_id)
         SELECT $(quoted "$subid"), 'sale', $(quoted "order-$order"), $(quoted "$amount"), 'usd', $(quoted "order-$order-paid")
          WHERE (SELECT new FROM this)
             ON CONFLICT (event_id) DO NOTHING;"
  sql <<END_OF_SQL 2>&1
    CREATE TEMP TABLE this (new);
    BEGIN IMMEDIATE;
    INSERT INTO this SELECT NOT EXISTS (SELECT 1 FROM orders WHERE id = $(quoted "$order"));
    INSERT INTO orders (id, subid, amount)
         SELECT $(quoted "$order"), $(quoted "$subid"), $(quoted "$amount") WHERE (SELECT new FROM this);
    $postback
    UPDATE places SET free = free - 1 WHERE (SELECT new FROM this);
    COMMIT;
    SELECT 'order ' || $(quoted "$order") || iif(new, ' is recorded', ' was recorded before') FROM this;
END_OF_SQL
}

if said=$(record_order with); then
  echo "$said"
  exit 0
fi
# A row that breaks a rule of the outbox has taken the order back with it. Whether the order counts without its postback is your
# decision. Here it does: a click id of rubbish is no reason to lose an order.
case $said in
  *'CHECK constraint failed: '*_must_* | *'CHECK constraint failed: '*_macro_*)
    if again=$(record_order without); then
      echo "$again, without a postback: $said"
      exit 0
    fi
    said=$again
    ;;
esac
echo "order $order is not recorded: $said" >&2
exit 1
