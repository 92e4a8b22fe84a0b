#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/check/check.hpp"

namespace keitaro_outbox::app {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<Finding> check(const std::string& url, core::Style style = core::Style::mapped,
                           const std::string& sentinel = "OK") {
  delivery::TrackerSpec spec;
  auto parsed = core::PostbackUrl::parse(url);
  EXPECT_TRUE(parsed.url) << parsed.error;
  spec.rules.url = *parsed.url;
  spec.rules.style = style;
  spec.rules.sentinel = sentinel;
  std::vector<Finding> findings;
  check_url(spec, spec.rules.url, findings);
  return findings;
}

TEST(CheckUrl, AGoodOneIsShownWithoutItsKey) {
  const auto findings =
      check("https://t.example/s3cretKey/postback?sub_id_3=x&ignore=test&rejected_status=a,b");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].verdict, Verdict::ok);
  EXPECT_THAT(findings[0].text, HasSubstr("https://t.example/***/postback"));
}

struct UrlCase {
  std::string url;
  std::string text;
};

void PrintTo(const UrlCase& c, std::ostream* out) {
  *out << c.url;
}

class SuspectUrls : public testing::TestWithParam<UrlCase> {};

TEST_P(SuspectUrls, AreWarnedOfWithoutTheKey) {
  const auto findings = check(GetParam().url);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].verdict, Verdict::warn);
  EXPECT_THAT(findings[0].text, HasSubstr(GetParam().text));
  for (const Finding& finding : findings) EXPECT_THAT(finding.text, Not(HasSubstr("s3cretKey")));
}

INSTANTIATE_TEST_SUITE_P(
    Table, SuspectUrls,
    testing::Values(UrlCase{"https://t.example/postback", "it has no key before /postback"},
                    UrlCase{"https://t.example/s3cretKey", "does not end in /postback"},
                    UrlCase{"https://t.example/s3cretKey/", "does not end in /postback"},
                    UrlCase{"http://t.example/s3cretKey/postback", "plain http"},
                    UrlCase{"https://t.example/s3cretKey/postback?reject_status=cancel",
                            "did you mean 'rejected_status'?"},
                    UrlCase{"https://t.example/s3cretKey/postback?a=b&sub_id=1", "did you mean 'subid'?"},
                    UrlCase{"https://t.example/s3cretKey/postback?subid_1=1", "did you mean 'sub_id_1'?"},
                    UrlCase{"https://t.example/s3cretKey/postback?return=OK", "it sets 'return'"}));

TEST(CheckUrl, TheStatusListsAreTheSendersInTheRawStyle) {
  const std::string url = "https://t.example/k/postback?sale_status=approve";
  EXPECT_EQ(check(url)[0].verdict, Verdict::ok);
  EXPECT_EQ(check(url, core::Style::raw)[0].verdict, Verdict::warn);
}

TEST(CheckUrl, ReturnIsTheUrlsOwnWhereNoSentinelIsAskedFor) {
  EXPECT_EQ(check("https://t.example/k/postback?return=DONE", core::Style::mapped, "")[0].verdict,
            Verdict::ok);
}

}  // namespace
}  // namespace keitaro_outbox::app
