#include "config/nearest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace keitaro_outbox::config {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("drian", "drain"), 1U);
}

struct NearestCase {
  std::string_view written;
  std::optional<std::string_view> meant;
};

class Nearest : public testing::TestWithParam<NearestCase> {};

TEST_P(Nearest, IsTheNameThatWasMostLikelyMeant) {
  static constexpr std::array<std::string_view, 5> kKnown{"subid", "rejected_status", "sale_status", "payout",
                                                          "tid"};
  EXPECT_EQ(nearest(GetParam().written, kKnown), GetParam().meant);
}

INSTANTIATE_TEST_SUITE_P(Table, Nearest,
                         testing::Values(NearestCase{"reject_status", "rejected_status"},
                                         NearestCase{"sub_id", "subid"}, NearestCase{"SubID", "subid"},
                                         NearestCase{"sale-status", "sale_status"},
                                         NearestCase{"payuot", "payout"}, NearestCase{"tid", "tid"},
                                         NearestCase{"campaign", {}}, NearestCase{"utm_source", {}},
                                         NearestCase{"", {}}));

TEST(Nearest, AVeryLongNameIsNearToNothing) {
  static constexpr std::array<std::string_view, 1> kKnown{"subid"};
  EXPECT_EQ(nearest(std::string(100'000, 's'), kKnown), std::nullopt);
}

}  // namespace
}  // namespace keitaro_outbox::config
