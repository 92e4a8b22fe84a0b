#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/rules/plan.hpp"

namespace keitaro_outbox::core {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kBase = "https://trk.example/KEY/postback?subid={click}";

void add(TrackerRules& rules, const std::string& campaign, const std::string& status,
         const std::string& url) {
  EXPECT_EQ(rules.templates.add(campaign, status, url, rules.statuses), "");
}

/// AlterCPA's five, as its page has them.
TrackerRules five() {
  TrackerRules rules;
  rules.url = *PostbackUrl::parse("https://trk.example/KEY/postback").url;
  add(rules, "", "wait", kBase + std::string("&status=lead"));
  add(rules, "", "hold", kBase + std::string("&status=lead"));
  add(rules, "", "approve", kBase + std::string("&status=sale&payout={payout}"));
  add(rules, "", "cancel", kBase + std::string("&status=rejected"));
  add(rules, "", "trash", kBase + std::string("&status=rejected&sub_id_5=banned"));
  return rules;
}

Row row_of(std::string status, std::string campaign = "") {
  Row row;
  row.id = OutboxId{7};
  row.tracker = "default";
  row.subid = "a-b";
  row.status = std::move(status);
  row.campaign = std::move(campaign);
  return row;
}

LedgerEntry taken_in(const Row& row, const TrackerRules& rules) {
  LedgerEntry entry;
  entry.postback = std::get<Send>(plan(row, std::nullopt, rules)).postback;
  entry.outbox_id = OutboxId{3};
  if (entry.postback.status == Status::rebill) entry.rebilled_by = entry.outbox_id;
  return entry;
}

std::string told(const Plan& plan) {
  if (std::holds_alternative<Send>(plan)) return "send";
  return std::string(name_of(std::get<Finish>(plan).state));
}

TEST(PlanByTemplate, AStatusWithoutOneThatTheRowsOwnListsNameIsSentByThatOfTheKeitaroStatus) {
  TrackerRules rules = five();
  add(rules, "", "sale", kBase + std::string("&status=sale&payout={payout}&sub_id_1={status}"));
  Row row = row_of("1");
  row.params = R"({"sale_status":"1"})";
  const auto send = std::get<Send>(plan(row, std::nullopt, rules));
  EXPECT_EQ(send.postback.status, Status::sale);
  EXPECT_THAT(send.url, HasSubstr("&status=sale&payout=&sub_id_1=sale"));
  EXPECT_EQ(shown_request(row, send, rules).left_out, std::vector<std::string>{"sale_status"});
  row.status = "wait";
  row.params = R"({"sale_status":"wait"})";
  EXPECT_EQ(std::get<Send>(plan(row, std::nullopt, rules)).postback.status, Status::lead)
      << "its own comes first";
  row.status = "2";
  EXPECT_EQ(told(plan(row, std::nullopt, rules)), "refused");
}

TEST(PlanByTemplate, EachStatusIsSentByItsOwnTemplate) {
  const struct {
    std::string status, query;
    Status sent_as;
  } rows[] = {{"wait", "&status=lead", Status::lead},
              {" Hold", "&status=lead", Status::lead},
              {"approve", "&status=sale&payout=", Status::sale},
              {"cancel", "&status=rejected", Status::rejected},
              {"trash", "&status=rejected&sub_id_5=banned", Status::rejected}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.status);
    const Plan judged = plan(row_of(row.status), std::nullopt, five());
    ASSERT_EQ(told(judged), "send");
    const auto& send = std::get<Send>(judged);
    EXPECT_EQ(send.url, "https://trk.example/KEY/postback?subid=a-b" + row.query);
    EXPECT_EQ(send.postback.status, row.sent_as);
    EXPECT_EQ(send.sentinel, "");
  }
}

TEST(PlanByTemplate, ACampaignWithAnyOfItsOwnUsesOnlyItsOwn) {
  TrackerRules rules = five();
  add(rules, "SUMMER", "approve", kBase + std::string("&status=sale&sub_id_1={campaign}"));
  add(rules, "SUMMER", "wait", "");
  add(rules, "QUIET", "approve", "");
  const struct {
    std::string campaign, status, becomes, says;
  } rows[] = {
      {"SUMMER", "approve", "send", "&status=sale&sub_id_1=SUMMER"},
      {"SUMMER", "wait", "cancelled", "the template of the campaign SUMMER for the status \"wait\" is empty"},
      {"SUMMER", "cancel", "refused", "the campaign SUMMER has templates and none for the status \"cancel\""},
      {"QUIET", "approve", "cancelled", "is empty: nothing is sent"},
      {"QUIET", "wait", "refused", "the tracker's are not used"},
      {"", "approve", "send", "&status=sale&payout="},
      {"OTHER", "approve", "send", "&status=sale&payout="},
      {"summer", "wait", "send", "&status=lead"},
      {"", "sale", "refused", "the tracker default has templates and none for the status \"sale\""},
      {"", "paid", "refused", "none for the status \"paid\""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.campaign + " " + row.status);
    const Plan judged = plan(row_of(row.status, row.campaign), std::nullopt, rules);
    EXPECT_EQ(told(judged), row.becomes);
    if (const auto* send = std::get_if<Send>(&judged)) {
      EXPECT_THAT(send->url, HasSubstr(row.says));
    } else {
      EXPECT_THAT(std::get<Finish>(judged).reason, HasSubstr(row.says));
      EXPECT_EQ(std::get<Finish>(judged).sent_as, std::nullopt);
    }
  }
}

