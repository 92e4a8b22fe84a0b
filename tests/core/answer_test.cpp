#include "core/rules/answer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = wall_time(784'111'747'000);  // Sun, 06 Nov 1994 08:49:07 GMT

Meaning meaning_of(int http_status) {
  return read_exchange(Answer{http_status, "OK", std::nullopt}, "OK", kNow);
}

TEST(ReadExchange, EveryHttpStatusHasOneMeaning) {
  for (int http_status = -1; http_status <= 1100; ++http_status) {
    SCOPED_TRACE(http_status);
    const Meaning meaning = meaning_of(http_status);
    if (http_status >= 200 && http_status < 300) {
      EXPECT_TRUE(std::holds_alternative<TakenIn>(meaning));
    } else if (http_status == 429) {
      EXPECT_TRUE(std::holds_alternative<Throttled>(meaning));
    } else if (http_status == 400 || http_status == 422) {
      EXPECT_TRUE(std::holds_alternative<RowRefused>(meaning));
    } else {
      EXPECT_TRUE(std::holds_alternative<TrackerTrouble>(meaning));
    }
  }
}

TEST(ReadExchange, TheSentinelMustBeTheWholeBodyButForWhiteSpace) {
  const struct {
    std::string sentinel, body;
    bool missing;
  } rows[] = {
      {"OK", "OK", false},
      {"OK", " OK\r\n", false},
      {" OK ", "OK", false},
      {"OK", "", true},
      {"OK", "ok", true},
      {"OK", "NOT OK", true},
      {"OK", "OKAY", true},
      {"OK", "<html><body>OK</body></html>", true},
      {"OK", std::string("OK\0", 3), true},
      {"OK", std::string(1'000'000, 'O'), true},
      {"", "", false},
      {"", "<html>", false},
      {"two words", "two words\n", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.body.substr(0, 40));
    const Meaning meaning = read_exchange(Answer{200, row.body, std::nullopt}, row.sentinel, kNow);
    ASSERT_TRUE(std::holds_alternative<TakenIn>(meaning));
    EXPECT_EQ(std::get<TakenIn>(meaning).sentinel_missing, row.missing);
    EXPECT_EQ(std::get<TakenIn>(meaning).asked_for, row.missing ? row.sentinel : "");
  }
}

TEST(ReadExchange, RetryAfterIsReadWhereverItCanCome) {
  const auto read = [](int http_status, const char* header) {
    return read_exchange(Answer{http_status, "", header}, "OK", kNow);
  };
  EXPECT_EQ(std::get<Throttled>(read(429, "7")).retry_after, 7s);
  EXPECT_EQ(std::get<TrackerTrouble>(read(503, "Sun, 06 Nov 1994 08:49:37 GMT")).retry_after, 30s);
  EXPECT_EQ(std::get<RowRefused>(read(400, "1")).retry_after, 1s);
  EXPECT_EQ(std::get<TrackerTrouble>(read(503, "soon")).retry_after, std::nullopt);
  EXPECT_EQ(std::get<Throttled>(meaning_of(429)).retry_after, std::nullopt);
}

TEST(ReadExchange, WhatWasNeverSentIsKeptApartFromAnAnswerThatWasLost) {
  EXPECT_TRUE(std::holds_alternative<MaybeTakenIn>(read_exchange(AnswerLost{"timed out"}, "OK", kNow)));
  EXPECT_FALSE(std::get<NoAnswer>(read_exchange(NotSent{"refused", false}, "OK", kNow)).forbidden_address);
  EXPECT_TRUE(
      std::get<NoAnswer>(read_exchange(NotSent{"127.0.0.1 is private", true}, "OK", kNow)).forbidden_address);
}

TEST(DescribeExchange, IsOneShortPhrase) {
  const struct {
    Exchange exchange;
    std::string phrase;
  } rows[] = {
      {Answer{503, "a long page", std::nullopt}, "HTTP 503"},
      {Answer{200, "OK", std::nullopt}, "HTTP 200"},
      {Answer{302, "", std::nullopt}, "HTTP 302 (redirects are not followed)"},
      {NotSent{"could not connect: connection refused", false}, "could not connect: connection refused"},
      {NotSent{}, "the request could not be sent"},
      {AnswerLost{"timed out after 10s"}, "timed out after 10s"},
      {AnswerLost{}, "no usable answer came"},
      {AnswerLost{"two\nlines\x1b"}, "two?lines?"},
  };
  for (const auto& row : rows) EXPECT_EQ(describe(row.exchange), row.phrase);
  EXPECT_LT(describe(AnswerLost{std::string(1'000'000, 'x')}).size(), 300u);
}

}  // namespace
}  // namespace keitaro_outbox::core
