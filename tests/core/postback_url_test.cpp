#include "core/url/postback_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_outbox::core {
namespace {

using testing::HasSubstr;
using testing::Not;

PostbackUrl url_of(const std::string& text) {
  auto parsed = PostbackUrl::parse(text);
  EXPECT_TRUE(parsed.url) << parsed.error;
  EXPECT_EQ(parsed.error, "");
  return parsed.url.value_or(PostbackUrl{});
}

TEST(PostbackUrl, PartsAreReadAndTheKeyIsHidden) {
  const struct {
    std::string text, scheme, host;
    int port;
    std::string redacted;
    bool has_key;
  } rows[] = {
      {"https://trk.example/KEY/postback", "https", "trk.example", 443, "https://trk.example/***/postback",
       true},
      {"http://trk.example/KEY/postback", "http", "trk.example", 80, "http://trk.example/***/postback", true},
      {"HTTPS://Trk.Example:8443/KEY/postback", "https", "trk.example", 8443,
       "https://Trk.Example:8443/***/postback", true},
      {"http://127.0.0.1:1/a/b/postback", "http", "127.0.0.1", 1, "http://127.0.0.1:1/***/***/postback",
       true},
      {"http://2130706433/KEY/postback", "http", "2130706433", 80, "http://2130706433/***/postback", true},
      {"http://0x7f.1:65535/KEY/postback", "http", "0x7f.1", 65535, "http://0x7f.1:65535/***/postback", true},
      {"http://[::1]/KEY/postback", "http", "::1", 80, "http://[::1]/***/postback", true},
      {"http://[FE80::1%25eth0]:81/KEY/postback", "http", "fe80::1%25eth0", 81,
       "http://[FE80::1%25eth0]:81/***/postback", true},
      {"http://user:pass@h/KEY/postback", "http", "h", 80, "http://***@h/***/postback", true},
      {"http://@h/KEY/postback", "http", "h", 80, "http://***@h/***/postback", true},
      {"http://h/KEY/postback/", "http", "h", 80, "http://h/***/postback/", true},
      {"http://h//KEY//postback//", "http", "h", 80, "http://h//***//postback//", true},
      {"http://h/postback/postback", "http", "h", 80, "http://h/***/postback", true},
      {"http://h/KEY/postback?a=b&c&d=&&e=f=g", "http", "h", 80, "http://h/***/postback?a=***&***&d=&&e=***",
       true},
      {"http://h/postback", "http", "h", 80, "http://h/postback", false},
      {"http://h?KEY/postback=1", "http", "h", 80, "http://h?***", false},
      {"http://h//postback", "http", "h", 80, "http://h//postback", false},
      {"http://h/KEY", "http", "h", 80, "http://h/***", false},
      {"http://h/KEY/postback/x", "http", "h", 80, "http://h/***/***/***", false},
      {"http://h/KEY/Postback", "http", "h", 80, "http://h/***/***", false},
      {"http://h/", "http", "h", 80, "http://h/", false},
      {"http://h", "http", "h", 80, "http://h", false},
      {"http://h?x=1", "http", "h", 80, "http://h?x=***", false},
      {"http://h/a@b:c/postback", "http", "h", 80, "http://h/***/postback", true},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    const PostbackUrl url = url_of(row.text);
    EXPECT_EQ(url.scheme(), row.scheme);
    EXPECT_EQ(url.host(), row.host);
    EXPECT_EQ(url.port(), row.port);
    EXPECT_EQ(url.redacted(), row.redacted);
    EXPECT_EQ(url.has_key(), row.has_key);
    EXPECT_EQ(url.text(), row.text);
  }
}

TEST(PostbackUrl, WhatIsWrongIsSaidInOneSentenceWithoutTheKey) {
  const struct {
    std::string text, error_part;
  } rows[] = {
      {"", "the URL is empty"},
      {"s3cret", "must begin with http:// or https://"},
      {"trk.example/s3cret/postback", "must begin with http:// or https://"},
      {"ftp://h/s3cret/postback", "must begin with http:// or https://"},
      {"file:///s3cret/postback", "must begin with http:// or https://"},
      {"//h/s3cret/postback", "must begin with http:// or https://"},
      {"http:/h/s3cret/postback", "must begin with http:// or https://"},
      {"s3cret://h/postback", "must begin with http:// or https://"},
      {"http://", "has no host"},
      {"http://трекер.example/s3cret/postback", "write it in its xn--… form"},
      {"http:///s3cret/postback", "has no host"},
      {"http://:80/s3cret/postback", "has no host"},
      {"http://s3cret@/postback", "has no host"},
      {"http://?s3cret", "has no host"},
      {"http://h:/s3cret/postback", "port must be"},
      {"http://h:0/s3cret/postback", "port must be"},
      {"http://h:65536/s3cret/postback", "port must be"},
      {"http://h:99999999999999999999/s3cret/postback", "port must be"},
      {"http://h:80a/s3cret/postback", "port must be"},
      {"http://h:-1/s3cret/postback", "port must be"},
      {"http://::1/s3cret/postback", "has no host"},
      {"http://fe80::1/s3cret/postback", "stands in [ ]"},
      {"http://[::1/s3cret/postback", "[ without a ]"},
      {"http://[]/s3cret/postback", "no IPv6 address"},
      {"http://[127.0.0.1]/s3cret/postback", "no IPv6 address"},
      {"http://[::1]80/s3cret/postback", "after the ]"},
      {"http://h!/s3cret/postback", "no host name has"},
      {"http://a@b@h/s3cret/postback", "more than one @"},
      {"http://h/s3cret /postback", "blank or a control character"},
      {" http://h/s3cret/postback", "blank or a control character"},
      {"http://h/s3cret/postback\n", "blank or a control character"},
      {std::string("http://h/s3cret\0/postback", 25), "blank or a control character"},
      {"http://h/s3cret\x7f/postback", "blank or a control character"},
      {"http://h/<s3cret>/postback", "that no URL may hold"},
      {"http://h\\s3cret/postback", "that no URL may hold"},
      {"http://h/s3cret/postback#top", "fragment"},
      {"http://h/s3cret%/postback", "% without two hex digits"},
      {"http://h/s3cret%2/postback", "% without two hex digits"},
      {"http://h/${s3cret}/postback", "was not filled in"},
      {"${s3cret}", "was not filled in"},
      {"http://h/s3cret/../postback", ". or .. segment"},
      {"http://h/s3cret/%2E/postback", ". or .. segment"},
      {"http://h/s3cret/" + std::string(1'000'000, 'x'), "longer than 4096"},
      {std::string(1'000'000, '\0'), "longer than 4096"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text.substr(0, 60));
    const auto parsed = PostbackUrl::parse(row.text);
    EXPECT_FALSE(parsed.url);
    EXPECT_THAT(parsed.error, HasSubstr(row.error_part));
    EXPECT_THAT(parsed.error, Not(HasSubstr("s3cret")));
    EXPECT_THAT(parsed.error, Not(HasSubstr("\n")));
  }
}

TEST(PostbackUrl, ParametersAreAddedToWhateverIsThere) {
  const Params params = {{"subid", "a b&c"}, {"return", "OK"}};
  const struct {
    std::string text, whole, shown;
  } rows[] = {
      {"http://h/K/postback", "http://h/K/postback?subid=a%20b%26c&return=OK",
       "http://h/***/postback?subid=a%20b%26c&return=OK"},
      {"http://h/K/postback?", "http://h/K/postback?subid=a%20b%26c&return=OK",
       "http://h/***/postback?subid=a%20b%26c&return=OK"},
      {"http://h/K/postback?x=1", "http://h/K/postback?x=1&subid=a%20b%26c&return=OK",
       "http://h/***/postback?x=***&subid=a%20b%26c&return=OK"},
      {"http://h/K/postback?x=1&", "http://h/K/postback?x=1&subid=a%20b%26c&return=OK",
       "http://h/***/postback?x=***&subid=a%20b%26c&return=OK"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    const PostbackUrl url = url_of(row.text);
    EXPECT_EQ(url.with(params), row.whole);
    EXPECT_EQ(url.redacted_with(params), row.shown);
    EXPECT_EQ(url.with({}), row.text);
    EXPECT_EQ(url.redacted_with({}), url.redacted());
  }
}

TEST(PostbackUrl, NamesOfParametersAreEncodedToo) {
  EXPECT_EQ(url_of("http://h/K/postback").with({{"a&b=", "c"}}), "http://h/K/postback?a%26b%3D=c");
}

TEST(PostbackUrl, KnowsTheNamesOfTheParametersItBringsAlong) {
  EXPECT_EQ(url_of("http://h/K/postback?reject_status=x&a%20b=&bare&&c[]=d").query_names(),
            (std::vector<std::string>{"reject_status", "c[]"}));
  EXPECT_TRUE(url_of("http://h/K/postback").query_names().empty());
}

TEST(PostbackUrlScrub, TakesOutTheKeyInEverySpelling) {
  const struct {
    std::string url, text, scrubbed;
  } rows[] = {
      {"http://h/KEY/postback", "nothing to hide", "nothing to hide"},
      {"http://h/KEY/postback", "", ""},
      {"http://h/KEY/postback", "KEY", "***"},
      {"http://h/KEYS/postback", "xKEYSx KEYS", "x***x ***"},
      {"http://h/KEY/postback", "xKEYx KEY", "xKEYx ***"},
      {"http://h/s-K+Y=z/postback", R"({"url":"https:\/\/h\/s-K+Y=z\/postback"})",
       R"({"url":"https:\/\/h\/***\/postback"})"},
      {"http://h/s-K+Y=z/postback", R"(\u0073-K\u002BY\u003dz s-K\x2bY=z)", "*** ***"},
      {"http://h/s-K+Y=z/postback", "s&#45;K&#x2B;Y&equals;z s-K&plus;Y&#61z", "*** ***"},
      {"http://h/KEYS/postback?token=a%26b%2Fc", R"(a&amp;b/c a&b\/c a&ampb&#x2f;c)", "*** *** ***"},
      {"http://h/sécret/postback", R"(s\u00e9cret s&#233;cret)", "*** ***"},
      {"http://h/k\xF0\x9F\x98\x80y/postback", R"(k\ud83d\ude00y k\ud83dx)", R"(*** k\ud83dx)"},
      {"http://h/KEYS/postback", R"(\u004 \ &# &#x &; \ud83d\u &#99999999; KEY)",
       R"(\u004 \ &# &#x &; \ud83d\u &#99999999; KEY)"},
      {"http://h/KEY/postback", "no route to http://h/KEY/postback?subid=1",
       "no route to http://h/***/postback?subid=1"},
      {"http://h/KEY/postback", "%4BEY %4b%45%59 K%45Y", "*** *** ***"},
      {"http://h/KEY/postback", "u=http%3A%2F%2Fh%2FKEY%2Fpostback", "u=http%3A%2F%2Fh%2F***%2Fpostback"},
      {"http://h/a%2Fb/postback", "a/b a%2Fb a%2fb a%252Fb", "*** *** *** ***"},
      {"http://h/a%20b/postback", "a b, a+b, a%20b", "***, ***, ***"},
      {"http://h/100%25/postback", "100% 100%25 100%2525", "*** *** ***"},
      {"http://h/%25%34%31/postback", "%41 %2541 %25%34%31", "*** *** ***"},
      {"http://h/sécret/postback", "sécret s%C3%A9cret s%c3%a9cret", "*** *** ***"},
      {"http://h/a/postback", "a banana at http://h/a/postback", "a banana at http://h/***/postback"},
      {"http://h/a/postback", R"(u=http%3A%2F%2Fh%2Fa%2Fpostback \/a\/ &#47;a&#47; \u002fa a)",
       R"(u=http%3A%2F%2Fh%2F***%2Fpostback \/***\/ &#47;***&#47; \u002f*** a)"},
      {"http://h/a/postback", "a", "***"},
      {"http://h/the/postback", "the other", "*** other"},
      {"http://h/aaaa/postback", "aaaaaaa", "***"},
      {"http://h/abcd/bcdef/postback", "xabcdefx", "x***x"},
      {"http://h/ab/abcd/postback", "abcd /ab", "*** /***"},
      {"http://h/KEY", "KEY", "***"},
      {"http://h/KEY/postback/", "/KEY/postback/", "/***/postback/"},
      {"http://joe:pa%40ss@h/KEY/postback", "joe, pa@ss, pa%40ss, joe:pa%40ss@h", "***, ***, ***, ***@h"},
      {"http://h/KEY/postback?token=T0K&bare", "T0K bare token", "*** *** token"},
      {"http://h/KEY/postback?return=OK&sub_id_1=x1&lead_status=new", "OK x1 new", "OK x1 new"},
      {"http://h/postback", "http://h/postback", "http://h/postback"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.url + " in " + row.text);
    EXPECT_EQ(url_of(row.url).scrub(row.text), row.scrubbed);
  }
}

TEST(PostbackUrlScrub, LeavesNoTraceOfAKeyOfAnyLength) {
  for (std::size_t length = 1; length <= 64; ++length) {
    std::string key;
    for (std::size_t i = 0; i < length; ++i) key += static_cast<char>('0' + (i * 7 + length) % 10);
    const PostbackUrl url = url_of("http://h/" + key + "/postback");
    const std::string text =
        "GET " + url.text() + " failed: " + key + key + " and " + percent_encode("/" + key);
    // One of a letter or two may be a part of any word.
    if (length >= 4) {
      EXPECT_THAT(url.scrub(text), Not(HasSubstr(key)));
    }
    EXPECT_THAT(url.scrub(text), Not(HasSubstr("/" + key)));
    EXPECT_EQ(url.scrub(url.text()), url.redacted());
  }
}

TEST(PostbackUrlScrub, TakesAnyBytesOfAnyLength) {
  const PostbackUrl url = url_of("http://h/KEY/postback");
  const std::string zeros(1'000'000, '\0');
  const std::string percents(1'000'000, '%');
  const std::string high(1'000'000, '\xff');
  EXPECT_EQ(url.scrub(zeros + "KEY"), zeros + "***");
  EXPECT_EQ(url.scrub(percents), percents);
  EXPECT_EQ(url.scrub(high), high);
  EXPECT_EQ(url_of("http://h/" + std::string(1'000, 'a') + "/postback").scrub(std::string(10'000, 'a')),
            "***");
}

TEST(PostbackUrl, AUrlThatWasNeverReadHidesNothingAndBreaksNothing) {
  const PostbackUrl url;
  EXPECT_EQ(url.scrub("text"), "text");
  EXPECT_EQ(url.with({{"a", "b"}}), "?a=b");
  EXPECT_FALSE(url.has_key());
}

}  // namespace
}  // namespace keitaro_outbox::core
