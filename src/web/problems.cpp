#include "web/problems.hpp"

#include <algorithm>
#include <utility>

#include "core/text/ascii.hpp"
#include "core/text/reason_groups.hpp"

namespace keitaro_outbox::web {
namespace {

using core::State;

bool is_problem(const ports::RowRecord& row) {
  switch (row.state) {
    case State::dead:
    case State::refused:
      return true;
    case State::pending:
      return row.attempts > 0;
    case State::delivered:
    case State::duplicate:
    case State::cancelled:
      break;
  }
  return false;
}

}  // namespace

void ProblemGroups::add(const ports::RowRecord& row) {
  if (!is_problem(row)) return;
  const std::string reason = row.reason.value_or("");
  std::string kind = core::reason_kind(reason);
  const core::WallTime at = row.finished_at.value_or(row.created_at);
  const std::string_view cause = core::cause_in(reason);
  const auto [found, is_new] = groups_.try_emplace({row.state, row.tracker, kind});
  ProblemGroup& group = found->second;
  if (is_new) {
    group = {.state = row.state,
             .tracker = row.tracker,
             .kind = kind,
             .text = reason.empty() ? "no reason is given" : std::string(cause),
             .first_seen = at,
             .last_seen = at};
  }
  if (!reason.empty() && group.text != cause) group.text = kind;
  ++group.rows;
  group.first_seen = std::min(group.first_seen, at);
  group.last_seen = std::max(group.last_seen, at);
  if (!row.payout) return;
  if (const auto amount = core::Amount::parse(*row.payout))
    group.money[core::ascii::lower(row.currency.value_or(""))] += *amount;
}

std::vector<ProblemGroup> ProblemGroups::groups() const {
  std::vector<ProblemGroup> out;
  for (const auto& [key, group] : groups_) out.push_back(group);
  std::ranges::stable_sort(out, std::ranges::greater{}, &ProblemGroup::rows);
  return out;
}

}  // namespace keitaro_outbox::web
