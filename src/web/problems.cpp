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

std::optional<VerdictGroup> verdict_group(ports::OutboxReader& reader, const std::string& tracker,
                                          core::Verdict verdict, std::size_t most) {
  std::optional<VerdictGroup> group;
  std::string kind;
  std::optional<core::OutboxId> below;
  constexpr std::size_t kAtOnce = 500;
  for (std::size_t read = 0;;) {
    const auto some = reader.in_doubt(tracker, verdict, below, kAtOnce);
    for (const ports::ConversionRecord& conversion : some) {
      const std::string note = conversion.verdict_note.value_or("");
      const core::WallTime at = conversion.verdict_at.value_or(conversion.taken_in_at);
      if (!group) {
        kind = core::reason_kind(note);
        group = VerdictGroup{
            .verdict = verdict, .tracker = tracker, .text = note, .first_seen = at, .last_seen = at};
      }
      group->several = group->several || core::reason_kind(note) != kind;
      ++group->conversions;
      group->first_seen = std::min(group->first_seen, at);
      group->last_seen = std::max(group->last_seen, at);
      const auto amount = conversion.payout ? core::Amount::parse(*conversion.payout) : std::nullopt;
      if (amount) group->money[core::ascii::lower(conversion.currency.value_or(""))] += *amount;
    }
    read += some.size();
    if (some.size() < kAtOnce) return group;
    if (read >= most) {
      group->whole = false;
      return group;
    }
    below = some.back().outbox_id;
  }
}

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
