// The first, the second, the third … call fails, once or from then on, while the front door takes calls in:
// SQLite's and the spool's of the file system, everybody's for memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "failing_spool_disk.hpp"
#include "faults/fault_effort.hpp"
#include "faults/fault_points.hpp"
#include "faults/io_faults.hpp"
#include "faults/memory_faults.hpp"
#include "faults/orders.hpp"
#include "intake/front_door.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/intake/sqlite_intake_store.hpp"
#include "sqlite/schema/migrator.hpp"
#include "temp_folder.hpp"

namespace keitaro_outbox::faults {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

const std::string kSourceKey = "0123456789abcdefghijklmnopqrstuv";

/// The spool's calls fail where SQLite's do.
class SpoolFaults final : public FailingSpoolDisk {
  bool must_fail() override { return faults::must_fail(Place::sqlite_io); }
};

class AnswerReceiver final : public ports::HttpReply::Receiver {
 public:
  void receive(ports::HttpResponse&& response) noexcept override {
    const Spared exempt;
    status_.set_value(response.status);
  }
  std::future<int> status() { return status_.get_future(); }

 private:
  std::promise<int> status_;
};

/// A call; its click id is told apart by its number.
struct PostbackCall {
  std::string query;
  bool has_event = false;
};

const std::vector<PostbackCall>& postbacks() {
  static const std::vector<PostbackCall> kCalls{{"subid=c0&status=lead&id=e0", true},
                                                {"subid=c1&status=sale&payout=1.5&currency=usd&sub_id_1=x"},
                                                {"subid=c2&status=7"},  // Becomes a reject.
                                                {"subid=c0&status=lead&id=e0", true},
                                                {"subid=c4&status=sale&tid=9&id=e4", true},
                                                {"subid=c5"}};
  return kCalls;
}

struct IntakeTrial {
  bool fault_came = false;
  std::vector<int> statuses;  ///< Of the calls; empty where the door did not open.
  std::vector<std::string> complaints;
};

class IntakeUnderFaults {
 public:
  IntakeUnderFaults() {
    const Spared exempt;
    watch_memory();
    listen_to_sqlite(&failing_io());
    {
      sqlite::Connection connection(folder_.file("fresh.db"), {.create = true});
      sqlite::migrate(connection.handle());
    }
    fresh_file_ = folder_.read("fresh.db");
  }

  IntakeTrial run(Place place, long n, bool for_good) {
    const Spared exempt;
    const std::string database = folder_.file("app.db");
    for (const char* end : {"", "-wal", "-shm", "-journal", "-intake-spool", "-intake-spool-damaged"})
      std::filesystem::remove(database + end);
    folder_.write("app.db", fresh_file_);
    IntakeTrial trial;
    arm(place, n, for_good);
    trial.statuses = live(database, postbacks(), trial);
    trial.fault_came = disarm() >= n;
    const auto after = live(database, {{"subid=last&status=sale&id=last", true}}, trial);
    if (after != std::vector{200}) trial.complaints.emplace_back("the next life has trouble");
    compare(database, trial);
    for (std::string& complaint : trial.complaints)
      complaint = "call " + std::to_string(n) + (for_good ? " and all after it: " : ": ") + complaint;
    return trial;
  }

 private:
  /// The answers; none where the door does not open. On a thread that is not exempt.
  static std::vector<int> live(const std::string& database, const std::vector<PostbackCall>& calls,
                               IntakeTrial& trial) {
    std::vector<int> statuses;
    std::thread thread([&] {
      try {
        sqlite::SqliteIntakeStore store(database);
        intake::Spool spool(database + "-intake-spool", {}, std::make_shared<SpoolFaults>());
        intake::GroupCommitter committer(store, &spool, {.longest_wait = 20ms});
        intake::FrontDoor door(options(), committer);
        for (const PostbackCall& call : calls) {
          const int status = ask(door, call);
          const Spared exempt;
          if (status == 0) trial.complaints.push_back("no answer to " + call.query);
          statuses.push_back(status);
        }
      } catch (const std::exception&) {
        // A process that cannot open says why, and ends.
      }
    });
    thread.join();
    return statuses;
  }

  static intake::FrontDoor::Options options() {
    intake::Source source;
    source.name = "net";
    source.key = kSourceKey;
    source.event_id = intake::EventIdTemplate::parse("{id}");
    intake::FrontDoor::Options options;
    options.sources.push_back(std::move(source));
    options.wall_clock = [] { return core::wall_time(1'800'000'000'000); };
    return options;
  }

