#include "sqlite/lock/writer_lock.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>

#include "ports/outbox_store.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using namespace std::chrono_literals;
using sqlite::WriterLock;
using Clock = std::chrono::steady_clock;

/// Another process that holds the lock of a database until it is killed.
class Holder {
 public:
  explicit Holder(const std::string& database) {
    std::array<int, 2> ready{};
    if (pipe(ready.data()) != 0) throw std::runtime_error("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      WriterLock lock(database);
      const char answer = lock.try_acquire() ? 'y' : 'n';
      if (write(ready[1], &answer, 1) != 1) _exit(1);
      while (true) pause();
    }
    close(ready[1]);
    char answer = 'n';
    holds_ = read(ready[0], &answer, 1) == 1 && answer == 'y';
    close(ready[0]);
  }
  ~Holder() { kill_it(); }

  bool holds() const { return holds_; }
  void kill_it() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  bool holds_ = false;
};

/// No database is opened here: the lock must not need one, and a process with an open one must not fork.
class WriterLockTest : public testing::Test {
 protected:
  WriterLockTest() { std::ofstream(database_) << "not opened by the lock"; }

  TempFolder dir_;
  std::string database_ = dir_.file("app.db");
};

TEST_F(WriterLockTest, OneHasItAndTheOtherDoesNot) {
  WriterLock first(database_);
  WriterLock second(database_);
  EXPECT_TRUE(first.try_acquire());
  EXPECT_TRUE(first.try_acquire()) << "asking again does no harm";
  EXPECT_FALSE(second.try_acquire());
  EXPECT_TRUE(first.held());
  EXPECT_FALSE(second.held());
}

TEST_F(WriterLockTest, GoesOnWhenItsHolderEnds) {
  WriterLock second(database_);
  {
    WriterLock first(database_);
    ASSERT_TRUE(first.try_acquire());
  }
  EXPECT_TRUE(second.try_acquire());
}

TEST_F(WriterLockTest, EveryWayToTheFileLeadsToTheSameLock) {
  std::filesystem::create_directory(dir_.file("elsewhere"));
  std::filesystem::create_symlink(database_, dir_.file("elsewhere/link.db"));
  std::filesystem::create_directory_symlink(dir_.file(""), dir_.file("elsewhere/folder"));
  EXPECT_EQ(WriterLock::path_for(dir_.file("elsewhere/link.db")), WriterLock::path_for(database_));
  EXPECT_EQ(WriterLock::path_for(dir_.file("elsewhere/folder/app.db")), WriterLock::path_for(database_));
  WriterLock first(database_);
  WriterLock second(dir_.file("elsewhere/link.db"));
  EXPECT_TRUE(first.try_acquire());
  EXPECT_FALSE(second.try_acquire());
}

TEST_F(WriterLockTest, AnotherDatabaseHasAnotherLock) {
  std::ofstream(dir_.file("other.db")) << "";
  WriterLock first(database_);
  WriterLock second(dir_.file("other.db"));
  EXPECT_TRUE(first.try_acquire());
  EXPECT_TRUE(second.try_acquire());
}

TEST_F(WriterLockTest, TheLockFileIsForWhoMayWriteToTheDatabaseAndStays) {
  const mode_t mask = umask(077);
  chmod(database_.c_str(), 0664);
  std::string path;
  {
    WriterLock lock(database_);
    path = lock.path();
  }
  umask(mask);
  EXPECT_EQ(path, std::filesystem::canonical(database_).string() + "-outbox-lock");
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0660U) << "who may only read may not keep the workers waiting";
}

TEST_F(WriterLockTest, ADatabaseThatIsNotThereIsAnError) {
  try {
    const WriterLock lock(dir_.file("missing.db"));
    FAIL() << "nothing was thrown";
  } catch (const ports::StoreError& error) {
    EXPECT_NE(std::string(error.what()).find("keitaro-outbox init --db "), std::string::npos) << error.what();
  }
  EXPECT_FALSE(std::filesystem::exists(dir_.file("missing.db-outbox-lock")));
}

TEST_F(WriterLockTest, AKilledHolderIsFollowedByTheHintWithoutTheSlowPoll) {
  constexpr auto kNoPollInTime = 60s;
  for (int round = 0; round < 5; ++round) {
    Holder holder(database_);
    ASSERT_TRUE(holder.holds());
    WriterLock standby(database_);
    ASSERT_GE(standby.wake_fd(), 0);
    ASSERT_FALSE(standby.try_acquire());

    Clock::time_point acquired_at;
    auto waiting = std::async(std::launch::async, [&] {
      const bool acquired = standby.acquire_within(kNoPollInTime, -1, kNoPollInTime);
      acquired_at = Clock::now();
      return acquired;
    });
    ASSERT_EQ(waiting.wait_for(20ms), std::future_status::timeout) << "the holder lives";
    const auto killed_at = Clock::now();
    holder.kill_it();
    ASSERT_TRUE(waiting.get());
    EXPECT_LT(acquired_at - killed_at, kNoPollInTime / 2);
    RecordProperty(
        "round_" + std::to_string(round) + "_us",
        static_cast<int>(
            std::chrono::duration_cast<std::chrono::microseconds>(acquired_at - killed_at).count()));
  }
}

TEST_F(WriterLockTest, TheHintIsReadableWhenTheHolderDiesAndQuietOnceDrained) {
  Holder holder(database_);
  ASSERT_TRUE(holder.holds());
  WriterLock standby(database_);
  standby.drain_wake();
  pollfd wake{standby.wake_fd(), POLLIN, 0};
  EXPECT_EQ(poll(&wake, 1, 0), 0);
  holder.kill_it();
  EXPECT_EQ(poll(&wake, 1, 10'000), 1);
  standby.drain_wake();
  EXPECT_EQ(poll(&wake, 1, 0), 0);
  EXPECT_TRUE(standby.acquire_within(10s));
}

TEST_F(WriterLockTest, WaitingEndsAtItsLimit) {
  WriterLock first(database_);
  ASSERT_TRUE(first.try_acquire());
  WriterLock second(database_);
  EXPECT_FALSE(second.acquire_within(5ms));
  EXPECT_FALSE(second.held());
}

TEST_F(WriterLockTest, WaitingEndsWhenAskedToStop) {
  WriterLock first(database_);
  ASSERT_TRUE(first.try_acquire());
  WriterLock second(database_);
  std::array<int, 2> stop{};
  ASSERT_EQ(pipe(stop.data()), 0);
  auto waiting = std::async(std::launch::async, [&] { return second.acquire_within(60s, stop[0]); });
  ASSERT_EQ(write(stop[1], "x", 1), 1);
  EXPECT_FALSE(waiting.get());
  close(stop[0]);
  close(stop[1]);
}

TEST_F(WriterLockTest, ALockFileThatWasDeletedMeanwhileIsNotReliedOn) {
  WriterLock standby(database_);
  std::filesystem::remove(standby.path());
  WriterLock first(database_);
  ASSERT_TRUE(first.try_acquire());
  EXPECT_FALSE(standby.try_acquire());
}

TEST_F(WriterLockTest, IsNotPassedOnToAProgramThatIsStarted) {
  WriterLock lock(database_);
  ASSERT_TRUE(lock.try_acquire());
  // Descriptors that a started program would have and that lead to the lock file.
  const std::string count = "ls -l /proc/self/fd | grep -c -- '-outbox-lock' | grep -qx 0";
  EXPECT_EQ(std::system(count.c_str()), 0);
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
