"""What docs/postgresql.md shows for Django and Laravel, run as it stands there: both rows are committed, or neither."""

import os
import re
import subprocess
import unittest
import urllib.parse

from pg_database import SOURCE, Database

PAGE = (SOURCE / "docs" / "postgresql.md").read_text(encoding="utf-8")
PYTHON = "/usr/bin/python3"

DJANGO = """
import os, sys
from decimal import Decimal
import django
from django.conf import settings

settings.configure(DATABASES={"default": {
    "ENGINE": "django.db.backends.postgresql", "HOST": os.environ["SHOP_HOST"], "PORT": os.environ["SHOP_PORT"],
    "NAME": os.environ["SHOP_NAME"], "USER": os.environ["SHOP_USER"], "OPTIONS": {"options": "-csearch_path=" + os.environ["SHOP_SCHEMA"]}}})
django.setup()
from django.db import connection, transaction

class Order:
    id, subid, total = 7, sys.argv[1], Decimal("12.50")
    def mark_paid(self):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE orders SET paid = true WHERE id = 7")

order = Order()
with transaction.atomic():
    exec(sys.stdin.read())
    if "fail" in sys.argv:
        raise SystemExit("the application fails")
"""

LARAVEL = r"""<?php
require_once 'Illuminate/Database/autoload.php';
class_alias('Illuminate\Database\Capsule\Manager', 'DB');

$manager = new DB();
$manager->addConnection(['driver' => 'pgsql', 'host' => getenv('SHOP_HOST'), 'port' => getenv('SHOP_PORT'), 'database' => getenv('SHOP_NAME'),
    'username' => getenv('SHOP_USER'), 'schema' => getenv('SHOP_SCHEMA')]);
$manager->setAsGlobal();
class Order {
    public $id = 7;
    public $total = '12.50';
    public $subid;
    public function markPaid() { DB::table('orders')->where('id', 7)->update(['paid' => true]); }
}
$order = new Order();
$order->subid = $argv[1];
DB::transaction(function () use ($order, $argv) {
    eval(stream_get_contents(STDIN));
    if (in_array('fail', $argv)) throw new Exception('the application fails');
});
"""


def shown_for(framework):
    return re.search(rf"^In {framework}.*?^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL).group(1)


class Frameworks(unittest.TestCase):
    def setUp(self):
        self.database = Database().install()
        self.addCleanup(self.database.drop)
        self.database.sql("CREATE TABLE orders (id bigint PRIMARY KEY, paid boolean NOT NULL DEFAULT false)", "INSERT INTO orders VALUES (7)")
        address = urllib.parse.urlsplit(self.database.server.url())
        where = dict(urllib.parse.parse_qsl(address.query))
        self.environment = os.environ | {
            "SHOP_HOST": where.get("host") or address.hostname, "SHOP_PORT": str(where.get("port") or address.port or 5432),
            "SHOP_NAME": address.path.strip("/"), "SHOP_USER": self.database.owner, "SHOP_SCHEMA": self.database.name}

    def state(self):
        return self.database.sql("SELECT paid FROM orders", "SELECT subid, status, tid, payout, currency, event_id, state FROM outbox")

    def check(self, program, framework):
        def pay(*arguments):
            return subprocess.run([*program, *arguments], input=shown_for(framework), capture_output=True, text=True, check=False, timeout=60,
                                  env=self.environment)

        failed = pay("2kd8s1v", "fail")
        self.assertIn("the application fails", failed.stdout + failed.stderr)
        self.assertEqual(self.state(), ["f"])

        self.assertNotEqual(pay("{subid}").returncode, 0, "a macro that was not filled in was taken for a click")
        self.assertEqual(self.state(), ["f"])

        paid = ["t", "2kd8s1v|sale|order-7|12.50|usd|order-7-paid|pending"]
        for attempt in ("the first time", "the same event once more"):
            done = pay("2kd8s1v")
            self.assertEqual(done.returncode, 0, f"{attempt}: {done.stdout}{done.stderr}")
            self.assertEqual(self.state(), paid, attempt)

    def test_django(self):
        self.check([PYTHON, "-c", DJANGO], "Django")

    def test_laravel(self):
        self.check(["php", "-r", LARAVEL.removeprefix("<?php"), "--"], "Laravel")


if __name__ == "__main__":
    unittest.main()
