#include <gtest/gtest.h>

#include "report/json_value.hpp"

namespace keitaro_outbox::report {
namespace {

Json everything() {
  Json out{
      {"id", std::int64_t{-7}}, {"share", 0.5}, {"added", true}, {"tid", nullptr}, {"rows", Json::array()}};
  out["rows"].push_back({{"notes", std::vector<std::string>{"a", "b"}}, {"params", Json::object()}});
  out["id"] = 8;
  out["last"] = "new";
  return out;
}

TEST(Json, KeepsTheOrderInWhichItsMembersCame) {
  EXPECT_EQ(
      everything().line(),
      R"({"id":8,"share":0.5,"added":true,"tid":null,"rows":[{"notes":["a","b"],"params":{}}],"last":"new"})");
}

TEST(Json, IndentsWhatIsNotEmpty) {
  EXPECT_EQ(everything().page(), R"({
  "id": 8,
  "share": 0.5,
  "added": true,
  "tid": null,
  "rows": [
    {
      "notes": [
        "a",
        "b"
      ],
      "params": {}
    }
  ],
  "last": "new"
})");
}

TEST(Json, IsAsciiWhateverTheText) {
  EXPECT_EQ(Json("a\"\\\n\x1f").line(), R"("a\"\\\n\u001f")");
  EXPECT_EQ(Json("\xd1\x8f \xf0\x9f\x98\x80").line(), R"("\u044f \ud83d\ude00")");
  EXPECT_EQ(Json("cut \xd1").line(), R"("cut \ufffd")");
  EXPECT_EQ((Json{{"\xd1\x8f", 1}}).line(), R"({"\u044f":1})");
}

}  // namespace
}  // namespace keitaro_outbox::report
