#include "bench/plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace keitaro_outbox::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string svg(const Plot& plot) {
  std::ostringstream out;
  write_svg(out, plot);
  return out.str();
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST(Plot, DrawsEachCurveOfEachPanelWithItsNameAndMarksItsPoints) {
  const std::string picture =
      svg({.title = "a < b",
           .x_name = "rows",
           .panels = {{.y_name = "us",
                       .curves = {{"warm", {{1e4, 30}, {1e5, 31}, {1e7, 40}}}, {"cold", {{1e4, 50}}}}},
                      {.y_name = "ms", .logarithmic = true, .curves = {{"show", {{1e4, 3}, {1e7, 4000}}}}}}});
  EXPECT_THAT(picture, testing::StartsWith("<svg "));
  EXPECT_THAT(picture, HasSubstr("a &lt; b"));
  for (const char* text : {">warm<", ">cold<", ">show<", ">us<", ">ms<", ">10 M<", ">10 k<"}) {
    EXPECT_THAT(picture, HasSubstr(text));
  }
  EXPECT_EQ(count(picture, "<circle"), 6);
  EXPECT_EQ(count(picture, ">rows<"), 2) << "below each panel";
  EXPECT_THAT(picture, Not(HasSubstr("nan")));
}

TEST(Plot, PutsWhatIsMeasuredBetweenItsAxes) {
  for (const bool logarithmic : {false, true}) {
    const std::string picture =
        svg({.title = "",
             .x_name = "",
             .panels = {{.y_name = "", .logarithmic = logarithmic, .curves = {{"", {{10, 1}, {100, 10}}}}}}});
    EXPECT_THAT(picture, HasSubstr("points=\"52,")) << "the least x stands on the y axis";
    EXPECT_THAT(picture, HasSubstr("258,64 \"")) << "the most of both at the upper right";
  }
}

TEST(Plot, WithoutAnyPointIsStillAPicture) {
  for (const auto& panels : {std::vector<Panel>{}, {Panel{"y", true, {{"nothing", {}}}}}, {Panel{}}}) {
    const std::string picture = svg({.title = "nothing", .x_name = "x", .panels = panels});
    EXPECT_THAT(picture, Not(HasSubstr("nan")));
    EXPECT_THAT(picture, Not(HasSubstr("inf")));
  }
}

}  // namespace
}  // namespace keitaro_outbox::bench
