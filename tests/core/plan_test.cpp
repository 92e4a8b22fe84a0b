#include "core/rules/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_outbox::core {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Status kLead = Status::lead, kSale = Status::sale, kRejected = Status::rejected,
                 kRebill = Status::rebill;

TrackerRules rules_of(Style style = Style::mapped) {
  TrackerRules rules;
  rules.url = *PostbackUrl::parse("https://trk.example/KEY/postback").url;
  rules.style = style;
  return rules;
}

Row row_of(std::string status, std::string tid = "") {
  Row row;
  row.id = OutboxId{7};
  row.tracker = "default";
  row.subid = "click-1";
  row.status = std::move(status);
  row.tid = std::move(tid);
  return row;
}

/// What the ledger holds after `row` was sent by another row than 7, or by row 7 itself.
LedgerEntry taken_in(const Row& row, const TrackerRules& rules, std::int64_t outbox_id = 3) {
  LedgerEntry entry;
  entry.postback = std::get<Send>(plan(row, std::nullopt, rules)).postback;
  entry.outbox_id = OutboxId{outbox_id};
  if (entry.postback.status == kRebill) entry.rebilled_by = entry.outbox_id;
  return entry;
}

std::string told(const Plan& plan) {
  if (std::holds_alternative<Send>(plan)) return "send";
  return std::string(name_of(std::get<Finish>(plan).state));
}

std::string reason_of(const Plan& plan) {
  return std::get<Finish>(plan).reason;
}

TEST(Plan, TheFirstRowOfAConversionIsAlwaysSent) {
  const struct {
    std::string status, tid;
    Status sent_as;
  } rows[] = {{"lead", "", kLead},      {"sale", "", kSale},       {"rejected", "", kRejected},
              {"rebill", "t", kRebill}, {"wait", "", kLead},       {"hold", "", kLead},
              {"approve", "", kSale},   {"cancel", "", kRejected}, {"trash", "", kRejected},
              {"Sale", "", kSale},      {" approve ", "", kSale},  {"\tREBILL\n", "t", kRebill}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.status);
    const Plan judged = plan(row_of(row.status, row.tid), std::nullopt, rules_of());
    ASSERT_EQ(told(judged), "send");
    EXPECT_EQ(std::get<Send>(judged).postback.status, row.sent_as);
    EXPECT_EQ(std::get<Send>(judged).query[1],
              (std::pair<std::string, std::string>{"status", std::string(name_of(row.sent_as))}));
  }
}

TEST(Plan, AnUnknownStatusIsRefusedByItsName) {
  for (const std::string status : {"paid", " Paid ", "sale,lead", "Ожидание"}) {
    const Plan judged = plan(row_of(status), std::nullopt, rules_of());
    ASSERT_EQ(told(judged), "refused");
    EXPECT_EQ(std::get<Finish>(judged).sent_as, std::nullopt);
  }
  EXPECT_THAT(reason_of(plan(row_of(" Paid "), std::nullopt, rules_of())),
              HasSubstr("the status \"Paid\" is unknown"));
}

TEST(Plan, AnUnknownStatusIsShownShortenedAndHarmless) {
  for (const std::string& status : {std::string(1'000'000, 'x'), std::string("a\0b\n\x1b[31m", 9),
                                    std::string("\xff\xfe"), std::string()}) {
    const std::string reason = reason_of(plan(row_of(status), std::nullopt, rules_of()));
    EXPECT_LT(reason.size(), 200u);
    EXPECT_THAT(reason, Not(HasSubstr("\n")));
    EXPECT_THAT(reason, Not(HasSubstr("\x1b")));
    EXPECT_THAT(reason, Not(HasSubstr("\xff")));
  }
}

TEST(Plan, AllSixteenMovesOfTheFourStatuses) {
  const struct {
    std::string from, to, becomes;
  } rows[] = {
      {"lead", "lead", "duplicate"},         {"lead", "sale", "send"},
      {"lead", "rejected", "send"},          {"lead", "rebill", "refused"},
      {"sale", "lead", "refused"},           {"sale", "sale", "duplicate"},
      {"sale", "rejected", "send"},          {"sale", "rebill", "refused"},
      {"rejected", "lead", "refused"},       {"rejected", "sale", "refused"},
      {"rejected", "rejected", "duplicate"}, {"rejected", "rebill", "refused"},
      {"rebill", "lead", "refused"},         {"rebill", "sale", "refused"},
      {"rebill", "rejected", "send"},        {"rebill", "rebill", "duplicate"},
  };
  const TrackerRules rules = rules_of();
  for (const auto& row : rows) {
    SCOPED_TRACE(row.from + "->" + row.to);
    const Plan judged = plan(row_of(row.to, "t"), taken_in(row_of(row.from, "t"), rules), rules);
    EXPECT_EQ(told(judged), row.becomes);
    if (row.becomes == "refused") {
      EXPECT_THAT(reason_of(judged),
                  HasSubstr("the tracker does not take a move from " + row.from + " to " + row.to));
    }
    if (row.becomes != "send") {
      EXPECT_EQ(std::get<Finish>(judged).sent_as, status_named(row.to));
    }
  }
}

