#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/terminal/table.hpp"
#include "core/text/printable.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> lines_of(const Table& table) {
  std::ostringstream out;
  table.print(out, 80);
  std::vector<std::string> lines;
  std::istringstream text(out.str());
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

TEST(Table, AlignsItsColumns) {
  Table table({{"id", true, 0}, {"name", false, 0}, {"n", true, 0}});
  table.add({"7", "alpha", "1"});
  table.add({"1234", "b", "20"});
  EXPECT_THAT(lines_of(table), testing::ElementsAre("  id  name    n", "   7  alpha   1", "1234  b      20"));
}

TEST(Table, FitsIntoEightyColumnsByCuttingTheWidestFirst) {
  Table table({{"id", true, 0}, {"subid", false, 10}, {"reason", false, 12}});
  table.add({"123456", std::string(60, 's'), std::string(300, 'r')});
  const auto lines = lines_of(table);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(core::display_width(lines[1]), 80U);
  EXPECT_THAT(lines[1], testing::HasSubstr("123456"));
  EXPECT_THAT(lines[1], testing::HasSubstr("s…"));
  EXPECT_THAT(lines[1], testing::EndsWith("r…"));
}

TEST(Table, LetsNoControlCharacterThrough) {
  Table table({{"subid", false, 10}});
  table.add({"a\x1b[2J\nb"});
  EXPECT_EQ(lines_of(table)[1], "a\\x1b[2J\\nb");
}

TEST(Words, SpansAreInOneOrTwoUnits) {
  EXPECT_EQ(report::span_words(-5s), "0s");
  EXPECT_EQ(report::span_words(999ms), "0s");
  EXPECT_EQ(report::span_words(42s), "42s");
  EXPECT_EQ(report::span_words(60s), "1m");
  EXPECT_EQ(report::span_words(192s), "3m 12s");
  EXPECT_EQ(report::span_words(5h + 59s), "5h");
  EXPECT_EQ(report::span_words(291h), "12d 3h");
  EXPECT_EQ(report::short_span(192s), "3m");
  EXPECT_EQ(report::short_span(30h), "1d");
}

TEST(Words, WhatIsLeftIsRoundedUp) {
  EXPECT_EQ(report::until_words(core::wall_time(60'000), core::wall_time(1)), "1m");
  EXPECT_EQ(report::until_words(core::wall_time(1), core::wall_time(60'000)), "0s");
}

TEST(Words, CountsAndTimes) {
  EXPECT_EQ(report::count_words(1, "row", "rows"), "1 row");
  EXPECT_EQ(report::count_words(0, "row", "rows"), "0 rows");
  EXPECT_EQ(report::time_words(core::wall_time(1'769'850'307'042)), "2026-01-31 09:05:07 UTC");
}

}  // namespace
}  // namespace keitaro_outbox::cli
