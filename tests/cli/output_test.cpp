#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "cli/terminal/ascii_output.hpp"
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

TEST(Table, WrapsItsLastColumnAtBlanksAndCutsNoWordThatFits) {
  Table table({{"id", true, 0}, {"subid", false, 10}, {"reason", false, 12}}, Table::LastColumn::wrapped);
  std::string reason;
  for (int i = 0; i < 30; ++i) reason += (i == 0 ? "" : " ") + ("word" + std::to_string(i));
  table.add({"7", std::string(60, 's'), reason});
  table.add({"8", "b", "short"});
  const auto lines = lines_of(table);
  std::string said;
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    EXPECT_LE(core::display_width(lines[i]), 80U) << lines[i];
    said += " " + lines[i];
  }
  for (int i = 0; i < 30; ++i) EXPECT_THAT(said, testing::HasSubstr(" word" + std::to_string(i)));
  EXPECT_THAT(lines.back(), testing::StartsWith(" 8  b "));
}

TEST(Lines, AreBrokenAtBlanksAndKeepTheirTones) {
  const std::vector<Line> lines{{{"tracker: ", Tone::strong}, {"it fails for all", Tone::bad}}, {"short"}};
  std::vector<std::string> shown;
  for (const Line& line : wrapped(lines, 16)) shown.push_back(Paint().text_of(line, std::nullopt));
  EXPECT_THAT(shown, testing::ElementsAre("tracker: it", "  fails for all", "short"));
  EXPECT_THAT(Paint(true).text_of(wrapped(lines, 16).at(1), std::nullopt), testing::HasSubstr("\x1b[31m"));
  EXPECT_EQ(wrapped(lines, std::nullopt).size(), 2U);
  EXPECT_EQ(wrapped({{std::string(40, 'w')}}, 16).size(), 1U) << "a word is not broken";
}

TEST(AsciiOutput, HasALikenessOrANumberForEachCharacter) {
  std::ostringstream out;
  {
    AsciiOutput ascii(out);
    ascii << "a…≥×ж" << std::string("\xd0") << std::string("\xb6") << '\xff' << "z";
    EXPECT_TRUE(ascii.flush());
  }
  EXPECT_EQ(out.str(), "a~>=x\\u0436\\u0436\\xffz");
}

TEST(AsciiOutput, IsForLocalesThatSayNoUtf8) {
  const std::pair<std::map<std::string, std::string>, bool> rows[] = {
      {{}, true},
      {{{"LC_ALL", "C"}}, false},
      {{{"LANG", "en_US.UTF-8"}}, true},
      {{{"LANG", "en_US.UTF-8"}, {"LC_ALL", "POSIX"}}, false},
      {{{"LANG", "C"}, {"LC_CTYPE", "C.utf8"}}, true},
      {{{"LC_ALL", ""}, {"LANG", "de_DE.ISO-8859-1"}}, false},
  };
  for (const auto& [environment, utf8] : rows) {
    const auto look_up = [&](const std::string& name) {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    EXPECT_EQ(locale_shows_utf8(look_up), utf8) << testing::PrintToString(environment);
  }
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
