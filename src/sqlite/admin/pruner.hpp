#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "sqlite/durability/lock_duty_cycle.hpp"

namespace keitaro_outbox::sqlite {

/// How much was deleted, or would be.
struct Pruned {
  std::int64_t rows = 0;
  std::int64_t attempts = 0;  ///< Those of these rows included.
  std::int64_t conversions = 0;

  Pruned& operator+=(const Pruned& other);
  bool any() const { return rows + attempts + conversions > 0; }
};

/// Which finished rows to delete: those that fit all that is set. Pending ones never do.
struct PruneFilter {
  core::WallTime before;            ///< Finished before then.
  std::vector<core::State> states;  ///< Any of these; empty for all.
  std::optional<std::string> tracker;
};

struct PruningOptions {
  bool dry_run = false;
  /// End a walk at the first stretch of rows that are all too young, trusting that ids follow time. Else it
  /// goes to the end of the table.
  bool end_at_young_rows = false;
  /// The write lock is left alone for so much longer than it was held.
  double pause_per_hold = 2;
  core::Millis least_pause{5};
  /// Pause too after a step that deleted nothing, to spare the processor and the disk.
  bool pause_after_looks = false;
  /// How long a step waits for another's lock.
  core::Millis busy_limit = std::chrono::seconds{60};
  /// Told after each commit how many pages the write-ahead log has; may be empty.
  std::function<void(int pages)> on_wal_growth;
};

/// Deletes what is old in short transactions, walking through each table in small steps: each call looks at
/// the next stretch, and deletes what fits in it. A walk that is broken off is begun anew without loss: what
/// was deleted is not met again. All calls throw ports::StoreError; what was deleted before stays so. One
/// thread at a time.
class Pruner {
 public:
  /// Opens an existing database file whose schema is the one we know.
  Pruner(const std::string& path, PruningOptions options);
  ~Pruner();
  Pruner(const Pruner&) = delete;
  Pruner& operator=(const Pruner&) = delete;

  /// What a step has done, or nullopt when the walk is at its end; the next call begins a new one. A step
  /// does not wait for pause_until().
  std::optional<Pruned> rows(const PruneFilter& filter);
  std::optional<Pruned> attempts(core::WallTime before);
  std::optional<Pruned> conversions(core::WallTime before);

  /// Not before then should the next step be made.
  LockDutyCycle::Clock::time_point pause_until() const;

  /// How far the walk through the rows is: from 0 to 1, by ids.
  double rows_walked() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
