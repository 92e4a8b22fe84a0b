#include "sqlite/admin/row_admin.hpp"

#include <chrono>
#include <functional>
#include <thread>

#include "core/text/column_values.hpp"
#include "keitaro_outbox/outbox.hpp"
#include "sqlite/admin/group_finder.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/base/transaction.hpp"
#include "sqlite/durability/checkpointer.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::sqlite {

using ports::GroupCount;
using ports::Pace;
using ports::ReasonGroupFilter;
using ports::RowAdminResult;
using ports::RowFilterForAdmin;

namespace {

/// Rows changed while the write lock is held: some ten milliseconds of it.
constexpr std::int64_t kRowsInOneTransaction = 250;

/// Between two transactions, so that whoever waits for the lock gets it.
constexpr std::chrono::milliseconds kPause{5};

/// A row as it was found; it is changed only while it is still in that state.
struct Found {
  core::OutboxId id;
  core::State state;
};

/// Scheduled rows that were never tried stay as they are.
constexpr bool kSpareScheduled = true;

std::string list_of(const std::vector<core::State>& states) {
  std::string out = ",";
  for (const core::State state : states) out += std::string(core::name_of(state)) + ",";
  return out;
}

}  // namespace

struct RowAdmin::Parts {
  /// Changes one row; gives the number of rows changed.
  using Change = std::function<int(const Found&)>;
  using TakeRows = std::function<void(const std::vector<Found>&)>;

  explicit Parts(const std::string& path) : connection(path), checkpointer(path) {
    check_schema(connection.handle());
    checkpointer.follow(connection.handle());
    with_store_errors(db, [&] {
      retry.emplace(prepare(db, sql::admin_retry));
      cancel.emplace(prepare(db, sql::admin_cancel));
    });
  }

  template <typename Work>
  auto guarded(Work&& work) {
    return with_store_errors(db, work);
  }

  /// One run of a statement that is not kept.
  template <typename Work>
  auto run_once(std::string_view text, Work&& work) {
    return guarded([&] {
      SQLite::Statement statement = prepare(db, text);
      Run run(statement);
      return work(run);
    });
  }

  int retry_row(const Found& row, std::optional<core::WallTime> due_at) {
    return guarded([&] {
      Run run(*retry);
      return run.bind(":id", row.id.value)
          .bind(":state", core::name_of(row.state))
          .bind(":due_at", due_at ? core::unix_millis(*due_at) : 0)
          .execute();
    });
  }

  int cancel_row(core::OutboxId id) {
    return guarded([&] {
      Run run(*cancel);
      return run.bind(":id", id.value).execute();
    });
  }

  std::optional<core::State> state_of(core::OutboxId id) {
    return run_once(sql::read_row, [&](Run& run) -> std::optional<core::State> {
      run.bind(":id", id.value);
      constexpr int kStateColumn = 13;
      return run.step() ? core::state_named(run.text(kStateColumn)) : std::nullopt;
    });
  }

  /// Those that fit, some at a time, in order of id.
  void find(const RowFilterForAdmin& filter, bool spare_scheduled, const TakeRows& take) {
    SQLite::Statement statement = prepare(db, sql::admin_find);
    const std::string states = list_of(filter.states);
    const std::int64_t last = integer_of(db, sql::read_last_id);
    std::vector<Found> found;
    std::int64_t after = core::kBeforeAllRows.value;
    do {
      found.clear();
      {
        Run run(statement);
        run.bind(":after", after)
            .bind(":last_id", last)
            .bind(":states", states)
            .bind(":tracker", filter.tracker)
            .bind(":verdict", core::name_of(filter.verdict))
            .bind(":before", filter.before)
            .bind(":tried_only", spare_scheduled)
            .bind(":limit", kRowsInOneTransaction);
        while (run.step()) {
          const auto state = core::state_named(run.text(1));
          if (state) found.push_back({{run.integer(0)}, *state});
        }
      }
      if (found.empty()) return;
      take(found);
      after = found.back().id.value;
    } while (true);
  }

  std::int64_t change_found(const RowFilterForAdmin& filter, bool spare_scheduled, const Change& change) {
    std::int64_t changed = 0;
    guarded([&] {
      find(filter, spare_scheduled, [&](const std::vector<Found>& found) {
        if (changed > 0) std::this_thread::sleep_for(kPause);
        Transaction transaction(db, Transaction::Kind::write);
        for (const Found& row : found) changed += change(row);
        transaction.commit();
      });
    });
    return changed;
  }

  std::int64_t count_found(const RowFilterForAdmin& filter, bool spare_scheduled) {
    std::int64_t rows = 0;
    guarded([&] {
      find(filter, spare_scheduled,
           [&](const std::vector<Found>& found) { rows += static_cast<std::int64_t>(found.size()); });
    });
    return rows;
  }

