#include "core/rules/conversion_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "conversion_rule_cases.hpp"

namespace keitaro_outbox::core {
namespace {

TEST(ConversionRules, EachCaseBreaksTheRuleThatIsNamedAndNoOther) {
  for (const ConversionRuleCase& c : conversion_rule_cases()) {
    EXPECT_EQ(broken_rule(conversion_with(c.column, c.value)).value_or(""), c.rule) << c;
  }
}

TEST(ConversionRules, TheTableHasACaseForEveryRule) {
  std::set<std::string> met;
  for (const ConversionRuleCase& c : conversion_rule_cases()) {
    if (!c.rule.empty()) met.insert(c.rule);
  }
  EXPECT_THAT(met, testing::UnorderedElementsAreArray(kConversionRules));
}

TEST(ConversionRules, OfSeveralBrokenRulesTheFirstOfTheTableIsNamed) {
  const std::string long_text(300, 'x');
  ConversionColumns columns{.tracker = "",
                            .subid = "",
                            .status = "",
                            .tid = long_text,
                            .payout = "x",
                            .cost = "x",
                            .currency = "x",
                            .params = "x",
                            .event_id = "",
                            .due_at = -1};
  std::vector<std::string_view> met;
  const auto meet = [&] { met.push_back(broken_rule(columns).value_or("none")); };
  meet();
  columns.tracker = "t";
  meet();
  columns.subid = "{x}";
  meet();
  columns.subid = "x";
  meet();
  columns.status = "sale";
  meet();
  columns.tid = "t";
  meet();
  columns.payout = "100000000000000";
  meet();
  columns.payout = "1";
  meet();
  columns.cost = "100000000000000";
  meet();
  columns.cost = "1";
  meet();
  columns.currency = "usd";
  meet();
  columns.params = R"({"tid":1})";
  meet();
  columns.params = "{}";
  meet();
  columns.event_id = "e";
  meet();
  columns.due_at = 0;
  EXPECT_THAT(met, testing::ElementsAreArray(kConversionRules));
  EXPECT_EQ(broken_rule(columns), std::nullopt);
}

TEST(ConversionRules, ARulesNameIsToldAsWords) {
  EXPECT_EQ(words_of_rule("tracker_is_empty"), "tracker is empty");
  EXPECT_EQ(words_of_rule("payout_must_be_a_plain_decimal_such_as_12_5"),
            "payout must be a plain decimal such as 12.5");
  EXPECT_EQ(words_of_rule("subid_must_have_1_to_255_characters"), "subid must have 1 to 255 characters");
  EXPECT_EQ(words_of_rule(""), "");
}

/// PostgreSQL cuts longer names off, and the names are the same in both stores.
TEST(ConversionRules, ARulesNameHasAtMost63Bytes) {
  for (const std::string_view rule : kConversionRules) EXPECT_LE(rule.size(), 63U) << rule;
}

}  // namespace
}  // namespace keitaro_outbox::core
