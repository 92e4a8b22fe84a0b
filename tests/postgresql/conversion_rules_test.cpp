// The CHECKs of PostgreSQL judge as the functions of core do, and its types turn away what they name.
#include "core/rules/conversion_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "conversion_rule_cases.hpp"
#include "core/text/utf8.hpp"
#include "postgresql/base/connection.hpp"
#include "postgresql/temp_schema.hpp"

namespace keitaro_outbox::postgresql_tests {
namespace {

using postgresql::Connection;
using postgresql::Parameters;
using postgresql::SqlError;

/// Where a text is no value of the column's type, the type's own words take the place of the rule's.
constexpr const char* kType = "the type refuses it";

class ConversionRules : public testing::Test {
 protected:
  /// The name of the constraint that turns the row away, "" when it is taken, kType for a value that the type
  /// refuses.
  std::string broken_rule(const core::ConversionColumns& c) {
    Parameters parameters;
    parameters.add(c.tracker).add(c.subid).add(c.status).add(c.tid).add(c.payout).add(c.cost);
    parameters.add(c.currency).add(c.params).add(c.event_id).add(c.due_at);
    try {
      connection_.run(
          {"INSERT INTO outbox (tracker, subid, status, tid, payout, cost, currency, params, event_id, "
           "due_at)"
           " VALUES ($1, $2, $3, $4, $5::text::numeric, $6::text::numeric, $7, $8::text::jsonb, $9,"
           "         CASE $10::bigint WHEN 0 THEN '-infinity' ELSE to_timestamp($10 / 1000.0) END)",
           parameters});
    } catch (const SqlError& error) {
      if (error.is_check_violation()) return error.constraint();
      if (error.sqlstate().starts_with("22")) return kType;
      return error.what();
    }
    connection_.run(std::string("DELETE FROM outbox"));
    return {};
  }

  TempSchema schema_;
  Connection connection_{schema_.address()};
};

/// What PostgreSQL's types make of a text, where it is not what SQLite's CHECKs say.
std::string expected(const ConversionRuleCase& c) {
  const std::string& value = c.value.value_or("");
  const bool amount = c.column == "payout" || c.column == "cost";
  if (amount && !c.rule.empty()) {
    // numeric reads these: as the numbers that they are, or as none.
    static const std::set<std::string> numbers{".5", "5.", "-.5", "-5.", "+5", "1e3", " 5", "5 ", "1\n"};
    if (numbers.contains(value) || value == "000000000000001") return "";
    if (value == "inf" || value == "NaN") return c.column + "_must_be_a_plain_decimal_such_as_12_5";
    if (c.rule.find("must_be_a_plain_decimal") != std::string::npos) return kType;
  }
  if (c.column == "params") {
    if (c.rule == "params_must_be_a_json_object" && value != "[1]" && value != "\"text\"" && value != "5" &&
        value != "null" && value != "true" && !value.starts_with("[{")) {
      return value.size() > 2001 ? "" : kType;  // It goes deeper than 2,000 levels.
    }
    if (value.find("\\u0000") != std::string::npos) return kType;
    if (value.find("sub\\u0069d") != std::string::npos)
      return "params_must_not_repeat_what_has_a_column_or_return";
    if (value.find("1E+400") != std::string::npos) return "";
  }
  if (c.column == "due_at" && value.size() > 15) return kType;
  return c.rule;
}

/// No text of PostgreSQL's holds these.
bool can_be_written(const std::optional<std::string>& value) {
  return !value || (core::is_utf8(*value) && value->find('\0') == std::string::npos);
}

TEST_F(ConversionRules, EachCaseBreaksTheCheckThatIsNamedAndNoOther) {
  int tried = 0;
  for (const ConversionRuleCase& c : conversion_rule_cases()) {
    if (!can_be_written(c.value)) continue;
    ++tried;
    EXPECT_EQ(broken_rule(conversion_with(c.column, c.value)), expected(c)) << c;
  }
  EXPECT_GT(tried, 250);
}

/// A CHECK that is added to the table is added to the functions too, or named here as none of a conversion's
/// own.
TEST_F(ConversionRules, EveryCheckOfTheTableIsKnown) {
  const auto checks = connection_.run(
      std::string("SELECT conname FROM pg_constraint WHERE conrelid = 'outbox'::regclass AND contype = 'c'"));
  std::vector<std::string> known{"id_must_be_from_1_to_9223372036854775806",
                                 "state_is_not_pending_delivered_duplicate_refused_dead_cancelled",
                                 "attempts_must_be_from_0_to_1000000000",
                                 "strikes_must_be_from_0_to_1000000000"};
  known.insert(known.end(), core::kConversionRules.begin(), core::kConversionRules.end());
  std::vector<std::string> found;
  for (int row = 0; row < checks.rows(); ++row) found.push_back(checks.text(row, 0));
  EXPECT_THAT(found, testing::UnorderedElementsAreArray(known));
}

}  // namespace
}  // namespace keitaro_outbox::postgresql_tests
