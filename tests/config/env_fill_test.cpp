#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "config/config_file.hpp"
#include "config/option_values.hpp"
#include "temp_folder.hpp"

namespace keitaro_outbox::config {
namespace {

Environment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

struct CredentialCase {
  std::string file;      // What the credential KEY holds.
  std::string expected;  // The filled text, or a part of the error.
};

class Credentials : public testing::Test {
 protected:
  std::string fill(std::map<std::string, std::string> variables) {
    variables["CREDENTIALS_DIRECTORY"] = folder_.path() + "/";
    try {
      return fill_from_environment("https://h/${KEY}/postback", environment(std::move(variables)));
    } catch (const ConfigError& error) {
      return error.what();
    }
  }

  TempFolder folder_;
};

TEST_F(Credentials, StandInForAVariableThatIsNotSet) {
  for (const CredentialCase& c : {CredentialCase{"k3y", "https://h/k3y/postback"},
                                  {"k3y\n", "https://h/k3y/postback"},
                                  {"k3y\r\n", "https://h/k3y/postback"},
                                  {"\n", "variable KEY is set to nothing"}}) {
    folder_.write("KEY", c.file);
    EXPECT_THAT(fill({}), testing::HasSubstr(c.expected));
    EXPECT_EQ(fill({{"KEY", "other"}}), "https://h/other/postback");
  }
}

TEST_F(Credentials, LineEndsBehindAVariableAreLeftOffAndOthersAreToldByItsName) {
  EXPECT_EQ(fill({{"KEY", "k3y\n"}}), "https://h/k3y/postback");
  EXPECT_EQ(fill({{"KEY", "k3y\r\n\n"}}), "https://h/k3y/postback");
  for (const char* const value : {"s3cret\nx", "s3cret ", " s3cret", "s3cret\t\n"}) {
    EXPECT_THAT(fill({{"KEY", value}}), testing::AllOf(testing::HasSubstr("variable KEY holds"),
                                                       testing::Not(testing::HasSubstr("s3cret"))));
  }
}

TEST_F(Credentials, OneThatIsNotThereIsAVariableThatIsNotSet) {
  EXPECT_THAT(fill({}), testing::HasSubstr("variable KEY is not set"));
}

}  // namespace
}  // namespace keitaro_outbox::config
