#include "postgresql/admin/row_admin.hpp"

#include <algorithm>
#include <span>

#include "core/rules/conversion_rules.hpp"
#include "core/text/column_values.hpp"
#include "keitaro_outbox/outbox.hpp"
#include "postgresql/admin/append_row.hpp"
#include "postgresql/admin/group_finder.hpp"
#include "postgresql/read/records.hpp"
#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox::postgresql {

using ports::GroupCount;
using ports::Pace;
using ports::ReasonGroupFilter;
using ports::RowAdminResult;
using ports::RowFilterForAdmin;

namespace {

/// Rows changed by one statement.
constexpr std::int64_t kRowsChangedAtOnce = 500;

/// Scheduled rows that were never tried stay as they are.
constexpr bool kSpareScheduled = true;

Parameters of(std::string_view text) {
  return Parameters().add(text);
}

}  // namespace

RowAdmin::RowAdmin(const std::string& address) : connection_(address) {
  check_schema(connection_);
}

std::optional<std::int64_t> RowAdmin::append(const Conversion& conversion) {
  // By core's rules first: where a type refuses a value, PostgreSQL does not say which rule it breaks.
  if (const auto rule = core::broken_rule(columns_of(conversion))) {
    throw RuleError(std::string(*rule), "the conversion was not appended: its " + core::words_of_rule(*rule) +
                                            "; correct it and append it again");
  }
  try {
    const Result appended = connection_.run(appending(conversion));
    return appended.empty() ? std::nullopt : std::optional(appended.integer(0, 0));
  } catch (const SqlError& error) {
    throw Error(error.what());
  }
}

/// Those that fit, some at a time, in order of id.
template <typename Take>
void RowAdmin::find(const RowFilterForAdmin& filter, bool spare_scheduled, const Take& take) {
  ArrayParameter states;
  for (const core::State state : filter.states) states.add(core::name_of(state));
  const std::int64_t last = connection_.run({sql::admin_last_id}).integer(0, 0);
  for (std::int64_t after = 0;;) {
    const Result found = connection_.run({sql::admin_find, Parameters()
                                                               .add(after)
                                                               .add(last)
                                                               .add(states)
                                                               .add(filter.tracker)
                                                               .add(filter.before)
                                                               .add(spare_scheduled)
                                                               .add(kRowsChangedAtOnce)
                                                               .add(core::name_of(filter.verdict))});
    if (found.empty()) return;
    take(found);
    after = found.integer(found.rows() - 1, 0);
  }
}

std::int64_t RowAdmin::retry(const RowFilterForAdmin& filter, const std::optional<Pace>& pace) {
  std::int64_t changed = 0;
  find(filter, kSpareScheduled, [&](const Result& found) {
    ArrayParameter ids;
    ArrayParameter states;
    ArrayParameter times;
    for (int row = 0; row < found.rows(); ++row) {
      ids.add(found.integer(row, 0));
      states.add(found.view(row, 1));
      times.add(pace ? pace->due_at(changed + row) : core::WallTime{});
    }
    changed += connection_.run({sql::admin_retry, Parameters().add(ids).add(states).add(times)}).changed();
  });
  return changed;
}

RowAdminResult RowAdmin::retry(core::OutboxId id, std::optional<core::WallTime> due_at) {
  const auto state = state_of(id);
  if (!state) return RowAdminResult::missing;
  const auto changed =
      connection_.run({sql::admin_retry, Parameters()
                                             .add(ArrayParameter().add(id.value))
                                             .add(ArrayParameter().add(core::name_of(*state)))
                                             .add(ArrayParameter().add(due_at.value_or(core::WallTime{})))});
  return changed.changed() > 0 ? RowAdminResult::changed : RowAdminResult::unfit;
}

std::int64_t RowAdmin::cancel(const RowFilterForAdmin& filter) {
  std::int64_t changed = 0;
  find(filter, !kSpareScheduled, [&](const Result& found) {
    ArrayParameter ids;
    for (int row = 0; row < found.rows(); ++row) ids.add(found.integer(row, 0));
    changed += connection_.run({sql::admin_cancel, Parameters().add(ids)}).changed();
  });
  return changed;
}

