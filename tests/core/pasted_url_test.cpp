#include "core/url/pasted_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keitaro_outbox::core {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Case {
  std::string url;
  std::string mistake;  ///< A part of it.
};

TEST(PastedUrl, ATrackersUrlHoldsNothingThatARowFills) {
  const std::string start = "https://t.example/s3cretKey/postback";
  for (const Case& of : std::vector<Case>{
           {start + "?subid=REPLACE&status=REPLACE&payout=REPLACE", "sets subid, status, payout"},
           {start + "?payout={payout}", "sets payout"},
           {start + "?subid=x&payout=99", "sets subid, payout"},
           {start + "?x=1&payout=", "sets payout"},
           {start + "?payout", "sets payout"},
           {start + "?p%61yout=9", "sets payout"},
           {start + "?clickid=1&type=sale&profit=2&revenue=2&cost=1&currency=USD&tid=4",
            "sets clickid, type, profit, revenue, cost, currency, tid"},
           {start + "?sub_id_3={user}", "sets sub_id_3"},
           {start + "?sub_id_3=%7Buser%7D", "sets sub_id_3"},
           {start + "?sub_id_3=a{user}b", "sets sub_id_3"},
           {start + "?sub_id_3=[user]", "sets sub_id_3"},
           {start + "?s3cret/Key={x}", "sets ***"},
           {start + "?a=1&amp;sub_id_1=x", "holds &amp;"},
           {start + "?a=1\u00a4cy=USD", "write &currency="},  // As a page shows a=1&currency=USD.
           {start + "?a=1&\u00a4cy=USD", "write &currency="},
           {"https://t.example/{KEY}/postback", "path holds a placeholder"},
           {"https://t.example/REPLACE/postback", "path holds a placeholder"},
       }) {
    const std::string mistake = mistake_in_tracker_url(of.url);
    EXPECT_THAT(mistake,
                AllOf(HasSubstr(of.mistake), Not(HasSubstr("s3cretKey")), Not(HasSubstr("s3cret/Key"))))
        << of.url;
    EXPECT_EQ(mistake.empty(), of.mistake.empty()) << of.url;
  }
}

TEST(PastedUrl, ATrackersUrlMayHaveParametersOfItsOwn) {
  for (const char* const query : {"", "?", "?sub_id_3=x&ignore=test&rejected_status=a,b", "?return=OK",
                                  "?token", "?a=b&&c=", "?campaign=abc", "?xpayout=1", "?sale_status=approve",
                                  "?offer=Shop\u00ae&price=5\u00a3", "?size=2\u00d7=4"}) {
    EXPECT_THAT(mistake_in_tracker_url(std::string("https://t.example/k/postback") + query), IsEmpty())
        << query;
  }
}

TEST(PastedUrl, ATemplateHoldsMacrosInOnePairOfBracesAndNoneOfAWebPagesSpellings) {
  const std::string start = "https://t.example/s3cretKey/postback?";
  for (const Case& of : std::vector<Case>{{start + "subid={{click}}", "two pairs of braces"},
                                          {start + "subid=REPLACE", "subid=REPLACE is a placeholder"},
                                          {start + "subid={click}&amp;status=lead", "holds &amp;"},
                                          {start + "subid={click}&\u00a4cy={currency}", "write &currency="},
                                          {start + "subid={click}\u00a4cy={currency}", "write &currency="},
                                          {start + "subid={click}&%C2%A4cy={currency}", "write &currency="},
                                          {start + "subid={click}&\u00d7=1", "web page made of &times"}}) {
    EXPECT_THAT(mistake_in_pasted_template(of.url), AllOf(HasSubstr(of.mistake), Not(HasSubstr("s3cretKey"))))
        << of.url;
  }
  EXPECT_THAT(
      mistake_in_pasted_template(start + "subid={click}&status=lead&payout={payout}&x={unknown}&y=a{b}"),
      IsEmpty());
}

TEST(PastedUrl, KeitarosPathEndsInPostbackBehindAKey) {
  const auto doubt = [](const std::string& url) { return doubt_about_path(*PostbackUrl::parse(url).url); };
  EXPECT_THAT(doubt("https://t.example/k/postback"), IsEmpty());
  EXPECT_THAT(doubt("https://t.example/k/postback/?a=b"), IsEmpty());
  EXPECT_THAT(doubt("https://t.example/postback"), HasSubstr("no key"));
  for (const char* const url : {"https://t.example", "https://t.example/", "https://t.example?x=/k/postback",
                                "https://t.example/k", "https://t.example/k/postbacks"})
    EXPECT_THAT(doubt(url), HasSubstr("does not end in /postback")) << url;
}

}  // namespace
}  // namespace keitaro_outbox::core
