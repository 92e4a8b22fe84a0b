#include "core/text/reason_groups.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace keitaro_outbox::core {
namespace {

struct CauseCase {
  std::string reason, cause;
};

TEST(ReasonGroups, ACauseIsWhatIsLeftWithoutTheTry) {
  const CauseCase rows[] = {
      {"HTTP 503; attempt 4 of 20, next try in 12s", "HTTP 503"},
      {"HTTP 503; given up after attempt 20 of 20", "HTTP 503"},
      {"no answer within 10s, it may have been taken in; attempt 1 of 20, next try in 740ms",
       "no answer within 10s, it may have been taken in"},
      {"could not connect: connection refused; the row keeps its attempts, next try in 2s",
       "could not connect: connection refused"},
      {"HTTP 502; the tracker fails for all, so the row keeps its attempts and goes out when it is back",
       "HTTP 502"},
      {"a rebill needs a tid: without one it would overwrite the sale",
       "a rebill needs a tid: without one it would overwrite the sale"},
      {"", ""},
  };
  for (const CauseCase& row : rows) EXPECT_EQ(cause_in(row.reason), row.cause);
}

struct FoldCase {
  std::vector<std::string> reasons;
  std::vector<std::pair<std::string, std::int64_t>> groups;
};

TEST(ReasonGroups, SimilarReasonsAreCountedTogether) {
  const FoldCase rows[] = {
      {{}, {}},
      {{"HTTP 503; attempt 1 of 20, next try in 1s", "HTTP 503; attempt 2 of 20, next try in 3s"},
       {{"HTTP 503", 2}}},
      {{"HTTP 500", "HTTP 503", "HTTP 503"}, {{"HTTP 503", 2}, {"HTTP 500", 1}}},
      {{"no answer within 10s", "no answer within 10s"}, {{"no answer within 10s", 2}}},
      {{"no answer within 10s", "no answer within 5s"}, {{"no answer within …s", 2}}},
      {{R"(the status "sael" is unknown)", R"(the status "sael" is unknown)"},
       {{R"(the status "sael" is unknown)", 2}}},
      {{R"(the status "sael" is unknown)", R"(the status "x7" is unknown)"},
       {{R"(the status "sael" or "x7" is unknown)", 2}}},
      {{R"(the status "a" is unknown)", R"(the status "b" is unknown)", R"(the status "c" is unknown)",
        R"(the status "b" is unknown)", R"(the status "d" is unknown)", R"(the status "e" is unknown)"},
       {{R"(the status "a", "b", "c", "d" or others is unknown)", 6}}},
      {{R"(row 1: "a" for "b")", R"(row 2: "a" for "c")"}, {{R"(row …: "a" for "…")", 2}}},
      {{R"(an open quote " here 7)"}, {{R"(an open quote " here 7)", 1}}},
      {{"b", "a"}, {{"a", 1}, {"b", 1}}},
  };
  for (const FoldCase& row : rows) {
    ReasonGroups groups;
    for (const std::string& reason : row.reasons) groups.add(reason);
    std::vector<std::pair<std::string, std::int64_t>> found;
    for (const auto& group : groups.top(10)) found.emplace_back(group.text, group.rows);
    EXPECT_EQ(found, row.groups);
    EXPECT_EQ(groups.empty(), row.reasons.empty());
  }
}

TEST(ReasonGroups, WhatIsTooMuchIsSummedUp) {
  ReasonGroups groups;
  for (char c = 'a'; c <= 'z'; ++c) groups.add(std::string("because of ") + c, c == 'q' ? 5 : 1);
  const auto top = groups.top(2);
  ASSERT_EQ(top.size(), 3U);
  EXPECT_EQ(top[0].text, "because of q");
  EXPECT_EQ(top[1].text, "because of a");
  EXPECT_EQ(top[2].text, "other reasons");
  EXPECT_EQ(top[2].rows, 24);
}

TEST(ReasonGroups, HoldsABoundedNumberOfKinds) {
  ReasonGroups groups;
  for (int i = 0; i < 10'000; ++i) groups.add(std::string(static_cast<std::size_t>(i % 2000), 'x'));
  std::int64_t rows = 0;
  for (const auto& group : groups.top(100'000)) rows += group.rows;
  EXPECT_EQ(rows, 10'000);
  EXPECT_LE(groups.top(100'000).size(), 501U);
}

}  // namespace
}  // namespace keitaro_outbox::core
