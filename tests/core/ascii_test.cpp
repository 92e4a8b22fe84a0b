#include "core/text/ascii.hpp"

#include <gtest/gtest.h>

#include <cctype>

namespace keitaro_outbox::core::ascii {
namespace {

// The tests' process is in the "C" locale.
TEST(Ascii, ClassesAreThoseOfTheCLocale) {
  for (int code = 0; code < 256; ++code) {
    const char c = static_cast<char>(code);
    EXPECT_EQ(is_digit(c), std::isdigit(code) != 0) << code;
    EXPECT_EQ(is_letter(c), std::isalpha(code) != 0) << code;
    EXPECT_EQ(is_space(c), std::isspace(code) != 0) << code;
    EXPECT_EQ(is_blank_or_control(c), c == ' ' || std::iscntrl(code) != 0) << code;
  }
}

TEST(Ascii, CaseIsFoldedForLatinLettersAlone) {
  EXPECT_EQ(lower("AZaz@[`{09Ä"), "azaz@[`{09Ä");
  EXPECT_TRUE(equal_ignoring_case("Retry-After", "retry-aFTER"));
  EXPECT_FALSE(equal_ignoring_case("retry", "retry-after"));
  EXPECT_FALSE(equal_ignoring_case("@", "`")) << "as far apart as A and a";
}

}  // namespace
}  // namespace keitaro_outbox::core::ascii
