#include "core/url/params.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_outbox::core {
namespace {

using testing::HasSubstr;

TEST(Params, ValuesKeepTheirWrittenFormAndOrder) {
  const struct {
    std::string json;
    Params params;
  } rows[] = {
      {"{}", {}},
      {" { } ", {}},
      {R"({"sub_id_1":"x"})", {{"sub_id_1", "x"}}},
      {R"({"b":"1","a":"2"})", {{"b", "1"}, {"a", "2"}}},
      {R"({"n":1.50})", {{"n", "1.50"}}},
      {R"({"n":-0})", {{"n", "-0"}}},
      {R"({"n":0})", {{"n", "0"}}},
      {R"({"n":-7,"m":-0.0})", {{"n", "-7"}, {"m", "-0.0"}}},
      {R"({"n":1e5,"m":1E+5,"o":2.5e-3})", {{"n", "1e5"}, {"m", "1E+5"}, {"o", "2.5e-3"}}},
      {R"({"n":18446744073709551615})", {{"n", "18446744073709551615"}}},
      {R"({"n":123456789012345678901234567890})", {{"n", "123456789012345678901234567890"}}},
      {R"({"n":-9223372036854775808})", {{"n", "-9223372036854775808"}}},
      {R"({"t":true,"f":false})", {{"t", "true"}, {"f", "false"}}},
      {R"({"gone":null,"kept":""})", {{"kept", ""}}},
      {R"({"e":"\u00e9\n\"\\\/\ud83d\ude00"})", {{"e", "é\n\"\\/😀"}}},
      {R"({"nul":"a\u0000b"})", {{"nul", std::string("a\0b", 3)}}},
      {R"({"Status":"case matters"})", {{"Status", "case matters"}}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.json);
    const ParsedParams parsed = parse_params(row.json);
    EXPECT_FALSE(parsed.error) << parsed.error->reason;
    EXPECT_EQ(parsed.params, row.params);
  }
}

TEST(Params, WhatCannotBeSentIsAnErrorThatNamesTheParameter) {
  const struct {
    std::string json, reason_part;
  } rows[] = {
      {R"({"deep":{"a":1}})", "\"deep\" of params is an object"},
      {R"({"list":[1]})", "\"list\" of params is a list"},
      {R"({"":"x"})", "empty name"},
      {R"({"a":1,"a":2})", "\"a\" of params occurs twice"},
      {R"({"a":null,"\u0061":2})", "\"a\" of params occurs twice"},
      {R"({"big":1e999})", "\"big\" of params is a number beyond all range"},
      {R"({"subid":"x"})", "\"subid\""},
      {R"({"status":"x"})", "\"status\""},
      {R"({"tid":"x"})", "\"tid\""},
      {R"({"payout":1})", "\"payout\""},
      {R"({"revenue":1})", "\"revenue\""},
      {R"({"cost":1})", "\"cost\""},
      {R"({"currency":null})", "\"currency\""},
      {R"({"return":"OK"})", "\"return\""},
      {R"({"re\u0074urn":"OK"})", "\"return\""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.json);
    const ParsedParams parsed = parse_params(row.json);
    ASSERT_TRUE(parsed.error);
    EXPECT_THAT(parsed.error->reason, HasSubstr(row.reason_part));
    EXPECT_TRUE(parsed.params.empty());
  }
}

TEST(Params, OtherThanAJsonObjectIsAnError) {
  const std::vector<std::string> texts = {
      "[]", "[{}]", "1", "-1", "1.5", "\"x\"", "true", "null", R"([{"a":1}])",
  };
  for (const auto& text : texts) {
    SCOPED_TRACE(text);
    const ParsedParams parsed = parse_params(text);
    ASSERT_TRUE(parsed.error);
    EXPECT_THAT(parsed.error->reason, HasSubstr("params must be a JSON object"));
  }
}

TEST(Params, BrokenJsonIsAnError) {
  const std::vector<std::string> texts = {
      "",
      "{",
      "{\"a\"",
      "{\"a\":}",
      "{\"a\":1,}",
      "{'a':1}",
      "{a:1}",
      "{\"a\":01}",
      "{\"a\":1}x",
      "{\"a\":1}{}",
      "{\"a\":\"\n\"}",
      "{\"a\":\"\\ud800\"}",
      "{\"a\":\"\xff\"}",
      "{\"\xc3\x28\":1}",
      "{\"a\":NaN}",
      std::string("{\"a\":\"x\"}\0", 10),
      std::string("{\"a\":\"\0\"}", 9),
      std::string(1, '\0'),
      std::string(1'000'000, '{'),
      std::string(1'000'000, '['),
      "{\"a\":\"" + std::string(1'000'000, 'x'),
  };
  for (const auto& text : texts) {
    SCOPED_TRACE(text.substr(0, 40));
    const ParsedParams parsed = parse_params(text);
    ASSERT_TRUE(parsed.error);
    EXPECT_FALSE(parsed.error->reason.empty());
    EXPECT_LT(parsed.error->reason.size(), 200u);
    EXPECT_TRUE(parsed.params.empty());
  }
}