TEST(PlanByTemplate, ATrackerOfWhichOnlyCampaignsHaveTemplatesSendsTheRestByItsUrl) {
  TrackerRules rules;
  rules.url = *PostbackUrl::parse("https://trk.example/KEY/postback").url;
  add(rules, "SUMMER", "wait", kBase + std::string("&status=lead"));
  const Plan judged = plan(row_of("approve"), std::nullopt, rules);
  ASSERT_EQ(told(judged), "send");
  EXPECT_EQ(std::get<Send>(judged).url, "https://trk.example/KEY/postback?subid=a-b&status=sale&return=OK");
  EXPECT_EQ(std::get<Send>(judged).sentinel, "OK");
}

TEST(PlanByTemplate, MovesAndDuplicatesAreJudgedByWhatTheTemplatesSend) {
  TrackerRules rules = five();
  add(rules, "", "late", kBase + std::string(""));  // Without a status: a sale to Keitaro.
  const struct {
    std::string first, then, becomes;
  } rows[] = {{"wait", "hold", "duplicate"},    {"wait", "wait", "duplicate"},
              {"wait", "approve", "send"},      {"wait", "late", "send"},
              {"approve", "late", "duplicate"}, {"cancel", "trash", "send"},
              {"approve", "wait", "refused"},   {"late", "wait", "refused"},
              {"trash", "approve", "refused"},  {"approve", "cancel", "send"}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.first + ", then " + row.then);
    EXPECT_EQ(told(plan(row_of(row.then), taken_in(row_of(row.first), rules), rules)), row.becomes);
  }
}

TEST(PlanByTemplate, AnAmountCountsWhereTheTemplateSendsIt) {
  const TrackerRules rules = five();
  const auto with_payout = [](const char* status, const char* payout) {
    Row row = row_of(status);
    row.payout = payout;
    return row;
  };
  EXPECT_EQ(told(plan(with_payout("approve", "5"), taken_in(with_payout("approve", "4"), rules), rules)),
            "send");
  EXPECT_EQ(told(plan(with_payout("approve", "5"), taken_in(with_payout("approve", "5.0"), rules), rules)),
            "duplicate");
  EXPECT_EQ(told(plan(with_payout("wait", "5"), taken_in(with_payout("wait", "4"), rules), rules)),
            "duplicate");
}

TEST(PlanByTemplate, AnotherTimeAloneChangesNothing) {
  TrackerRules rules;
  add(rules, "", "wait", kBase + std::string("&status=lead&sub_id_1={time}"));
  Row first = row_of("wait");
  first.created_at = wall_time(1'777'626'600'999);
  Row again = row_of("wait");
  again.created_at = wall_time(1'777'626'700'000);
  EXPECT_THAT(std::get<Send>(plan(first, std::nullopt, rules)).url, HasSubstr("sub_id_1=1777626600"));
  EXPECT_EQ(told(plan(again, taken_in(first, rules), rules)), "duplicate");
}

TEST(PlanByTemplate, ARebillNeedsATidInTheRequest) {
  TrackerRules rules;
  add(rules, "", "rebill", kBase + std::string("&status=rebill&tid={tid}"));
  add(rules, "", "upsell", kBase + std::string("&status=rebill"));
  Row row = row_of("rebill");
  EXPECT_EQ(told(plan(row, std::nullopt, rules)), "refused");
  row.tid = "t1";
  EXPECT_EQ(told(plan(row, std::nullopt, rules)), "send");
  EXPECT_EQ(told(plan(row, taken_in(row, rules), rules)), "duplicate");
  row.status = "upsell";
  const Plan judged = plan(row, std::nullopt, rules);
  ASSERT_EQ(told(judged), "refused");
  EXPECT_THAT(std::get<Finish>(judged).reason,
              HasSubstr("its template sends none of the row's: add tid={tid}"));
}

TEST(PlanByTemplate, TheLedgersKeyIsWhatTheRequestCarries) {
  TrackerRules rules;
  rules.click_dashes = ClickDashes::to_dots;
  add(rules, "", "wait", kBase + std::string("&status=lead"));
  add(rules, "", "rebill", kBase + std::string("&status=rebill&tid={sub_id_3}"));
  const auto key_of = [&](const Row& row) { return std::get<Send>(plan(row, std::nullopt, rules)).key; };
  Row row = row_of("wait");
  row.subid = "37o23c7-1f";
  row.tid = "of-the-column";
  EXPECT_EQ(key_of(row), (LedgerKey{"37o23c7.1f", ""})) << "the template has no tid=";
  row.status = "rebill";
  row.tid = "";
  row.params = R"({"sub_id_3":"order-7"})";
  EXPECT_EQ(key_of(row), (LedgerKey{"37o23c7.1f", "order-7"}));
}

