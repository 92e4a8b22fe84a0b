<?php
// Records a paid order, and the postback that tells Keitaro of it, in one transaction: with Laravel's database layer.
//
//     php shop.php shop.db ORDER SUBID AMOUNT        php shop.php shop.db 7 2kd9a0c 12.50
//
// Exit code 0: the order is recorded (now, or it was before). 1: nothing was recorded, the reason is on stderr.
// A second run with the same order changes nothing and says so.
// Needs illuminate/database 8 or later (Debian: php-cli php-sqlite3 php-illuminate-database). In a Laravel application the
// connection stands in config/database.php, and the first part of this file is not needed.

declare(strict_types=1);

use Illuminate\Database\Capsule\Manager as DB;
use Illuminate\Database\Eloquent\Model;
use Illuminate\Database\QueryException;

require_once 'Illuminate/Database/autoload.php';

function connect(string $path): void
{
    $manager = new DB();
    $manager->addConnection([
        'driver' => 'sqlite',
        'database' => $path,
        // How long to wait, in seconds, for the write lock while somebody else commits.
        'options' => [PDO::ATTR_TIMEOUT => 5],
    ]);
    $manager->setAsGlobal();
    $manager->bootEloquent();
}

class Order extends Model
{
    protected $table = 'orders';
    protected $keyType = 'string';
    public $incrementing = false;
    public $timestamps = false;
    protected $guarded = [];
}

// The table is made by `keitaro-outbox init`, never by a migration of Laravel.
class Postback extends Model
{
    protected $table = 'outbox';
    public $timestamps = false; // the table sets created_at itself
    protected $guarded = [];
}

/** Puts a row into the outbox, within the caller's transaction. Gives what the table has against it, or null. */
function append_postback(array $columns): ?string
{
    // Not insertOrIgnore(): Laravel makes INSERT OR IGNORE of it, which also swallows rows that break a rule, without an error.
    if (Postback::where('event_id', $columns['event_id'])->exists()) {
        return null;
    }
    try {
        Postback::create($columns);
    } catch (QueryException $error) {
        if (($error->errorInfo[1] ?? null) !== 19) { // SQLITE_CONSTRAINT
            throw $error;
        }
        // A row that breaks a rule fails alone. Whether the order counts without its postback is your decision. Here it does.
        return $error->errorInfo[2];
    }
    return null;
}

/** Gives one line that says what was done. */
function record_order(string $order, string $subid, string $amount): string
{
    return DB::connection()->transaction(function () use ($order, $subid, $amount): string { // all of it, or nothing
        // PDO begins a transaction as a reader. A reader that wants to write while somebody else did fails at once with
        // "database is locked", whatever the time-out. So the first statement writes, though it changes nothing.
        DB::update('UPDATE orders SET id = id WHERE 0');
        if (Order::find($order) !== null) {
            return "order $order was recorded before";
        }
        Order::create(['id' => $order, 'subid' => $subid, 'amount' => $amount]);
        $wrong = append_postback([
            'subid' => $subid,
            'status' => 'sale',
            'tid' => "order-$order",
            'payout' => $amount, // text, never a float: 12.50 stays 12.50
            'currency' => 'usd',
            'event_id' => "order-$order-paid",
        ]);
        // Should this fail, for all places are sold, the order and its postback are gone too.
        DB::update('UPDATE places SET free = free - 1');
        return "order $order is recorded" . ($wrong === null ? '' : ", without a postback: $wrong");
    });
}

if ($argc !== 5) {
    fwrite(STDERR, "usage: shop.php DATABASE ORDER SUBID AMOUNT\n");
    exit(2);
}
[, $path, $order, $subid, $amount] = $argv;
try {
    connect($path);
    echo record_order($order, $subid, $amount), "\n";
} catch (PDOException $error) {
    fwrite(STDERR, "order $order is not recorded: {$error->getMessage()}\n");
    exit(1);
}