  static int ask(intake::FrontDoor& door, const PostbackCall& call) {
    std::future<int> status;
    std::optional<ports::HttpReply> reply;
    ports::HttpRequest request;
    {
      const Spared exempt;
      const auto receiver = std::make_shared<AnswerReceiver>();
      status = receiver->status();
      reply.emplace(receiver);
      request.method = "GET";
      request.path = "/" + kSourceKey + "/postback";
      request.query = call.query;
      request.peer = "203.0.113.7";
    }
    try {
      door.handle(std::move(request), *std::move(reply));
    } catch (const std::exception&) {  // The server answers with 500.
    }
    const Spared exempt;
    reply.reset();
    return status.wait_for(20s) == std::future_status::ready ? status.get() : 0;
  }

  static void compare(const std::string& database, IntakeTrial& trial) {
    Shop shop(database, "OFF");
    const auto complain_if = [&](bool wrong, const std::string& what) {
      if (wrong) trial.complaints.push_back(what);
    };
    complain_if(shop.text("PRAGMA integrity_check") != "ok", "the file is damaged");
    const std::vector<std::string> rows = shop.lines("SELECT subid FROM outbox ORDER BY id");
    std::vector<std::string> in_order;
    for (std::size_t i = 0; i < trial.statuses.size(); ++i) {
      const PostbackCall& call = postbacks()[i];
      const std::string click = call.query.substr(6, 2);
      const auto count = std::ranges::count(rows, click);
      const int status = trial.statuses[i];
      if (click == "c2") {
        complain_if(status == 422 && shop.text("SELECT count(*) FROM intake_rejects") == "0",
                    "a reject is not there");
        complain_if(count != 0, "a reject is a row");
        continue;
      }
      complain_if(status != 200 && status != 500 && status != 503, "answered " + std::to_string(status));
      complain_if(status == 200 && count == 0, call.query + " is lost");
      complain_if(count > 1, call.query + " is there " + std::to_string(count) + " times");
      // The repeat may be what was answered for, or the row of a first call that was not.
      if (status == 200 && call.query != postbacks()[3].query) in_order.push_back(click);
    }
    std::vector<std::string> found;
    std::ranges::copy_if(rows, std::back_inserter(found),
                         [&](const std::string& click) { return std::ranges::count(in_order, click) > 0; });
    complain_if(!std::ranges::is_sorted(found), "rows are out of order");
    complain_if(rows.empty() || rows.back() != "last", "the last call is not the last row");
  }

  TempFolder folder_{TempFolder::In::memory};
  std::string fresh_file_;
};

struct IntakeCase {
  const char* name;
  Place place;
  bool for_good;
  int step;  ///< Every how many-th call is tried.
};

std::ostream& operator<<(std::ostream& out, const IntakeCase& c) {
  return out << c.name;
}

class IntakeNthCall : public ::testing::TestWithParam<IntakeCase> {};

TEST_P(IntakeNthCall, FailsAndNothingThatWasAnsweredForIsLostOrKeptTwice) {
  const IntakeCase& param = GetParam();
  IntakeUnderFaults intake;
  const int step = step_of(param.step);
  constexpr std::size_t kComplaintsShown = 8;
  std::vector<std::string> complaints;
  int trials = 0;
  int not_opened = 0;
  std::map<int, int> answers;
  long n = 1;
  for (; complaints.size() < kComplaintsShown; n += step) {
    const IntakeTrial trial = intake.run(param.place, n, param.for_good);
    complaints.insert(complaints.end(), trial.complaints.begin(), trial.complaints.end());
    ++trials;
    not_opened += trial.statuses.empty() ? 1 : 0;
    for (const int status : trial.statuses) ++answers[status];
    if (!trial.fault_came) break;
  }
  EXPECT_THAT(complaints, IsEmpty());
  std::cout << trials << " of " << n << " calls failed; the door did not open " << not_opened << " times;";
  for (const auto& [status, count] : answers) std::cout << ' ' << count << " x " << status;
  std::cout << '\n';
}

INSTANTIATE_TEST_SUITE_P(Of, IntakeNthCall,
                         ::testing::Values(IntakeCase{"FilesOnce", Place::sqlite_io, false, 1},
                                           IntakeCase{"FilesForGood", Place::sqlite_io, true, 1},
                                           IntakeCase{"SqliteMemoryOnce", Place::sqlite_memory, false, 8},
                                           IntakeCase{"SqliteMemoryForGood", Place::sqlite_memory, true, 24},
                                           IntakeCase{"CppMemoryOnce", Place::cpp_memory, false, 2},
                                           IntakeCase{"CppMemoryForGood", Place::cpp_memory, true, 5}),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace keitaro_outbox::faults
