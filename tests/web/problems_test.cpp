#include "web/problems.hpp"

#include <gtest/gtest.h>

#include "core/text/reason_groups.hpp"

namespace keitaro_outbox::web {
namespace {

using core::State;

std::vector<ProblemGroup> group_problems(const std::vector<ports::RowRecord>& rows) {
  ProblemGroups groups;
  for (const ports::RowRecord& row : rows) groups.add(row);
  return groups.groups();
}

ports::RowRecord row(State state, const std::string& reason, std::int64_t finished,
                     std::int64_t attempts = 1) {
  ports::RowRecord row;
  row.tracker = "default";
  row.state = state;
  if (!reason.empty()) row.reason = reason;
  row.attempts = attempts;
  row.payout = "1.5";
  row.currency = "USD";
  row.created_at = core::wall_time(finished);
  if (state != State::pending) row.finished_at = core::wall_time(finished);
  return row;
}

TEST(Problems, RowsWithTheSameReasonButForNumbersAndQuotesAreOneGroup) {
  const auto groups = group_problems({row(State::dead, "HTTP 503; given up after attempt 20 of 20", 30),
                                      row(State::dead, "HTTP 503; given up after attempt 7 of 20", 10),
                                      row(State::dead, "HTTP 422; given up after attempt 3 of 20", 20),
                                      row(State::refused, "the status \"sael\" is unknown", 5),
                                      row(State::refused, "the status \"x7\" is unknown", 6)});
  ASSERT_EQ(groups.size(), 3U);
  const ProblemGroup* of_503 = nullptr;
  for (const ProblemGroup& group : groups) {
    if (group.kind == "HTTP 503") of_503 = &group;
  }
  ASSERT_NE(of_503, nullptr);
  EXPECT_EQ(of_503->rows, 2);
  EXPECT_EQ(of_503->money.at("usd").text(), "3");
  EXPECT_EQ(of_503->first_seen, core::wall_time(10));
  EXPECT_EQ(of_503->last_seen, core::wall_time(30));
  EXPECT_EQ(groups[0].kind, "the status \"…\" is unknown");
  EXPECT_EQ(groups[0].text, groups[0].kind);
}

TEST(Problems, WhatEndedWellOrWasNeverTriedIsNone) {
  EXPECT_TRUE(group_problems({row(State::delivered, "odd", 1), row(State::duplicate, "same", 1),
                              row(State::cancelled, "", 1), row(State::pending, "waits", 1, 0)})
                  .empty());
  EXPECT_EQ(group_problems({row(State::pending, "HTTP 503; attempt 4 of 20, next try in 12s", 1)}).size(),
            1U);
  EXPECT_EQ(group_problems({row(State::dead, "", 1)}).front().text, "no reason is given");
}

TEST(Problems, AKindIsShortAndWholeUtf8) {
  std::string reason;
  while (reason.size() < 5000) reason += "\xd0\xb6";
  const std::string kind = core::reason_kind(reason);
  EXPECT_LE(kind.size(), 600U);
  EXPECT_EQ(kind.size() % 2, 0U);
}

}  // namespace
}  // namespace keitaro_outbox::web
