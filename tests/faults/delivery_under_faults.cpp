#include "faults/delivery_under_faults.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>

#include "app/backend/engine_parts.hpp"
#include "faults/io_faults.hpp"
#include "faults/memory_faults.hpp"
#include "faults/orders.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/schema/migrator.hpp"
#include "worker/engine.hpp"

namespace keitaro_outbox::faults {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kLongest = 100s;   // for what must be over in milliseconds: a hang, then
constexpr auto kTroubled = 30ms;  // how long a worker lives on after a fault that stays
constexpr auto kGrace = 50ms;

delivery::TrackerSpec tracker_at(const std::string& url) {
  delivery::TrackerSpec spec;
  spec.rules.url = *core::PostbackUrl::parse(url).url;
  spec.allow_private = true;
  spec.request_timeout = 2s;
  spec.retry.first_delay = 1ms;
  spec.retry.max_delay = 4ms;
  spec.breaker.first_pause = 4ms;
  spec.breaker.max_pause = 8ms;
  return spec;
}

std::string param(const std::string& query, const std::string& name) {
  const std::string text = "&" + query;
  const auto at = text.find("&" + name + "=");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 2;
  return text.substr(begin, text.find('&', begin) - begin);
}

/// Fails at first where a retry is wanted, and for ever where a row must die.
LoopbackReceiver::Behaviour tracker_of_the_day() {
  auto asked = std::make_shared<std::map<std::string, int>>();
  return [asked](const std::string& query) {
    const std::string click = param(query, "subid");
    const std::string status = param(query, "status");
    if (click == "dying0" && status == "lead") return 400;
    const bool first = (*asked)[click + status]++ == 0;
    return first && click == "plain0" && status == "sale" ? 503 : 200;
  };
}

/// What the tracker can tell one row from another by.
std::string identity(const std::string& query) {
  return param(query, "subid") + ' ' + param(query, "status") + ' ' + param(query, "tid");
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void remove_files(const std::string& database) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal", "-outbox-lock"})
    std::remove((database + suffix).c_str());
}

std::vector<std::string> rows_of(const std::string& database) {
  Shop shop(database, "OFF");
  auto lines = shop.lines("SELECT event_id, state, sent_as FROM outbox ORDER BY id");
  const auto ledger =
      shop.lines("SELECT subid, tid, status, payout, rebilled_by > 0 FROM conversions ORDER BY subid, tid");
  lines.insert(lines.end(), ledger.begin(), ledger.end());
  return lines;
}

std::vector<std::string> without_repeats(std::vector<std::string> story) {
  story.erase(std::unique(story.begin(), story.end()), story.end());
  return story;
}

/// The first line in which the second differs from the first, as both have it.
std::string difference(const std::vector<std::string>& wanted, const std::vector<std::string>& found) {
  const auto [w, f] = std::mismatch(wanted.begin(), wanted.end(), found.begin(), found.end());
  return (f == found.end() ? "nothing" : *f) + " in place of " + (w == wanted.end() ? "nothing" : *w);
}

/// By click, each once where it was repeated in place.
std::map<std::string, std::vector<std::string>> stories(const std::vector<std::string>& heard) {
  std::map<std::string, std::vector<std::string>> by_click;
  for (const std::string& query : heard) by_click[param(query, "subid")].push_back(identity(query));
  for (auto& [click, story] : by_click) story = without_repeats(std::move(story));
  return by_click;
}

}  // namespace

/// One worker, from its start to its end.
struct DeliveryUnderFaults::Life final : ports::Observer {
  void on_store_trouble(std::string_view what, core::Millis) override { tell(what); }
  void on_delivered(const ports::RowEvent& row) override {
    const Spared exempt;
    const std::lock_guard lock(mutex);
    ++delivered[row.id.value];
    throw std::runtime_error("an observer that breaks its word must not matter");
  }
  void tell(std::string_view what) {
    const Spared exempt;
    const std::lock_guard lock(mutex);
    told.emplace_back(what);
  }

  bool stays_in_trouble = false;
  long fault_at = 0;  ///< The call that fails first; 0 for none.

  std::mutex mutex;
  std::map<std::int64_t, int> delivered;
  std::vector<std::string> told;
  std::optional<worker::Summary> summary;  ///< None where it gave up with an error.
  bool ended_in_time = true;
  std::vector<std::string> heard;           ///< By the tracker, of this life.
  std::vector<std::string> rows_after;      ///< Rows and conversions.
  std::map<std::string, int> answers_lost;  ///< As the worker wrote them down, by identity.
  std::vector<std::string> recorded;        ///< Identities of the rows that are delivered, at the end.
  std::string damage;
};

DeliveryUnderFaults::DeliveryUnderFaults() {
  const Spared exempt;
  watch_memory();
  listen_to_sqlite(&failing_io());
  const std::string database = folder_.file("fresh.db");
  {
    sqlite::Connection connection(database, {.create = true});
    sqlite::migrate(connection.handle());
    Shop shop(database, "OFF");
    shop.open_for_business();
    for (const Conversion& event : business(1)) shop.sell(event);
  }
  fresh_file_ = contents(database);

  Life life;
  start_day();
  live(life);
  end_ = life.rows_after;
  said_ = life.heard;
  if (!life.summary || !life.told.empty()) throw std::runtime_error("a day without faults does not go well");
}

void DeliveryUnderFaults::start_day() {
  const std::string database = folder_.file("app.db");
  remove_files(database);
  std::ofstream(database, std::ios::binary) << fresh_file_;
  receiver_.behave(tracker_of_the_day());
}

