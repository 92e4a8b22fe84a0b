#include "core/rules/transition.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_outbox::core {
namespace {

constexpr Status kLead = Status::lead, kSale = Status::sale, kRejected = Status::rejected,
                 kRebill = Status::rebill;

TEST(Transitions, AllSixteenMovesAreAsKeitaroPublishesThem) {
  const struct {
    Move move;
    bool allowed;
  } rows[] = {
      {{kLead, kLead}, true},      {{kLead, kSale}, true},         {{kLead, kRejected}, true},
      {{kLead, kRebill}, false},   {{kSale, kLead}, false},        {{kSale, kSale}, true},
      {{kSale, kRejected}, true},  {{kSale, kRebill}, false},      {{kRejected, kLead}, false},
      {{kRejected, kSale}, false}, {{kRejected, kRejected}, true}, {{kRejected, kRebill}, false},
      {{kRebill, kLead}, false},   {{kRebill, kSale}, false},      {{kRebill, kRejected}, true},
      {{kRebill, kRebill}, true},
  };
  const TransitionPolicy policy;
  for (const auto& row : rows) {
    EXPECT_EQ(policy.allows(row.move), row.allowed) << name_of(row.move.from) << "->" << name_of(row.move.to);
  }
}

TEST(Transitions, AllowingOneMoveAllowsNoOther) {
  for (const Status from : {kLead, kSale, kRejected, kRebill}) {
    for (const Status to : {kLead, kSale, kRejected, kRebill}) {
      const TransitionPolicy published;
      TransitionPolicy policy;
      policy.allow({from, to});
      for (const Status a : {kLead, kSale, kRejected, kRebill}) {
        for (const Status b : {kLead, kSale, kRejected, kRebill}) {
          const bool is_the_move = a == from && b == to;
          EXPECT_EQ(policy.allows({a, b}), is_the_move || published.allows({a, b}));
        }
      }
    }
  }
}

TEST(Transitions, AMoveIsReadFromItsText) {
  const struct {
    std::string text;
    Move move;
  } rows[] = {
      {"rejected->sale", {kRejected, kSale}},
      {" Rejected -> SALE ", {kRejected, kSale}},
      {"sale->rebill", {kSale, kRebill}},
      {"lead->lead", {kLead, kLead}},
  };
  for (const auto& row : rows) EXPECT_EQ(parse_move(row.text), row.move) << row.text;
}

TEST(Transitions, AnythingElseIsNoMove) {
  const std::vector<std::string> texts = {"",
                                          "->",
                                          "sale",
                                          "sale->",
                                          "->sale",
                                          "sale>lead",
                                          "sale-lead",
                                          "sale - > lead",
                                          "sale->lead->sale",
                                          "approve->lead",
                                          "sale->paid",
                                          std::string("sale->lead\0", 11),
                                          std::string(1'000'000, '-') + ">",
                                          std::string(1'000'000, 's')};
  for (const auto& text : texts) EXPECT_EQ(parse_move(text), std::nullopt) << text.substr(0, 40);
}

}  // namespace
}  // namespace keitaro_outbox::core
