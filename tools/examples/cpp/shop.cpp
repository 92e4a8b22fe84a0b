// Records a paid order, and the postback that tells Keitaro of it, in one transaction.
//
//     shop shop.db ORDER SUBID AMOUNT        shop shop.db 7 2kd9a0c 12.50
//
// Exit code 0: the order is recorded (now, or it was before). 1: nothing was recorded, the reason is on
// stderr. A second run with the same order changes nothing and says so. The library appends; a worker, here
// another process, delivers. It could run in this process too: keitaro_outbox/worker.hpp.
#include <sqlite3.h>

#include <exception>
#include <iostream>
#include <keitaro_outbox/outbox.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

class Database {
 public:
  explicit Database(const std::string& path) {
    sqlite3* handle = nullptr;
    const int result = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
    handle_.reset(handle);
    if (result != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(handle));
    // How long to wait, in milliseconds, for the write lock while somebody else commits. The worker holds it
    // for milliseconds; without this, the first time that it does is an error.
    sqlite3_busy_timeout(handle, 5000);
  }

  sqlite3* handle() { return handle_.get(); }

  /// Runs one statement; true when it gave a row.
  bool run(const char* sql, const std::vector<std::string>& values = {}) {
    sqlite3_stmt* raw = nullptr;
    check(sqlite3_prepare_v2(handle(), sql, -1, &raw, nullptr));
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(raw, &sqlite3_finalize);
    for (std::size_t i = 0; i < values.size(); ++i) {
      check(sqlite3_bind_text(raw, static_cast<int>(i) + 1, values[i].c_str(), -1, SQLITE_TRANSIENT));
    }
    const int result = sqlite3_step(raw);
    if (result != SQLITE_ROW && result != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(handle()));
    return result == SQLITE_ROW;
  }

 private:
  void check(int result) {
    if (result != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(handle()));
  }

  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> handle_{nullptr, &sqlite3_close};
};

/// All of it, or nothing: whatever leaves the scope before commit() rolls everything back.
class Transaction {
 public:
  // A plain BEGIN begins as a reader, and a reader that wants to write while somebody else did fails at once
  // with "database is locked", whatever the time-out.
  explicit Transaction(Database& db) : db_(db) { db_.run("BEGIN IMMEDIATE"); }
  ~Transaction() {
    if (sqlite3_get_autocommit(db_.handle()) == 0)
      sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit() { db_.run("COMMIT"); }

 private:
  Database& db_;
};

/// Gives one line that says what was done.
std::string record_order(Database& db, const std::string& order, const std::string& subid,
                         const std::string& amount) {
  Transaction transaction(db);
  if (db.run("SELECT 1 FROM orders WHERE id = ?", {order})) return "order " + order + " was recorded before";
  db.run("INSERT INTO orders (id, subid, amount) VALUES (?, ?, ?)", {order, subid, amount});

  keitaro_outbox::Conversion sale;
  sale.subid = subid;
  sale.status = "sale";
  sale.tid = "order-" + order;
  sale.payout = amount;  // text, never a double: 12.50 stays 12.50
  sale.currency = "usd";
  sale.event_id = "order-" + order + "-paid";  // makes a second append of the same event harmless
  std::string wrong;
  try {
    keitaro_outbox::append(db.handle(), sale);
  } catch (const keitaro_outbox::RuleError& error) {
    // A row that breaks a rule fails alone; what the transaction did before stays. Whether the order counts
    // without its postback is your decision. Here it does: a click id of rubbish is no reason to lose an
    // order.
    wrong = error.what();
  }
  // Should this fail, for all places are sold, the order and its postback are gone too.
  db.run("UPDATE places SET free = free - 1");
  transaction.commit();
  return "order " + order + " is recorded" + (wrong.empty() ? "" : ", without a postback: " + wrong);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: shop DATABASE ORDER SUBID AMOUNT\n";
    return 2;
  }
  try {
    Database db(argv[1]);
    std::cout << record_order(db, argv[2], argv[3], argv[4]) << '\n';
  } catch (const std::exception& error) {
    std::cerr << "order " << argv[2] << " is not recorded: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
