// Moves, duplicates and rebills are judged by the click id and tid that the requests carry.
#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

delivery::TrackerSpec by_template(const std::vector<std::string>& statuses, const std::string& address) {
  delivery::TrackerSpec spec = tracker_named("default");
  for (const std::string& status : statuses) {
    const std::string url = "http://default.test/key/postback?" + address + "&return=OK";
    EXPECT_EQ(spec.rules.templates.add("", status, url, spec.rules.statuses), "");
  }
  return spec;
}

std::string states(World& world) {
  return world.database.text("SELECT group_concat(state, ' ') FROM (SELECT state FROM outbox ORDER BY id)");
}

TEST(Ledger, WhereTemplatesSendNoTidRowsWithDifferentTidsAreOneConversion) {
  World world({.trackers = {by_template({"sale", "lead", "rejected"},
                                        "subid={click}&status={status}&payout={payout}")}});
  int tid = 0;
  for (const char* status : {"sale", "lead", "rejected", "sale", "sale"})
    world.database.insert({.status = status, .tid = "t" + std::to_string(++tid), .payout = "5"});
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(states(world), "delivered refused delivered refused refused");
  EXPECT_EQ(world.receiver.story_of("default", "click"), "sale rejected");
}

TEST(Ledger, ARebillGoesOutOnceForEachTidThatTheTemplateSends) {
  World world({.trackers = {by_template({"rebill"}, "subid={click}&status=rebill&tid={sub_id_3}")}});
  int column = 0;
  for (const char* order : {"a", "a", "b"}) {
    world.database.insert({.status = "rebill",
                           .tid = "column" + std::to_string(++column),
                           .params = R"({"sub_id_3":")" + std::string(order) + R"("})"});
  }
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(states(world), "delivered duplicate delivered");
}

TEST(Ledger, BothSpellingsOfAClickWithDotsAreOneClickWhereDashesBecomeDots) {
  delivery::TrackerSpec spec = tracker_named("default");
  spec.rules.click_dashes = core::ClickDashes::to_dots;
  World world({.trackers = {spec}});
  for (const char* subid : {"a-b", "a.b", "a-b", "a.b"})
    world.database.insert({.subid = subid, .status = "rebill", .tid = "t"});
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(states(world), "delivered duplicate duplicate duplicate");
  EXPECT_EQ(world.transport.requests_made(), 1);
}

TEST(Ledger, ARebillThatAPageSwallowedIsSentAgainWhenAnOperatorAsks) {
  World world;
  const auto first = world.database.insert({.status = "rebill", .tid = "t"});
  const auto second = world.database.insert({.status = "rebill", .tid = "t"});
  world.start_worker();
  ASSERT_TRUE(world.run_until_drained());
  ASSERT_EQ(states(world), "delivered duplicate");
  world.database.sql("UPDATE outbox SET state = 'pending', due_at = 0");
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_EQ(states(world), "delivered duplicate");
  EXPECT_EQ(world.receiver.times_taken_in(first), 2);
  EXPECT_EQ(world.receiver.times_taken_in(second), 0);
}

}  // namespace
}  // namespace keitaro_outbox::simulation
