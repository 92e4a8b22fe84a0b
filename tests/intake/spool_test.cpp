#include "intake/spool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "failing_spool_disk.hpp"
#include "intake/fake_store.hpp"
#include "intake/spool_record.hpp"
#include "temp_folder.hpp"

namespace keitaro_outbox::intake {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SpoolRecord, ComesBackAsItWas) {
  ports::IntakeItem full = item("a\nb", "net:1");
  full.conversion->params = R"({"x":"\"п"})";
  full.conversion->tracker = "eu";
  full.conversion->due_at = 5;
  full.body = "line\r\nline";
  ports::IntakeItem broken;
  broken.broken_rule = "subid must have 1 to 255 characters";
  broken.source = "net";
  for (const ports::IntakeItem& one : {full, broken}) {
    const std::string record = spool_record(one);
    const auto read = read_spool_record(record + "more");
    ASSERT_TRUE(read);
    EXPECT_EQ(spool_record(read->item), record);
    EXPECT_EQ(read->size, record.size());
  }
}

TEST(SpoolRecord, ThatWasCutOffOrChangedIsNone) {
  const std::string record = spool_record(item("abc"));
  for (std::size_t size = 0; size < record.size(); ++size)
    EXPECT_FALSE(read_spool_record(record.substr(0, size))) << size;
  for (std::size_t at = 0; at < record.size(); ++at) {
    std::string changed = record;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto read = read_spool_record(changed);
    EXPECT_TRUE(!read || spool_record(read->item) == record) << at;
  }
}

/// The n-th call of the system fails.
class FailingDisk final : public FailingSpoolDisk {
 public:
  int calls_ = 0;
  int failing_call_ = 0;  ///< From 1; 0 for none.
  bool all_after_fail_ = false;

 private:
  bool must_fail() override {
    ++calls_;
    return failing_call_ > 0 && (all_after_fail_ ? calls_ >= failing_call_ : calls_ == failing_call_);
  }
};

class SpoolTest : public testing::Test {
 protected:
  std::string path() const { return dir_.file("app.db-intake-spool"); }
  std::string content() const { return content_of(path()); }
  static std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void overwrite(const std::string& bytes) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
  }

  TempFolder dir_;
  FakeStore store_;
};

TEST_F(SpoolTest, GivesBackInItsOrderWhatItTook) {
  Spool spool(path(), {});
  EXPECT_EQ(spool.size(), 0);
  EXPECT_EQ(spool.append({item("a"), item("b")}), "");
  EXPECT_EQ(spool.append({item("c")}), "");
  EXPECT_GT(spool.size(), 0);
  EXPECT_EQ(spool.drain(store_, 0ms).items, 3U);
  EXPECT_THAT(store_.rows_, ElementsAre("a", "b", "c"));
  EXPECT_EQ(spool.size(), 0);
  EXPECT_EQ(spool.drain(store_, 0ms).items, 0U);
}

TEST_F(SpoolTest, AnotherProcessMayDrainItAndGoOn) {
  Spool first(path(), {});
  Spool second(path(), {});
  EXPECT_EQ(first.append({item("a")}), "");
  EXPECT_EQ(second.append({item("b")}), "");
  EXPECT_EQ(second.drain(store_, 0ms).items, 2U);
  EXPECT_EQ(first.append({item("c")}), "");
  EXPECT_EQ(first.append({item("d")}), "");
  EXPECT_EQ(second.drain(store_, 0ms).items, 2U);
  EXPECT_THAT(store_.rows_, ElementsAre("a", "b", "c", "d"));
}

TEST_F(SpoolTest, WhatWasCommittedBeforeACrashIsNotCommittedAgain) {
  Spool spool(path(), {});
  spool.append({item("a"), item("b")});
  store_.fails_after_commit_ = true;
  EXPECT_THROW(spool.drain(store_, 0ms), std::runtime_error);
  EXPECT_GT(spool.size(), 0) << "the file was not emptied any more";
  Spool next_life(path(), {});
  next_life.append({item("c")});
  next_life.drain(store_, 0ms);
  EXPECT_THAT(store_.rows_, ElementsAre("a", "b", "c"));
}

TEST_F(SpoolTest, TroubleOfTheDatabaseLeavesItAsItIs) {
  Spool spool(path(), {});
  spool.append({item("a")});
  store_.fail(1);
  EXPECT_THROW(spool.drain(store_, 0ms), ports::StoreError);
  EXPECT_EQ(spool.drain(store_, 0ms).items, 1U);
  EXPECT_THAT(store_.rows_, ElementsAre("a"));
}

TEST_F(SpoolTest, ARecordThatACrashCutOffIsSetAsideAndThoseBeforeAndAfterItStay) {
  {
    Spool spool(path(), {});
    spool.append({item("a")});
    spool.append({item("cut off")});
  }
  const std::string whole = content();
  const std::size_t first_end = whole.find('\n', whole.find('\n') + 1) + 1;
  for (std::size_t size = first_end; size < whole.size() - 1; size += 7) {
    overwrite(whole.substr(0, size));
    FakeStore store;
    Spool spool(path(), {});
    EXPECT_EQ(spool.append({item("later")}), "");
    spool.drain(store, 0ms);
    EXPECT_THAT(store.rows_, ElementsAre("a", "later")) << size;
  }
}

