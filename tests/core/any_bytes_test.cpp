#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "core/amount.hpp"
#include "core/params.hpp"
#include "core/postback_url.hpp"
#include "core/readable.hpp"
#include "core/retry_after.hpp"
#include "core/time.hpp"
#include "core/transition.hpp"

namespace keitaro_outbox::core {
namespace {

/// Texts near to what the parsers know, so that damage reaches their far corners.
const std::vector<std::string> kSamples = {
    "-12.3456",
    "90000ms",
    " Rejected -> SALE ",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    R"({"sub_id_1":"\u00e9\n","n":-1.50e3,"t":true,"gone":null})",
    "https://user:pa%40ss@[fe80::1%25eth0]:8443/K%2FEY//postback/?a=b&c&d=",
};

class AnyBytes : public testing::TestWithParam<unsigned> {
 protected:
  std::string damaged_sample() {
    std::string text = kSamples[pick(0, kSamples.size() - 1)];
    for (std::size_t i = pick(0, 4); i > 0; --i) damage(text);
    return text;
  }

 private:
  std::size_t pick(std::size_t low, std::size_t high) {
    return std::uniform_int_distribution(low, high)(random_);
  }

  void damage(std::string& text) {
    const std::size_t at = pick(0, text.size());
    const std::string& other = kSamples[pick(0, kSamples.size() - 1)];
    switch (pick(0, 3)) {
      case 0:
        text.insert(at, 1, static_cast<char>(pick(0, 255)));
        break;
      case 1:
        text.erase(at, pick(1, 3));
        break;
      case 2:
        text.insert(at, other.substr(pick(0, other.size())));
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(pick(0, 255));
    }
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(AnyBytes, AreReadOrTurnedAwayAndWhatIsReadHolds) {
  for (int round = 0; round < 5'000; ++round) {
    const std::string text = damaged_sample();
    SCOPED_TRACE(text);
    if (const auto amount = Amount::parse(text)) {
      EXPECT_EQ(Amount::parse(amount->text()), amount);
    }
    if (const auto duration = parse_duration(text)) {
      EXPECT_EQ(parse_duration(format_duration(*duration)), duration);
    }
    if (const auto move = parse_move(text)) {
      EXPECT_EQ(parse_move(std::string(name_of(move->from)) + "->" + std::string(name_of(move->to))), move);
    }
    if (const auto delay = parse_retry_after(text, wall_time(784'111'747'000))) {
      EXPECT_GE(*delay, Millis{0});
      EXPECT_LE(*delay, kLongestRetryAfter);
    }
    const ParsedParams parsed = parse_params(text);
    EXPECT_TRUE(parsed.params.empty() || !parsed.error);
    const ParsedParams again = parse_params(parsed.params.empty() ? "{}" : canonical_params(parsed.params));
    EXPECT_FALSE(again.error);
    EXPECT_EQ(canonical_params(again.params), canonical_params(parsed.params));
    EXPECT_LE(readable(text, 10).size(), 42u);
  }
}

TEST_P(AnyBytes, AUrlThatIsReadNeverShowsItsKey) {
  for (int round = 0; round < 5'000; ++round) {
    const std::string text = damaged_sample();
    SCOPED_TRACE(text);
    const auto parsed = PostbackUrl::parse(text);
    EXPECT_NE(parsed.url.has_value(), !parsed.error.empty());
    if (!parsed.url) continue;
    EXPECT_FALSE(parsed.url->host().empty());
    EXPECT_GE(parsed.url->port(), 1);
    EXPECT_LE(parsed.url->port(), 65'535);
    EXPECT_EQ(parsed.url->with({}), text);
    const auto shown = PostbackUrl::parse(parsed.url->redacted());
    ASSERT_TRUE(shown.url) << parsed.url->redacted();
    EXPECT_EQ(shown.url->redacted(), parsed.url->redacted());
    EXPECT_EQ(shown.url->host(), parsed.url->host());
    const bool key_is_whole = parsed.url->port() == 8443 && text.find("]:8443/K%2FEY/") == text.find(']');
    if (!key_is_whole) continue;
    EXPECT_EQ(parsed.url->redacted().find("K%2FEY"), std::string::npos);
    EXPECT_EQ(parsed.url->scrub(text).find("K%2FEY"), std::string::npos);
    EXPECT_EQ(parsed.url->scrub("[K/EY]"), "[***]");
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyBytes, testing::Range(0u, 8u));

}  // namespace
}  // namespace keitaro_outbox::core
