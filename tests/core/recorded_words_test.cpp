#include "core/rules/recorded_words.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace keitaro_outbox::core {
namespace {

TEST(RecordedWords, AnAnswersBodyIsKeptUpTo300CharactersAndNoneStaysNone) {
  EXPECT_EQ(cut_response(std::nullopt), std::nullopt);
  EXPECT_EQ(cut_response(""), "");
  EXPECT_EQ(cut_response(std::string(300, 'a')), std::string(300, 'a'));
  EXPECT_EQ(cut_response(std::string(299, 'a') + "bc"), std::string(299, 'a') + "b");
}

TEST(RecordedWords, SayWhatCameOfARequest) {
  EXPECT_EQ(what_came(std::nullopt, State::pending), "no answer came");
  EXPECT_EQ(what_came(503, State::pending), "the tracker answered HTTP 503");
  EXPECT_EQ(what_came(200, State::delivered), "the tracker answered HTTP 200 and took it in");
}

TEST(RecordedWords, SayWhatCouldNotBeRecordedAndWhy) {
  struct Case {
    UnrecordedOutcome outcome;
    std::string expected;
  };
  const Case cases[] = {
      {{State::pending, "refused", true, 503},
       "the tracker answered HTTP 503, but that cannot be recorded: no?such column"},
      {{State::pending, "", true, std::nullopt},
       "no answer came, but that cannot be recorded: no?such column"},
      {{State::delivered, "", true, 200},
       "the tracker answered HTTP 200 and took it in, but that cannot be recorded: no?such column; it is "
       "not sent again"},
      {{State::duplicate, "", false, std::nullopt},
       "it is to be duplicate, but that cannot be recorded: no?such column"},
      {{State::refused, "no subid", false, std::nullopt},
       "it is to be refused (no subid), but that cannot be recorded: no?such column"},
  };
  for (const Case& c : cases) EXPECT_EQ(unrecorded_reason(c.outcome, "no\nsuch column"), c.expected);
}

TEST(RecordedWords, CutALongWhyAfter200Characters) {
  const std::string reason = unrecorded_reason({}, std::string(201, 'w'));
  EXPECT_TRUE(reason.ends_with(": " + std::string(199, 'w') + "…")) << reason;
}

}  // namespace
}  // namespace keitaro_outbox::core
