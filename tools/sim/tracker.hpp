#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/text/time.hpp"
#include "sim/conversion.hpp"
#include "sim/currency_rates.hpp"
#include "sim/postback_log.hpp"
#include "sim/postback_request.hpp"
#include "sim/verdict.hpp"

namespace keitaro_sim {

struct TrackerSettings {
  VerdictPolicy policy;
  CurrencyRates rates;
  std::optional<std::unordered_set<std::string>> clicks;  ///< The subids that exist; nullopt: all do.
  keitaro_outbox::core::Millis verdict_delay{0};          ///< From receipt to the look-up of the click.
  bool amounts_kept_when_omitted =
      true;  ///< A change without payout or cost leaves the old ones; otherwise they become 0.
  bool bad_amounts_count_as_zero = true;  ///< Otherwise the postback is ignored.
  std::optional<Money> offer_payout;      ///< What each conversion is worth, whatever its postback says.
  double rate_drift = 0;   ///< Each day's rates are up to this share above or below those of `rates`.
  double late_clicks = 0;  ///< Share of the clicks that are not known before `late_clicks_by` has passed
                           ///< since their first postback.
  keitaro_outbox::core::Millis late_clicks_by{0};
  bool unknown_currency_taken_as_own = true;  ///< Otherwise the postback is ignored.
  bool long_values_are_cut =
      true;  ///< To the width of a tracker's columns; otherwise the postback is ignored.
};

/// How often what happened, since the start.
struct TrackerCounts {
  std::uint64_t queued = 0;
  std::uint64_t incorrect = 0;  ///< Without a subid.
  std::uint64_t processed = 0;  ///< Of those queued.
  std::uint64_t duplicates =
      0;  ///< Processed, and in no fact different from the one before it for the same subid and tid.
  std::uint64_t rebills_counted_twice = 0;  ///< Rebills that took effect on a pair that had one before.
  std::map<Verdict, std::uint64_t> verdicts;
  std::uint64_t unusable_values = 0;  ///< Ignored for an amount, a currency or a length.
};

/// A simulated tracker without a clock: it takes postbacks in, and comes to its verdicts when it is told what
/// time it is. Not thread-safe.
class Tracker {
 public:
  explicit Tracker(TrackerSettings settings) : settings_(std::move(settings)) {}

  /// Writes the postback to the log and queues it; false when its subid is empty, which ends it at once.
  /// `url` is the request's, with the key, for the log; empty for none.
  bool receive(PostbackRequest request, keitaro_outbox::core::WallTime now, const std::string& url = {});

  /// Comes to a verdict on everything received `verdict_delay` or longer before `now`, in order of receipt.
  void process_due(keitaro_outbox::core::WallTime now);

  /// In order of creation, those that were deleted included.
  const std::deque<Conversion>& conversions() const { return conversions_; }
  const Conversion* find(std::string_view subid, std::string_view tid) const;
  /// The extra sub ids that postbacks gave the click, by number.
  std::map<int, std::string> sub_ids_of(std::string_view subid) const;
  /// Deletes or changes one as a person does in the panel: no postback tells of it.
  struct ByHand {
    bool remove = false;
    std::optional<std::string> status, original_status;
    std::optional<Money> revenue;
  };
  /// False when there is no such conversion.
  bool change_by_hand(std::uint64_t conversion_id, const ByHand& change);

  const TrackerSettings& settings() const { return settings_; }
  void set_settings(TrackerSettings settings) { settings_ = std::move(settings); }

  const PostbackLog& log() const { return log_; }
  PostbackLog& log() { return log_; }
  const TrackerCounts& counts() const { return counts_; }
  std::size_t waiting() const { return queue_.size(); }

 private:
  struct Queued {
    keitaro_outbox::core::WallTime received_at{};
    std::uint64_t jid = 0;
    PostbackRequest request;
  };
  struct Amounts {
    std::optional<Money> revenue;
    std::optional<Money> cost;
    std::string problem;  ///< Empty when all is well.
  };

  void process(Queued item, keitaro_outbox::core::WallTime now);
  bool click_exists(const std::string& subid, keitaro_outbox::core::WallTime at);
  std::string fit_widths(PostbackRequest& request) const;
  Amounts read_amounts(const PostbackRequest& request, keitaro_outbox::core::WallTime at) const;
  std::optional<Money> read_amount(const std::optional<std::string>& written, const std::string& currency,
                                   keitaro_outbox::core::WallTime at, std::string& problem) const;
  Verdict judge_request(const PostbackRequest& request, const Conversion* existing,
                        keitaro_outbox::core::WallTime at);
  void note_repeat(Conversion& conversion, const PostbackRequest& request);
  void apply(const Queued& item, Verdict verdict, const Amounts& amounts, Conversion* existing);

  TrackerSettings settings_;
  PostbackLog log_;
  TrackerCounts counts_;
  std::deque<Queued> queue_;
  std::uint64_t last_jid_ = 0;
  std::deque<Conversion> conversions_;
  std::unordered_map<std::string, keitaro_outbox::core::WallTime> first_asked_;  ///< Of late clicks.
  std::unordered_map<std::string, std::size_t> by_pair_;  ///< Places in `conversions_`.
  std::unordered_map<std::string, std::size_t> conversions_of_click_;
  std::unordered_map<std::string, std::map<int, std::string>> sub_ids_;
};

}  // namespace keitaro_sim
