// A shop that records its orders and their conversions in one transaction, and delivers them itself.
//
//     shop DATABASE POSTBACK_URL ORDERS
//
// Every step is checked; the first that fails is told on stderr, and the exit code is 1.
#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <keitaro_outbox/conversion.hpp>
#include <keitaro_outbox/deep_link.hpp>
#include <keitaro_outbox/error.hpp>
#include <keitaro_outbox/outbox.hpp>
#include <keitaro_outbox/version.hpp>
#include <keitaro_outbox/worker.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

void run(sqlite3* db, const char* sql) {
  require(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK,
          std::string(sql) + ": " + sqlite3_errmsg(db));
}

std::int64_t number(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  require(sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) == SQLITE_OK, sqlite3_errmsg(db));
  const bool has_row = sqlite3_step(statement) == SQLITE_ROW;
  const std::int64_t value = has_row ? sqlite3_column_int64(statement, 0) : -1;
  sqlite3_finalize(statement);
  return value;
}

class Shop {
 public:
  explicit Shop(const std::string& path) {
    require(sqlite3_open(path.c_str(), &db_) == SQLITE_OK, "cannot open the database");
    sqlite3_busy_timeout(db_, 10'000);
    run(db_, "PRAGMA user_version = 5; CREATE TABLE orders (id INTEGER PRIMARY KEY, paid INTEGER NOT NULL)");
    keitaro_outbox::install_schema(db_);
    keitaro_outbox::install_schema(db_);  // Twice is harmless.
    require(number(db_, "PRAGMA user_version") == 5, "user_version was touched");
  }
  ~Shop() { sqlite3_close(db_); }
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  /// The business fact and its conversion, in one transaction.
  std::optional<std::int64_t> sell(std::int64_t order, bool changes_its_mind = false) {
    const std::string id = std::to_string(order);
    run(db_, "BEGIN IMMEDIATE");
    run(db_, ("INSERT INTO orders VALUES (" + id + ", 1)").c_str());
    keitaro_outbox::Conversion conversion;
    conversion.subid = "click-" + id;
    conversion.status = "approve";
    conversion.tid = "order-" + id;
    conversion.payout = "12.50";
    conversion.currency = "usd";
    conversion.params = R"({"sub_id_1":"red & blue"})";
    conversion.event_id = "paid-" + id;
    const auto row = keitaro_outbox::append(db_, conversion);
    const auto again = keitaro_outbox::append(db_, conversion);
    require(!again, "the same event was appended twice");
    require(sqlite3_get_autocommit(db_) == 0, "append() ended the caller's transaction");
    run(db_, changes_its_mind ? "ROLLBACK" : "COMMIT");
    return row;
  }

  /// A conversion that breaks a rule changes nothing and leaves the transaction to the caller.
  void offer_a_bad_conversion() {
    run(db_, "BEGIN IMMEDIATE");
    run(db_, "INSERT INTO orders VALUES (4711, 0)");
    keitaro_outbox::Conversion conversion;
    conversion.subid = "{click}";
    conversion.status = "sale";
    bool told = false;
    try {
      keitaro_outbox::append(db_, conversion);
    } catch (const keitaro_outbox::RuleError& error) {
      told = error.rule().find("macro") != std::string::npos &&
             std::string(error.what()).find('\n') == std::string::npos;
    }
    require(told, "the broken rule was not told by its name");
    require(sqlite3_get_autocommit(db_) == 0, "a bad conversion ended the caller's transaction");
    run(db_, "COMMIT");
    require(number(db_, "SELECT count(*) FROM orders WHERE id = 4711") == 1, "the caller's own row was lost");
  }

  /// A user came through a deep link.
  void note_start(const std::string& click, const std::string& campaign) {
    keitaro_outbox::Conversion conversion;
    conversion.subid = click;
    conversion.status = "wait";
    conversion.campaign = campaign;
    require(keitaro_outbox::append(db_, conversion).has_value(), "no row id");
  }

  std::int64_t delivered() { return number(db_, "SELECT count(*) FROM outbox WHERE state = 'delivered'"); }
  std::int64_t rows() { return number(db_, "SELECT count(*) FROM outbox"); }

 private:
  sqlite3* db_ = nullptr;
};

template <typename Condition>
void wait_for(Condition condition, const std::string& what) {
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    require(std::chrono::steady_clock::now() < end, "not within 30 s: " + what);
    std::this_thread::sleep_for(5ms);
  }
}

keitaro_outbox::WorkerOptions options_for(const std::string& path, const std::string& url) {
  keitaro_outbox::Tracker tracker;
  tracker.url = url;
  tracker.allow_private = true;
  tracker.retry_first_delay = 20ms;
  tracker.allow_transitions = {"rejected->sale"};
  keitaro_outbox::WorkerOptions options;
  options.database = path;
  options.trackers = {tracker};
  options.grace = 5s;
  options.on_trouble = [](const std::string& line) { std::cerr << "trouble: " << line << '\n'; };
  return options;
}

