#!/usr/bin/env node
// Records a paid order, and the postback that tells Keitaro of it, in one transaction.
//
//     node shop.js shop.db ORDER SUBID AMOUNT        node shop.js shop.db 7 2kd9a0c 12.50
//
// Exit code 0: the order is recorded (now, or it was before). 1: nothing was recorded, the reason is on stderr.
// A second run with the same order changes nothing and says so.
// Needs Node.js 18 or later and the module sqlite3 (Debian: nodejs node-sqlite3).
//
// Node.js 22 has a module of its own, node:sqlite. With it, new DatabaseSync(path, { timeout: 5000 }) sets the time-out, and a broken
// rule is an error whose (errcode & 0xff) is 19. Its calls wait for SQLite, so that a transaction without an await in it is never
// entered by another request, and transaction() below needs no queue. The SQL is the same.
"use strict";

const sqlite3 = require("sqlite3");

// The module's calls with promises in place of callbacks.
class Database {
  static async open(path) {
    const db = new Database();
    await new Promise((resolve, reject) => {
      db.handle = new sqlite3.Database(path, sqlite3.OPEN_READWRITE, (error) => (error ? reject(error) : resolve()));
    });
    // How long to wait, in milliseconds, for the write lock while somebody else commits. The worker holds it for
    // milliseconds; without this, the first time that it does is an error.
    db.handle.configure("busyTimeout", 5000);
    return db;
  }

  run(sql, values = []) {
    return new Promise((resolve, reject) => this.handle.run(sql, values, (error) => (error ? reject(error) : resolve())));
  }

  get(sql, values = []) {
    return new Promise((resolve, reject) => this.handle.get(sql, values, (error, row) => (error ? reject(error) : resolve(row))));
  }

  close() {
    return new Promise((resolve, reject) => this.handle.close((error) => (error ? reject(error) : resolve())));
  }

  #last = Promise.resolve();

  // All of it, or nothing: an exception inside rolls everything back. A connection has one transaction at a time, while a server
  // has many requests: each waits here for the one before it, or its statements would slip into the other's transaction.
  transaction(work) {
    const result = this.#last.then(() => this.#inTransaction(work));
    this.#last = result.catch(() => {});
    return result;
  }

  async #inTransaction(work) {
    // A plain BEGIN begins as a reader, and a reader that wants to write while somebody else did fails at once with "database is
    // locked", whatever the time-out.
    await this.run("BEGIN IMMEDIATE");
    try {
      const result = await work();
      await this.run("COMMIT");
      return result;
    } catch (error) {
      await this.run("ROLLBACK").catch(() => {}); // SQLite may have rolled back already, as when the disk is full.
      throw error;
    }
  }
}

// Puts a row into the outbox, within the caller's transaction. Gives what the table has against it, or null.
//
// A row that breaks a rule fails alone; what the transaction did before stays. Whether the order counts without its postback is
// your decision. Here it does: a click id of rubbish is no reason to lose an order.
async function appendPostback(db, columns) {
  const names = Object.keys(columns);
  const marks = names.map(() => "?");
  try {
    // The event_id makes a second INSERT of the same event harmless.
    await db.run(`INSERT INTO outbox (${names}) VALUES (${marks}) ON CONFLICT (event_id) DO NOTHING`, Object.values(columns));
  } catch (error) {
    if (error.code !== "SQLITE_CONSTRAINT") throw error;
    return error.message;
  }
  return null;
}

// Gives one line that says what was done.
function recordOrder(db, order, subid, amount) {
  return db.transaction(async () => {
    if (await db.get("SELECT 1 FROM orders WHERE id = ?", [order])) return `order ${order} was recorded before`;
    await db.run("INSERT INTO orders (id, subid, amount) VALUES (?, ?, ?)", [order, subid, amount]);
    const wrong = await appendPostback(db, {
      subid,
      status: "sale",
      tid: `order-${order}`,
      payout: amount, // text, never a number: 12.50 stays 12.50
      currency: "usd",
      event_id: `order-${order}-paid`,
    });
    // Should this fail, for all places are sold, the order and its postback are gone too.
    await db.run("UPDATE places SET free = free - 1");
    return `order ${order} is recorded` + (wrong ? `, without a postback: ${wrong}` : "");
  });
}

async function main([path, order, subid, amount, ...more]) {
  if (amount === undefined || more.length > 0) {
    console.error("usage: shop.js DATABASE ORDER SUBID AMOUNT");
    return 2;
  }
  try {
    const db = await Database.open(path);
    try {
      console.log(await recordOrder(db, order, subid, amount));
    } finally {
      await db.close();
    }
  } catch (error) {
    console.error(`order ${order} is not recorded: ${error.message}`);
    return 1;
  }
  return 0;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
