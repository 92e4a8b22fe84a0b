"""The application beside the worker, as a process: inserts rows in small transactions until all are committed.

python3 application.py DATABASE CLICKS ROWS_PER_CLICK ROWS_PER_TRANSACTION PAUSE_SECONDS
"""

import sqlite3
import sys
import time


def main(path, clicks, rows_per_click, rows_per_transaction, pause):
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, subid TEXT NOT NULL)")
    rows = [(f"c{click}", number) for number in range(rows_per_click) for click in range(clicks)]
    longest = 0.0
    for start in range(0, len(rows), rows_per_transaction):
        begun = time.monotonic()
        connection.execute("BEGIN IMMEDIATE")
        for subid, number in rows[start : start + rows_per_transaction]:
            connection.execute("INSERT INTO orders (subid) VALUES (?)", (subid,))
            connection.execute("INSERT INTO outbox (subid, status, tid, payout) VALUES (?, 'sale', ?, '1.5')", (subid, str(number)))
        connection.execute("COMMIT")
        longest = max(longest, time.monotonic() - begun)
        time.sleep(pause)
    print(f"committed {len(rows)} rows; the longest transaction took {longest * 1000:.0f} ms", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