void refuses_wrong_options(const std::string& path) {
  bool told = false;
  try {
    keitaro_outbox::Worker worker(options_for(path, "ftp://nonsense"));
  } catch (const keitaro_outbox::Error& error) {
    told = *error.what() != '\0';
  }
  require(told, "a wrong URL was taken");
  told = false;
  try {
    keitaro_outbox::Worker worker(options_for(path + ".absent", "http://127.0.0.1:9/key/postback"));
    worker.start();
  } catch (const keitaro_outbox::Error& error) {
    told = *error.what() != '\0';
  }
  require(told, "a database that is not there was taken");
}

/// One postback by a template, of a click that came through a deep link.
void sells_by_template(const std::string& path, const std::string& url) {
  const std::string link = keitaro_outbox::build_deep_link("@ShopBot", "SUMMER", "37o23c7.1f.381o");
  require(link == "https://t.me/ShopBot?start=SUMMER-37o23c7-1f-381o", "the link is " + link);
  require(keitaro_outbox::build_deep_link("ShopBot", "SUMMER") == "https://t.me/ShopBot?start=SUMMER-{subid}",
          "the link for Keitaro is another");
  const keitaro_outbox::DeepLink came = keitaro_outbox::parse_deep_link(link);
  require(came.campaign == "SUMMER" && came.click == "37o23c7-1f-381o", "the link is read as another");
  require(keitaro_outbox::click_with_dots(came.click) == "37o23c7.1f.381o", "the dots do not come back");
  bool told = false;
  try {
    keitaro_outbox::parse_deep_link("SUMMER-{subid}");
  } catch (const keitaro_outbox::Error& error) {
    told = std::string(error.what()).find("macro") != std::string::npos;
  }
  require(told, "a macro that was not filled in was taken for a click");

  keitaro_outbox::WorkerOptions options = options_for(path, "");
  options.trackers[0].templates = {{"wait", url + "?subid={click}&status=lead&sub_id_1={campaign}"}};
  options.trackers[0].campaign_templates = {{"QUIET", {{"wait", ""}}}};
  options.trackers[0].click_dashes_to_dots = true;
  Shop shop(path);
  shop.note_start(came.click, came.campaign);
  keitaro_outbox::Worker worker(options);
  worker.start();
  wait_for([&] { return shop.delivered() == 1; }, "the template is sent");
  worker.stop();

  options.trackers[0].templates["wait"] = "https://{click}/key/postback";
  told = false;
  try {
    keitaro_outbox::Worker wrong(options);
  } catch (const keitaro_outbox::Error& error) {
    told = std::string(error.what()).find("template 'wait'") != std::string::npos;
  }
  require(told, "a template with a macro for its host was taken");
}

void trade(const std::string& path, const std::string& url, std::int64_t orders) {
  Shop shop(path);
  require(shop.sell(1).has_value(), "no row id");
  require(shop.sell(2, true).has_value(), "no row id before a rollback");
  require(shop.rows() == 1, "what was rolled back is there");
  shop.offer_a_bad_conversion();

  keitaro_outbox::Worker worker(options_for(path, url));
  require(!worker.counts().running, "it runs before start()");
  worker.stop();  // Does nothing yet.
  worker.start();
  worker.start();  // Does nothing more.
  for (std::int64_t order = 2; order <= orders; ++order) shop.sell(order);
  wait_for([&] { return shop.delivered() == orders; }, "all are delivered");
  wait_for([&] { return worker.counts().delivered == static_cast<std::uint64_t>(orders); }, "counts say so");
  require(worker.counts().running && !worker.counts().standing_by, "counts do not say that it runs");
  wait_for([&] { return worker.counts().in_flight == 0; }, "nothing is in flight");

  {
    keitaro_outbox::Worker second(options_for(path, url));
    second.start();
    wait_for([&] { return second.counts().standing_by; }, "a second worker stands by");
    worker.stop();
    wait_for([&] { return !second.counts().standing_by; }, "it takes over");
    shop.sell(orders + 1);
    wait_for([&] { return shop.delivered() == orders + 1; }, "the second delivers");
  }  // The destructor stops it.
  require(!worker.counts().running, "it runs after stop()");

  worker.start();  // Again.
  shop.sell(orders + 2);
  wait_for([&] { return shop.delivered() == orders + 2; }, "it delivers after a new start");
  worker.stop();
  shop.sell(orders + 3);
  require(shop.delivered() == orders + 2, "it delivers after stop()");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: shop DATABASE POSTBACK_URL ORDERS\n";
    return 2;
  }
  try {
    refuses_wrong_options(argv[1]);
    sells_by_template(std::string(argv[1]) + ".templates", argv[2]);
    trade(argv[1], argv[2], std::atoll(argv[3]));
  } catch (const std::exception& error) {
    std::cerr << "shop: " << error.what() << '\n';
    return 1;
  }
  std::cout << "all is well with " << keitaro_outbox::kVersion << '\n';
  return 0;
}
