#include "sqlite/lock/recovery_journal.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using core::OutboxId;
using process::FileDescriptor;
using sqlite::Identity;
using sqlite::RecoveryJournal;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t kDelivery = 0;
constexpr std::size_t kSender = 1;
constexpr const char* kId = "0123456789abcdef0123456789abcdef";

ports::Ack receipt_for(std::int64_t row) {
  return {.row = {row},
          .version = 77,
          .http_status = 200,
          .started_at = core::wall_time(1'769'850'307'042),
          .latency = std::chrono::microseconds(1234)};
}

class RecoveryJournalTest : public testing::Test {
 protected:
  FileDescriptor open_file() {
    return FileDescriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  }
  std::optional<Identity> read_anew() { return RecoveryJournal::read(open_file().get()); }

  /// A process that comes to `row` and ends there without a word.
  void end_at(std::int64_t row, std::size_t thread = kDelivery) {
    RecoveryJournal recovery_journal(open_file().get());
    recovery_journal.adopt({kId, 1});
    recovery_journal.mark_started();
    recovery_journal.mark(thread).set({row});
  }
  std::vector<RecoveryJournal::CrashCount> quarantined_now() {
    RecoveryJournal recovery_journal(open_file().get());
    recovery_journal.adopt({kId, 1});
    recovery_journal.mark_started();
    return recovery_journal.quarantined();
  }

  TempFolder dir_;
  std::string path_ = dir_.file("app.db-outbox-lock");
};

TEST_F(RecoveryJournalTest, RemembersTheDatabaseAndHowFarItHadCome) {
  {
    RecoveryJournal recovery_journal(open_file().get());
    EXPECT_FALSE(recovery_journal.identity());
    recovery_journal.adopt({kId, 7});
    recovery_journal.recorded(8);
    EXPECT_TRUE(recovery_journal.lasts());
  }
  const auto read = read_anew();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->database_id, kId);
  EXPECT_EQ(read->recorded, 8);
  EXPECT_EQ(RecoveryJournal(open_file().get()).identity()->recorded, 8);
}

TEST_F(RecoveryJournalTest, AFileOfAnotherKindRemembersNothing) {
  { RecoveryJournal(open_file().get()).adopt({kId, 7}); }
  const std::string good = read_text(path_);
  std::string other_version = good;
  other_version[7] = '2';
  const std::string kinds[] = {"",
                               "x",
                               std::string(100, '\0'),
                               std::string(good.size(), '\0'),
                               std::string(good.size() * 2, '\xff'),
                               good.substr(0, 20),
                               other_version};
  for (const std::string& kind : kinds) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << kind;
    EXPECT_FALSE(read_anew()) << kind.size();
    RecoveryJournal recovery_journal(open_file().get());
    EXPECT_FALSE(recovery_journal.identity()) << kind.size();
    EXPECT_THAT(recovery_journal.quarantined(), IsEmpty());
    recovery_journal.adopt({kId, 9});
    EXPECT_EQ(read_anew()->recorded, 9) << "and is written anew";
  }
}

TEST_F(RecoveryJournalTest, WhatACrashLeavesHalfWrittenRemembersNothingOrTheWhole) {
  { RecoveryJournal(open_file().get()).adopt({kId, 7}); }
  const std::string good = read_text(path_);
  constexpr std::size_t kHeadAndMore = 512;
  for (std::size_t size = 0; size < good.size(); size += size < kHeadAndMore ? 13 : 20'011) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << good.substr(0, size);
    const auto read = read_anew();
    EXPECT_EQ(read ? read->recorded : 7, 7) << size;
    EXPECT_EQ(read.has_value(), size >= 96) << "the head is there, or nothing is";
  }
}

