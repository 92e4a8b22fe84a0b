#include <gtest/gtest.h>

#include "core/readback/drift.hpp"

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

/// 2026-05-01 09:10:00 UTC.
const WallTime kMay1 = WallTime{std::chrono::sys_days{std::chrono::year{2026} / 5 / 1}} + 9h + 10min;

SentConversion sent(const std::string& subid, const std::string& payout, Millis later = 0ms) {
  SentConversion conversion;
  conversion.subid = subid;
  conversion.status = Status::sale;
  conversion.sent_status = "sale";
  conversion.payout = Amount::parse(payout);
  conversion.currency = "USD";
  conversion.taken_in_at = kMay1 + later;
  conversion.first_taken_in_at = kMay1 + later;
  return conversion;
}

RecordedConversion there(const std::string& subid, const std::string& revenue,
                         const std::string& at = "2026-05-01 11:10:00") {
  RecordedConversion recorded;
  recorded.subid = subid;
  recorded.status = "sale";
  recorded.revenue = revenue;
  recorded.recorded_at = at;
  return recorded;
}

DriftReport drift(const std::vector<SentConversion>& ours, const std::vector<RecordedConversion>& theirs) {
  const auto before = [](const LedgerKey& key) { return key.subid == "older"; };
  return drift_of(ours, theirs, before, "2026-05-01", "2026-05-02",
                  {.verify_after = 90s, .verify_again = {}, .currency = "usd"});
}

std::vector<std::string> items_of(const DriftReport& report) {
  std::vector<std::string> out;
  for (const DriftItem& item : report.items)
    out.push_back(item.day + " " + std::string(name_of(item.kind)) + " " + item.subid + ": " + item.note);
  return out;
}

TEST(Drift, PutsTheTotalsOfEachDayBesideTheTrackers) {
  const DriftReport report =
      drift({sent("a", "5"), sent("b", "7"), sent("c", "1", 24h)},
            {there("a", "5"), there("b", "7"), there("c", "1", "2026-05-02 11:10:00")});
  ASSERT_EQ(report.totals.size(), 2U);
  EXPECT_EQ(report.totals[0].day, "2026-05-01");
  EXPECT_EQ(report.totals[0].ours, 2);
  EXPECT_EQ(report.totals[0].theirs, 2);
  EXPECT_EQ(report.totals[0].our_money.at("usd").text(), "12");
  EXPECT_EQ(report.totals[0].their_money.text(), "12");
  EXPECT_EQ(report.totals[1].day, "2026-05-02");
  EXPECT_TRUE(report.items.empty());
}

TEST(Drift, NamesWhatDiffersIsMissingOrOnlyThere) {
  const DriftReport report =
      drift({sent("a", "5"), sent("b", "7")}, {there("a", "9"), there("foreign", "3")});
  EXPECT_EQ(
      items_of(report),
      (std::vector<std::string>{"2026-05-01 differs a: amount: sent 5 usd, the tracker has 9",
                                "2026-05-01 missing b: sent sale", "2026-05-01 only_there foreign: sale 3"}));
  ASSERT_EQ(report.totals.size(), 1U);
  EXPECT_EQ(report.totals[0].ours, 2);
  EXPECT_EQ(report.totals[0].theirs, 2);
  EXPECT_TRUE(report.any_of(DriftItem::Kind::missing));
}

TEST(Drift, LeavesOutWhatIsOfOtherDaysOrWasSentBefore) {
  EXPECT_TRUE(items_of(drift({}, {there("foreign", "3", "2026-04-30 23:59:59"),
                                  there("foreign2", "3", "2026-05-03 00:00:00"), there("older", "3")}))
                  .empty());
}

TEST(Drift, APageThatCameAgainCountsNothingTwice) {
  const DriftReport report =
      drift({sent("a", "5")}, {there("a", "5"), there("a", "5"), there("x", "1"), there("x", "1")});
  ASSERT_EQ(report.totals.size(), 1U);
  EXPECT_EQ(report.totals[0].theirs, 2);
  EXPECT_EQ(report.items.size(), 1U);
}

}  // namespace
}  // namespace keitaro_outbox::core
