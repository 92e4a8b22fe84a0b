#include "core/url/percent.hpp"

#include <gtest/gtest.h>

#include <string>

namespace keitaro_outbox::core {
namespace {

TEST(PercentEncoding, EveryByteButTheUnreservedIsEncoded) {
  const struct {
    std::string value, encoded;
  } rows[] = {
      {"", ""},
      {"AZaz09-._~", "AZaz09-._~"},
      {"&=#+% \"'", "%26%3D%23%2B%25%20%22%27"},
      {"a\nb\r\t", "a%0Ab%0D%09"},
      {std::string("a\0b", 3), "a%00b"},
      {"é", "%C3%A9"},
      {"Привет", "%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82"},
      {"😀", "%F0%9F%98%80"},
      {"/?:@!$()*,;[]{}|\\^`<>", "%2F%3F%3A%40%21%24%28%29%2A%2C%3B%5B%5D%7B%7D%7C%5C%5E%60%3C%3E"},
      {"\x7f\x80\xff", "%7F%80%FF"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(percent_encode(row.value), row.encoded);
    EXPECT_EQ(percent_decode(row.encoded), row.value);
  }
}

TEST(PercentEncoding, EveryByteIsReadBack) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  const std::string large(1'000'000, '\xff');
  EXPECT_EQ(percent_decode(percent_encode(large)), large);
}

TEST(PercentEncoding, AppendingLeavesWhatIsThere) {
  std::string out = "x=";
  append_percent_encoded(out, "a b");
  EXPECT_EQ(out, "x=a%20b");
}

TEST(PercentDecoding, WhatIsNoEncodingStaysAsItIs) {
  const struct {
    std::string text, decoded;
  } rows[] = {{"%", "%"},       {"%4", "%4"},   {"%zz", "%zz"}, {"100%", "100%"},
              {"%2f%2F", "//"}, {"%%41", "%A"}, {"a+b", "a+b"}, {"%2541", "%41"}};
  for (const auto& row : rows) EXPECT_EQ(percent_decode(row.text), row.decoded) << row.text;
}

}  // namespace
}  // namespace keitaro_outbox::core
