// Thousands of schedules of reading back, in simulated time, over a tracker with every trouble that is known.
// KEITARO_OUTBOX_READBACK_SEEDS=N plays more of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include "ports/outbox_store.hpp"
#include "readback/model_tracker.hpp"
#include "readback/read_back.hpp"

namespace keitaro_outbox::readback_tests {
namespace {

using namespace std::chrono_literals;
using core::Status;
using core::Verdict;
using ports::Asked;

const WallTime kStart{Millis{1'700'000'000'000}};
constexpr auto kHorizon = 24h * 6;
constexpr auto kHealedAt = 24h * 3;
constexpr std::int64_t kFixedPayout = 70'000;  // In ten-thousandths.

struct Effort {
  int seeds = 120;
  Effort() {
    if (const char* const given = std::getenv("KEITARO_OUTBOX_READBACK_SEEDS")) seeds = std::atoi(given);
  }
};

struct Totals {
  std::int64_t conversions = 0;
  std::array<std::int64_t, core::kVerdicts> verdicts{};
  std::int64_t requests = 0;
};

/// One tracker's life: postbacks, troubles, people who change conversions by hand.
class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed), tracker_(clock_, random_, nature()) {
    store_.on_verdict = [this](const ModelStore::Entry& entry) { judge(entry); };
    const double store_fails = pick({0, 0, 0.2});
    store_.fails = [this, store_fails] { return chance() < store_fails; };
    fixed_payout_ = chance() < 0.3;
    rate_step_ = pick({0, 0.02, 0.04});
    policy_.currency = chance() < 0.5 ? "usd" : "";
    const int conversions = static_cast<int>(50 + 350 * chance());
    for (int i = 0; i < conversions; ++i) plan_conversion(i);
  }

  void play() {
    auto read_back = start();
    while (clock_.wall() < kStart + kHorizon) {
      if (chance() < 0.0005) read_back = start();  // The process starts anew.
      WallTime next;
      try {
        next = read_back->turn(store_).next;
      } catch (const ports::StoreError&) {
        next = clock_.wall() + 1s;
      }
      clock_.advance_to(std::max(next, clock_.wall() + 1ms));
    }
    for (const auto& [key, entry] : store_.entries()) {
      ++totals.verdicts[static_cast<std::size_t>(entry.verdict)];
      EXPECT_NE(entry.verdict, Verdict::unchecked) << key.first << " has no verdict in the end";
    }
    totals.conversions = static_cast<std::int64_t>(store_.entries().size());
    totals.requests = tracker_.requests;
    // A look at each of four times alone, and all of them halved, and twice a log: far from what is bounded
    // by the pauses.
    EXPECT_LT(tracker_.requests, 20 * totals.conversions + 3000);
  }

  Totals totals;

 private:
  ModelTracker::Nature nature() {
    ModelTracker::Nature nature;
    nature.hidden = pick({0, 0, 0.3, 0.9, 1});
    nature.gives_tids = chance() < 0.8;
    nature.gives_revenue = chance() < 0.8;
    nature.log_readable = chance() < 0.7;
    nature.most_ids = static_cast<std::size_t>(pick({200, 200, 60, 20}));
    nature.fails = pick({0, 0, 0.1, 0.5});
    const int spells = static_cast<int>(4 * chance());
    for (int i = 0; i < spells; ++i) {
      const WallTime from = kStart + some(0min, kHealedAt);
      constexpr std::array kTroubles{Asked::slow_down,   Asked::no_api,   Asked::wrong_path,
                                     Asked::key_refused, Asked::too_much, Asked::failed};
      nature.spells.emplace_back(from, std::min<WallTime>(from + some(1min, 30h), kStart + kHealedAt),
                                 kTroubles[static_cast<std::size_t>(6 * chance())]);
    }
    return nature;
  }

  std::unique_ptr<readback::ReadBack> start() {
    return std::make_unique<readback::ReadBack>(
        readback::ReadBack::Options{.tracker = "default", .policy = policy_}, tracker_, clock_, observer_);
  }

  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  double pick(std::vector<double> of) {
    return of[static_cast<std::size_t>(chance() * static_cast<double>(of.size()))];
  }
  Millis some(Millis from, Millis to) {
    return from + Millis{static_cast<std::int64_t>(chance() * static_cast<double>((to - from).count()))};
  }

  struct Planned {
    core::SentConversion sent;
    bool known_click = true;
  };

