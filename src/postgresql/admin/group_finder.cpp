#include "postgresql/admin/group_finder.hpp"

#include <limits>
#include <utility>

#include "postgresql/embedded_sql.hpp"

namespace keitaro_outbox::postgresql {
namespace {

/// Rows looked at in one statement.
constexpr std::int64_t kRowsInOneLook = 5'000;

}  // namespace

stores::FoundGroup find_group(Connection& connection, const ports::ReasonGroupFilter& group,
                              std::int64_t most, std::optional<core::Millis> time) {
  const std::int64_t last = connection.run({sql::admin_last_id}).integer(0, 0);
  const bool pending = group.state == core::State::pending;
  stores::GroupSearch search(group, most, time);
  // Behind the rows that are due at once: due_at 1.
  std::int64_t after_time = 1;
  std::int64_t after = pending ? std::numeric_limits<std::int64_t>::max() : 0;
  while (true) {
    Parameters parameters;
    if (pending) {
      parameters.add(group.tracker).add(after_time);
    } else {
      parameters.add(core::name_of(group.state)).add(group.tracker);
    }
    parameters.add(after).add(last).add(kRowsInOneLook);
    const Result found =
        connection.run({pending ? sql::group_waiting : sql::group_undelivered, std::move(parameters)});
    bool goes_on = true;
    for (int row = 0; goes_on && row < found.rows(); ++row)
      goes_on = search.take({found.integer(row, 0)}, found.view(row, 1));
    if (!goes_on || found.rows() < kRowsInOneLook || !search.has_time()) return std::move(search).result();
    const int end = found.rows() - 1;
    after = found.integer(end, 0);
    if (pending) after_time = found.integer(end, 2);
  }
}

}  // namespace keitaro_outbox::postgresql