RowAdminResult RowAdmin::cancel(core::OutboxId id) {
  const auto done =
      connection_.run({sql::admin_cancel, Parameters().add(ArrayParameter().add(id.value))}).changed();
  if (done > 0) return RowAdminResult::changed;
  return state_of(id) ? RowAdminResult::unfit : RowAdminResult::missing;
}

std::int64_t RowAdmin::count_for_retry(const RowFilterForAdmin& filter) {
  std::int64_t rows = 0;
  find(filter, kSpareScheduled, [&](const Result& found) { rows += found.rows(); });
  return rows;
}

std::int64_t RowAdmin::count_for_cancel(const RowFilterForAdmin& filter) {
  std::int64_t rows = 0;
  find(filter, !kSpareScheduled, [&](const Result& found) { rows += found.rows(); });
  return rows;
}

RowAdminResult RowAdmin::judge_retry(core::OutboxId id) {
  return state_of(id) ? RowAdminResult::changed : RowAdminResult::missing;
}

RowAdminResult RowAdmin::judge_cancel(core::OutboxId id) {
  const auto state = state_of(id);
  if (!state) return RowAdminResult::missing;
  return *state == core::State::pending ? RowAdminResult::changed : RowAdminResult::unfit;
}

std::optional<core::State> RowAdmin::state_of(core::OutboxId id) {
  const Result found = connection_.run({sql::row_state, Parameters().add(id.value)});
  return found.empty() ? std::nullopt : core::state_named(found.view(0, 0));
}

GroupCount RowAdmin::count_group(const ReasonGroupFilter& group, std::int64_t most, core::Millis time) {
  const stores::FoundGroup found = find_group(connection_, group, most, time);
  return {static_cast<std::int64_t>(found.rows.size()), found.whole};
}

/// `change` takes some rows of the group at a time, in order of id, and gives how many it has changed.
template <typename Change>
GroupCount RowAdmin::change_group(const ReasonGroupFilter& group, const Change& change) {
  const stores::FoundGroup found = find_group(connection_, group, kMostInGroup, std::nullopt);
  std::int64_t changed = 0;
  for (std::span<const core::OutboxId> left(found.rows); !left.empty();) {
    const auto some = left.first(std::min<std::size_t>(left.size(), kRowsChangedAtOnce));
    changed += change(some, changed);
    left = left.subspan(some.size());
  }
  return {changed, found.whole};
}

GroupCount RowAdmin::retry_group(const ReasonGroupFilter& group, const std::optional<Pace>& pace) {
  return change_group(group, [&](std::span<const core::OutboxId> rows, std::int64_t earlier) {
    ArrayParameter ids;
    ArrayParameter states;
    ArrayParameter times;
    for (const core::OutboxId id : rows) {
      ids.add(id.value);
      states.add(core::name_of(group.state));
      times.add(pace ? pace->due_at(earlier++) : core::WallTime{});
    }
    return connection_.run({sql::admin_retry, Parameters().add(ids).add(states).add(times)}).changed();
  });
}

GroupCount RowAdmin::cancel_group(const ReasonGroupFilter& group) {
  return change_group(group, [&](std::span<const core::OutboxId> rows, std::int64_t) {
    ArrayParameter ids;
    for (const core::OutboxId id : rows) ids.add(id.value);
    return connection_.run({sql::admin_cancel, Parameters().add(ids)}).changed();
  });
}

bool RowAdmin::pause(std::string_view tracker, core::WallTime now) {
  return connection_.run({sql::pause_tracker, of(tracker).add(now)}).changed() > 0;
}

bool RowAdmin::resume(std::string_view tracker) {
  return connection_.run({sql::resume_tracker, of(tracker)}).changed() > 0;
}

std::optional<core::WallTime> RowAdmin::paused_since(std::string_view tracker) {
  const Result found = connection_.run({sql::paused_since, of(tracker)});
  return found.empty() ? std::nullopt : std::optional(core::wall_time(found.integer(0, 0)));
}

}  // namespace keitaro_outbox::postgresql
