// The worker as an application meets it, in its own process.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "keitaro_outbox/worker.hpp"
#include "temp_folder.hpp"

namespace keitaro_outbox {
namespace {

std::set<std::string> threads() {
  std::set<std::string> ids;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
    ids.insert(task.path().filename());
  return ids;
}

bool takes_signal(const std::string& thread, int number) {
  std::ifstream status("/proc/self/task/" + thread + "/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("SigBlk:")) continue;
    const std::uint64_t blocked = std::stoull(line.substr(7), nullptr, 16);
    return (blocked >> (number - 1) & 1) == 0;
  }
  return false;  // It has ended.
}

class PublicWorker : public testing::Test {
 protected:
  PublicWorker() {
    std::ifstream schema(std::filesystem::path(KEITARO_OUTBOX_SOURCE_DIR) / "schema" / "outbox.sql");
    database_.exec(std::string(std::istreambuf_iterator<char>(schema), {}));
  }

  WorkerOptions options() {
    WorkerOptions options;
    options.database = path_;
    Tracker tracker;
    tracker.url = "http://127.0.0.1:9/key/postback";
    options.trackers.push_back(std::move(tracker));
    options.keep_conversions = std::chrono::hours{1};
    return options;
  }

  TempFolder folder_;
  std::string path_ = folder_.file("app.db");
  SQLite::Database database_{path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
};

TEST_F(PublicWorker, CanBeStoppedFromItsOwnCallback) {
  std::promise<void> told;
  std::optional<Worker> worker;
  WorkerOptions settings = options();
  settings.on_trouble = [&](const std::string&) {
    worker->stop();
    told.set_value();
  };
  worker.emplace(settings);
  database_.exec("INSERT INTO outbox (subid, status) VALUES ('click', 'nonsense')");
  worker->start();
  told.get_future().wait();
  worker->stop();
  EXPECT_FALSE(worker->counts().running);
  EXPECT_EQ(database_.execAndGet("SELECT state FROM outbox").getString(), "refused");
}

TEST_F(PublicWorker, ItsThreadsTakeNoSignalOfTheHost) {
  const auto before = threads();
  Worker worker(options());
  worker.start();
  while (threads().size() < before.size() + 3) std::this_thread::yield();
  for (const std::string& thread : threads()) {
    if (before.contains(thread)) continue;
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD})
      EXPECT_FALSE(takes_signal(thread, number)) << thread << " takes signal " << number;
  }
  worker.stop();
}

TEST_F(PublicWorker, TellsWhatKeepsItFromStartingInItsOwnError) {
  WorkerOptions settings = options();
  settings.database = folder_.file("missing.db");
  Worker worker(settings);
  EXPECT_THROW(worker.start(), Error);
}

}  // namespace
}  // namespace keitaro_outbox
