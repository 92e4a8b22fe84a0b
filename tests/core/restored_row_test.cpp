#include "core/readback/restored_row.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace keitaro_outbox::core {
namespace {

Postback sent_of(Status status, const std::string& payout = "", const std::string& currency = "") {
  Postback postback;
  postback.status = status;
  postback.sent_status = name_of(status);
  postback.payout = Amount::parse(payout);
  postback.currency = currency;
  return postback;
}

TEST(RestoredRow, WasSentWhereTheTrackersRecordsShowItOrALaterOneOfItsConversion) {
  struct Case {
    std::vector<Postback> rows;
    std::string status;
    std::string revenue;
    std::size_t recorded;
  };
  const std::vector<Case> table{
      {{sent_of(Status::lead), sent_of(Status::sale, "5")}, "sale", "5", 2},
      {{sent_of(Status::lead), sent_of(Status::sale, "5")}, "lead", "0", 1},
      {{sent_of(Status::lead), sent_of(Status::sale, "5")}, "rejected", "0", 0},
      {{sent_of(Status::sale, "5")}, "sale", "6", 0},
      {{sent_of(Status::sale, "5", "usd")}, "sale", "5", 1},
      {{sent_of(Status::sale, "5", "eur")}, "sale", "5", 0},  // It cannot be compared.
      {{sent_of(Status::sale, "5")}, "", "5", 0},
      {{sent_of(Status::sale, "5")}, "sale", "", 0}};
  for (const Case& c : table) {
    RecordedConversion recorded;
    recorded.subid = "a";
    recorded.tid = "t";
    recorded.status = c.status;
    if (!c.revenue.empty()) recorded.revenue = c.revenue;
    EXPECT_EQ(rows_recorded(c.rows, "a", "t", {&recorded, 1}, "usd"), c.recorded) << c.status << c.revenue;
    EXPECT_EQ(rows_recorded(c.rows, "a", "", {&recorded, 1}, "usd"), 0U) << "of another transaction";
  }
  EXPECT_EQ(rows_recorded({}, "a", "t", {}, "usd"), 0U);
}

}  // namespace
}  // namespace keitaro_outbox::core
