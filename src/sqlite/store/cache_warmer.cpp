#include "sqlite/store/cache_warmer.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include "process/signals_blocked.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/embedded_sql.hpp"

namespace keitaro_outbox::sqlite {

namespace {

constexpr int kReaders = 4;
constexpr std::int64_t kIdsAhead = 2048;
constexpr std::size_t kTrackersAtOnce = 16;

}  // namespace

std::int64_t blocks_read_by_this_thread() {
  rusage usage{};
  return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_inblock : 0;
}

bool waits_for_the_disk(std::int64_t blocks, std::size_t rows) {
  constexpr std::int64_t kHalfAPage = 4;
  return rows > 0 && blocks >= kHalfAPage * static_cast<std::int64_t>(rows);
}

bool DiskWaits::next(std::size_t rows) {
  bool waited = false;
  if (!blocks_before_ || rows_ >= kRowsJudgedTogether) {
    const std::int64_t blocks = blocks_read_();
    waited = waits_for_the_disk(blocks - blocks_before_.value_or(blocks), std::exchange(rows_, 0));
    blocks_before_ = blocks;
  }
  rows_ += rows;
  return waited;
}

/// What one of the threads has.
class CacheWarmer::Reader {
 public:
  Reader(const std::string& database, int index) : connection_(database), index_(index) {
    // Pages are to be in the system's memory, not in that of this connection.
    connection_.database().exec("PRAGMA cache_size = -4096; PRAGMA query_only = ON");
    statement_.emplace(prepare(connection_.database(), sql::warm_cache));
  }

  /// Gives the number of rows that were looked up.
  std::size_t read(const std::string& tracker, core::OutboxId after, const std::atomic<bool>& stop) {
    std::int64_t& done = done_.try_emplace(tracker, after.value).first->second;
    const bool began_anew = done > after.value + kIdsAhead;
    if (began_anew || done < after.value) done = after.value;
    std::size_t rows = 0;
    Run run(*statement_);
    run.bind(":tracker", tracker)
        .bind(":after", done)
        .bind(":up_to", after.value + kIdsAhead)
        .bind(":readers", kReaders)
        .bind(":reader", index_);
    for (; !stop && run.step(); ++rows) done = run.integer(0);
    return rows;
  }

 private:
  Connection connection_;
  int index_;
  std::optional<SQLite::Statement> statement_;
  std::map<std::string, std::int64_t> done_;  ///< By tracker: the last id looked up.
};

CacheWarmer::CacheWarmer(std::string database) : database_(std::move(database)) {
  const process::SignalsBlocked inherited_by_the_threads;
  try {
    for (int i = 0; i < kReaders; ++i) threads_.emplace_back([this, i] { run(i); });
  } catch (...) {
    end();
    throw;
  }
}

CacheWarmer::~CacheWarmer() {
  end();
}

void CacheWarmer::end() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void CacheWarmer::expect(std::string_view tracker, core::OutboxId after) {
  {
    const std::lock_guard lock(mutex_);
    if (wanted_.size() >= kTrackersAtOnce) wanted_.clear();
    wanted_.insert_or_assign(std::string(tracker), after);
    ++round_;
  }
  wake_.notify_all();
}

/// False at the end, and for lack of memory.
bool CacheWarmer::wait_for_more(std::uint64_t& seen, std::map<std::string, core::OutboxId>& wanted) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return stop_ || round_ != seen; });
  seen = round_;
  wanted.clear();
  try {
    wanted.insert(wanted_.begin(), wanted_.end());
  } catch (const std::bad_alloc&) {
    return false;
  }
  return !stop_;
}

void CacheWarmer::run(int index) {
  std::uint64_t seen = 0;
  std::optional<Reader> reader;
  std::map<std::string, core::OutboxId> wanted;
  while (wait_for_more(seen, wanted)) {
    try {
      if (!reader) reader.emplace(database_, index);
      const std::int64_t before = blocks_read_by_this_thread();
      std::size_t rows = 0;
      for (const auto& [tracker, after] : wanted) rows += reader->read(tracker, after, stop_);
      cold_ = waits_for_the_disk(blocks_read_by_this_thread() - before, rows);
    } catch (const std::exception&) {
      reader.reset();
      cold_ = false;
    }
  }
}

}  // namespace keitaro_outbox::sqlite
