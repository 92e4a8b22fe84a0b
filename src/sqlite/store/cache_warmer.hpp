#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/rules/row.hpp"

namespace keitaro_outbox::sqlite {

/// Brings the ledger's pages for the rows that come next into the system's file cache, in threads and
/// connections of its own, so that several wait for the disk at a time and the delivery thread does not. Only
/// of use where the ledger is larger than that cache, as each new click is a page that nothing has touched
/// yet. A failure here does no harm: who needs the page will meet it again.
class CacheWarmer {
 public:
  /// Starts its threads. Throws std::system_error where there are none left.
  explicit CacheWarmer(std::string database);
  /// Ends them; a read from the disk that is under way is waited for.
  ~CacheWarmer();
  CacheWarmer(const CacheWarmer&) = delete;
  CacheWarmer& operator=(const CacheWarmer&) = delete;

  /// Fresh rows of the tracker behind `after` are next.
  void expect(std::string_view tracker, core::OutboxId after);

  /// Whether what was read last was not in memory: then it is worth going on.
  bool found_cold() const { return cold_.load(std::memory_order_relaxed); }

 private:
  class Reader;

  void run(int index);
  void end();
  bool wait_for_more(std::uint64_t& seen, std::map<std::string, core::OutboxId>& wanted);

  const std::string database_;
  std::atomic<bool> cold_ = true;
  std::atomic<bool> stop_ = false;

  std::mutex mutex_;  ///< Guards what stands below.
  std::condition_variable wake_;
  std::map<std::string, core::OutboxId, std::less<>> wanted_;
  std::uint64_t round_ = 0;

  std::vector<std::thread> threads_;
};

/// 512-byte blocks that the calling thread has had to wait for the disk to give, ever.
std::int64_t blocks_read_by_this_thread();

/// Whether so many blocks, read for so many rows, are more than what comes along with the rows themselves.
bool waits_for_the_disk(std::int64_t blocks, std::size_t rows);

/// Tells from what one thread has had to wait for whether its rows are in memory. It asks the system for that
/// but every `kRowsJudgedTogether` rows: where they are in memory, which is nearly always, it is not to cost
/// anything.
class DiskWaits {
 public:
  static constexpr std::size_t kRowsJudgedTogether = 256;

  /// `blocks_read` is asked for the blocks that the thread has had to wait for, ever.
  explicit DiskWaits(std::function<std::int64_t()> blocks_read = blocks_read_by_this_thread)
      : blocks_read_(std::move(blocks_read)) {}

  /// So many rows are worked on from now on. Whether those before them were waited for; false as long as
  /// there are too few to tell.
  bool next(std::size_t rows);

 private:
  std::function<std::int64_t()> blocks_read_;
  std::optional<std::int64_t> blocks_before_;  ///< None yet: what was read before the first row is no matter.
  std::size_t rows_ = 0;                       ///< Worked on since then.
};

}  // namespace keitaro_outbox::sqlite
