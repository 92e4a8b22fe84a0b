#include "bench/child.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <stdexcept>

#include "bench/files.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;

TEST(Child, GivesItsExitCodeAndTheCpuItTook) {
  Child child({{"/bin/sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 7"}, {}, ""});
  const Ended ended = child.wait(60s);
  EXPECT_EQ(ended.exit_code, 7);
  EXPECT_GT(ended.cpu_seconds, 0);
}

TEST(Child, WritesToItsFileAndSeesTheVariablesItWasGiven) {
  WorkFolder folder(std::filesystem::temp_directory_path());
  const std::string output = (folder.path() / "output").string();
  Child child({{"/bin/sh", "-c", "echo $COLOUR; echo red >&2"}, {"COLOUR=blue"}, output});
  EXPECT_EQ(child.wait(60s).exit_code, 0);
  EXPECT_EQ(end_of_file(output), "blue\nred\n");
}

TEST(Child, EndedByASignalHasTheExitCodeThatAShellGives) {
  Child child({{"/bin/sleep", "60"}, {}, ""});
  EXPECT_TRUE(child.running());
  EXPECT_GT(child.peak_mib(), 0);
  EXPECT_GE(child.cpu_seconds(), 0);
  child.signal(SIGKILL);
  EXPECT_EQ(child.wait(60s).exit_code, 128 + SIGKILL);
  EXPECT_FALSE(child.running());
}

TEST(Child, ThatDoesNotEndInTimeIsAnError) {
  Child child({{"/bin/sleep", "60"}, {}, ""});
  EXPECT_THROW(child.wait(10ms), std::runtime_error);
}

TEST(Child, ThatCannotBeRunIsAnErrorThatNamesIt) {
  try {
    Child child({{"/no/such/program"}, {}, ""});
    FAIL() << "started";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("/no/such/program"), std::string::npos);
  }
}

TEST(WorkFolder, IsRemovedWithAllThatIsInIt) {
  std::filesystem::path path;
  {
    const WorkFolder folder(std::filesystem::temp_directory_path());
    path = folder.path();
    std::filesystem::create_directories(path / "inner");
  }
  EXPECT_FALSE(path.empty());
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace keitaro_outbox::bench
