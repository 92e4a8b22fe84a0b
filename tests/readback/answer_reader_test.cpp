#include "readback/answer_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_outbox::readback {
namespace {

TEST(AnswerReader, NumbersAreReadAsTheyAreWritten) {
  struct Case {
    std::string json;
    std::optional<std::string> revenue;
  };
  for (const Case& c : std::vector<Case>{{"12.50", "12.50"},
                                         {"0.1", "0.1"},
                                         {"12", "12"},
                                         {"-3", "-3"},
                                         {"-0", "0"},
                                         {"100000000000000.0001", "100000000000000.0001"},
                                         {"99999999999999999999", "99999999999999999999"},
                                         {"1.25e1", "12.5"},
                                         {"125E-3", "0.125"},
                                         {"1e+2", "100"},
                                         {"\"12.5000\"", "12.5000"},
                                         {"\" 7 \"", "7"},
                                         {"\"007.10\"", "7.10"},
                                         {"\"12,5\"", std::nullopt},
                                         {"\"1 000\"", std::nullopt},
                                         {"\"\"", std::nullopt},
                                         {"\"$5\"", std::nullopt},
                                         {"\"1e\"", std::nullopt},
                                         {"\"1e99\"", std::nullopt},
                                         {"\".5\"", std::nullopt},
                                         {"null", std::nullopt},
                                         {"true", std::nullopt},
                                         {"{\"a\":1}", std::nullopt},
                                         {"[1]", std::nullopt}}) {
    const auto page =
        read_conversions_page(R"({"rows":[{"sub_id":"a","revenue":)" + c.json + "}]}", Columns{});
    ASSERT_EQ(page.problem, "") << c.json;
    EXPECT_EQ(page.rows.at(0).conversion.revenue, c.revenue) << c.json;
  }
}

TEST(AnswerReader, RowsMayBeKeyedByTheOtherNames) {
  const auto page = read_conversions_page(
      R"({"meta":[{"sub_id":"no"}],"rows":[{"sub_id":77,"event_id":"e5","datetime":"2026-05-01 00:00:00","tid":null}],"total":"1"})",
      Columns{});
  ASSERT_EQ(page.problem, "");
  ASSERT_EQ(page.rows.size(), 1U);
  EXPECT_EQ(page.rows[0].id, "e5");
  EXPECT_EQ(page.rows[0].conversion.subid, "77");
  EXPECT_EQ(page.rows[0].conversion.tid, "");
  EXPECT_EQ(page.rows[0].conversion.recorded_at, "2026-05-01 00:00:00");
  EXPECT_EQ(page.total, 1);
}

TEST(AnswerReader, ATotalThatIsNoneIsAbsent) {
  for (const std::string total : {"-1", "1.5", "\"many\"", "null", "{}", "[3]", "1e3"})
    EXPECT_EQ(read_conversions_page(R"({"rows":[],"total":)" + total + "}", Columns{}).total, std::nullopt)
        << total;
}

TEST(AnswerReader, WhatIsNoAnswerIsAProblem) {
  const std::string deep(200'000, '[');
  std::string many = R"({"rows":[)";
  for (int i = 0; i < 20'001; ++i) many += R"({"sub_id":"a"},)";
  many.back() = ']';
  for (const std::string& body : std::vector<std::string>{"",
                                                          " ",
                                                          "null",
                                                          "7",
                                                          "\"x\"",
                                                          "[]",
                                                          "{}",
                                                          "{\"rows\":{}}",
                                                          "{\"rows\":[1]}",
                                                          "{\"rows\":[null]}",
                                                          "{\"rows\":[[]]}",
                                                          "{\"rows\":[{}]}",
                                                          "{\"rows\":[]",
                                                          "{\"rows\":[]}x",
                                                          "{\"rows\":[{\"sub_id\":\"\"}]}",
                                                          "{\"rows\":[{\"sub_id\":{}}]}",
                                                          "{\"rows\":[{\"sub_id\":\"\xff\"}]}",
                                                          "{\"rows\":[{\"sub_id\":\"a\",\"x\":1e999}]}",
                                                          deep,
                                                          "{\"x\":" + deep,
                                                          many + "}"}) {
    const auto page = read_conversions_page(body, Columns{});
    EXPECT_NE(page.problem, "") << body.substr(0, 100);
    EXPECT_TRUE(page.rows.empty()) << body.substr(0, 100);
  }
  for (const std::string& body :
       std::vector<std::string>{"", "{}", "{\"rows\":[]}", "[1]", "[{}]", "[{\"message\":\"\"}]", "[", deep})
    EXPECT_NE(read_log_page(body).problem, "") << body.substr(0, 100);
}

TEST(AnswerReader, NestedValuesArePassedOver) {
  const auto page = read_conversions_page(
      R"({"a":{"rows":[{"sub_id":"no"}]},"rows":[{"x":{"sub_id":"no","y":[{"sub_id":"no"}]},"sub_id":"a"}],"b":[[{"rows":1}]]})",
      Columns{});
  ASSERT_EQ(page.problem, "");
  ASSERT_EQ(page.rows.size(), 1U);
  EXPECT_EQ(page.rows[0].conversion.subid, "a");
}

}  // namespace
}  // namespace keitaro_outbox::readback