TEST(Params, WhatATrackerInPhpWouldTakeForAColumnIsReservedToo) {
  for (const char* name : {" subid", "   status", "subid[]", "tid[x]", "payout[", " return[0][1]",
                           "cost\\u0000x", "status\\u0000"}) {
    SCOPED_TRACE(name);
    const ParsedParams parsed = parse_params(std::string("{\"") + name + "\":\"x\"}");
    ASSERT_TRUE(parsed.error);
    EXPECT_TRUE(parsed.params.empty());
  }
  EXPECT_THAT(parse_params(R"({" revenue[]":"1"})").error->reason, HasSubstr("is the payout"));
  for (const char* name :
       {"subid ", "SubID", "sub_id_1[]", "xsubid", "[subid]", " ", "\\u0000subid", "sub.id"}) {
    SCOPED_TRACE(name);
    EXPECT_FALSE(parse_params(std::string("{\"") + name + "\":\"x\"}").error);
  }
}

TEST(Params, LongerThanCanBeSentIsAnError) {
  const std::string head = "{\"a\":\"";
  const std::string most = head + std::string(256 * 1024 - head.size() - 2, 'x') + "\"}";
  EXPECT_FALSE(parse_params(most).error);
  EXPECT_THAT(parse_params(most + " ").error->reason, HasSubstr("longer than 256 KiB"));
}

TEST(Params, ALargeObjectIsRead) {
  std::string text = "{\"long\":\"" + std::string(100'000, 'x') + "\"";
  for (int i = 0; i < 10'000; ++i) text += ",\"p" + std::to_string(i) + "\":" + std::to_string(i);
  text += "}";
  const ParsedParams parsed = parse_params(text);
  EXPECT_FALSE(parsed.error);
  EXPECT_EQ(parsed.params.size(), 10'001u);
}

TEST(Params, AReasonIsOneHarmlessLine) {
  const ParsedParams parsed = parse_params("{\"" + std::string(500, 'n') + "\\u001b[31m\":{}}");
  ASSERT_TRUE(parsed.error);
  EXPECT_LT(parsed.error->reason.size(), 200u);
  EXPECT_EQ(parse_params("{\"a\\n\\u001b\":[]}").error->reason.find('\n'), std::string::npos);
  EXPECT_EQ(parse_params("{\"a\\n\\u001b\":[]}").error->reason.find('\x1b'), std::string::npos);
}

TEST(CanonicalParams, AllSpellingsOfTheSameParametersGiveOneText) {
  const std::vector<std::string> same = {R"({"a":"1","b":"x\u00e9"})", R"({ "b" : "xé", "a" : 1 })",
                                         R"({"\u0061":"1","c":null,"b":"xé"})"};
  for (const auto& json : same)
    EXPECT_EQ(canonical_params(parse_params(json).params), R"({"a":"1","b":"xé"})") << json;
  EXPECT_EQ(canonical_params({}), "");
  EXPECT_EQ(canonical_params(parse_params("{\"a\":null}").params), "");
  EXPECT_NE(canonical_params({{"n", "1.5"}}), canonical_params({{"n", "1.50"}}));
}

TEST(CanonicalParams, AreReadBack) {
  const Params params = {{"a\"b", "\\\n\t\x01\x1f\x7f"}, {"nul", std::string("x\0y", 3)}, {"ü", "😀"}};
  EXPECT_EQ(parse_params(canonical_params(params)).params, params);
}

TEST(CanonicalParams, AnyBytesAreTakenAndToldApart) {
  const std::string bad = "\xff\xfe\xc3";
  EXPECT_EQ(canonical_params({{"a", bad}}), "{\"a\":\"" + bad + "\"}");
  EXPECT_NE(canonical_params({{"a", "\xff"}}), canonical_params({{"a", "\xfe"}}));
  EXPECT_NE(canonical_params({{"a", "1\",\"b\":\"2"}}), canonical_params({{"a", "1"}, {"b", "2"}}));
}

}  // namespace
}  // namespace keitaro_outbox::core
