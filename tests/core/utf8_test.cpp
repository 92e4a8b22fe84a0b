#include "core/text/utf8.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace keitaro_outbox::core {
namespace {

TEST(Utf8, TheFirstAndTheLastCharacterOfEachLengthAreRead) {
  const struct {
    std::string bytes;
    std::uint32_t code;
  } rows[] = {
      {std::string(1, '\0'), 0},
      {"\x7f", 0x7f},
      {"\xc2\x80", 0x80},
      {"\xdf\xbf", 0x7ff},
      {"\xe0\xa0\x80", 0x800},
      {"\xed\x9f\xbf", 0xd7ff},
      {"\xee\x80\x80", 0xe000},
      {"\xef\xbf\xbf", 0xffff},
      {"\xf0\x90\x80\x80", 0x10000},
      {"\xf4\x8f\xbf\xbf", 0x10ffff},
  };
  for (const auto& row : rows) {
    const Utf8Piece piece = first_utf8_piece(row.bytes + "\x80");
    EXPECT_TRUE(piece.well_formed) << row.code;
    EXPECT_EQ(piece.size, row.bytes.size()) << row.code;
    EXPECT_EQ(piece.code, row.code);
    EXPECT_TRUE(is_utf8(row.bytes)) << row.code;
  }
}

TEST(Utf8, WhatIsNoCharacterIsTakenInMaximalPieces) {
  const struct {
    std::string bytes;
    std::size_t piece;
  } rows[] = {
      {"\x80", 1},         {"\xc1\xbf", 1},         {"\xc3", 1},
      {"\xc3(", 1},        {"\xe0\x9f\xbf", 1},     {"\xed\xa0\x80", 1},
      {"\xe2\x82", 2},     {"\xf0\x8f\xbf\xbf", 1}, {"\xf4\x90\x80\x80", 1},
      {"\xf0\x9f\x98", 3}, {"\xf0\x9f\x98z", 3},    {"\xff", 1},
  };
  for (const auto& row : rows) {
    const Utf8Piece piece = first_utf8_piece(row.bytes);
    EXPECT_FALSE(piece.well_formed) << row.bytes;
    EXPECT_EQ(piece.size, row.piece) << row.bytes;
    EXPECT_FALSE(is_utf8("a" + row.bytes)) << row.bytes;
  }
}

}  // namespace
}  // namespace keitaro_outbox::core