TEST(Plan, AMoveThatTheTrackersPolicyAllowsIsSent) {
  TrackerRules rules = rules_of();
  rules.transitions.allow(*parse_move("rejected->sale"));
  EXPECT_EQ(told(plan(row_of("approve"), taken_in(row_of("cancel"), rules), rules)), "send");
  EXPECT_EQ(told(plan(row_of("wait"), taken_in(row_of("cancel"), rules), rules)), "refused");
}

TEST(Plan, ARebillNeedsATid) {
  const Plan judged = plan(row_of("rebill"), std::nullopt, rules_of());
  EXPECT_EQ(told(judged), "refused");
  EXPECT_THAT(reason_of(judged), HasSubstr("needs a tid"));
  EXPECT_EQ(std::get<Finish>(judged).sent_as, kRebill);
}

TEST(Plan, ARebillIsSentOncePerKeyWhateverItsAmountsAndWhateverCameAfter) {
  TrackerRules rules = rules_of();
  rules.transitions.allow({kRejected, kRebill});
  Row again = row_of("rebill", "t");
  again.payout = "99";
  LedgerEntry entry = taken_in(row_of("rebill", "t"), rules);
  EXPECT_EQ(told(plan(again, entry, rules)), "duplicate");
  entry.outbox_id = again.id;
  EXPECT_EQ(told(plan(again, entry, rules)), "duplicate") << "another row's rebill was taken in before";

  LedgerEntry rejected_after = taken_in(row_of("rejected", "t"), rules);
  rejected_after.rebilled_by = OutboxId{3};
  EXPECT_EQ(told(plan(again, rejected_after, rules)), "duplicate");
  rejected_after.rebilled_by.reset();
  EXPECT_EQ(told(plan(again, rejected_after, rules)), "send");
}

TEST(Plan, ARebillThatAnOperatorSendsAgainIsNoDuplicateOfItself) {
  TrackerRules rules = rules_of();
  const Row rebill = row_of("rebill", "t");
  EXPECT_EQ(told(plan(rebill, taken_in(rebill, rules, 7), rules)), "send");
  EXPECT_THAT(reason_of(plan(rebill, taken_in(rebill, rules, 3), rules)), HasSubstr("row 3"));
}

