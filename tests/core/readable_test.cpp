#include "core/text/readable.hpp"

#include <gtest/gtest.h>

namespace keitaro_outbox::core {
namespace {

TEST(Readable, HarmlessTextIsLeftAsItIs) {
  for (const std::string text : {"", "approve", "два слова", "é😀", "a'b\"c\\"})
    EXPECT_EQ(readable(text), text);
}

TEST(Readable, WhatSteersATerminalAndWhatIsNoUtf8BecomesAQuestionMark) {
  const struct {
    std::string text, shown;
  } rows[] = {
      {"a\nb\tc\r", "a?b?c?"},
      {"\x1b[31mred\x7f", "?[31mred?"},
      {std::string("a\0b", 3), "a?b"},
      {"\u0085\u009b", "??"},
      {"\u202eevil\u2066\u2028", "?evil??"},
      {"\xff\xfe", "??"},
      {"a\xc3", "a?"},
      {"\xc3\x28", "?("},
      {"\xe2\x82", "??"},
      {"\xc0\xaf", "??"},
      {"\xed\xa0\x80", "???"},
      {"\xf4\x90\x80\x80", "????"},
      {"\xf0\x9f\x98\x80", "😀"},
  };
  for (const auto& row : rows) EXPECT_EQ(readable(row.text), row.shown);
}

TEST(Readable, LongTextIsCutBetweenCharacters) {
  EXPECT_EQ(readable("12345", 5), "12345");
  EXPECT_EQ(readable("123456", 5), "1234…");
  EXPECT_EQ(readable("😀😀😀", 2), "😀…");
  EXPECT_EQ(readable("x", 0), "");
  EXPECT_EQ(readable(std::string(1'000'000, 'x')), std::string(39, 'x') + "…");
}

}  // namespace
}  // namespace keitaro_outbox::core