TEST(PlanByTemplate, ValuesThatCannotBeReadRefuseOnlyWhereTheyAreSent) {
  TrackerRules rules;
  add(rules, "", "wait", kBase + std::string("&status=lead"));
  add(rules, "", "hold", kBase + std::string("&status=lead&sub_id_1={username}"));
  Row row = row_of("wait");
  row.params = R"({"username":["a"]})";
  EXPECT_EQ(told(plan(row, std::nullopt, rules)), "send");
  row.status = "hold";
  const Plan judged = plan(row, std::nullopt, rules);
  ASSERT_EQ(told(judged), "refused");
  EXPECT_THAT(std::get<Finish>(judged).reason, HasSubstr("username"));
}

TEST(PlanByTemplate, DashesBecomeDotsWhereTheTrackerSaysSo) {
  TrackerRules rules = five();
  EXPECT_THAT(std::get<Send>(plan(row_of("wait"), std::nullopt, rules)).url, HasSubstr("subid=a-b"));
  rules.click_dashes = ClickDashes::to_dots;
  EXPECT_THAT(std::get<Send>(plan(row_of("wait"), std::nullopt, rules)).url, HasSubstr("subid=a.b"));
  rules.templates = {};
  EXPECT_THAT(std::get<Send>(plan(row_of("wait"), std::nullopt, rules)).url,
              HasSubstr("subid=a.b&status=lead"));
}

TEST(PlanByTemplate, TheSentinelIsAskedForWhereTheTrackerSaysSo) {
  TrackerRules rules = five();
  rules.template_sentinel = "YES";
  const Plan judged = plan(row_of("wait"), std::nullopt, rules);
  EXPECT_THAT(std::get<Send>(judged).url, HasSubstr("&return=YES"));
  EXPECT_EQ(std::get<Send>(judged).sentinel, "YES");
}

TEST(PlanByTemplate, WhatIsShownHoldsNoKeyAndNamesWhatIsLeftOut) {
  const TrackerRules rules = five();
  Row row = row_of("approve");
  row.payout = "12.50";
  row.currency = "usd";
  row.tid = "t1";
  row.params = R"({"username":"x"})";
  const Plan judged = plan(row, std::nullopt, rules);
  const ShownRequest shown = shown_request(row, std::get<Send>(judged), rules);
  EXPECT_EQ(shown.url, "https://trk.example/***/postback?subid=a-b&status=sale&payout=12.5");
  EXPECT_EQ(shown.params, (Params{{"subid", "a-b"}, {"status", "sale"}, {"payout", "12.5"}}));
  EXPECT_THAT(shown.left_out, ElementsAre("tid", "currency", "username"));
}

TEST(PlanByTemplate, WhatIsShownWithoutATemplateIsTheUrlWithItsParameters) {
  TrackerRules rules;
  rules.url = *PostbackUrl::parse("https://trk.example/KEY/postback").url;
  const Row row = row_of("wait");
  const Plan judged = plan(row, std::nullopt, rules);
  const ShownRequest shown = shown_request(row, std::get<Send>(judged), rules);
  EXPECT_EQ(shown.url, "https://trk.example/***/postback?subid=a-b&status=lead&return=OK");
  EXPECT_EQ(shown.params, std::get<Send>(judged).query);
  EXPECT_THAT(shown.left_out, IsEmpty());
}

TEST(Templates, MistakesAreToldWithoutTheKey) {
  const struct {
    std::string status, url, message;
  } rows[] = {{"wait", "https://h/s3cretKey/postback?status=foo", "it sends status=foo, which is unknown"},
              {"wait", "ftp://h/s3cretKey", "must begin with http"},
              {" ", "", "it is for no status"},
              {" APPROVE", "", "there is a template for approve already"}};
  for (const auto& row : rows) {
    TrackerRules rules = five();
    const std::string error = rules.templates.add("", row.status, row.url, rules.statuses);
    EXPECT_THAT(error, AllOf(HasSubstr(row.message), Not(HasSubstr("s3cretKey"))));
  }
}

TEST(Templates, KeysOfAllSetsAreTakenOutOfTextsOfOthers) {
  TrackerRules rules;
  rules.url = *PostbackUrl::parse("https://h/KEY1/postback").url;
  add(rules, "A", "wait", "https://h/KEY2/postback?status=lead");
  add(rules, "", "wait", "https://h/KEY3/postback?status=lead&token=KEY4");
  EXPECT_EQ(rules.scrub("KEY1 KEY2 KEY3 KEY4 KEY5"), "*** *** *** *** KEY5");
}

}  // namespace
}  // namespace keitaro_outbox::core
