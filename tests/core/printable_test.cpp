#include "core/text/printable.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keitaro_outbox::core {
namespace {

using namespace std::string_view_literals;

struct PrintableCase {
  std::string_view text;
  std::string_view shown;
};

class Printable : public testing::TestWithParam<PrintableCase> {};

TEST_P(Printable, LetsNothingThroughThatActsOnATerminal) {
  EXPECT_EQ(printable(GetParam().text), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Printable,
    testing::Values(
        PrintableCase{"plain text", "plain text"}, PrintableCase{"привет, 世界 €", "привет, 世界 €"},
        PrintableCase{"a\nb\tc\rd", "a\\nb\\tc\\rd"}, PrintableCase{"\x1b[31mred", "\\x1b[31mred"},
        PrintableCase{"nul\0here"sv, "nul\\x00here"}, PrintableCase{"\x7f", "\\x7f"},
        PrintableCase{"\u009b31m", "\\u009b31m"}, PrintableCase{"\u202egnp.exe", "\\u202egnp.exe"},
        PrintableCase{"a\u2028b", "a\\u2028b"}, PrintableCase{"\u200b", "\\u200b"},
        PrintableCase{"\xff\xfe", "\\xff\\xfe"}, PrintableCase{"cut \xd0", "cut \\xd0"},
        PrintableCase{"\xc0\x80", "\\xc0\\x80"}, PrintableCase{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        PrintableCase{"C:\\dir", "C:\\dir"}, PrintableCase{"", ""}));

TEST(QuotedIfNeeded, LeavesPlainValuesAndQuotesWhatCouldBeMisread) {
  EXPECT_EQ(quoted_if_needed("abc-1.2_3/x"), "abc-1.2_3/x");
  EXPECT_EQ(quoted_if_needed(""), "\"\"");
  EXPECT_EQ(quoted_if_needed("two words"), "\"two words\"");
  EXPECT_EQ(quoted_if_needed("a=b"), "\"a=b\"");
  EXPECT_EQ(quoted_if_needed("say \"x\""), "\"say \\\"x\\\"\"");
  EXPECT_EQ(quoted_if_needed("back\\slash"), "\"back\\\\slash\"");
  EXPECT_EQ(quoted_if_needed("a\nb"), "\"a\\nb\"");
  EXPECT_NE(quoted_if_needed("a\nb"), quoted_if_needed("a\\nb")) << "an escape cannot be forged";
}

TEST(CutToWidth, CutsWithAnEllipsisAndCountsColumnsNotBytes) {
  EXPECT_EQ(cut_to_width("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to_width("abcdef", 5), "abcd…");
  EXPECT_EQ(cut_to_width("приветы", 4), "при…");
  EXPECT_EQ(cut_to_width("世界世界", 5), "世界…");
  EXPECT_EQ(cut_to_width("世界世界", 4), "世…");
  EXPECT_EQ(cut_to_width("abc", 0), "");
  EXPECT_EQ(display_width("世界"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("שָׁ"), 1U) << "a letter with two marks";
  EXPECT_EQ(display_width("ไม่"), 2U);
  EXPECT_EQ(display_width("😀한"), 4U);
  EXPECT_EQ(cut_to_width("e\u0301e\u0301e\u0301", 2), "e\u0301…");
}

TEST(Printable, IsBrokenBetweenWordsOnly) {
  using testing::ElementsAre;
  EXPECT_THAT(broken_between_words("it is tried again in 3s", 10),
              ElementsAre("it is", "tried", "again in", "3s"));
  EXPECT_THAT(broken_between_words("in 世界世界 too", 8), ElementsAre("in", "世界世界", "too"));
  EXPECT_THAT(broken_between_words("a name-that-is-longer b", 4),
              ElementsAre("a", "name-that-is-longer", "b"));
  EXPECT_THAT(broken_between_words("as it is", std::string::npos), ElementsAre("as it is"));
  EXPECT_THAT(broken_between_words("", 10), ElementsAre(""));
}

}  // namespace
}  // namespace keitaro_outbox::core
