#include <gtest/gtest.h>

#include "core/readback/conclusion.hpp"

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

const WallTime kTakenIn{Millis{1'700'000'000'000}};
const ReadBackPolicy kPolicy;

SentConversion sent(Status status, const std::string& payout = "", const std::string& currency = "",
                    const std::string& subid = "click") {
  SentConversion conversion;
  conversion.subid = subid;
  conversion.status = status;
  conversion.sent_status = name_of(status);
  conversion.payout = Amount::parse(payout);
  conversion.currency = currency;
  conversion.taken_in_at = kTakenIn;
  return conversion;
}

RecordedConversion shown(const std::string& status, const std::string& revenue = "",
                         const std::string& original = "") {
  RecordedConversion recorded;
  recorded.subid = "click";
  recorded.status = status;
  recorded.original_status = original;
  if (!revenue.empty()) recorded.revenue = revenue;
  return recorded;
}

TEST(ReadBackStatus, IsCompared) {
  struct Case {
    Status sent;
    std::string sent_status;
    std::string status;
    std::string original;
    bool same;
  };
  const std::vector<Case> table{{Status::sale, "sale", "sale", "", true},
                                {Status::sale, "sale", "Sale", "", true},
                                {Status::sale, "sale", "lead", "", false},
                                {Status::sale, "sale", "rejected", "sale", false},
                                {Status::rebill, "rebill", "sale", "", true},
                                {Status::sale, "sale", "rebill", "", true},
                                {Status::rejected, "trash", "rejected", "trash", true},
                                {Status::lead, "hold", "hold", "", true},
                                {Status::lead, "hold", "custom", "hold", true},
                                {Status::lead, "hold", "", "wait", false},
                                {Status::lead, "hold", "", "HOLD", true},
                                {Status::lead, "lead", "", "", true}};
  for (const Case& c : table) {
    SentConversion conversion = sent(c.sent);
    conversion.sent_status = c.sent_status;
    EXPECT_EQ(same_status(conversion, shown(c.status, "", c.original)), c.same)
        << c.sent_status << " / " << c.status << " / " << c.original;
  }
}

TEST(ReadBackAmount, InTheTrackersOwnCurrencyIsComparedToACent) {
  struct Case {
    Status status;
    std::string payout;
    std::string currency;
    std::string revenue;
    bool equal;
  };
  const std::vector<Case> table{{Status::sale, "12.5", "", "12.5000", true},
                                {Status::sale, "12.5", "usd", "12.51", true},
                                {Status::sale, "12.5", "USD", "12.52", false},
                                {Status::sale, "12.5", "", "0", false},
                                {Status::sale, "", "", "7", true},
                                {Status::sale, "12.5", "", "12.5 USD", true},  // It cannot be read.
                                {Status::rejected, "12.5", "", "0", true},
                                {Status::lead, "12.5", "", "0", true},
                                {Status::lead, "12.5", "", "3", false},
                                {Status::sale, "12.5", "eur", "13.7", true}};  // No rate is known.
  const SeenAmounts amounts("usd");
  for (const Case& c : table) {
    const RecordedConversion recorded = shown(std::string(name_of(c.status)), c.revenue);
    const RecordedConversion* const of_click[] = {&recorded};
    const Finding finding = find_in(sent(c.status, c.payout, c.currency), of_click, true, amounts);
    EXPECT_EQ(finding.kind == Finding::Kind::equal, c.equal) << c.payout << c.currency << ' ' << c.revenue;
  }
}

TEST(ReadBackAmount, InAnotherCurrencyIsComparedByTheRateOfTheOthers) {
  SeenAmounts amounts("usd");
  for (int i = 1; i <= 10; ++i) {
    const auto revenue = Amount::parse(std::to_string(i) + ".1");  // 1.1 for each 10 of them, about.
    amounts.add(sent(Status::sale, std::to_string(10 * i), "rub", "c" + std::to_string(i)), *revenue);
  }
  const auto differs = [&](const char* payout, const char* revenue) {
    return amounts.differs(sent(Status::sale, payout, "rub"), *Amount::parse(revenue));
  };
  EXPECT_FALSE(differs("500", "51"));
  EXPECT_TRUE(differs("500", "60"));
  EXPECT_TRUE(differs("500", "0"));
  EXPECT_FALSE(differs("0.1", "0.02"));  // A cent.
}

