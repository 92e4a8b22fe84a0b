#include "sim/postback_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_sim {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

PostbackRequest read(const std::string& query, const ReadingRules& rules = {}) {
  return read_postback(parse_query(query), rules);
}

TEST(SimQuery, ValuesAreDecodedInOrder) {
  EXPECT_THAT(parse_query("a=1&b=x%20y+z&c&=lost&d=%D0%BF%26%3d&e=100%&f=%zz"),
              ElementsAre(Pair("a", "1"), Pair("b", "x y z"), Pair("c", ""), Pair("d", "п&="),
                          Pair("e", "100%"), Pair("f", "%zz")));
  EXPECT_EQ(decode_path("a+b%2Fc"), "a+b/c");
  EXPECT_EQ(decode_path(encode_component("ключ /?#+%")), "ключ /?#+%");
}

TEST(SimPostbackRequest, LastOfEqualNamesCounts) {
  EXPECT_EQ(read("subid=a&subid=b").subid, "b");
}

TEST(SimPostbackRequest, EveryParameterIsRead) {
  const PostbackRequest request = read(
      "subid=abc&tid=t1&payout=1.5&cost=0.2&status=lead&currency=EUR&sub_id_1=one&sub_id_15=last&sub_id_16="
      "over&return=OK");
  EXPECT_EQ(request.subid, "abc");
  EXPECT_EQ(request.tid, "t1");
  EXPECT_EQ(request.payout, "1.5");
  EXPECT_EQ(request.cost, "0.2");
  EXPECT_EQ(request.status, "lead");
  EXPECT_EQ(request.currency, "EUR");
  EXPECT_THAT(request.sub_ids, ElementsAre(Pair(1, "one"), Pair(15, "last")));
  EXPECT_EQ(request.return_text, "OK");
  EXPECT_FALSE(read("subid=abc").return_text);
}

TEST(SimPostbackRequest, RevenueIsAnotherNameOfPayout) {
  ReadingRules revenue_first;
  revenue_first.payout_wins = false;
  EXPECT_EQ(read("revenue=2").payout, "2");
  EXPECT_EQ(read("payout=1&revenue=2").payout, "1");
  EXPECT_EQ(read("payout=1&revenue=2", revenue_first).payout, "2");
  EXPECT_EQ(read("payout=&revenue=2").payout, "2");
  EXPECT_FALSE(read("payout=").payout);
}

TEST(SimPostbackRequest, StatusesAreMappedAndTheirOriginalNameIsKept) {
  struct Case {
    std::string query, status, original;
    bool mapped;
  };
  const std::string lists = "&lead_status=wait,hold&sale_status=approve&rejected_status=cancel,trash";
  for (const Case& c : std::vector<Case>{{"", "sale", "sale", true},
                                         {"status=", "sale", "sale", true},
                                         {"status=lead", "lead", "lead", true},
                                         {"status=rebill", "rebill", "rebill", true},
                                         {"status=wait" + lists, "lead", "wait", true},
                                         {"status=hold" + lists, "lead", "hold", true},
                                         {"status=approve" + lists, "sale", "approve", true},
                                         {"status=trash" + lists, "rejected", "trash", true},
                                         {"status=lead" + lists, "lead", "lead", true},
                                         {"status=trash&reject_status=trash", "trash", "trash", false},
                                         {"status=SALE", "SALE", "SALE", false},
                                         {"status=hold&lead_status=wait, hold", "hold", "hold", false},
                                         {"status=x&sale_status=x&rejected_status=x", "sale", "x", true}}) {
    const PostbackRequest request = read(c.query);
    EXPECT_EQ(request.status, c.status) << c.query;
    EXPECT_EQ(request.original_status, c.original) << c.query;
    EXPECT_EQ(request.mapped, c.mapped) << c.query;
  }
}

TEST(SimPostbackRequest, WhatIsNotDocumentedFollowsTheRules) {
  ReadingRules rules;
  rules.statuses_in_any_case = true;
  rules.empty_status_is_sale = false;
  rules.first_list = "rejected";
  rules.sub_ids = 30;
  EXPECT_EQ(read("status=%20Sale", rules).status, "sale");
  EXPECT_EQ(read("status=hold&lead_status=wait, HOLD", rules).status, "lead");
  EXPECT_FALSE(read("status=", rules).mapped);
  EXPECT_EQ(read("status=x&sale_status=x&rejected_status=x", rules).status, "rejected");
  EXPECT_THAT(read("sub_id_30=z&sub_id_31=over", rules).sub_ids, ElementsAre(Pair(30, "z")));
}

TEST(SimPostbackRequest, IgnoreListsAreKnownByBothNames) {
  EXPECT_TRUE(read("status=ping&ignore=ping,test").ignored);
  EXPECT_TRUE(read("status=test&ignore_status=ping,test").ignored);
  EXPECT_TRUE(read("status=wait&lead_status=wait&ignore=wait").ignored);
  EXPECT_FALSE(read("status=lead&ignore=ping,test").ignored);
}

}  // namespace
}  // namespace keitaro_sim