void DeliveryUnderFaults::live(Life& life) {
  const std::string database = folder_.file("app.db");
  const std::size_t heard_before = receiver_.taken_in().size();
  std::optional<worker::Engine> engine;
  std::promise<void> ended;
  std::thread thread([&] {
    try {
      {
        const Spared exempt;
        engine.emplace(worker::EngineOptions{.parts = app::engine_parts(database),
                                             .trackers = {tracker_at(receiver_.url())},
                                             .senders = 1,
                                             .grace = kGrace,
                                             .until_drained = true,
                                             .give_up_after = kLongest,
                                             .observer = &life});
      }
      life.summary = engine->run();
    } catch (const std::exception& error) {
      life.tell(error.what());
    }
    const Spared exempt;
    ended.set_value();
  });
  auto end = ended.get_future();
  const auto deadline = Clock::now() + kLongest;
  std::optional<Clock::time_point> stop_at;
  while (end.wait_for(1ms) != std::future_status::ready) {
    if (life.stays_in_trouble && !stop_at && calls_so_far() >= life.fault_at)
      stop_at = Clock::now() + kTroubled;
    if (stop_at && Clock::now() >= *stop_at) {
      engine->stop();
      stop_at = Clock::time_point::max();
    }
    if (Clock::now() > deadline + kLongest / 2) {
      std::fputs("the worker hangs\n", stderr);
      std::abort();  // there is no way on from here
    }
  }
  life.ended_in_time = Clock::now() < deadline;
  thread.join();
  engine.reset();
  if (life.fault_at > 0) disarm();

  const auto heard = receiver_.taken_in();
  life.heard.assign(heard.begin() + static_cast<std::ptrdiff_t>(heard_before), heard.end());
  life.rows_after = rows_of(database);
  Shop shop(database, "OFF");
  life.damage = shop.text("PRAGMA integrity_check");
  for (const std::string& lost : shop.lines(
           "SELECT subid || ' ' || sent_as || ' ' || coalesce(tid, '') FROM delivery_attempts a JOIN outbox o"
           " ON o.id = a.outbox_id WHERE a.http_status IS NULL"))
    ++life.answers_lost[lost];
  life.recorded = shop.lines(
      "SELECT subid || ' ' || sent_as || ' ' || coalesce(tid, '') FROM outbox WHERE state = 'delivered'");
}

Trial DeliveryUnderFaults::run(Place place, long n, bool for_good) {
  const Spared exempt;
  start_day();
  Trial trial;
  Life first;
  first.fault_at = n;
  first.stays_in_trouble = for_good;
  arm(place, n, for_good);
  live(first);
  trial.fault_came = calls_so_far() >= n;
  trial.second_run_needed = first.rows_after != end_;
  trial.told = first.told;
  compare(first, trial);
  if (trial.second_run_needed) {
    Life second;
    live(second);
    compare(first, second, trial);
  }
  compare_stories(receiver_.taken_in(), trial);
  const std::string fault = "call " + std::to_string(n) + (for_good ? " and all after it" : "") + ": ";
  for (std::string& complaint : trial.complaints) complaint = fault + complaint;
  return trial;
}

void DeliveryUnderFaults::compare(const Life& first, Trial& trial) {
  const auto complain_if = [&](bool wrong, const std::string& what) {
    if (wrong) trial.complaints.push_back(what);
  };
  complain_if(!first.ended_in_time, "the worker does not end");
  complain_if(first.damage != "ok", "the file is damaged");

  std::map<std::string, int> times;
  for (const std::string& query : first.heard) ++times[identity(query)];
  for (const auto& [who, count] : times) {
    const auto lost = first.answers_lost.find(who);
    const int may = 1 + (lost == first.answers_lost.end() ? 0 : lost->second);
    complain_if(count > may, who + " was sent " + std::to_string(count) + " times in one life");
  }
  for (const auto& [id, count] : first.delivered)
    complain_if(count > 1, "row " + std::to_string(id) + " was told of twice");

  for (const std::string& line : first.told) {
    const bool clear = line.size() > 10 && line.find('\n') == std::string::npos &&
                       !line.starts_with("std::") && !line.starts_with("basic_string");
    complain_if(!clear, "not one clear line: " + line);
    complain_if(line.find("secretkey") != std::string::npos, "the key is told: " + line);
  }
}

void DeliveryUnderFaults::compare(const Life& first, const Life& second, Trial& trial) {
  const auto complain_if = [&](bool wrong, const std::string& what) {
    if (wrong) trial.complaints.push_back(what);
  };
  if (!first.stays_in_trouble) {
    complain_if(first.told.empty(), "no finish, and not a word");
    complain_if(!first.heard.empty(), "given up in the middle of the work");
  }
  complain_if(!second.summary || !second.told.empty(), "the second worker has trouble");
  complain_if(second.damage != "ok", "the file is damaged by the second worker");
  complain_if(second.rows_after != end_, "the rows end with " + difference(end_, second.rows_after));
  for (const std::string& query : second.heard) {
    const bool known = std::count(first.recorded.begin(), first.recorded.end(), identity(query)) > 0;
    complain_if(known, identity(query) + " was sent again though it was recorded");
  }
}

/// `heard` is what the tracker took in, over all lives.
void DeliveryUnderFaults::compare_stories(const std::vector<std::string>& heard, Trial& trial) {
  auto came = stories(heard);
  for (const auto& [click, story] : stories(said_)) {
    if (came[click] != story)
      trial.complaints.push_back("the tracker heard " + difference(story, came[click]));
  }
}

}  // namespace keitaro_outbox::faults
