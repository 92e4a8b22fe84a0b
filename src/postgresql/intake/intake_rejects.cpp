#include "postgresql/intake/intake_rejects.hpp"

#include "core/rules/conversion_rules.hpp"
#include "postgresql/admin/append_row.hpp"
#include "postgresql/embedded_sql.hpp"
#include "postgresql/read/records.hpp"
#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using ports::IntakeReject;
using ports::Replayed;

IntakeReject reject_of(const Result& found, int row) {
  return {.id = found.integer(row, 0),
          .received_at = core::wall_time(found.integer(row, 1)),
          .source = found.text(row, 2),
          .method = found.text(row, 3),
          .query = found.text(row, 4),
          .body = found.text(row, 5),
          .reason = found.text(row, 6),
          .resolved_at = time_in(found, row, 7)};
}

ports::RejectGroup group_of(const Result& found, int row) {
  return {found.text(row, 0),
          found.text(row, 1),
          found.integer(row, 2),
          core::wall_time(found.integer(row, 3)),
          core::wall_time(found.integer(row, 4)),
          found.integer(row, 5)};
}

}  // namespace

IntakeRejects::IntakeRejects(const std::string& address) : connection_(address) {
  check_schema(connection_);
}

std::int64_t IntakeRejects::count_open() {
  return connection_.run({sql::rejects_count_open}).integer(0, 0);
}

std::vector<ports::RejectGroup> IntakeRejects::groups() {
  return all_of(connection_.run({sql::rejects_groups}), group_of);
}

std::optional<IntakeReject> IntakeRejects::find(std::int64_t id) {
  auto found = all_of(connection_.run({sql::reject_find, Parameters().add(id)}), reject_of);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<IntakeReject> IntakeRejects::open_after(std::int64_t id, std::int64_t limit) {
  return all_of(connection_.run({sql::rejects_open_after, Parameters().add(id).add(limit)}), reject_of);
}

std::vector<IntakeReject> IntakeRejects::newest(std::int64_t limit) {
  return all_of(connection_.run({sql::rejects_newest, Parameters().add(limit)}), reject_of);
}

Replayed IntakeRejects::resolve(std::int64_t id, const Conversion& conversion, core::WallTime now) {
  if (const auto rule = core::broken_rule(columns_of(conversion)))
    return {Replayed::Kind::rejected, core::words_of_rule(*rule)};
  try {
    Transaction transaction(connection_);
    if (!resolve(id, now)) return {Replayed::Kind::gone, {}};
    const bool added = !connection_.run(appending(conversion)).empty();
    transaction.commit();
    return {added ? Replayed::Kind::added : Replayed::Kind::already_there, {}};
  } catch (const SqlError& error) {
    if (!error.speaks_of_a_row()) throw;
    return {Replayed::Kind::rejected, std::string("the database turned it away: ") + error.what()};
  }
}

bool IntakeRejects::resolve(std::int64_t id, core::WallTime now) {
  return connection_.run({sql::reject_resolve, Parameters().add(id).add(now)}).changed() > 0;
}

void IntakeRejects::set_reason(std::int64_t id, const std::string& reason) {
  connection_.run({sql::reject_set_reason, Parameters().add(id).add(reason)});
}

}  // namespace keitaro_outbox::postgresql
