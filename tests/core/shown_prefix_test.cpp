#include "core/text/shown_prefix.hpp"

#include <gtest/gtest.h>

#include <string>

namespace keitaro_outbox::core {
namespace {

using namespace std::string_literals;

TEST(ShownPrefix, CutsAtWholeCharactersAndReplacesWhatIsNoTextOrActsOnATerminal) {
  struct Case {
    std::string bytes;
    std::size_t characters;
    std::string expected;
  };
  const Case cases[] = {
      {"", 3, ""},
      {"abc", 3, "abc"},
      {"abcd", 3, "abc"},
      {"abc", 0, ""},
      {"яяяя", 3, "яяя"},
      {"€😀é", 2, "€😀"},
      {"a\0b"s, 2, "a\uFFFD"},
      {"a\r\n\tb\rc", 9, "a\r\n\tb\uFFFDc"},
      {"\r", 9, "\uFFFD"},
      {"\x1b[2J\x7f", 9, "\uFFFD[2J\uFFFD"},
      {"\u009b31m", 9, "\uFFFD31m"},
      {"\u202egnp\u2066\u200f\u061c\u2028", 9, "\uFFFDgnp\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"a\xff"
       "b",
       9,
       "a\uFFFD"
       "b"},
      {"\x80\x80", 9, "\uFFFD\uFFFD"},
      {"\xd1", 9, "\uFFFD"},  // Cut within a character.
      {"\xe2\x82", 9, "\uFFFD"},
      {"\xf0\x9f\x98", 9, "\uFFFD"},
      {"\xe2\x82"
       "a",
       9,
       "\uFFFD"
       "a"},
      {"\xc0\xaf", 9, "\uFFFD\uFFFD"},  // Overlong.
      {"\xe0\x80\xaf", 9, "\uFFFD\uFFFD\uFFFD"},
      {"\xed\xa0\x80", 9, "\uFFFD\uFFFD\uFFFD"},            // A surrogate.
      {"\xf4\x90\x80\x80", 9, "\uFFFD\uFFFD\uFFFD\uFFFD"},  // Beyond U+10FFFF.
      {"\xf4\x8f\xbf\xbf", 9, "\U0010FFFF"},
      {"\xff\xff\xff", 2, "\uFFFD\uFFFD"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(shown_prefix(c.bytes, c.characters), c.expected) << testing::PrintToString(c.bytes);
}

}  // namespace
}  // namespace keitaro_outbox::core
