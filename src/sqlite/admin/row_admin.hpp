#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/rules/row.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::sqlite {

/// Which rows to change: those that fit all that is set.
struct RowFilterForAdmin {
  std::vector<core::State> states;  ///< Any of these; at least one.
  std::optional<std::string> tracker;
  std::optional<core::WallTime> before;  ///< Finished before then, or, still pending, created before then.
};

/// What came of one row that was named by its id.
enum class RowAdminResult : std::uint8_t {
  changed,
  missing,  ///< No such row.
  unfit     ///< Its state does not allow it.
};

/// Rows to be sent one after the other.
struct Pace {
  core::WallTime from;
  double rows_a_second = 1;

  /// When the row is due before which there are `earlier` ones.
  core::WallTime due_at(std::int64_t earlier) const;
};

/// What an operator changes in the outbox; the running worker notices at once. Works in short transactions,
/// with pauses, so that the application is never held up. All calls throw ports::StoreError; what was
/// committed before that stays.
class RowAdmin {
 public:
  /// Opens an existing database file whose schema is the one we know.
  explicit RowAdmin(const std::string& path);
  ~RowAdmin();
  RowAdmin(const RowAdmin&) = delete;
  RowAdmin& operator=(const RowAdmin&) = delete;

  /// Has rows sent (again), in order of id: at once, or spread over time. Pending rows in backoff are taken
  /// along; those that were only scheduled stay as they are. Gives the number of rows changed. Rows inserted
  /// after the call began are left alone.
  std::int64_t retry(const RowFilterForAdmin& filter, const std::optional<Pace>& pace = std::nullopt);

  /// The same for one row, whatever its state; a scheduled row is sent too.
  RowAdminResult retry(core::OutboxId id, std::optional<core::WallTime> due_at = std::nullopt);

  /// Takes pending rows out. `filter.states` must be just `pending`.
  std::int64_t cancel(const RowFilterForAdmin& filter);
  RowAdminResult cancel(core::OutboxId id);

  /// How many rows retry() or cancel() would change, and what would come of one row. Change nothing.
  std::int64_t count_for_retry(const RowFilterForAdmin& filter);
  std::int64_t count_for_cancel(const RowFilterForAdmin& filter);
  RowAdminResult judge_retry(core::OutboxId id);
  RowAdminResult judge_cancel(core::OutboxId id);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