TEST(Plan, TheSameStatusWithOtherFactsIsAnUpdate) {
  const TrackerRules rules = rules_of();
  Row before = row_of("sale", "t");
  before.payout = "12.5";
  before.cost = "1";
  before.currency = "usd";
  before.params = R"({"a":"1","b":2})";

  const struct {
    std::string what;
    void (*change)(Row&);
    std::string becomes;
  } rows[] = {
      {"nothing", [](Row&) {}, "duplicate"},
      {"another spelling of the status", [](Row& row) { row.status = " APPROVE"; }, "duplicate"},
      {"another spelling of the payout", [](Row& row) { row.payout = "012.50000"; }, "duplicate"},
      {"another spelling of the currency", [](Row& row) { row.currency = "USD"; }, "duplicate"},
      {"another spelling of the params", [](Row& row) { row.params = R"({"b":"2", "a":"1"})"; }, "duplicate"},
      {"a null among the params", [](Row& row) { row.params = R"({"b":"2","a":"1","c":null})"; },
       "duplicate"},
      {"another payout", [](Row& row) { row.payout = "12.51"; }, "send"},
      {"no payout", [](Row& row) { row.payout.reset(); }, "send"},
      {"another cost", [](Row& row) { row.cost = "0"; }, "send"},
      {"no cost", [](Row& row) { row.cost.reset(); }, "send"},
      {"another currency", [](Row& row) { row.currency = "eur"; }, "send"},
      {"no currency", [](Row& row) { row.currency.reset(); }, "send"},
      {"another param", [](Row& row) { row.params = R"({"a":"1","b":3})"; }, "send"},
      {"no params", [](Row& row) { row.params.reset(); }, "send"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    Row next = before;
    row.change(next);
    EXPECT_EQ(told(plan(next, taken_in(before, rules), rules)), row.becomes);
  }
}

TEST(Plan, NoAmountDiffersFromZero) {
  const TrackerRules rules = rules_of();
  Row zero = row_of("sale");
  zero.payout = "0";
  EXPECT_EQ(told(plan(row_of("sale"), taken_in(zero, rules), rules)), "send");
  EXPECT_EQ(told(plan(zero, taken_in(row_of("sale"), rules), rules)), "send");
}

TEST(Plan, EmptyParamsAreNone) {
  const TrackerRules rules = rules_of();
  Row empty = row_of("sale");
  empty.params = "{}";
  EXPECT_EQ(told(plan(empty, taken_in(row_of("sale"), rules), rules)), "duplicate");
}

TEST(Plan, ADuplicateNamesTheRowThatWasTakenIn) {
  const TrackerRules rules = rules_of();
  EXPECT_THAT(reason_of(plan(row_of("sale"), taken_in(row_of("sale"), rules, 41), rules)),
              HasSubstr("row 41"));
}

TEST(Plan, ADeliveredRowThatAnOperatorSendsAgainIsSent) {
  const TrackerRules rules = rules_of();
  EXPECT_EQ(told(plan(row_of("sale"), taken_in(row_of("sale"), rules, 7), rules)), "send");
  EXPECT_EQ(told(plan(row_of("lead"), taken_in(row_of("sale"), rules, 8), rules)), "refused");
}

TEST(Plan, HoldAfterWaitIsADuplicateWhenMappedAndAnUpdateWhenRaw) {
  const TrackerRules mapped = rules_of(Style::mapped);
  const TrackerRules raw = rules_of(Style::raw);
  EXPECT_EQ(told(plan(row_of("hold"), taken_in(row_of("wait"), mapped), mapped)), "duplicate");
  EXPECT_EQ(told(plan(row_of("hold"), taken_in(row_of("wait"), raw), raw)), "send");
  EXPECT_EQ(told(plan(row_of(" Wait"), taken_in(row_of("wait"), raw), raw)), "duplicate");
}

TEST(Plan, UnusableAmountsAndParamsAreRefused) {
  const struct {
    void (*spoil)(Row&);
    std::string reason_part;
  } rows[] = {
      {[](Row& row) { row.payout = "12345678901234567890"; },
       "the payout 12345678901234567890 cannot be sent"},
      {[](Row& row) { row.payout = "1e3"; }, "the payout 1e3 cannot be sent"},
      {[](Row& row) { row.payout = ""; }, "the payout "},
      {[](Row& row) { row.cost = "-100000000000000"; }, "the cost -100000000000000 cannot be sent"},
      {[](Row& row) { row.params = R"({"a":1,"a":2})"; }, "\"a\" of params occurs twice"},
      {[](Row& row) { row.params = R"({"a":{}})"; }, "\"a\" of params is an object"},
      {[](Row& row) { row.params = "{\"a\":\"\xff\"}"; }, "no valid JSON"},
      {[](Row& row) { row.params = std::string("{}\0", 3); }, "no valid JSON"},
      {[](Row& row) { row.params = "[]"; }, "must be a JSON object"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.reason_part);
    Row spoilt = row_of("sale");
    row.spoil(spoilt);
    for (const auto& last :
         {std::optional<LedgerEntry>{}, std::optional{taken_in(row_of("sale"), rules_of())}}) {
      const Plan judged = plan(spoilt, last, rules_of());
      ASSERT_EQ(told(judged), "refused");
      EXPECT_THAT(reason_of(judged), HasSubstr(row.reason_part));
      EXPECT_EQ(std::get<Finish>(judged).sent_as, kSale);
    }
  }
}

TEST(Plan, JudgesInAFixedOrder) {
  TrackerRules rules = rules_of();
  LedgerEntry rebilled = taken_in(row_of("rejected", "t"), rules);
  rebilled.rebilled_by = OutboxId{3};

  Row all_wrong = row_of("nonsense");
  all_wrong.payout = "x";
  EXPECT_THAT(reason_of(plan(all_wrong, rebilled, rules)), HasSubstr("nonsense"));
  all_wrong.status = "rebill";
  EXPECT_THAT(reason_of(plan(all_wrong, rebilled, rules)), HasSubstr("tid"));
  all_wrong.tid = "t";
  EXPECT_THAT(reason_of(plan(all_wrong, rebilled, rules)), HasSubstr("payout"));
  all_wrong.payout = "1";
  EXPECT_THAT(reason_of(plan(all_wrong, rebilled, rules)), HasSubstr("already taken in a rebill"));
  rebilled.rebilled_by.reset();
  EXPECT_THAT(reason_of(plan(all_wrong, rebilled, rules)), HasSubstr("from rejected to rebill"));
}

TEST(PlanQuery, ParametersGoOutInAFixedOrder) {
  Row row = row_of("Approve", "t 1");
  row.payout = "012.50";
  row.cost = "-3.00001";
  row.currency = "UsD";
  row.params = R"({"sub_id_2":"b","sub_id_1":1.50})";
  EXPECT_EQ(std::get<Send>(plan(row, std::nullopt, rules_of())).query, (Params{{"subid", "click-1"},
                                                                               {"status", "sale"},
                                                                               {"tid", "t 1"},
                                                                               {"payout", "12.5"},
                                                                               {"cost", "-3"},
                                                                               {"currency", "UsD"},
                                                                               {"sub_id_2", "b"},
                                                                               {"sub_id_1", "1.50"},
                                                                               {"return", "OK"}}));
}

TEST(PlanQuery, WhatIsNotThereIsNotSent) {
  TrackerRules rules = rules_of();
  rules.sentinel = "";
  EXPECT_EQ(std::get<Send>(plan(row_of("lead"), std::nullopt, rules)).query,
            (Params{{"subid", "click-1"}, {"status", "lead"}}));
}

TEST(PlanQuery, TheRawStyleSendsTheOwnNameAndTheListsThatExplainIt) {
  EXPECT_EQ(std::get<Send>(plan(row_of(" Trash"), std::nullopt, rules_of(Style::raw))).query,
            (Params{{"subid", "click-1"},
                    {"status", "trash"},
                    {"lead_status", "hold,wait"},
                    {"sale_status", "approve"},
                    {"rejected_status", "cancel,trash"},
                    {"return", "OK"}}));
}

TEST(PlanQuery, ListsOfTheRowsOwnParamsComeFirst) {
  Row row = row_of("wait");
  row.params = R"({"sale_status":"mine"})";
  EXPECT_EQ(std::get<Send>(plan(row, std::nullopt, rules_of(Style::raw))).query,
            (Params{{"subid", "click-1"},
                    {"status", "wait"},
                    {"sale_status", "mine"},
                    {"lead_status", "hold,wait"},
                    {"rejected_status", "cancel,trash"},
                    {"return", "OK"}}));
}

TEST(PlanQuery, AStatusThatTheRowsOwnListsNameCountsAsTheySayAndKeepsItsName) {
  const struct {
    std::string status, params;
    Status sent_as;
    std::string sent_status;
  } rows[] = {
      {"1", R"({"sale_status":"1"})", kSale, "1"},
      {"2", R"({"lead_status":"x, 2","sale_status":"1"})", kLead, "2"},
      {" Paid ", R"({"rejected_status":"PAID"})", kRejected, "paid"},
      {" Paid ", R"({"sale_status":"paid"})", kSale, "paid"},
      {" Paid ", R"({"sale_status":"x, Paid"})", kSale, "Paid"},
      {"approve", R"({"lead_status":"approve"})", kLead, "approve"},
      {"lead", R"({"sale_status":"lead"})", kSale, "lead"},
      {"sale", R"({"lead_status":"x"})", kSale, "sale"},
      {"approve", R"({"lead_status":"x"})", kSale, "sale"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.status + row.params);
    Row judged = row_of(row.status);
    judged.params = row.params;
    const auto send = std::get<Send>(plan(judged, std::nullopt, rules_of()));
    EXPECT_EQ(send.postback.status, row.sent_as);
    EXPECT_EQ(send.postback.sent_status, row.sent_status);
    EXPECT_EQ(send.query[1], (std::pair<std::string, std::string>{"status", row.sent_status}));
  }
  Row unknown = row_of("3");
  unknown.params = R"({"sale_status":"1,2"})";
  EXPECT_EQ(told(plan(unknown, std::nullopt, rules_of())), "refused");
}

TEST(PlanQuery, AnEmptyListIsLeftOut) {
  TrackerRules rules = rules_of(Style::raw);
  rules.statuses.set("approve", kLead);
  const Params query = std::get<Send>(plan(row_of("wait"), std::nullopt, rules)).query;
  for (const auto& [name, value] : query) EXPECT_NE(name, "sale_status");
}

TEST(PlanQuery, AnOwnNameForARebillIsSentAsRebillSinceNoListCouldExplainIt) {
  TrackerRules rules = rules_of(Style::raw);
  rules.statuses.set("upsell", kRebill);
  const Send sent = std::get<Send>(plan(row_of("Upsell", "t"), std::nullopt, rules));
  EXPECT_EQ(sent.query[1].second, "rebill");
  EXPECT_EQ(sent.postback.sent_status, "rebill");
}

TEST(Plan, FactsOfAnyBytesAndLengthAreTaken) {
  Row row = row_of("sale", std::string("\0\xff\n", 3));
  row.subid = std::string(1'000'000, '\0');
  row.currency = std::string("\xff", 1);
  row.params = "{\"a\":\"" + std::string(200'000, 'x') + "\"}";
  const Plan judged = plan(row, std::nullopt, rules_of());
  ASSERT_EQ(told(judged), "send");
  EXPECT_EQ(std::get<Send>(judged).query[0].second, row.subid);
  EXPECT_EQ(std::get<Send>(judged).query[2].second, row.tid);
}

}  // namespace
}  // namespace keitaro_outbox::core