  /// Changes the rows of a group, some in each transaction.
  GroupCount change_group(const ReasonGroupFilter& group, const Change& change) {
    return guarded([&] {
      const stores::FoundGroup found = find_group(db, group, ports::OutboxAdmin::kMostInGroup, std::nullopt);
      std::int64_t changed = 0;
      for (auto row = found.rows.begin(); row != found.rows.end();) {
        if (row != found.rows.begin()) std::this_thread::sleep_for(kPause);
        Transaction transaction(db, Transaction::Kind::write);
        for (std::int64_t i = 0; i < kRowsInOneTransaction && row != found.rows.end(); ++i, ++row)
          changed += change({*row, group.state});
        transaction.commit();
      }
      return GroupCount{changed, found.whole};
    });
  }

  Connection connection;
  SQLite::Database& db = connection.database();
  Checkpointer checkpointer;
  std::optional<SQLite::Statement> retry;
  std::optional<SQLite::Statement> cancel;
};

RowAdmin::RowAdmin(const std::string& path) : parts_(std::make_unique<Parts>(path)) {}
RowAdmin::~RowAdmin() = default;

std::optional<std::int64_t> RowAdmin::append(const Conversion& conversion) {
  return keitaro_outbox::append(parts_->connection.handle(), conversion);
}

std::int64_t RowAdmin::retry(const RowFilterForAdmin& filter, const std::optional<Pace>& pace) {
  std::int64_t earlier = 0;
  return parts_->change_found(filter, kSpareScheduled, [&](const Found& row) {
    const int changed = parts_->retry_row(row, pace ? std::optional(pace->due_at(earlier)) : std::nullopt);
    earlier += changed;
    return changed;
  });
}

RowAdminResult RowAdmin::retry(core::OutboxId id, std::optional<core::WallTime> due_at) {
  const auto state = parts_->state_of(id);
  if (!state) return RowAdminResult::missing;
  return parts_->retry_row({id, *state}, due_at) > 0 ? RowAdminResult::changed : RowAdminResult::unfit;
}

std::int64_t RowAdmin::cancel(const RowFilterForAdmin& filter) {
  return parts_->change_found(filter, !kSpareScheduled,
                              [this](const Found& row) { return parts_->cancel_row(row.id); });
}

RowAdminResult RowAdmin::cancel(core::OutboxId id) {
  if (parts_->cancel_row(id) > 0) return RowAdminResult::changed;
  return parts_->state_of(id) ? RowAdminResult::unfit : RowAdminResult::missing;
}

std::int64_t RowAdmin::count_for_retry(const RowFilterForAdmin& filter) {
  return parts_->count_found(filter, kSpareScheduled);
}

std::int64_t RowAdmin::count_for_cancel(const RowFilterForAdmin& filter) {
  return parts_->count_found(filter, !kSpareScheduled);
}

RowAdminResult RowAdmin::judge_retry(core::OutboxId id) {
  return parts_->state_of(id) ? RowAdminResult::changed : RowAdminResult::missing;
}

RowAdminResult RowAdmin::judge_cancel(core::OutboxId id) {
  const auto state = parts_->state_of(id);
  if (!state) return RowAdminResult::missing;
  return *state == core::State::pending ? RowAdminResult::changed : RowAdminResult::unfit;
}

GroupCount RowAdmin::count_group(const ReasonGroupFilter& group, std::int64_t most, core::Millis time) {
  return parts_->guarded([&] {
    const stores::FoundGroup found = find_group(parts_->db, group, most, time);
    return GroupCount{static_cast<std::int64_t>(found.rows.size()), found.whole};
  });
}

GroupCount RowAdmin::retry_group(const ReasonGroupFilter& group, const std::optional<Pace>& pace) {
  std::int64_t earlier = 0;
  return parts_->change_group(group, [&](const Found& row) {
    const int changed = parts_->retry_row(row, pace ? std::optional(pace->due_at(earlier)) : std::nullopt);
    earlier += changed;
    return changed;
  });
}

GroupCount RowAdmin::cancel_group(const ReasonGroupFilter& group) {
  return parts_->change_group(group, [this](const Found& row) { return parts_->cancel_row(row.id); });
}

bool RowAdmin::pause(std::string_view tracker, core::WallTime now) {
  return parts_->run_once(sql::pause_tracker, [&](Run& run) {
    return run.bind(":tracker", tracker).bind(":now", core::unix_millis(now)).execute() > 0;
  });
}

bool RowAdmin::resume(std::string_view tracker) {
  return parts_->run_once(sql::resume_tracker,
                          [&](Run& run) { return run.bind(":tracker", tracker).execute() > 0; });
}

std::optional<core::WallTime> RowAdmin::paused_since(std::string_view tracker) {
  return parts_->run_once(sql::paused_since, [&](Run& run) {
    run.bind(":tracker", tracker);
    return run.step() ? run.optional_time(0) : std::nullopt;
  });
}

}  // namespace keitaro_outbox::sqlite