TEST_F(RecoveryJournalTest, AnOnlookerSeesWholeCountsWhileItIsWritten) {
  RecoveryJournal recovery_journal(open_file().get());
  recovery_journal.adopt({kId, 0});
  std::atomic<bool> done{false};
  std::thread onlooker([&] {
    std::int64_t last = 0;
    while (!done) {
      const auto read = read_anew();
      ASSERT_TRUE(read);
      EXPECT_GE(read->recorded, last);
      last = read->recorded;
    }
  });
  for (std::int64_t groups = 1; groups <= 20'000; ++groups) recovery_journal.recorded(groups);
  done = true;
  onlooker.join();
  EXPECT_EQ(read_anew()->recorded, 20'000);
}

TEST_F(RecoveryJournalTest, ARowIsCondemnedOnceSeveralWorkersEndedInIt) {
  for (int ends = 1; ends <= RecoveryJournal::kCrashesToQuarantine; ++ends) {
    EXPECT_THAT(quarantined_now(), IsEmpty()) << ends;
    end_at(17, kSender);
  }
  const auto quarantined = quarantined_now();
  ASSERT_THAT(quarantined, SizeIs(1));
  EXPECT_EQ(quarantined[0].row, OutboxId{17});
  EXPECT_EQ(quarantined[0].ends, RecoveryJournal::kCrashesToQuarantine);
  EXPECT_TRUE(quarantined[0].sending);
  EXPECT_THAT(quarantined_now(), SizeIs(1)) << "until it is done with";
}

TEST_F(RecoveryJournalTest, EndsInDifferentRowsCondemnNone) {
  for (std::int64_t row = 1; row < 100; ++row) end_at(row);
  EXPECT_THAT(quarantined_now(), IsEmpty());
}

TEST_F(RecoveryJournalTest, ASuspectIsRememberedThoughManyOthersCome) {
  end_at(500);
  end_at(500);
  for (std::int64_t row = 1; row < 100; ++row) end_at(row);
  end_at(500);
  EXPECT_THAT(quarantined_now(), SizeIs(1));
}

TEST_F(RecoveryJournalTest, ARowThatIsDoneWithIsNoSuspectAnyMore) {
  end_at(17);
  end_at(17);
  {
    RecoveryJournal recovery_journal(open_file().get());
    recovery_journal.mark_started();
    recovery_journal.finished({17}, true);
    recovery_journal.mark(kDelivery).set({17});
  }
  EXPECT_THAT(quarantined_now(), IsEmpty());
}

TEST_F(RecoveryJournalTest, AnEndInOrderClearsAll) {
  end_at(17);
  end_at(17);
  {
    RecoveryJournal recovery_journal(open_file().get());
    recovery_journal.mark_started();
    recovery_journal.mark(kDelivery).set({17});
    recovery_journal.mark_stopped();
  }
  end_at(17);
  EXPECT_THAT(quarantined_now(), IsEmpty());
}

TEST_F(RecoveryJournalTest, AnotherDatabaseHasNoSuspects) {
  end_at(17);
  end_at(17);
  {
    RecoveryJournal recovery_journal(open_file().get());
    recovery_journal.adopt({"another", 1});
  }
  end_at(17);
  EXPECT_THAT(quarantined_now(), IsEmpty());
}

TEST_F(RecoveryJournalTest, AfterSeveralRowsWithNothingDeliveredBetweenItIsNotTheRows) {
  const auto condemn = [&](std::int64_t row) {
    for (int ends = 0; ends < RecoveryJournal::kCrashesToQuarantine; ++ends) end_at(row);
    RecoveryJournal recovery_journal(open_file().get());
    recovery_journal.mark_started();
    const bool is_quarantined = !recovery_journal.quarantined().empty();
    if (is_quarantined) recovery_journal.finished({row}, false);
    return is_quarantined;
  };
  EXPECT_TRUE(condemn(1));
  EXPECT_TRUE(condemn(2));
  EXPECT_TRUE(condemn(3));
  EXPECT_FALSE(condemn(4));
  EXPECT_FALSE(condemn(5));
  {
    RecoveryJournal recovery_journal(open_file().get());
    recovery_journal.mark_started();
    recovery_journal.finished({99}, true);
  }
  EXPECT_TRUE(condemn(6)) << "something was delivered";
}

TEST_F(RecoveryJournalTest, AKilledProcessLeavesItsMarks) {
  for (int ends = 0; ends < RecoveryJournal::kCrashesToQuarantine; ++ends) {
    const pid_t child = fork();
    if (child == 0) {
      end_at(17);
      RecoveryJournal recovery_journal(open_file().get());
      recovery_journal.mark_started();
      recovery_journal.mark(kDelivery).set({17});
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  EXPECT_THAT(quarantined_now(), SizeIs(1));
}

TEST_F(RecoveryJournalTest, GoesOnInAnotherFileWithTheSameMarks) {
  RecoveryJournal recovery_journal(open_file().get());
  recovery_journal.adopt({kId, 3});
  recovery_journal.mark_started();
  const auto mark = recovery_journal.mark(kDelivery);
  unlink(path_.c_str());
  recovery_journal.move_to(open_file().get());
  EXPECT_TRUE(recovery_journal.lasts());
  EXPECT_EQ(read_anew()->recorded, 3);
  recovery_journal.recorded(4);
  mark.set({17});
  EXPECT_EQ(mark.noted(), 17);
  EXPECT_EQ(read_anew()->recorded, 4);
}

/// A host that embeds the worker has no handler of SIGBUS.
TEST_F(RecoveryJournalTest, WithoutAHandlerOfFaultsAFileCutShortEndsNoProcess) {
  RecoveryJournal recovery_journal(open_file().get());
  recovery_journal.adopt({kId, 3});
  recovery_journal.mark_started();
  const auto mark = recovery_journal.mark(RecoveryJournal::kThreads - 1);
  ASSERT_EQ(truncate(path_.c_str(), 0), 0);
  recovery_journal.recorded(4);
  mark.set({17});
  const auto kept = recovery_journal.keep(receipt_for(5));
  ASSERT_TRUE(kept);
  EXPECT_EQ(recovery_journal.identity()->recorded, 4);
  EXPECT_EQ(mark.noted(), 17);
  EXPECT_EQ(read_anew()->recorded, 4) << "the head is written again";
}

TEST_F(RecoveryJournalTest, WithoutAHandlerOfFaultsItOutlivesTheProcessAllTheSame) {
  {
    RecoveryJournal recovery_journal(open_file().get());
    EXPECT_TRUE(recovery_journal.lasts());
    recovery_journal.adopt({kId, 1});  // As end_at() does.
    recovery_journal.mark_started();
    recovery_journal.mark(kSender).set({17});
    ASSERT_TRUE(recovery_journal.keep(receipt_for(5)));
  }
  for (int i = 1; i < RecoveryJournal::kCrashesToQuarantine; ++i) end_at(17, kSender);
  EXPECT_THAT(quarantined_now(), SizeIs(1));
  RecoveryJournal recovery_journal(open_file().get());
  EXPECT_THAT(recovery_journal.unrecorded_acks(), SizeIs(1));
}

/// Without a handler of its own the process would end.
TEST_F(RecoveryJournalTest, AFileCutShortWhileItIsMappedIsGotOver) {
  RecoveryJournal::repair_faults(true);
  struct sigaction before {};
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = [](int, siginfo_t* info, void*) {
    if (!RecoveryJournal::absorb_fault(info->si_addr)) _exit(99);
  };
  sigaction(SIGBUS, &action, &before);
  RecoveryJournal recovery_journal(open_file().get());
  recovery_journal.adopt({kId, 3});
  ASSERT_EQ(truncate(path_.c_str(), 0), 0);
  recovery_journal.recorded(4);
  recovery_journal.mark(RecoveryJournal::kThreads - 1).set({17});
  EXPECT_EQ(recovery_journal.mark(RecoveryJournal::kThreads - 1).noted(), 17);
  EXPECT_FALSE(recovery_journal.lasts());
  EXPECT_FALSE(recovery_journal.keep(receipt_for(5)));
  recovery_journal.move_to(open_file().get());
  EXPECT_TRUE(recovery_journal.lasts()) << "tried again";
  RecoveryJournal::repair_faults(false);
  sigaction(SIGBUS, &before, nullptr);
}

TEST_F(RecoveryJournalTest, WithoutSpaceItRemembersForThisProcessAlone) {
  // A descriptor that cannot be written stands for a disk that is full.
  open_file();
  const FileDescriptor read_only(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  RecoveryJournal recovery_journal(read_only.get());
  EXPECT_FALSE(recovery_journal.lasts());
  recovery_journal.adopt({kId, 3});
  recovery_journal.mark_started();
  recovery_journal.recorded(4);
  EXPECT_EQ(recovery_journal.identity()->recorded, 4);
  EXPECT_FALSE(read_anew());
  recovery_journal.move_to(open_file().get());
  EXPECT_TRUE(recovery_journal.lasts()) << "there is space again";
  EXPECT_EQ(read_anew()->recorded, 4);
}

TEST_F(RecoveryJournalTest, ReceiptsOutliveWhoeverKeptThemUntilTheyAreForgotten) {
  {
    RecoveryJournal recovery_journal(open_file().get());
    recovery_journal.adopt({kId, 1});
    const auto forgotten = recovery_journal.keep(receipt_for(5));
    ASSERT_TRUE(forgotten);
    ASSERT_TRUE(recovery_journal.keep(receipt_for(6)));
    recovery_journal.forget(*forgotten);
  }
  RecoveryJournal recovery_journal(open_file().get());
  const auto left = recovery_journal.unrecorded_acks();
  ASSERT_THAT(left, SizeIs(1));
  const auto& [number, receipt] = left[0];
  EXPECT_EQ(receipt.row, OutboxId{6});
  EXPECT_EQ(receipt.version, 77u);
  EXPECT_EQ(receipt.http_status, 200);
  EXPECT_EQ(core::unix_millis(receipt.started_at), 1'769'850'307'042);
  EXPECT_EQ(receipt.latency, std::chrono::microseconds(1234));
  recovery_journal.forget(number);
  EXPECT_THAT(recovery_journal.unrecorded_acks(), IsEmpty());
}

TEST_F(RecoveryJournalTest, ReceiptsAreOfOneDatabaseAndOfNoOlderCopyOfIt) {
  RecoveryJournal recovery_journal(open_file().get());
  recovery_journal.adopt({kId, 7});
  recovery_journal.keep(receipt_for(5));
  recovery_journal.adopt({kId, 8});
  EXPECT_THAT(recovery_journal.unrecorded_acks(), SizeIs(1));
  recovery_journal.adopt({kId, 7});
  EXPECT_THAT(recovery_journal.unrecorded_acks(), IsEmpty()) << "an older copy";
  recovery_journal.keep(receipt_for(5));
  recovery_journal.adopt({"another", 7});
  EXPECT_THAT(recovery_journal.unrecorded_acks(), IsEmpty()) << "another database";
}

TEST_F(RecoveryJournalTest, ReceiptsThatWereHalfWrittenAreNone) {
  {
    RecoveryJournal recovery_journal(open_file().get());
    recovery_journal.adopt({kId, 1});
    ASSERT_TRUE(recovery_journal.keep(receipt_for(5)));
  }
  const std::string whole = read_text(path_);
  const auto at = whole.find(std::string_view("\x4d\0\0\0\0\0\0\0", 8));
  ASSERT_NE(at, std::string::npos) << "the version, 77";
  for (std::size_t byte = at - 16; byte < at + 32; ++byte) {
    std::string damaged = whole;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 0x10);
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << damaged;
    EXPECT_THAT(RecoveryJournal(open_file().get()).unrecorded_acks(), IsEmpty()) << byte - at;
  }
}

TEST_F(RecoveryJournalTest, KeepsNoMoreReceiptsThanThereIsRoomForAndHasItAgain) {
  RecoveryJournal recovery_journal(open_file().get());
  recovery_journal.adopt({kId, 1});
  std::vector<ports::AckId> numbers;
  while (const auto number = recovery_journal.keep(receipt_for(5))) numbers.push_back(*number);
  EXPECT_EQ(numbers.size(), 4096u);
  for (const auto number : numbers) recovery_journal.forget(number);
  EXPECT_TRUE(recovery_journal.keep(receipt_for(5)));
}

TEST_F(RecoveryJournalTest, ThreadsKeepReceiptsAsideOfEachOther) {
  RecoveryJournal recovery_journal(open_file().get());
  recovery_journal.adopt({kId, 1});
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) EXPECT_TRUE(recovery_journal.keep(receipt_for(thread * kEach + i + 1)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::int64_t> rows;
  for (const auto& [number, receipt] : recovery_journal.unrecorded_acks()) rows.insert(receipt.row.value);
  EXPECT_THAT(rows, SizeIs(kThreads * kEach));
}

TEST_F(RecoveryJournalTest, KeepsNoReceiptWhereTheFileIsSomebodyElses) {
  { RecoveryJournal(open_file().get()).adopt({kId, 1}); }
  ASSERT_EQ(link(path_.c_str(), (path_ + "-too").c_str()), 0);
  RecoveryJournal recovery_journal(open_file().get());
  ASSERT_FALSE(recovery_journal.lasts());
  EXPECT_FALSE(recovery_journal.keep(receipt_for(5)));
}

TEST_F(RecoveryJournalTest, LeavesWhatAFileRemembersOfAnotherDatabase) {
  const std::string other_path = dir_.file("other.db-outbox-lock");
  const auto open_other = [&] {
    return FileDescriptor(::open(other_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  };
  {
    RecoveryJournal other(open_other().get());
    other.adopt({"other", 9});
    other.keep(receipt_for(5));
  }
  RecoveryJournal recovery_journal(open_file().get());
  recovery_journal.adopt({kId, 7});
  recovery_journal.keep(receipt_for(6));
  recovery_journal.move_to(open_other().get());
  recovery_journal.adopt({"other", 9});
  const auto left = recovery_journal.unrecorded_acks();
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(left[0].second.row, OutboxId{5});
  EXPECT_EQ(RecoveryJournal::read(open_other().get())->recorded, 9);
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