TEST(ReadBackAmount, AtARateThatOthersHaveTooIsNoDifference) {
  SeenAmounts amounts("usd");
  for (int i = 0; i < 9; ++i)
    amounts.add(sent(Status::sale, "100", "rub", "old" + std::to_string(i)), *Amount::parse("1"));
  const auto differs = [&] {
    return amounts.differs(sent(Status::sale, "100", "rub"), *Amount::parse("1.2"));
  };
  EXPECT_TRUE(differs());
  amounts.add(sent(Status::sale, "200", "rub", "new1"), *Amount::parse("2.4"));
  EXPECT_TRUE(differs());
  amounts.add(sent(Status::sale, "300", "rub", "new2"), *Amount::parse("3.6"));
  EXPECT_FALSE(differs()) << "the tracker has fetched new rates";
}

TEST(ReadBackAmount, AConstantRevenueOverDifferingPayoutsIsTheOffersFixedPayout) {
  SeenAmounts amounts;
  const auto differs = [&] { return amounts.differs(sent(Status::sale, "4"), *Amount::parse("5")); };
  EXPECT_TRUE(differs());
  amounts.add(sent(Status::sale, "6", "", "a"), *Amount::parse("5"));
  amounts.add(sent(Status::sale, "6", "", "a"), *Amount::parse("5"));
  EXPECT_TRUE(differs()) << "one other, seen twice";
  amounts.add(sent(Status::sale, "5", "", "b"), *Amount::parse("5"));
  EXPECT_TRUE(differs()) << "an equal amount says nothing of a fixed one";
  amounts.add(sent(Status::sale, "7", "", "c"), *Amount::parse("5"));
  EXPECT_FALSE(differs());
  EXPECT_TRUE(amounts.differs(sent(Status::sale, "4"), *Amount::parse("0")));
}

TEST(ReadBackFinding, GoesByTheTransactionWhereTheAnswerNamesAny) {
  SentConversion one = sent(Status::sale);
  one.tid = "t1";
  RecordedConversion other = shown("sale");
  other.tid = "t2";
  RecordedConversion same = shown("sale");
  same.tid = "t1";
  const SeenAmounts amounts;
  const RecordedConversion* const both[] = {&other, &same};
  const std::span all(both);
  EXPECT_EQ(find_in(one, all, true, amounts).kind, Finding::Kind::equal);
  EXPECT_EQ(find_in(one, all.first(1), true, amounts).kind, Finding::Kind::missing);
  EXPECT_TRUE(find_in(one, all.first(1), true, amounts).click_is_seen);
  EXPECT_FALSE(find_in(one, {}, true, amounts).click_is_seen);
}

TEST(ReadBackFinding, WithoutTheColumnOfTransactionsADifferenceIsUnsure) {
  SentConversion one = sent(Status::sale);
  one.tid = "t1";
  const RecordedConversion lead = shown("lead");
  const RecordedConversion* const of_click[] = {&lead};
  EXPECT_EQ(find_in(one, of_click, false, SeenAmounts{}).kind, Finding::Kind::unsure);
  one.status = Status::lead;
  one.sent_status = "lead";
  EXPECT_EQ(find_in(one, of_click, false, SeenAmounts{}).kind, Finding::Kind::equal);
}

SentConversion at_last_look(const std::string& note) {
  SentConversion conversion = sent(Status::sale, "5");
  conversion.looked_at = kTakenIn + 1h;
  conversion.note = note;
  return conversion;
}

const WallTime kLast = kTakenIn + 24h;

TEST(ReadBackConclusion, WhatIsThereIsRecordedAtOnce) {
  const auto found =
      conclude(sent(Status::sale), {Finding::Kind::equal, {}, true}, kPolicy, {}, kTakenIn + 90s);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->verdict, Verdict::recorded);
  EXPECT_FALSE(found->check_at);
}

TEST(ReadBackConclusion, WhatIsMissingOrDiffersStaysUncheckedUntilTheLastLook) {
  for (const auto kind : {Finding::Kind::missing, Finding::Kind::different, Finding::Kind::unsure}) {
    const auto found = conclude(sent(Status::sale), {kind, "n", false}, kPolicy, kTakenIn, kTakenIn + 90s);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->verdict, Verdict::unchecked);
    EXPECT_EQ(found->check_at, kTakenIn + 5min);
    EXPECT_FALSE(found->note.empty());
  }
}

