#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "ports/clock.hpp"
#include "ports/read_back_store.hpp"
#include "ports/tracker_records.hpp"

namespace keitaro_outbox::readback_tests {

using core::Millis;
using core::WallTime;

using Key = std::pair<std::string, std::string>;  ///< Click id and tid.

/// Simulated time; what is to happen happens as it passes.
class ModelClock final : public ports::Clock {
 public:
  explicit ModelClock(WallTime start) : now_(start) {}
  WallTime wall() const override { return now_; }
  core::SteadyTime steady() const override { return core::SteadyTime{now_.time_since_epoch()}; }

  void at(WallTime time, std::function<void()> what) { events_.emplace(time, std::move(what)); }
  void advance_to(WallTime time);

 private:
  WallTime now_;
  std::multimap<WallTime, std::function<void()>> events_;
};

/// `conversions` in memory, with the rules of the real one.
class ModelStore final : public ports::ReadBackStore {
 public:
  struct Entry {
    core::SentConversion sent;
    core::Verdict verdict = core::Verdict::unchecked;
    std::optional<WallTime> check_at;
  };

  /// Called for each verdict that is written.
  std::function<void(const Entry&)> on_verdict;
  /// Asked before each write; true makes it throw.
  std::function<bool()> fails;

  /// The tracker has taken in a postback.
  void take_in(core::SentConversion sent, std::optional<WallTime> check_at);
  const std::map<Key, Entry>& entries() const { return entries_; }

  std::vector<core::SentConversion> due(std::string_view, WallTime now, std::size_t limit) override;
  std::optional<WallTime> next_check(std::string_view) override;
  std::int64_t write(std::string_view, std::span<const ports::ConcludedConversion> concluded,
                     WallTime now) override;
  std::optional<WallTime> shown_at(std::string_view) override { return shown_at_; }
  void note_shown(std::string_view, WallTime at) override { shown_at_ = at; }
  std::vector<ports::LedgerConversion> walk(std::string_view, const core::LedgerKey& after,
                                            std::size_t limit) override;
  std::optional<ports::LedgerConversion> find(std::string_view, const core::LedgerKey& key) override;
  std::int64_t ask(std::string_view, std::span<const core::LedgerKey>, WallTime) override { return 0; }
  std::array<std::int64_t, core::kVerdicts> in_doubt(std::string_view) override { return {}; }
  bool is_of_another_database() const override { return false; }

 private:
  void set_check(const Key& key, Entry& entry, std::optional<WallTime> at);

  std::map<Key, Entry> entries_;
  std::set<std::pair<WallTime, Key>> checks_;
  std::optional<WallTime> shown_at_;
};

/// A tracker with all the troubles that are known of its Admin API.
class ModelTracker final : public ports::TrackerRecords {
 public:
  struct Record {
    std::string status;
    std::string original_status;
    std::int64_t revenue = 0;  ///< In ten-thousandths.
    bool by_hand = false;      ///< Changed by a person.
  };

  /// How it behaves. Shares are from 0 to 1.
  struct Nature {
    double hidden = 0;  ///< Of the clicks: the key does not see them.
    bool gives_tids = true;
    bool gives_revenue = true;
    bool log_readable = true;
    std::size_t most_ids = 200;                                        ///< More in a request are too much.
    double fails = 0;                                                  ///< Of the requests, for no reason.
    std::vector<std::tuple<WallTime, WallTime, ports::Asked>> spells;  ///< Troubles from, to.
  };

  ModelTracker(ModelClock& clock, std::mt19937_64& random, Nature nature)
      : clock_(clock), random_(random), nature_(std::move(nature)) {}

  std::map<Key, Record> records;
  std::map<std::string, std::vector<std::string>, std::less<>> log;  ///< By click, newest last.
  std::int64_t requests = 0;
  std::int64_t asked_for = 0;  ///< Click ids in all requests.

  ports::RecordsAnswer conversions(std::span<const std::string> subids,
                                   const ports::RecordRange& range) override;
  ports::RecordsAnswer all_conversions(const ports::RecordRange&) override { return {}; }
  ports::LogAnswer postback_log(std::string_view subid) override;

  /// Whether the key does not see the click.
  bool hides(std::string_view subid) const;
  /// A number from 0 to below 1.
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

 private:
  ports::Asked request(std::size_t ids);

  ModelClock& clock_;
  std::mt19937_64& random_;
  const Nature nature_;
};

}  // namespace keitaro_outbox::readback_tests