TEST_F(SpoolTest, ADamagedRecordIsSetAsideAndLosesNoOther) {
  {
    Spool spool(path(), {});
    for (const char* subid : {"a", "b", "c"}) spool.append({item(subid)});
  }
  const std::string whole = content();
  const std::size_t b_begins = whole.find('\n', whole.find('\n') + 1) + 1;
  const std::size_t b_ends = whole.find('\n', b_begins);
  for (std::size_t at = b_begins; at < b_ends; ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x08);
    if (damaged[at] == '\n') continue;                          // Two lines then, and both are set aside.
    if (read_spool_record(damaged.substr(b_begins))) continue;  // The blank behind the checksum.
    overwrite(damaged);
    FakeStore store;
    Spool spool(path(), {});
    std::filesystem::remove(spool.damaged_path());
    EXPECT_EQ(spool.append({item("d")}), "") << at;
    const Spool::Drained drained = spool.drain(store, 0ms);
    EXPECT_EQ(drained.items, 3U) << at;
    EXPECT_EQ(drained.set_aside, 1U) << at;
    EXPECT_THAT(store.rows_, ElementsAre("a", "c", "d")) << at;
    EXPECT_EQ(content_of(spool.damaged_path()), damaged.substr(b_begins, b_ends + 1 - b_begins)) << at;
    EXPECT_EQ(spool.size(), 0) << at;
  }
}

TEST_F(SpoolTest, ADamagedHeaderLosesNothing) {
  Spool spool(path(), {});
  spool.append({item("a")});
  std::string damaged = content();
  damaged[0] = 'K';
  overwrite(damaged);
  EXPECT_EQ(spool.append({item("b")}), "");
  store_.fails_after_commit_ = true;
  EXPECT_THROW(spool.drain(store_, 0ms), std::runtime_error);
  spool.drain(store_, 0ms);
  EXPECT_THAT(store_.rows_, ElementsAre("a", "b")) << "each once";
}

TEST_F(SpoolTest, WhatTheStoreCanKeepInNoWayIsSetAside) {
  Spool spool(path(), {});
  spool.append({item("a"), item(kUnkeepable), item("b")});
  const Spool::Drained drained = spool.drain(store_, 0ms);
  EXPECT_EQ(drained.items, 2U);
  EXPECT_EQ(drained.set_aside, 1U);
  EXPECT_EQ(content_of(spool.damaged_path()), spool_record(item(kUnkeepable)));
}

TEST_F(SpoolTest, WhileTheDatabaseIsInTroubleADamagedRecordIsSetAsideOnlyOnce) {
  Spool spool(path(), {});
  spool.append({item("a")});
  overwrite(content() + "noise\n");
  store_.fail(2);
  EXPECT_THROW(spool.drain(store_, 0ms), ports::StoreError);
  EXPECT_THROW(spool.drain(store_, 0ms), ports::StoreError);
  spool.drain(store_, 0ms);
  EXPECT_EQ(content_of(spool.damaged_path()), "noise\n");
}

TEST_F(SpoolTest, IsBounded) {
  Spool spool(path(), {.largest = 1000});
  std::string said;
  int taken = 0;
  while (said.empty() && taken < 100) {
    said = spool.append({item("a")});
    if (said.empty()) ++taken;
  }
  EXPECT_THAT(said, HasSubstr("is full"));
  EXPECT_LE(spool.size(), 1000);
  spool.drain(store_, 0ms);
  EXPECT_EQ(store_.rows_.size(), static_cast<std::size_t>(taken));
}

TEST_F(SpoolTest, AFolderThatIsNotThereIsToldInOneLine) {
  Spool spool(dir_.file("nowhere/spool"), {});
  EXPECT_THAT(spool.append({item("a")}), HasSubstr("cannot be written: No such file"));
}

/// Each call of the system fails in turn, until none is left to fail.
TEST_F(SpoolTest, WhateverCallFailsWhatWasPromisedIsKeptAndNothingElse) {
  for (const bool all_after : {false, true}) {
    bool failed = true;
    for (int call = 1; failed; ++call) {
      std::filesystem::remove(path());
      std::filesystem::remove(Spool(path(), {}).damaged_path());
      const auto disk = std::make_shared<FailingDisk>();
      disk->failing_call_ = call;
      disk->all_after_fail_ = all_after;
      std::vector<std::string> promised;
      std::vector<std::string> committed;
      FakeStore store;
      {
        Spool spool(path(), {}, disk);
        for (const char* subid : {"a", "b", "c"}) {
          if (spool.append({item(subid)}).empty()) promised.emplace_back(subid);
        }
        std::ofstream(path(), std::ios::binary | std::ios::app) << "noise\n";
        try {
          spool.drain(store, 0ms);
          if (spool.append({item("d")}).empty()) promised.emplace_back("d");
        } catch (const ports::StoreError&) {
        }
        failed = disk->calls_ >= call;
      }
      Spool next_life(path(), {});
      next_life.drain(store, 0ms);
      if (all_after) {
        // What was written, and can neither be synced nor cut off again, may come back.
        EXPECT_THAT(store.rows_, testing::IsSupersetOf(promised)) << "call " << call;
      } else {
        EXPECT_EQ(store.rows_, promised) << "call " << call;
      }
      EXPECT_THAT(content_of(next_life.damaged_path()), HasSubstr("noise\n")) << "call " << call;
      if (call > 200) FAIL() << "no end";
    }
  }
}

}  // namespace
}  // namespace keitaro_outbox::intake
