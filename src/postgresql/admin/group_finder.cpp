#include "postgresql/admin/group_finder.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "core/text/reason_groups.hpp"
#include "postgresql/embedded_sql.hpp"

namespace keitaro_outbox::postgresql {
namespace {

/// Rows looked at in one statement.
constexpr std::int64_t kRowsInOneLook = 5'000;

class Finder {
 public:
  Finder(const ports::ReasonGroupFilter& group, std::int64_t most, std::optional<core::Millis> time)
      : group_(group), most_(most) {
    if (time) end_ = std::chrono::steady_clock::now() + *time;
  }

  /// Takes those rows of a look that are in the group. False where the search is to end.
  bool take(const Result& found) {
    for (int row = 0; row < found.rows(); ++row) {
      if (core::reason_kind(found.view(row, 1)) != group_.kind) continue;
      if (static_cast<std::int64_t>(found_.rows.size()) == most_) return stop();
      found_.rows.push_back(found.integer(row, 0));
    }
    if (found.rows() < kRowsInOneLook) return false;
    return end_ && std::chrono::steady_clock::now() >= *end_ ? stop() : true;
  }

  FoundGroup result() && {
    // A row whose time changed meanwhile may have been seen twice.
    std::ranges::sort(found_.rows);
    found_.rows.erase(std::unique(found_.rows.begin(), found_.rows.end()), found_.rows.end());
    return std::move(found_);
  }

 private:
  bool stop() {
    found_.whole = false;
    return false;
  }

  const ports::ReasonGroupFilter& group_;
  const std::int64_t most_;
  std::optional<core::SteadyTime> end_;
  FoundGroup found_;
};

}  // namespace

FoundGroup find_group(Connection& connection, const ports::ReasonGroupFilter& group, std::int64_t most,
                      std::optional<core::Millis> time) {
  const std::int64_t last = connection.run({sql::admin_last_id}).integer(0, 0);
  const bool pending = group.state == core::State::pending;
  Finder finder(group, most, time);
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
    if (!finder.take(found)) return std::move(finder).result();
    const int end = found.rows() - 1;
    after = found.integer(end, 0);
    if (pending) after_time = found.integer(end, 2);
  }
}

}  // namespace keitaro_outbox::postgresql
