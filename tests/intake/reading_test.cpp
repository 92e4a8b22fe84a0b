#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "intake/event_id_template.hpp"
#include "intake/macros.hpp"
#include "intake/parameters.hpp"

namespace keitaro_outbox::intake {
namespace {

using namespace std::string_literals;
using core::Params;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(UnfilledMacro, IsKnownInAllBrackets) {
  for (const char* macro : {"{subid}", "{{subid}}", "${subid}", "[subid]",   "[[x]]",
                            "<subid>", "%subid%",   "%%x%%",    "##subid##", "{transaction id}",
                            "{ad.id}", "{sub1}",    "{_x}",     "REPLACE",   " {x} ",
                            "{1}",     "${12}",     "{{1}}",    "##1##",     "{имя}",
                            "[имя]",   "<имя>"}) {
    EXPECT_TRUE(is_unfilled_macro(macro)) << macro;
    EXPECT_TRUE(holds_unfilled_macro(macro)) << macro;
  }
  for (const char* value :
       {"", "x", "{}", "[]", "%%", "<>", "##", "####", "5%", "100%", "<3", "[1]", "[12.5]", "{\"a\":1}",
        "a [b] c", "replace", "REPLACED", "<a> and <b>", "%d0%bf"}) {
    EXPECT_FALSE(is_unfilled_macro(value)) << value;
  }
}

TEST(UnfilledMacro, IsFoundWithinAnId) {
  for (const char* value : {"order-{id}", "a##id##b", "x${id}", "{a}{b}"})
    EXPECT_TRUE(holds_unfilled_macro(value)) << value;
  for (const char* value : {"[1]", "<12>", "[[1]]", "order-{1}", "a##1##", "x{имя}"})
    EXPECT_TRUE(holds_unfilled_macro(value)) << value;
  for (const char* value :
       {"order-1", "[1.5]", "%20%", "a[1]", "a{b", "a}b{", "a[b]c", "x%20y", "a<b", "#1##2"})
    EXPECT_FALSE(holds_unfilled_macro(value)) << value;
}

TEST(Form, IsReadByteByByte) {
  const Parameters read = read_form("a=b&c=%D0%BF+%2B&d&=x&e=&f=1=2&a=last&&%67=h");
  EXPECT_EQ(read.error, "");
  EXPECT_THAT(read.values, ElementsAre(Pair("a", "last"), Pair("c", "п +"), Pair("d", ""), Pair("e", ""),
                                       Pair("f", "1=2"), Pair("g", "h")));
}

TEST(Form, KeepsAPercentThatIsNoByte) {
  const Parameters read = read_form("a=100%&b=%zz&c=%ad_id%&d=%x%");
  EXPECT_EQ(read.error, "");
  EXPECT_THAT(read.values,
              ElementsAre(Pair("a", "100%"), Pair("b", "%zz"), Pair("c", "%ad_id%"), Pair("d", "%x%")));
}

TEST(Form, PutsRightWhatHtmlMadeOfCurrency) {
  for (const char* query : {"payout=5\xC2\xA4"
                            "cy=usd&x=1",
                            "payout=5%C2%A4cy=usd&x=1", "payout=5%c2%a4cy=usd&x=1"}) {
    EXPECT_THAT(read_form(query).values,
                ElementsAre(Pair("payout", "5"), Pair("currency", "usd"), Pair("x", "1")));
  }
}

TEST(Form, RefusesWhatIsNoText) {
  for (const std::string& query : {"a=%00"s, "a%00=b"s, "a=%FF"s, "a=%C3"s, "%80=1"s, "a=\xff"s,
                                   "a=%ED%A0%80"s, "a=x\0y"s, "=\xff"s, "a=%C3\xa9"s}) {
    const Parameters read = read_form(query);
    EXPECT_NE(read.error, "") << testing::PrintToString(query);
    EXPECT_THAT(read.values, IsEmpty());
  }
}

TEST(Form, HasABoundOfParameters) {
  std::string query;
  for (std::size_t i = 0; i < kMostParameters; ++i) query += "p" + std::to_string(i) + "=&";
  EXPECT_EQ(read_form(query).error, "");
  EXPECT_THAT(read_form(query + "more=1").error, HasSubstr("more than 1000 parameters"));
  EXPECT_EQ(read_form(query + "p1=again").error, "");
}

TEST(Json, IsAFlatObject) {
  const Parameters read = read_json(
      R"( {"subid":"a","payout":12.50,"n":-7,"big":123456789012345678,"t":true,"f":false,"z":null,"u":"\u043f","a":1,"a":2} )");
  EXPECT_EQ(read.error, "");
  EXPECT_THAT(read.values, ElementsAre(Pair("subid", "a"), Pair("payout", "12.50"), Pair("n", "-7"),
                                       Pair("big", "123456789012345678"), Pair("t", "true"),
                                       Pair("f", "false"), Pair("z", ""), Pair("u", "п"), Pair("a", "2")));
}

TEST(Json, OfAnotherShapeIsRefused) {
  for (const std::string& body :
       {""s, "{"s, "[]"s, "\"a\""s, "1"s, "null"s, "{\"a\":{}}"s, "{\"a\":[1]}"s, "{\"a\":1}x"s, "{'a':1}"s,
        "{\"a\":\"\\u0000\"}"s, "{\"a\":\"\xff\"}"s, "{\"a\":1}\0"s, std::string(50'000, '[')}) {
    EXPECT_NE(read_json(body).error, "") << body.substr(0, 40);
  }
}

TEST(BodyWithoutType, IsReadAsTheSame) {
  const std::pair<const char*, std::string> requests[] = {
      {"application/x-www-form-urlencoded", "{\"x\":1&status=7"},
      {"application/x-www-form-urlencoded", " {x}=1&a=%7B"},
      {"application/x-www-form-urlencoded", "a={x}"},
      {"application/json", "\xEF\xBB\xBF{\"a\":\"1&b=2\"}"},
      {"application/vnd.api+json", " {\"tid\":\"5\"}"},
      {"text/plain", "{\"a\":1}"},
      {"", "a=1"}};
  for (const auto& [type, body] : requests) {
    ports::HttpRequest typed;
    typed.body = body;
    typed.headers = {{"Content-Type", type}};
    const Parameters expected = read_request(typed);
    EXPECT_EQ(expected.error, "") << body;
    ports::HttpRequest kept;
    kept.body = body_without_type(typed);
    EXPECT_EQ(read_request(kept).error, "") << body;
    EXPECT_EQ(read_request(kept).values, expected.values) << body;
  }
}

TEST(Merged, TheBodyHasTheLastWord) {
  EXPECT_THAT(merged(read_form("a=1&b=2"), read_form("b=3&c=4")).values,
              ElementsAre(Pair("a", "1"), Pair("b", "3"), Pair("c", "4")));
  EXPECT_THAT(merged(read_form("a=1&b=2"), read_form("a=&b")).values,
              ElementsAre(Pair("a", "1"), Pair("b", "2")))
      << "an empty value counts as absent";
  EXPECT_NE(merged(read_form("a=1"), read_form("b=%00")).error, "");
  EXPECT_NE(merged(read_form("a=%00"), read_form("b=1")).error, "");
}

TEST(EventIdTemplate, IsFilledInFromTheSendersOwnNames) {
  const auto id = EventIdTemplate::parse("{lead}:{status}:{time}");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->fill_in({{"lead", "7"}, {"status", "wait"}, {"time", "99"}, {"x", "y"}}), "7:wait:99");
  EXPECT_EQ(id->fill_in({{"lead", "7"}, {"status", "wait"}}), std::nullopt);
  EXPECT_EQ(id->fill_in({{"lead", "7"}, {"status", "wait"}, {"time", ""}}), std::nullopt);
  EXPECT_EQ(id->fill_in({{"lead", "7"}, {"status", "wait"}, {"time", "{time}"}}), std::nullopt);
}

TEST(EventIdTemplate, ThatCannotTellEventsApartIsRefused) {
  for (const char* bad : {"", "fixed", "{}", "{a", "a}", "{a{b}}", "{{a}}"})
    EXPECT_FALSE(EventIdTemplate::parse(bad)) << bad;
}

}  // namespace
}  // namespace keitaro_outbox::intake