TEST(ReadBackConclusion, ADifferenceThatWasSeenBeforeIsTold) {
  const Finding finding{Finding::Kind::different, "status: sent sale, the tracker has lead", true};
  const auto found = conclude(at_last_look("differs so far: " + finding.note), finding, kPolicy, {}, kLast);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->verdict, Verdict::differs);
  EXPECT_EQ(found->note, finding.note);
  const auto other = conclude(at_last_look("differs so far: another"), finding, kPolicy, {}, kLast);
  EXPECT_EQ(other->verdict, Verdict::unchecked);
}

TEST(ReadBackConclusion, AnEmptyAnswerProvesNothingUnlessTheKeyHasShownOneOfOursWithinADay) {
  const SentConversion missing = at_last_look("not found in the tracker's records yet");
  for (const std::optional<WallTime> shown_at : {std::optional<WallTime>(), std::optional(kLast - 25h)}) {
    const auto found = conclude(missing, {}, kPolicy, shown_at, kLast);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->verdict, Verdict::unknowable);
  }
  EXPECT_FALSE(conclude(missing, {}, kPolicy, kLast - 23h, kLast)) << "the log is to be read";
}

TEST(ReadBackConclusion, TheLogTellsWhyItIsAbsent) {
  struct Case {
    std::vector<std::string> log;
    bool click_is_seen;
    Verdict verdict;
    std::string in_note;
  };
  const std::vector<Case> table{
      {{"SubID not found \"click\""}, false, Verdict::absent, "does not know this click"},
      {{"Using \"click\" as subid. Postback added to queue."}, false, Verdict::absent, "does not say why"},
      {{}, false, Verdict::absent, "does not say why"},
      {{"Subid click complete"}, false, Verdict::unknowable, "may not see it"},
      {{"Subid click complete"}, true, Verdict::absent, "does not say why"},
      {{"The offer does not allow upsells for subid click. Postback ignored."},
       true,
       Verdict::absent,
       "upsells"},
      {{"Subid clicker complete"}, false, Verdict::absent, "does not say why"}};
  for (const Case& c : table) {
    std::vector<PostbackLogLine> lines;
    for (const std::string& message : c.log) lines.push_back({"2026-01-01 00:00:00", message});
    Finding finding;
    finding.click_is_seen = c.click_is_seen;
    const Conclusion found = conclude_by_log(finding, story_of(lines, "click"));
    EXPECT_EQ(found.verdict, c.verdict) << found.note;
    EXPECT_NE(found.note.find(c.in_note), std::string::npos) << found.note;
  }
  EXPECT_EQ(conclude_by_log({}, std::nullopt).verdict, Verdict::unknowable);
}

TEST(ReadBackLog, ALineTellsOfTheClickThatItNames) {
  struct Case {
    std::string message;
    LogMeaning meaning;
  };
  const std::vector<Case> table{{"Using \"a.1\" as subid. Postback added to queue.", LogMeaning::nothing},
                                {"Processing subid a.1", LogMeaning::nothing},
                                {"Subid a.1 complete", LogMeaning::processed},
                                {"Subid a.1 complete.", LogMeaning::nothing},
                                {"Subid a.12 complete", LogMeaning::nothing},
                                {"Subid xa.1 complete", LogMeaning::nothing},
                                {"SubID not found \"a.1\"", LogMeaning::click_unknown},
                                {"SubID not found \"a.10\"", LogMeaning::nothing},
                                {"Rebill of subid a.1 has no tid. Postback ignored.", LogMeaning::ignored},
                                {"Not for subid a.1. Postback ignored.", LogMeaning::ignored},
                                {"Incorrect subid \"\". Postback ignored.", LogMeaning::nothing},
                                {"", LogMeaning::nothing}};
  for (const Case& c : table) EXPECT_EQ(meaning_of(c.message, "a.1"), c.meaning) << c.message;
  EXPECT_EQ(meaning_of("Subid  complete", ""), LogMeaning::nothing);
}

TEST(ReadBackVerdict, HasANameEach) {
  for (const Verdict verdict : kAllVerdicts) EXPECT_EQ(verdict_named(name_of(verdict)), verdict);
  EXPECT_FALSE(verdict_named("Recorded"));
}

}  // namespace
}  // namespace keitaro_outbox::core