  void plan_conversion(int number) {
    Planned planned;
    core::SentConversion& sent = planned.sent;
    sent.subid = "c" + std::to_string(number);
    if (chance() < 0.3) sent.tid = "t" + std::to_string(number);
    set_status(sent, chance() < 0.5 ? Status::lead : Status::sale);
    if (chance() < 0.8) sent.payout = core::Amount::parse(std::to_string(1 + number % 40) + ".5");
    const double currency = chance();
    sent.currency = currency < 0.3 ? "" : currency < 0.6 ? "usd" : "eur";
    planned.known_click = chance() > 0.03;
    const WallTime at = kStart + some(0min, 20h);
    clock_.at(at, [this, planned] { deliver(planned); });
    if (chance() < 0.2) {
      Planned later = planned;
      set_status(later.sent, chance() < 0.5 ? Status::rejected : Status::sale);
      clock_.at(at + some(1s, 40h), [this, later] { deliver(later); });
    }
    if (chance() < 0.1 && !sent.tid.empty()) {
      Planned further = planned;
      further.sent.tid += "b";
      set_status(further.sent, Status::rebill);
      clock_.at(at + some(1s, 3h), [this, further] { deliver(further); });
    }
    if (chance() < 0.03) clock_.at(at + some(1s, 30h), [this, sent] { change_by_hand(sent); });
  }

  static void set_status(core::SentConversion& sent, Status status) {
    sent.status = status;
    sent.sent_status = name_of(status);
  }

  void deliver(Planned planned) {
    planned.sent.taken_in_at = clock_.wall();
    planned.sent.outbox_id = {++rows_};
    store_.take_in(planned.sent, clock_.wall() + policy_.verify_after);
    auto& log = tracker_.log[planned.sent.subid];
    log.push_back("Using \"" + planned.sent.subid + "\" as subid. Postback added to queue.");
    const double luck = chance();
    const Millis delay = luck < 0.9 ? some(11s, 36s) : luck < 0.97 ? some(1min, 20min) : some(20min, 10h);
    clock_.at(clock_.wall() + delay, [this, planned] { process(planned); });
  }

  void process(const Planned& planned) {
    const core::SentConversion& sent = planned.sent;
    auto& log = tracker_.log[sent.subid];
    if (!planned.known_click) return log.push_back("SubID not found \"" + sent.subid + "\"");
    const Key key{sent.subid, sent.tid};
    const auto newer = newest_.find(key);
    if (newer != newest_.end() && newer->second > sent.outbox_id) return;  // The queue keeps the order.
    if (sent.status == Status::rebill && !upsells_)
      return log.push_back("The offer does not allow upsells for subid " + sent.subid +
                           ". Postback ignored.");
    newest_[key] = sent.outbox_id;
    ModelTracker::Record& record = tracker_.records[key];
    record.status = name_of(sent.status);
    record.original_status = sent.sent_status;
    record.revenue = sent.payout ? booked(sent) : 0;
    record.by_hand = false;
    log.push_back("Subid " + sent.subid + " complete");
  }

  /// What the tracker makes of a payout: its rate of the day, or the offer's own amount.
  std::int64_t booked(const core::SentConversion& sent) {
    if (fixed_payout_ && std::hash<std::string>{}(sent.subid) % 4 == 0) return kFixedPayout;
    const auto day = static_cast<double>((sent.taken_in_at - kStart) / (24h));
    const double rate = sent.currency == "eur" ? 1.1 * (1 + rate_step_ * day) : 1;
    return static_cast<std::int64_t>(static_cast<double>(sent.payout->ten_thousandths()) * rate);
  }

  void change_by_hand(const core::SentConversion& sent) {
    const auto found = tracker_.records.find({sent.subid, sent.tid});
    if (found == tracker_.records.end()) return;
    if (chance() < 0.3) {
      tracker_.records.erase(found);
      return;
    }
    found->second.by_hand = true;
    if (chance() < 0.5) {
      found->second.status = found->second.status == "sale" ? "rejected" : "sale";
    } else {
      found->second.revenue = found->second.revenue * 2 + 30'000;
    }
  }

  /// Conversions that the key sees of the offer that pays a fixed amount. From few of them that cannot be
  /// told.
  std::int64_t of_fixed_payout() const {
    return std::ranges::count_if(tracker_.records, [this](const auto& entry) {
      return !tracker_.hides(entry.first.first) && !entry.second.by_hand &&
             entry.second.revenue == kFixedPayout;
    });
  }

