#include "faults/orders.hpp"

#include <map>
#include <stdexcept>

#include "keitaro_outbox/outbox.hpp"

namespace keitaro_outbox::faults {
namespace {

struct Event {
  const char* click;
  const char* status;
  const char* tid;
  const char* payout;
};

// The click "dying" is one whose first row dies: the next one goes on.
constexpr Event kRound[] = {
    {"plain", "lead", "", ""},        {"plain", "sale", "", "12.5"},      {"plain", "sale", "", "12.50"},
    {"turned", "lead", "", ""},       {"turned", "rejected", "", ""},     {"turned", "sale", "", "3"},
    {"subscriber", "sale", "t", "9"}, {"dying", "lead", "", ""},          {"subscriber", "rebill", "r", "9"},
    {"dying", "sale", "", "7"},       {"subscriber", "rebill", "r", "9"},
};

}  // namespace

std::vector<Conversion> business(int rounds) {
  std::vector<Conversion> events;
  for (int round = 0; round < rounds; ++round) {
    const std::string number = std::to_string(round);
    for (const Event& event : kRound) {
      Conversion& conversion = events.emplace_back();
      conversion.subid = event.click + number;
      conversion.status = event.status;
      conversion.tid = event.tid;
      conversion.payout = event.payout;
      conversion.params = R"({"sub_id_1":"a name that is somewhat longer"})";
      conversion.event_id = "event-" + std::to_string(events.size());
    }
  }
  return events;
}

simulation::SimReceiver::Behaviour tracker_of_business(bool troubled) {
  auto requests = std::make_shared<std::map<std::string, int>>();
  return [troubled, requests](const simulation::Arrival& arrival) {
    using namespace simulation;
    const std::string subid = arrival.param("subid");
    const std::string status = arrival.param("status");
    if (subid.starts_with("dying") && status == "lead") return answers(400);
    const bool first = (*requests)[subid + ' ' + status]++ == 0;
    if (!troubled || !first) return takes_in();
    if (subid.starts_with("plain") && status == "sale") return answers(503);
    if (subid.starts_with("turned") && status == "lead") return takes_in_and_loses_the_answer();
    if (status == "rebill") return cuts_before_taking_in();
    return takes_in();
  };
}

Shop::Shop(const std::string& database, const std::string& synchronous) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open(database.c_str(), &db);
  db_.reset(db);
  if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db));
  run("PRAGMA synchronous = " + synchronous);
}

void Shop::open_for_business() {
  run("CREATE TABLE IF NOT EXISTS orders (event_id TEXT PRIMARY KEY, paid TEXT, note TEXT)");
}

void Shop::sell(const Conversion& conversion) {
  run("BEGIN IMMEDIATE");
  run("INSERT INTO orders VALUES ('" + conversion.event_id + "', '" + conversion.payout +
      "', 'what a business keeps of an order') ON CONFLICT DO NOTHING");
  append(db_.get(), conversion);
  run("COMMIT");
}

void Shop::run(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw std::runtime_error(std::string(sqlite3_errmsg(db_.get())) + " in: " + sql);
}

std::string Shop::text(const std::string& query) {
  const auto found = lines(query);
  return found.empty() ? "" : found.front();
}

std::vector<std::string> Shop::lines(const std::string& query) {
  std::vector<std::string> found;
  const auto take = [](void* into, int columns, char** values, char**) {
    std::string line;
    for (int i = 0; i < columns; ++i) {
      if (i > 0) line += '|';
      line += values[i] == nullptr ? "NULL" : values[i];
    }
    static_cast<std::vector<std::string>*>(into)->push_back(line);
    return 0;
  };
  if (sqlite3_exec(db_.get(), query.c_str(), take, &found, nullptr) != SQLITE_OK)
    throw std::runtime_error(std::string(sqlite3_errmsg(db_.get())) + " in: " + query);
  return found;
}

}  // namespace keitaro_outbox::faults
