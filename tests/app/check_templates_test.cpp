#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/check/check.hpp"

namespace keitaro_outbox::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kBase = "https://t.example/s3cretKey/postback?";

delivery::TrackerSpec spec_with(const std::string& status, const std::string& url,
                                const std::string& campaign = {}) {
  delivery::TrackerSpec spec;
  EXPECT_EQ(spec.rules.templates.add(campaign, status, url, spec.rules.statuses), "");
  return spec;
}

std::vector<std::string> warnings_of(const delivery::TrackerSpec& spec) {
  std::vector<Finding> findings;
  check_templates(spec, findings);
  std::vector<std::string> texts;
  for (const Finding& finding : findings) {
    EXPECT_THAT(finding.text, Not(HasSubstr("s3cret")));
    if (finding.verdict != Verdict::ok) texts.push_back(finding.text);
  }
  return texts;
}

TEST(CheckTemplates, GoodOnesAreNamedInOneLineForEachSet) {
  delivery::TrackerSpec spec = spec_with("wait", kBase + std::string("subid={click}&status=lead"));
  EXPECT_EQ(spec.rules.templates.add("", "trash", "", spec.rules.statuses), "");
  EXPECT_EQ(spec.rules.templates.add("SUMMER", "paid", kBase + std::string("subid=x{subid}&status=sale"),
                                     spec.rules.statuses),
            "");
  std::vector<Finding> findings;
  check_templates(spec, findings);
  std::vector<std::string> texts;
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.verdict, Verdict::ok);
    texts.push_back(finding.text);
  }
  EXPECT_THAT(texts, ElementsAre("trash (sends nothing), wait",
                                 HasSubstr("wait: no tid is sent, so all rows of a click are one conversion"),
                                 "campaign SUMMER: paid", HasSubstr("paid: no tid is sent")));
}

TEST(CheckTemplates, ATrackerWithoutThemIsPassedOver) {
  std::vector<Finding> findings;
  check_templates({}, findings);
  EXPECT_THAT(findings, IsEmpty());
}

struct TemplateCase {
  std::string status;
  std::string query;
  std::string warning;
};

class SuspectTemplates : public testing::TestWithParam<TemplateCase> {};

TEST_P(SuspectTemplates, AreWarnedOfWithoutTheKey) {
  const auto& [status, query, warning] = GetParam();
  const auto own = warnings_of(spec_with(status, kBase + query));
  EXPECT_THAT(own, ElementsAre(HasSubstr(status + ": " + warning)));
  const auto of_campaign = warnings_of(spec_with(status, kBase + query, "SUMMER"));
  EXPECT_THAT(of_campaign, ElementsAre(HasSubstr("campaign SUMMER: " + status + ": " + warning)));
}

INSTANTIATE_TEST_SUITE_P(
    Table, SuspectTemplates,
    testing::Values(
        TemplateCase{"wait", "status=lead", "it has no subid="},
        TemplateCase{"wait", "subid=abc&status=lead", "its subid= does not hold {click}"},
        TemplateCase{"wait", "subid={lead}&status=lead", "its subid= does not hold {click}"},
        TemplateCase{"approve", "subid={click}", "it has no status=, which Keitaro takes for a sale"},
        TemplateCase{"wait", "subid={click}&status=sale", "its name counts as lead, and it sends sale"},
        TemplateCase{"cancel", "subid={click}&status=cancel",
                     "it sends status=cancel and does not tell Keitaro what that counts as: write "
                     "status=rejected, or add rejected_status=cancel"},
        TemplateCase{"trash", "subid={click}&status=rejected&reject_status=trash",
                     "its parameter 'reject_status' is none of Keitaro's: did you mean 'rejected_status'?"},
        TemplateCase{"wait", "subid={click}&status=lead&sub_id_1={usr}",
                     "it holds the unknown macro '{usr}', which is sent as it stands: did you mean {user}?"},
        TemplateCase{"wait", "subid={click}&status=lead&sub_id_1={something_else}",
                     "it holds the unknown macro '{something_else}', which is sent as it stands"},
        TemplateCase{"wait", "subid={click}&status=lead&sub_id_1=%7Buser%7D",
                     "it holds the percent-encoded braces '%7Buser%7D'"},
        TemplateCase{"wait", "subid={click}&subid={click}&status=lead", "it sets 'subid' twice"},
        TemplateCase{"wiat", "subid={click}&status=lead",
                     "no row has this status unless the application makes "
                     "it up: did you mean wait?"}));

TEST(CheckTemplates, SeveralThingsAreToldOneByOne) {
  const auto warnings = warnings_of(spec_with("cancel", kBase + std::string("x={clik}&reject_status=a")));
  EXPECT_EQ(warnings.size(), 5U);  // With cancel status=rejected missing twice over: no status, and a sale.
}

TEST(CheckTemplates, WhatIsLookedAtIsWhereRequestsGoEachOnce) {
  delivery::TrackerSpec spec = spec_with("wait", kBase + std::string("subid={click}&status=lead"));
  EXPECT_EQ(spec.rules.templates.add("", "hold", kBase + std::string("subid={click}"), spec.rules.statuses),
            "");
  EXPECT_EQ(spec.rules.templates.add("C", "hold", "https://u.example/k/postback", spec.rules.statuses), "");
  const auto texts = [&] {
    std::vector<std::string> out;
    for (const core::PostbackUrl& url : addresses_of(spec.rules)) out.push_back(url.text());
    return out;
  };
  EXPECT_THAT(texts(), ElementsAre("https://t.example/s3cretKey/postback", "https://u.example/k/postback"));

  spec.rules.templates = {};
  spec.rules.url = *core::PostbackUrl::parse("https://t.example/k/postback?ignore=x").url;
  EXPECT_EQ(spec.rules.templates.add("C", "wait", "https://t.example/k/postback?subid={click}&status=lead",
                                     spec.rules.statuses),
            "");
  EXPECT_THAT(texts(), ElementsAre("https://t.example/k/postback?ignore=x"));
}

}  // namespace
}  // namespace keitaro_outbox::app
