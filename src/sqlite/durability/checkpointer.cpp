#include "sqlite/durability/checkpointer.hpp"

#include <sqlite3.h>

#include <chrono>
#include <exception>
#include <new>
#include <utility>

#include "process/signals_blocked.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/base/errors.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using namespace std::chrono_literals;

constexpr int kRestartTries = 20;
constexpr int kFewPages = 256;
constexpr int kRunsBesideOthers = 4;
constexpr int kRunsInVain = 8;
constexpr auto kBetweenTries = 1ms;
constexpr std::int64_t kFrameHeaderBytes = 24;

std::int64_t page_size(const SQLite::Database& db) {
  return with_store_errors(db, [&] { return integer_of(db, "PRAGMA main.page_size"); });
}

}  // namespace

Checkpointer::Checkpointer(std::string database, CheckpointerOptions options)
    : database_(std::move(database)), options_(options) {
  const process::SignalsBlocked inherited_by_the_thread;
  thread_ = std::thread([this] { run(); });
}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Checkpointer::log_has(int pages) noexcept {
  const std::lock_guard lock(mutex_);
  if (pages < stats_.log_pages) seen_pages_ = runs_in_vain_ = 0;  // It was begun anew.
  stats_.log_pages = pages;
  if (due()) wake_.notify_one();
}

void Checkpointer::others_commit(bool they_do) noexcept {
  const std::lock_guard lock(mutex_);
  others_commit_ = they_do;
}

void Checkpointer::follow(sqlite3* db) {
  const auto hook = [](void* checkpointer, sqlite3*, const char*, int pages) {
    static_cast<Checkpointer*>(checkpointer)->log_has(pages);
    return SQLITE_OK;
  };
  sqlite3_wal_hook(db, hook, this);
}

Checkpointer::Stats Checkpointer::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

bool Checkpointer::due() const {
  const int grown = stats_.log_pages - seen_pages_;
  if (!others_commit_) return grown >= options_.every_pages;
  // Whoever was writing when the last page was moved goes on where the log ended.
  const bool again = runs_in_vain_ > 0 && runs_in_vain_ < kRunsInVain;
  return grown >= (again ? 1 : options_.every_pages_beside_others);
}

/// Whether the log is to be moved to its last page, and is not.
bool Checkpointer::more_to_move(const Moved& moved) const {
  const std::lock_guard lock(mutex_);
  return others_commit_ && !stop_ && stats_.log_pages > moved.pages;
}

bool Checkpointer::stopping() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stop_ || due(); });
    if (stop_) break;
    const int log_pages = stats_.log_pages;
    // Set before the run and whatever comes of it: a checkpoint that cannot get on is not to be tried without
    // end.
    seen_pages_ = log_pages;
    ++runs_in_vain_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      checkpoint(log_pages);
    } catch (const std::exception&) {
      failure = std::current_exception();
      connection_.reset();
    }
    lock.lock();
    if (failure) note(failure);
  }
  lock.unlock();
  connection_.reset();
}

void Checkpointer::note(const std::exception_ptr& failure) noexcept {
  ++stats_.failures;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    try {
      stats_.last_error = error.what();
    } catch (const std::bad_alloc&) {
      stats_.last_error.clear();  // The number tells.
    }
  }
}

void Checkpointer::checkpoint(int log_pages) {
  if (!connection_) {
    connection_ = std::make_unique<Connection>(database_, ConnectionOptions{.busy_limit = 0ms});
    frame_bytes_ = page_size(connection_->database()) + kFrameHeaderBytes;
  }
  const Stopwatch stopwatch(options_.on_timing, Timed::checkpoint);
  auto moved = run_passive();
  // What was committed meanwhile is moved as well, for the log to be begun anew.
  for (int i = 1; i < kRunsBesideOthers && moved && moved->left() <= kFewPages && more_to_move(*moved); ++i) {
    moved = run_passive();
  }
  if (!moved) return;
  // A writer in the middle of its transaction holds us back by a few pages, always. More than that is a long
  // reader's doing: then a restart would be in vain, and would copy all those pages with writers kept out.
  const bool held_back = moved->left() > kFewPages;
  if (!held_back && log_pages * frame_bytes_ >= options_.restart_bytes) try_restart();
}

/// nullopt when the application runs one of its own.
std::optional<Checkpointer::Moved> Checkpointer::run_passive() {
  Moved moved;
  const int code = sqlite3_wal_checkpoint_v2(connection_->handle(), "main", SQLITE_CHECKPOINT_PASSIVE,
                                             &moved.in_log, &moved.pages);
  if (code == SQLITE_BUSY) return std::nullopt;
  if (code != SQLITE_OK) throw sql_error(connection_->handle(), code);
  const std::lock_guard lock(mutex_);
  ++stats_.passive;
  return moved;
}

void Checkpointer::try_restart() {
  for (int i = 0; i < kRestartTries && !stopping(); ++i) {
    const int code =
        sqlite3_wal_checkpoint_v2(connection_->handle(), "main", SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
    if (code == SQLITE_OK) {
      const std::lock_guard lock(mutex_);
      ++stats_.restarts;
      return;
    }
    if (code != SQLITE_BUSY) throw sql_error(connection_->handle(), code);
    std::this_thread::sleep_for(kBetweenTries);
  }
}

}  // namespace keitaro_outbox::sqlite
