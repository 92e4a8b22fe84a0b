#include "core/rules/status.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/rules/row.hpp"

namespace keitaro_outbox::core {
namespace {

TEST(Status, NamesAreReadBack) {
  for (const Status status : {Status::lead, Status::sale, Status::rejected, Status::rebill}) {
    EXPECT_EQ(status_named(name_of(status)), status);
  }
  for (const std::string name : {"", "Lead", " lead", "leads", "wait"})
    EXPECT_EQ(status_named(name), std::nullopt);
}

TEST(Status, IsNormalizedToLowerCaseWithoutSurroundingBlanks) {
  const struct {
    std::string written, normalized;
  } rows[] = {
      {"Sale", "sale"},
      {" approve ", "approve"},
      {"\t\r\nLEAD\v\f", "lead"},
      {"", ""},
      {"   ", ""},
      {"two words ", "two words"},
      {"ПРИНЯТ", "ПРИНЯТ"},
      {std::string("a\0B", 3), std::string("a\0b", 3)},
  };
  for (const auto& row : rows) EXPECT_EQ(normalized_status(row.written), row.normalized);
  EXPECT_EQ(normalized_status(std::string(1'000'000, 'A')), std::string(1'000'000, 'a'));
}

TEST(StatusMap, KnowsKeitarosStatusesAndTheFiveEventsOfAlterCpaTop) {
  const StatusMap map;
  const struct {
    std::string name;
    std::optional<Status> status;
  } rows[] = {
      {"lead", Status::lead},     {"sale", Status::sale},       {"rejected", Status::rejected},
      {"rebill", Status::rebill}, {"wait", Status::lead},       {"hold", Status::lead},
      {"approve", Status::sale},  {"cancel", Status::rejected}, {"trash", Status::rejected},
      {"paid", std::nullopt},     {"", std::nullopt},           {"Sale", std::nullopt},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(map.find(row.name), row.status);
  }
}

TEST(StatusMap, NamesCanBeAddedAndGivenAnotherMeaning) {
  StatusMap map;
  EXPECT_TRUE(map.set(" Paid ", Status::sale));
  EXPECT_TRUE(map.set("hold", Status::rejected));
  EXPECT_EQ(map.find("paid"), Status::sale);
  EXPECT_EQ(map.find("hold"), Status::rejected);
}

TEST(StatusMap, KeitarosOwnNamesKeepTheirMeaning) {
  StatusMap map;
  EXPECT_FALSE(map.set("SALE", Status::lead));
  EXPECT_EQ(map.find("sale"), Status::sale);
  EXPECT_TRUE(map.set("sale", Status::sale));
  EXPECT_EQ(map.list_for(Status::sale), "approve");
}

TEST(StatusMap, EmptyNamesAndNamesWithACommaAreTurnedAway) {
  StatusMap map;
  for (const std::string name : {"", "  ", "a,b", ","}) EXPECT_FALSE(map.set(name, Status::lead)) << name;
  EXPECT_EQ(map.list_for(Status::lead), "hold,wait");
}

TEST(StatusMap, ListsHoldTheOtherNamesInAlphabeticalOrder) {
  StatusMap map;
  EXPECT_EQ(map.list_for(Status::lead), "hold,wait");
  EXPECT_EQ(map.list_for(Status::sale), "approve");
  EXPECT_EQ(map.list_for(Status::rejected), "cancel,trash");
  EXPECT_EQ(map.list_for(Status::rebill), "");
  map.set("accepted", Status::sale);
  map.set("wait", Status::sale);
  EXPECT_EQ(map.list_for(Status::lead), "hold");
  EXPECT_EQ(map.list_for(Status::sale), "accepted,approve,wait");
}

TEST(State, NamesAreReadBack) {
  for (const State state :
       {State::pending, State::delivered, State::duplicate, State::refused, State::dead, State::cancelled}) {
    EXPECT_EQ(state_named(name_of(state)), state);
  }
  for (const std::string name : {"", "Pending", "done", "lead"}) EXPECT_EQ(state_named(name), std::nullopt);
}

}  // namespace
}  // namespace keitaro_outbox::core
