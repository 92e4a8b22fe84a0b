#include "sim/verdict.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace keitaro_sim {
namespace {

Situation change(std::string_view from, std::string_view to) {
  Situation situation;
  situation.has_tid = true;
  situation.status = to;
  situation.current_status = from;
  return situation;
}

Situation first(std::string_view status, bool has_tid, bool click_has_others) {
  Situation situation;
  situation.has_tid = has_tid;
  situation.status = status;
  situation.click_has_others = click_has_others;
  return situation;
}

TEST(SimVerdict, AllSixteenMovesOfTheFourStatuses) {
  struct Case {
    std::string from, to;
    Verdict verdict;
  };
  const std::vector<Case> cases{
      {"lead", "lead", Verdict::updated},
      {"lead", "sale", Verdict::moved},
      {"lead", "rejected", Verdict::moved},
      {"lead", "rebill", Verdict::pair_exists},
      {"sale", "lead", Verdict::move_not_published},
      {"sale", "sale", Verdict::updated},
      {"sale", "rejected", Verdict::moved},
      {"sale", "rebill", Verdict::pair_exists},
      {"rejected", "lead", Verdict::move_not_published},
      {"rejected", "sale", Verdict::move_not_published},
      {"rejected", "rejected", Verdict::updated},
      {"rejected", "rebill", Verdict::pair_exists},
      {"rebill", "lead", Verdict::move_not_published},
      {"rebill", "sale", Verdict::move_not_published},
      {"rebill", "rejected", Verdict::moved},
      {"rebill", "rebill", Verdict::pair_exists},
  };
  for (const Case& c : cases)
    EXPECT_EQ(judge(change(c.from, c.to), {}), c.verdict) << c.from << " -> " << c.to;
}

TEST(SimVerdict, MovesThatAreNotPublishedCanBeAllowed) {
  VerdictPolicy all;
  all.apply_unknown_moves = true;
  EXPECT_EQ(judge(change("rejected", "sale"), all), Verdict::moved);
  EXPECT_EQ(judge(change("sale", "lead"), all), Verdict::moved);
  VerdictPolicy one;
  one.further_moves = {{"rejected", "sale"}};
  EXPECT_EQ(judge(change("rejected", "sale"), one), Verdict::moved);
  EXPECT_EQ(judge(change("sale", "lead"), one), Verdict::move_not_published);
}

TEST(SimVerdict, RepeatsUpdateOrAreAClash) {
  VerdictPolicy policy;
  policy.repeats_update = false;
  EXPECT_EQ(judge(change("sale", "sale"), policy), Verdict::pair_exists);
}

TEST(SimVerdict, FirstPostbackOfAPair) {
  struct Case {
    std::string status;
    bool tid, others, upsells;
    Verdict verdict;
  };
  const std::vector<Case> cases{
      {"lead", false, false, true, Verdict::created},
      {"sale", true, false, true, Verdict::created},
      {"rejected", false, false, true, Verdict::created},
      {"sale", true, false, false, Verdict::created},
      {"sale", true, true, true, Verdict::created},
      {"lead", true, true, true, Verdict::created},
      {"sale", true, true, false, Verdict::upsells_off},
      {"sale", false, true, false, Verdict::upsells_off},
      {"rebill", true, false, true, Verdict::created},
      {"rebill", true, true, true, Verdict::created},
      {"rebill", true, true, false, Verdict::upsells_off},
      {"rebill", true, false, false, Verdict::upsells_off},
      {"rebill", false, false, true, Verdict::rebill_without_tid},
      {"rebill", false, true, true, Verdict::rebill_without_tid},
  };
  for (const Case& c : cases) {
    VerdictPolicy policy;
    policy.upsells = c.upsells;
    EXPECT_EQ(judge(first(c.status, c.tid, c.others), policy), c.verdict)
        << c.status << " tid " << c.tid << " others " << c.others << " upsells " << c.upsells;
  }
}

TEST(SimVerdict, FurtherTidsMayHaveToBeSold) {
  VerdictPolicy policy;
  policy.further_tid_of_any_status = false;
  EXPECT_EQ(judge(first("lead", true, true), policy), Verdict::further_tid_not_sold);
  EXPECT_EQ(judge(first("sale", true, true), policy), Verdict::created);
  EXPECT_EQ(judge(first("rebill", true, true), policy), Verdict::created);
  EXPECT_EQ(judge(first("lead", true, false), policy), Verdict::created);
}

TEST(SimVerdict, RebillWithoutTidMayOverwrite) {
  Situation situation = change("sale", "rebill");
  situation.has_tid = false;
  EXPECT_EQ(judge(situation, {}), Verdict::rebill_without_tid);
  VerdictPolicy policy;
  policy.tidless_rebill_overwrites = true;
  EXPECT_EQ(judge(situation, policy), Verdict::moved);
}

TEST(SimVerdict, UnknownClickComesBeforeAllElse) {
  Situation situation = first("ping", false, false);
  situation.in_ignore_list = true;
  EXPECT_EQ(judge(situation, {}), Verdict::status_ignored);
  situation.click_known = false;
  EXPECT_EQ(judge(situation, {}), Verdict::click_not_found);
}

TEST(SimVerdict, UnmappedStatusIsRecordedOrIgnored) {
  Situation situation = first("trash", false, false);
  situation.mapped = false;
  EXPECT_EQ(judge(situation, {}), Verdict::created);
  VerdictPolicy policy;
  policy.record_unmapped = false;
  EXPECT_EQ(judge(situation, policy), Verdict::status_unmapped);
}

}  // namespace
}  // namespace keitaro_sim
