#include "config/load_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "temp_folder.hpp"

namespace keitaro_outbox::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class LoadSettings : public testing::Test {
 protected:
  void write(const std::string& text,
             std::filesystem::perms permissions = std::filesystem::perms::owner_read) {
    std::ofstream(path_) << text;
    std::filesystem::permissions(path_, permissions);
  }

  Settings load() {
    return load_settings(overrides_, [this](const std::string& name) { return variable(name); });
  }

  std::string error() {
    try {
      load();
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "no error";
  }

  std::optional<std::string> variable(const std::string& name) {
    const auto found = variables_.find(name);
    if (found == variables_.end()) return std::nullopt;
    return found->second;
  }

  TempFolder folder_;
  std::string path_ = folder_.file("outbox.toml");
  Overrides overrides_;
  std::map<std::string, std::string> variables_;
};

constexpr const char* kTwoTrackers =
    "[[tracker]]\nurl = 'https://a.example/ka/postback'\nconcurrency = 3\n"
    "[[tracker]]\nname = 'b'\nurl = 'https://b.example/kb/postback'\n";

TEST_F(LoadSettings, NothingThatNamesATrackerIsNoErrorUntilOneIsRequired) {
  const Settings settings = load();
  EXPECT_THAT(settings.trackers, IsEmpty());
  EXPECT_THROW(require_trackers(settings), ConfigError);
}

TEST_F(LoadSettings, AUrlAloneIsTheTrackerDefault) {
  overrides_.to = "https://t.example/k/postback";
  const Settings settings = load();
  ASSERT_EQ(settings.trackers.size(), 1U);
  EXPECT_EQ(settings.trackers[0].rules.name, "default");
  EXPECT_NO_THROW(require_trackers(settings));
}

TEST_F(LoadSettings, TheFlagGoesBeforeTheEnvironmentAndThatBeforeTheFile) {
  write(kTwoTrackers);
  overrides_.config_path = path_;
  EXPECT_EQ(load().trackers[0].rules.url.host(), "a.example");
  variables_["KEITARO_POSTBACK_URL"] = "https://environment.example/k/postback";
  EXPECT_EQ(load().trackers[0].rules.url.host(), "environment.example");
  overrides_.to = "https://flag.example/k/postback";
  const Settings settings = load();
  EXPECT_EQ(settings.trackers[0].rules.url.host(), "flag.example");
  EXPECT_EQ(settings.trackers[0].concurrency, 3) << "the rest of the tracker is the file's";
  EXPECT_EQ(settings.trackers[1].rules.url.host(), "b.example");
}

TEST_F(LoadSettings, AUrlDoesNotGoBeforeTemplatesWhichAreWholeUrls) {
  write("[tracker.templates]\nwait = 'https://a.example/ka/postback?subid={click}'\n");
  overrides_.config_path = path_;
  EXPECT_EQ(load().trackers[0].rules.templates.own().size(), 1U);
  variables_["KEITARO_POSTBACK_URL"] = "https://environment.example/k/postback";
  EXPECT_THAT(error(), HasSubstr("KEITARO_POSTBACK_URL: the tracker default has templates"));
  overrides_.to = "https://flag.example/k/postback";
  EXPECT_THAT(error(), HasSubstr("--to: the tracker default has templates"));
}

TEST_F(LoadSettings, TheEnvironmentNamesTheFileWhenNoFlagDoes) {
  write(kTwoTrackers);
  variables_["KEITARO_OUTBOX_CONFIG"] = path_;
  EXPECT_EQ(load().trackers.size(), 2U);
  overrides_.config_path = folder_.file("absent.toml");
  EXPECT_THAT(error(), HasSubstr("absent.toml: cannot read the configuration file"));
}

TEST_F(LoadSettings, AVariableThatIsEmptyCountsAsNotSet) {
  variables_ = {{"KEITARO_OUTBOX_CONFIG", ""}, {"KEITARO_POSTBACK_URL", ""}};
  EXPECT_THAT(load().trackers, IsEmpty());
}

TEST_F(LoadSettings, FlagsGoBeforeTheFileForAllTrackers) {
  write(kTwoTrackers);
  overrides_.config_path = path_;
  overrides_.tracker.concurrency = 5;
  overrides_.tracker.allow_private = true;
  overrides_.tracker.request_timeout = 2s;
  overrides_.grace = 1s;
  overrides_.log_level = LogLevel::error;
  const Settings settings = load();
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    EXPECT_EQ(spec.concurrency, 5);
    EXPECT_TRUE(spec.allow_private);
    EXPECT_EQ(spec.request_timeout, 2s);
  }
  EXPECT_EQ(settings.grace, 1s);
  EXPECT_EQ(settings.log_level, LogLevel::error);
}

TEST_F(LoadSettings, AFileWithoutTrackersIsAnErrorUnlessAUrlIsGiven) {
  write("log_level = 'warn'\n");
  overrides_.config_path = path_;
  EXPECT_THAT(error(), HasSubstr("names no tracker"));
  overrides_.to = "https://t.example/k/postback";
  EXPECT_EQ(load().log_level, LogLevel::warn);
}

TEST_F(LoadSettings, AFirstDelayAboveTheLongestIsToldWhereverTheTwoComeFrom) {
  overrides_.to = "https://t.example/k/postback";
  overrides_.tracker.retry_first_delay = 2h;
  EXPECT_THAT(error(), HasSubstr("retry_first_delay (2h) is longer than retry_max_delay (1h)"));
  overrides_.tracker.retry_max_delay = 2h;
  EXPECT_EQ(error(), "no error");
}

TEST_F(LoadSettings, ABadUrlNamesItsSourceAndNotTheKey) {
  overrides_.to = "ftp://t.example/s3cretKey/postback";
  EXPECT_THAT(error(), HasSubstr("--to: "));
  EXPECT_THAT(error(), Not(HasSubstr("s3cretKey")));
  overrides_.to = std::nullopt;
  variables_["KEITARO_POSTBACK_URL"] = "https://t.example/s3cretKey/postback#x";
  EXPECT_THAT(error(), HasSubstr("KEITARO_POSTBACK_URL: "));
  EXPECT_THAT(error(), Not(HasSubstr("s3cretKey")));
}

TEST_F(LoadSettings, AKeyThatEveryUserCanReadIsWarnedOf) {
  using std::filesystem::perms;
  overrides_.config_path = path_;
  write(kTwoTrackers, perms::owner_read | perms::group_read);
  EXPECT_THAT(load().warnings, IsEmpty());
  std::filesystem::permissions(path_, perms::others_read, std::filesystem::perm_options::add);
  EXPECT_THAT(load().warnings, ElementsAre(HasSubstr("every user of this machine can read it")));
}

TEST_F(LoadSettings, AReadableFileWithoutAKeyIsNoMatter) {
  using std::filesystem::perms;
  variables_["URL"] = "https://t.example/k/postback";
  write("[[tracker]]\nurl = '${URL}'\n", perms::owner_read | perms::others_read);
  overrides_.config_path = path_;
  EXPECT_THAT(load().warnings, IsEmpty());
}

TEST_F(LoadSettings, AFolderIsNoConfiguration) {
  overrides_.config_path = folder_.file("");
  EXPECT_THAT(error(), HasSubstr("is a folder"));
}

}  // namespace
}  // namespace keitaro_outbox::config
