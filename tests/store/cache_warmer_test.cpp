#include "sqlite/store/cache_warmer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using namespace std::chrono_literals;

/// Pages of the file that are in the system's memory, of so many.
struct Residency {
  std::size_t resident = 0;
  std::size_t pages = 0;
};

Residency residency_of(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  fstat(file, &status);
  const auto size = static_cast<std::size_t>(status.st_size);
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const mapped = mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
  std::vector<unsigned char> resident((size + page - 1) / page);
  mincore(mapped, size, resident.data());
  munmap(mapped, size);
  close(file);
  const auto in_memory =
      std::count_if(resident.begin(), resident.end(), [](unsigned char c) { return c & 1; });
  return {static_cast<std::size_t>(in_memory), resident.size()};
}

void forget(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  fsync(file);
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  close(file);
}

TEST(CacheWarmer, BringsTheLedgersPagesForTheRowsThatComeNextIntoMemory) {
  TempDatabase database;
  Sql& sql = database.sql();
  sql.run(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)"
      " INSERT INTO conversions (tracker, subid, tid, status, sent_status, outbox_id, taken_in_at)"
      " SELECT 'default', printf('%08x', i * 2654435761 % 4294967296), '', 'sale', 'sale', 0, 0 FROM n");
  sql.run(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
      " INSERT INTO outbox (subid, status) SELECT printf('%08x', i * 2246822519 % 4294967296), 'sale' FROM "
      "n");
  sql.run("PRAGMA wal_checkpoint(TRUNCATE)");
  forget(database.path());
  const Residency before = residency_of(database.path());
  if (before.resident * 2 > before.pages) GTEST_SKIP() << "files cannot be put out of memory here";

  sqlite::CacheWarmer warmer(database.path());
  warmer.expect("default", core::OutboxId{0});
  const auto most = [&] {
    const Residency now = residency_of(database.path());
    return now.resident * 10 > now.pages * 9;
  };
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (!most() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(most()) << "2,000 clicks anywhere in the ledger touch nearly all of its pages";
}

TEST(CacheWarmer, IsOnlyForRowsThatHaveHadTheDiskReadForMoreThanThemselves) {
  EXPECT_FALSE(sqlite::waits_for_the_disk(0, 0));
  EXPECT_FALSE(sqlite::waits_for_the_disk(100, 0)) << "of no rows it tells nothing";
  EXPECT_FALSE(sqlite::waits_for_the_disk(60, 120)) << "rows that are read one after the other";
  EXPECT_TRUE(sqlite::waits_for_the_disk(960, 120)) << "a page for each";
}

TEST(CacheWarmer, AsksTheSystemForWhatWasWaitedForButEverySoManyRows) {
  constexpr std::size_t kTogether = sqlite::DiskWaits::kRowsJudgedTogether;
  constexpr std::int64_t kBlocksOfAPageEach = 8 * std::int64_t{kTogether};
  int asked = 0;
  std::int64_t blocks = 1'000'000;  // of opening the database
  sqlite::DiskWaits waits([&] { return ++asked, blocks; });
  EXPECT_FALSE(waits.next(1)) << "nothing was worked on yet";
  for (std::size_t row = 1; row < kTogether; ++row) EXPECT_FALSE(waits.next(1));
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(waits.next(kTogether)) << "all were in memory";
  EXPECT_EQ(asked, 2);
  blocks += kBlocksOfAPageEach;
  EXPECT_TRUE(waits.next(0)) << "a page for each";
  EXPECT_FALSE(waits.next(kTogether));
  blocks += std::int64_t{kTogether};
  EXPECT_FALSE(waits.next(1)) << "no more than the rows themselves";
}

TEST(CacheWarmer, EndsAtOnceAndWithoutHarmWhereThereIsNoDatabase) {
  sqlite::CacheWarmer warmer("/nowhere/app.db");
  warmer.expect("default", {0});
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (warmer.found_cold() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
  EXPECT_FALSE(warmer.found_cold()) << "so nobody asks any more";
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
