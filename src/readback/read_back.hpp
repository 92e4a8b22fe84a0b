#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/readback/schedule.hpp"
#include "core/readback/seen_amounts.hpp"
#include "core/readback/verdict.hpp"
#include "core/text/time.hpp"
#include "ports/clock.hpp"
#include "ports/read_back_store.hpp"
#include "ports/tracker_records.hpp"

namespace keitaro_outbox::readback {

using VerdictCounts = std::array<std::int64_t, core::kVerdicts>;

/// Told of what reading back does. Called by its thread; must not throw.
class ReadBackObserver {
 public:
  virtual ~ReadBackObserver() = default;
  virtual void on_requests(std::string_view /*tracker*/, ports::Asked, std::int64_t /*requests*/) {}
  /// Verdicts that were written; those that are asked after again are not among them.
  virtual void on_verdicts(std::string_view /*tracker*/, const VerdictCounts&,
                           std::span<const ports::ConcludedConversion> /*all that were asked after*/) {}
  /// The tracker cannot be asked. Called when trouble begins, and when it becomes another.
  virtual void on_trouble(std::string_view /*tracker*/, ports::Asked, std::string_view /*error*/) {}
  virtual void on_recovered(std::string_view /*tracker*/) {}
};

/// Asks one tracker what became of the conversions that it took in. One thread at a time; time is the
/// clock's, so that a test can simulate it.
class ReadBack {
 public:
  struct Options {
    std::string tracker;
    core::ReadBackPolicy policy;
    bool hold_batches = true;  ///< False: ask at once for whatever is due.
  };

  /// What a turn came to.
  struct Turn {
    core::WallTime next{};     ///< When to call again; an earlier call does no harm.
    bool nothing_due = false;  ///< There was nothing to ask for.
  };

  /// Why the tracker cannot be asked at present.
  struct Trouble {
    ports::Asked asked = ports::Asked::failed;
    std::string error;
  };

  /// All must outlive it.
  ReadBack(Options options, ports::TrackerRecords& records, const ports::Clock& clock,
           ReadBackObserver& observer);

  /// Asks for one batch at most, and writes what follows. Throws StoreError: then nothing is lost, and the
  /// next turn goes on.
  Turn turn(ports::ReadBackStore& store);

  const std::optional<Trouble>& trouble() const { return trouble_; }
  /// For how long the conversion that is due longest has been so, as of the last turn.
  core::Millis overdue() const { return overdue_; }

 private:
  /// What was answered, by click id.
  using ByClick = std::map<std::string_view, std::vector<const ports::RecordedConversion*>>;

  /// False where the tracker does not answer.
  bool ask(ports::ReadBackStore& store, std::span<const core::SentConversion> due, const core::Batch& batch);
  void read(ports::ReadBackStore& store, std::span<const core::SentConversion> due, const core::Batch& batch,
            const ports::RecordsAnswer& answer);
  void failed(ports::ReadBackStore& store, ports::Asked asked, const std::string& error,
              std::optional<core::Millis> retry_after, std::size_t asked_for);
  void give_up_old(ports::ReadBackStore& store, const std::string& why);
  bool look_at_others(ports::ReadBackStore& store, const core::SentConversion& near);
  void note_amounts(std::span<const core::SentConversion> sent, const ByClick& clicks, bool tids_given);
  void write(ports::ReadBackStore& store);
  std::optional<core::Conclusion> by_log(const core::SentConversion& sent, const core::Finding& finding);
  void set_trouble(ports::Asked asked, const std::string& error);
  core::Millis next_pause(ports::Asked asked);

  const Options options_;
  ports::TrackerRecords& records_;
  const ports::Clock& clock_;
  ReadBackObserver& observer_;

  std::vector<core::SentConversion> window_;  ///< Due, and not asked after yet; oldest `check_at` first.
  core::WallTime window_read_at_{};

  core::SeenAmounts amounts_;
  bool looked_at_others_ = false;
  std::vector<ports::ConcludedConversion> unwritten_;
  std::optional<core::WallTime> shown_at_;  ///< When the key last showed one of ours.
  std::optional<core::WallTime> noted_at_;  ///< What the store knows of it.
  bool shown_was_read_ = false;

  std::size_t limit_ = core::kMostInBatch;    ///< Click ids in a request.
  std::size_t ceiling_ = core::kMostInBatch;  ///< More have failed, until `ceiling_until_`.
  core::WallTime ceiling_until_{};
  core::WallTime paused_until_{};
  int failures_ = 0;  ///< One after another.
  std::optional<Trouble> trouble_;
  core::Millis overdue_{};
};

}  // namespace keitaro_outbox::readback
