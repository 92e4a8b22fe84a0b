#include "delivery/row_version.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace keitaro_outbox::delivery {
namespace {

struct Sent {
  core::Row row;
  std::string url = "https://tracker.example/key/postback?subid=click&status=lead";
  std::string sentinel = "OK";

  std::uint64_t version() const { return version_of(row, url, sentinel); }
};

Sent sent() {
  Sent it;
  it.row.id = {7};
  it.row.tracker = "default";
  it.row.subid = "click";
  it.row.status = "lead";
  it.row.tid = "t1";
  it.row.payout = "1.50";
  return it;
}

TEST(RowVersion, IsTheSameForTheSameTryOfTheSameRow) {
  EXPECT_EQ(sent().version(), sent().version());
}

TEST(RowVersion, IsAnotherOneForAnyChangeOfWhatIsSent) {
  struct Case {
    const char* what;
    std::function<void(Sent&)> change;
  };
  const std::vector<Case> cases{
      {"another row", [](Sent& it) { it.row.id = {8}; }},
      {"another try", [](Sent& it) { it.row.attempts = 1; }},
      {"sent again by hand", [](Sent& it) { it.row.due_at = core::wall_time(5'000); }},
      {"inserted at another time", [](Sent& it) { it.row.created_at = core::wall_time(5'000); }},
      {"another tracker", [](Sent& it) { it.row.tracker = "second"; }},
      {"a campaign", [](Sent& it) { it.row.campaign = "spring"; }},
      {"another subid", [](Sent& it) { it.row.subid = "other"; }},
      {"another status", [](Sent& it) { it.row.status = "sale"; }},
      {"another tid", [](Sent& it) { it.row.tid = "t2"; }},
      {"another payout", [](Sent& it) { it.row.payout = "1.51"; }},
      {"no payout", [](Sent& it) { it.row.payout.reset(); }},
      {"a cost", [](Sent& it) { it.row.cost = "1"; }},
      {"a currency", [](Sent& it) { it.row.currency = "EUR"; }},
      {"an empty currency", [](Sent& it) { it.row.currency = ""; }},
      {"parameters", [](Sent& it) { it.row.params = "{}"; }},
      {"a letter moved from one text to the next",
       [](Sent& it) {
         it.row.status = "lea";
         it.row.tid = "dt1";
       }},
      {"another host",
       [](Sent& it) { it.url = "https://elsewhere.example/key/postback?subid=click&status=lead"; }},
      {"another query", [](Sent& it) { it.url += "&from=x"; }},
      {"another sentinel", [](Sent& it) { it.sentinel = "done"; }},
  };
  for (const Case& c : cases) {
    Sent changed = sent();
    c.change(changed);
    EXPECT_NE(changed.version(), sent().version()) << c.what;
  }
}

TEST(RowVersion, DoesNotTellTheKey) {
  Sent other_key = sent();
  other_key.url = "https://tracker.example/another/postback?subid=click&status=lead";
  EXPECT_EQ(other_key.version(), sent().version());
}

}  // namespace
}  // namespace keitaro_outbox::delivery
