<?php
// Records a paid order, and the postback that tells Keitaro of it, in one transaction.
//
//     php shop.php shop.db ORDER SUBID AMOUNT        php shop.php shop.db 7 2kd9a0c 12.50
//
// Exit code 0: the order is recorded (now, or it was before). 1: nothing was recorded, the reason is on stderr.
// A second run with the same order changes nothing and says so.
// Needs PHP 8 with PDO's driver for SQLite (Debian: php-cli php-sqlite3).

declare(strict_types=1);

function connect(string $path): PDO
{
    return new PDO('sqlite:' . $path, null, null, [
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        // How long to wait, in seconds, for the write lock while somebody else commits. The worker holds it for milliseconds.
        PDO::ATTR_TIMEOUT => 5,
    ]);
}

/** All of it, or nothing: an exception inside rolls everything back. */
function transaction(PDO $db, callable $work): mixed
{
    // Not beginTransaction(): its BEGIN begins as a reader, and a reader that wants to write while somebody else did fails at
    // once with "database is locked", whatever the time-out.
    $db->exec('BEGIN IMMEDIATE');
    try {
        $result = $work();
        $db->exec('COMMIT');
        return $result;
    } catch (Throwable $error) {
        try {
            $db->exec('ROLLBACK');
        } catch (PDOException) {
            // SQLite has rolled back already, as it does when the disk is full.
        }
        throw $error;
    }
}

/**
 * Puts a row into the outbox, within the caller's transaction. Gives what the table has against it, or null.
 *
 * A row that breaks a rule fails alone; what the transaction did before stays. Whether the order counts without its postback
 * is your decision. Here it does: a click id of rubbish is no reason to lose an order.
 */
function append_postback(PDO $db, array $columns): ?string
{
    $names = implode(', ', array_keys($columns));
    $marks = implode(', ', array_fill(0, count($columns), '?'));
    try {
        // The event_id makes a second INSERT of the same event harmless.
        $db->prepare("INSERT INTO outbox ($names) VALUES ($marks) ON CONFLICT (event_id) DO NOTHING")
            ->execute(array_values($columns));
    } catch (PDOException $error) {
        if (($error->errorInfo[1] ?? null) !== 19) { // SQLITE_CONSTRAINT
            throw $error;
        }
        return $error->errorInfo[2];
    }
    return null;
}

/** Gives one line that says what was done. */
function record_order(PDO $db, string $order, string $subid, string $amount): string
{
    return transaction($db, function () use ($db, $order, $subid, $amount): string {
        $known = $db->prepare('SELECT 1 FROM orders WHERE id = ?');
        $known->execute([$order]);
        if ($known->fetchColumn() !== false) {
            return "order $order was recorded before";
        }
        $db->prepare('INSERT INTO orders (id, subid, amount) VALUES (?, ?, ?)')->execute([$order, $subid, $amount]);
        $wrong = append_postback($db, [
            'subid' => $subid,
            'status' => 'sale',
            'tid' => "order-$order",
            'payout' => $amount, // text, never a float: 12.50 stays 12.50
            'currency' => 'usd',
            'event_id' => "order-$order-paid",
        ]);
        // Should this fail, for all places are sold, the order and its postback are gone too.
        $db->exec('UPDATE places SET free = free - 1');
        return "order $order is recorded" . ($wrong === null ? '' : ", without a postback: $wrong");
    });
}

if ($argc !== 5) {
    fwrite(STDERR, "usage: shop.php DATABASE ORDER SUBID AMOUNT\n");
    exit(2);
}
[, $path, $order, $subid, $amount] = $argv;
try {
    echo record_order(connect($path), $order, $subid, $amount), "\n";
} catch (PDOException $error) {
    fwrite(STDERR, "order $order is not recorded: {$error->getMessage()}\n");
    exit(1);
}