  void judge(const ModelStore::Entry& entry) {
    const auto found = tracker_.records.find({entry.sent.subid, entry.sent.tid});
    const bool there = found != tracker_.records.end();
    switch (entry.verdict) {
      case Verdict::absent:
        EXPECT_FALSE(there) << entry.sent.subid << " is said to be absent: " << entry.sent.note;
        break;
      case Verdict::differs:
        ASSERT_TRUE(there);
        if (found->second.by_hand) break;
        if (found->second.status != name_of(entry.sent.status)) break;
        EXPECT_LT(of_fixed_payout(), 10) << entry.sent.subid << " is said to differ: " << entry.sent.note;
        break;
      case Verdict::recorded:
      case Verdict::unchecked:
      case Verdict::unknowable:
        break;
    }
  }

  std::mt19937_64 random_;
  ModelClock clock_{kStart};
  ModelStore store_;
  ModelTracker tracker_;
  readback::ReadBackObserver observer_;
  core::ReadBackPolicy policy_;
  std::map<Key, core::OutboxId> newest_;
  bool fixed_payout_ = false;
  double rate_step_ = 0;
  const bool upsells_ = chance() < 0.7;
  std::int64_t rows_ = 0;
};

TEST(ReadBackSimulation, NeverSaysFalselyThatSomethingIsAbsentOrDiffersAndHasEachVerdictInTheEnd) {
  Totals all;
  const int seeds = Effort().seeds;
  for (int seed = 1; seed <= seeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(static_cast<std::uint64_t>(seed));
    world.play();
    all.conversions += world.totals.conversions;
    all.requests += world.totals.requests;
    for (std::size_t i = 0; i < core::kVerdicts; ++i) all.verdicts[i] += world.totals.verdicts[i];
  }
  RecordProperty("conversions", std::to_string(all.conversions));
  std::printf("%d seeds, %lld conversions, %lld requests", seeds, static_cast<long long>(all.conversions),
              static_cast<long long>(all.requests));
  for (const Verdict verdict : core::kAllVerdicts)
    std::printf(", %lld %s", static_cast<long long>(all.verdicts[static_cast<std::size_t>(verdict)]),
                std::string(name_of(verdict)).c_str());
  std::printf("\n");
  if (seeds < 50) return;
  EXPECT_GT(all.verdicts[static_cast<std::size_t>(Verdict::absent)], 0);
  EXPECT_GT(all.verdicts[static_cast<std::size_t>(Verdict::differs)], 0);
  EXPECT_GT(all.verdicts[static_cast<std::size_t>(Verdict::unknowable)], 0);
}

/// Conversions one a second, or many, on a tracker that takes its usual 11 to 36 s.
void play_a_good_day(int conversions, Millis apart) {
  std::mt19937_64 random(1);
  ModelClock clock(kStart);
  ModelStore store;
  ModelTracker tracker(clock, random, {});
  readback::ReadBackObserver observer;
  const core::ReadBackPolicy policy;
  std::int64_t in_time = 0;
  store.on_verdict = [&](const ModelStore::Entry& entry) {
    if (entry.verdict == Verdict::recorded && clock.wall() - entry.sent.taken_in_at <= 5min) ++in_time;
  };
  for (int i = 0; i < conversions; ++i) {
    const WallTime at = kStart + i * apart;
    clock.at(at, [&, i] {
      core::SentConversion sent;
      sent.subid = "c" + std::to_string(i);
      sent.status = Status::sale;
      sent.sent_status = "sale";
      sent.taken_in_at = clock.wall();
      store.take_in(sent, clock.wall() + policy.verify_after);
    });
    clock.at(at + 11s + Millis{i % 25 * 1000}, [&, i] {
      tracker.records[{"c" + std::to_string(i), ""}].status = "sale";
    });
  }
  readback::ReadBack read_back({.tracker = "default", .policy = policy}, tracker, clock, observer);
  while (clock.wall() < kStart + conversions * apart + 10min)
    clock.advance_to(std::max(read_back.turn(store).next, clock.wall() + 1ms));
  std::printf("%d conversions, one each %lld ms: %lld requests, %lld recorded within 5 minutes\n",
              conversions, static_cast<long long>(apart.count()), static_cast<long long>(tracker.requests),
              static_cast<long long>(in_time));
  EXPECT_LE(static_cast<double>(tracker.requests), 1.1 * conversions / 100 + 1);
  EXPECT_EQ(in_time, conversions);
}

TEST(ReadBackSimulation, AGoodDayTakesOneRequestForAHundredConversionsAndFiveMinutes) {
  play_a_good_day(3000, 1000ms);
  play_a_good_day(20'000, 10ms);
}

}  // namespace
}  // namespace keitaro_outbox::readback_tests
