#include "sim/tracker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_sim {
namespace {

using keitaro_outbox::core::wall_time;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class SimTracker : public ::testing::Test {
 protected:
  void receive(const std::string& query) {
    tracker().receive(read_postback(parse_query(query), {}), wall_time(now_ += 1000));
  }

  Tracker& tracker() {
    if (!tracker_) tracker_.emplace(settings_);
    return *tracker_;
  }

  std::vector<std::string> messages() {
    std::vector<std::string> found;
    for (const LogLine& line : tracker().log().find("", 1000, 0, PostbackLog::Order::oldest_first))
      found.push_back(line.message);
    return found;
  }

  std::string last_message() {
    return tracker().log().find("", 1, 0, PostbackLog::Order::newest_first).at(0).message;
  }

  TrackerSettings settings_;
  std::optional<Tracker> tracker_;
  std::int64_t now_ = 1'700'000'000'000;
};

TEST_F(SimTracker, PostbackIsLoggedInThreeLines) {
  receive("subid=abc&status=lead");
  EXPECT_THAT(messages(), ElementsAre("Using \"abc\" as subid. Postback added to queue.",
                                      "Processing subid abc", "Subid abc complete"));
}

TEST_F(SimTracker, EmptySubidEndsAtOnce) {
  EXPECT_FALSE(tracker().receive(read_postback(parse_query("status=lead"), {}), wall_time(now_)));
  EXPECT_THAT(messages(), ElementsAre("Incorrect subid \"\". Postback ignored."));
  EXPECT_EQ(tracker().counts().incorrect, 1U);
}

TEST_F(SimTracker, UnknownClickIsNotFound) {
  settings_.clicks = {{"known"}};
  receive("subid=known");
  receive("subid=invented");
  EXPECT_EQ(last_message(), "SubID not found \"invented\"");
  EXPECT_EQ(tracker().conversions().size(), 1U);
}

TEST_F(SimTracker, UnfilledMacroIsNobodysClick) {
  receive("subid=%7Bclick%7D");
  EXPECT_EQ(last_message(), "SubID not found \"{click}\"");
}

TEST_F(SimTracker, ClickIsLookedUpAfterTheDelayWithTheTimeOfReceipt) {
  settings_.verdict_delay = keitaro_outbox::core::Millis{30'000};
  receive("subid=abc");
  tracker().process_due(wall_time(now_ + 29'999));
  EXPECT_THAT(messages(), ElementsAre("Using \"abc\" as subid. Postback added to queue."));
  EXPECT_EQ(tracker().waiting(), 1U);
  tracker().process_due(wall_time(now_ + 100'000));
  ASSERT_EQ(tracker().conversions().size(), 1U);
  EXPECT_EQ(tracker().conversions()[0].postback_at, wall_time(now_));
  EXPECT_EQ(tracker().log().find("complete", 1, 0, PostbackLog::Order::newest_first).at(0).at,
            wall_time(now_ + 30'000));
}

TEST_F(SimTracker, ChangeOfStatusKeepsTheFirstDateAndThePreviousStatus) {
  receive("subid=abc&status=lead&payout=1");
  const auto first = wall_time(now_);
  receive("subid=abc&status=approve&sale_status=approve&payout=2.5");
  const Conversion& conversion = *tracker().find("abc", "");
  EXPECT_EQ(conversion.status, "sale");
  EXPECT_EQ(conversion.original_status, "approve");
  EXPECT_EQ(conversion.previous_status, "lead");
  EXPECT_EQ(conversion.revenue.text(), "2.5");
  EXPECT_EQ(conversion.postback_at, first);
  EXPECT_EQ(conversion.changed_at, wall_time(now_));
  EXPECT_THAT(conversion.history, ElementsAre("lead", "approve"));
}

TEST_F(SimTracker, UnpublishedMoveChangesNothingAndSaysSo) {
  receive("subid=abc&status=rejected");
  receive("subid=abc&status=sale&payout=5&sub_id_1=x");
  EXPECT_EQ(last_message(), "Subid abc cannot change from rejected to sale. Postback ignored.");
  EXPECT_EQ(tracker().find("abc", "")->status, "rejected");
  EXPECT_EQ(tracker().find("abc", "")->revenue.text(), "0");
  EXPECT_TRUE(tracker().sub_ids_of("abc").empty());
}

TEST_F(SimTracker, EachTidIsAConversionOfItsOwn) {
  receive("subid=abc&status=lead");
  receive("subid=abc&status=sale&tid=1");
  receive("subid=abc&status=sale");
  ASSERT_EQ(tracker().conversions().size(), 2U);
  EXPECT_EQ(tracker().find("abc", "")->previous_status, "lead");
  EXPECT_EQ(tracker().find("abc", "1")->previous_status, "");
}

TEST_F(SimTracker, RebillOfAnExistingPairClashes) {
  receive("subid=abc&status=sale&tid=1&payout=10");
  receive("subid=abc&status=rebill&tid=2&payout=3");
  receive("subid=abc&status=rebill&tid=2&payout=4");
  EXPECT_EQ(last_message(), "Conversion by pair \"SubId + tid\" already exists. Postback ignored.");
  EXPECT_EQ(tracker().find("abc", "2")->revenue.text(), "3");
  EXPECT_EQ(tracker().find("abc", "2")->rebills, 1);
  EXPECT_EQ(tracker().counts().rebills_counted_twice, 0U);
}

TEST_F(SimTracker, RebillsCountedTwiceAreCounted) {
  settings_.policy.tidless_rebill_overwrites = true;
  receive("subid=abc&status=rebill&payout=1");
  receive("subid=abc&status=rebill&payout=1");
  EXPECT_EQ(tracker().counts().rebills_counted_twice, 1U);
}

TEST_F(SimTracker, UpsellsOffIgnoreFurtherTidsButNotChangesOfTheFirst) {
  settings_.policy.upsells = false;
  receive("subid=abc&status=lead&tid=1");
  receive("subid=abc&status=sale&tid=2");
  EXPECT_THAT(last_message(), HasSubstr("does not allow upsells"));
  receive("subid=abc&status=sale&tid=1");
  EXPECT_EQ(tracker().conversions().size(), 1U);
  EXPECT_EQ(tracker().find("abc", "1")->status, "sale");
}

TEST_F(SimTracker, ExactRepeatsAreCounted) {
  receive("subid=abc&status=sale&payout=1");
  receive("subid=abc&status=sale&payout=1");
  EXPECT_EQ(tracker().counts().duplicates, 1U);
  receive("subid=abc&status=sale&payout=2");
  receive("subid=abc&status=rejected");
  receive("subid=abc&status=sale&payout=1&tid=2");
  EXPECT_EQ(tracker().counts().duplicates, 1U);
  EXPECT_EQ(tracker().find("abc", "")->revenue.text(), "2");
}

TEST_F(SimTracker, IgnoredStatusLeavesNoConversion) {
  receive("subid=abc&status=ping&ignore=ping,test");
  EXPECT_THAT(last_message(), HasSubstr("ignore list"));
  EXPECT_TRUE(tracker().conversions().empty());
}

TEST_F(SimTracker, UnmappedStatusIsRecordedByItsOwnName) {
  receive("subid=abc&status=trash&reject_status=trash");
  EXPECT_EQ(tracker().find("abc", "")->status, "trash");
}

TEST_F(SimTracker, AmountsAreTurnedIntoTheOwnCurrency) {
  settings_.rates = CurrencyRates::parse("eur 1.08", "usd").rates;
  receive("subid=abc&payout=10.01&cost=1&currency=EUR");
  EXPECT_EQ(tracker().find("abc", "")->revenue.text(), "10.8108");
  EXPECT_EQ(tracker().find("abc", "")->cost.text(), "1.08");
}

TEST_F(SimTracker, UnusableValuesAreTakenAsTheyComeByDefault) {
  receive("subid=currency&payout=10&currency=xyz");
  receive("subid=amount&payout=ten");
  receive("subid=long&tid=" + std::string(101, 't'));
  EXPECT_EQ(tracker().find("currency", "")->revenue.text(), "10");
  EXPECT_EQ(tracker().find("amount", "")->revenue.text(), "0");
  EXPECT_NE(tracker().find("long", std::string(100, 't')), nullptr);
}

TEST_F(SimTracker, UnusableValuesCanBeAReasonToIgnore) {
  settings_.unknown_currency_taken_as_own = false;
  settings_.bad_amounts_count_as_zero = false;
  settings_.long_values_are_cut = false;
  receive("subid=currency&payout=10&currency=xyz");
  EXPECT_THAT(last_message(), HasSubstr("no rate for the currency \"xyz\". Postback ignored."));
  receive("subid=amount&payout=ten");
  EXPECT_THAT(last_message(), HasSubstr("\"ten\" is not an amount. Postback ignored."));
  receive("subid=long&sub_id_3=" + std::string(256, 's'));
  EXPECT_THAT(last_message(), HasSubstr("sub_id_3 is longer than 255 bytes. Postback ignored."));
  EXPECT_TRUE(tracker().conversions().empty());
  EXPECT_EQ(tracker().counts().unusable_values, 3U);
}

TEST_F(SimTracker, OmittedAmountIsKeptOrBecomesZero) {
  receive("subid=abc&status=lead&payout=3&cost=1");
  receive("subid=abc&status=sale");
  EXPECT_EQ(tracker().find("abc", "")->revenue.text(), "3");
  settings_.amounts_kept_when_omitted = false;
  tracker_.reset();
  receive("subid=abc&status=lead&payout=3&cost=1");
  receive("subid=abc&status=sale&cost=2");
  EXPECT_EQ(tracker().find("abc", "")->revenue.text(), "0");
  EXPECT_EQ(tracker().find("abc", "")->cost.text(), "2");
}

TEST_F(SimTracker, SubIdsUpdateTheClick) {
  receive("subid=abc&status=lead&sub_id_1=a&sub_id_2=b");
  receive("subid=abc&status=sale&tid=2&sub_id_2=c");
  EXPECT_THAT(tracker().sub_ids_of("abc"), ElementsAre(Pair(1, "a"), Pair(2, "c")));
}

TEST(SimPostbackLog, OldestLinesAreForgottenBeyondItsCapacity) {
  PostbackLog log(2);
  for (const std::string message : {"one", "two", "three"}) log.add(wall_time(0), 1, message);
  const auto lines = log.find("", 10, 0, PostbackLog::Order::oldest_first);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].message, "two");
}

TEST(SimPostbackLog, LinesAreFoundByTextLimitAndOffset) {
  PostbackLog log;
  for (const std::string message : {"a1", "b", "a2", "a3"}) log.add(wall_time(0), 1, message);
  const auto newest = log.find("a", 2, 0, PostbackLog::Order::newest_first);
  ASSERT_EQ(newest.size(), 2U);
  EXPECT_EQ(newest[0].message, "a3");
  EXPECT_EQ(newest[1].message, "a2");
  const auto skipped = log.find("a", 9, 2, PostbackLog::Order::newest_first);
  ASSERT_EQ(skipped.size(), 1U);
  EXPECT_EQ(skipped[0].message, "a1");
}

}  // namespace
}  // namespace keitaro_sim
