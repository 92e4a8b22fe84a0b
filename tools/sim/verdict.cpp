#include "sim/verdict.hpp"

#include <algorithm>
#include <array>

namespace keitaro_sim {
namespace {

Verdict judge_first_of_pair(const Situation& situation, const VerdictPolicy& policy) {
  const bool rebill = situation.status == "rebill";
  if (rebill && !policy.upsells) return Verdict::upsells_off;
  if (rebill && !situation.has_tid && !policy.tidless_rebill_overwrites) return Verdict::rebill_without_tid;
  if (!situation.click_has_others) return Verdict::created;
  if (!policy.upsells) return Verdict::upsells_off;
  const bool sold = rebill || situation.status == "sale";
  return sold || policy.further_tid_of_any_status ? Verdict::created : Verdict::further_tid_not_sold;
}

Verdict judge_change(const Situation& situation, const std::string& from, const VerdictPolicy& policy) {
  const std::string to(situation.status);
  if (to == "rebill" && situation.has_tid) return Verdict::pair_exists;
  if (to == "rebill") {
    if (!policy.tidless_rebill_overwrites) return Verdict::rebill_without_tid;
    return from == to ? Verdict::updated : Verdict::moved;
  }
  if (from == to) return policy.repeats_update ? Verdict::updated : Verdict::pair_exists;
  const bool allowed =
      published_move(from, to) || policy.apply_unknown_moves || policy.further_moves.contains({from, to});
  return allowed ? Verdict::moved : Verdict::move_not_published;
}

}  // namespace

bool published_move(std::string_view from, std::string_view to) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kPublished{
      {{"lead", "sale"}, {"lead", "rejected"}, {"sale", "rejected"}, {"rebill", "rejected"}}};
  return std::find(kPublished.begin(), kPublished.end(), std::pair{from, to}) != kPublished.end();
}

Verdict judge(const Situation& situation, const VerdictPolicy& policy) {
  if (!situation.click_known) return Verdict::click_not_found;
  if (situation.in_ignore_list) return Verdict::status_ignored;
  if (!situation.mapped && !policy.record_unmapped) return Verdict::status_unmapped;
  if (!situation.current_status) return judge_first_of_pair(situation, policy);
  return judge_change(situation, std::string(*situation.current_status), policy);
}

bool took_effect(Verdict verdict) {
  return verdict == Verdict::created || verdict == Verdict::moved || verdict == Verdict::updated;
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::created:
      return "created";
    case Verdict::moved:
      return "moved";
    case Verdict::updated:
      return "updated";
    case Verdict::click_not_found:
      return "click_not_found";
    case Verdict::status_ignored:
      return "status_ignored";
    case Verdict::status_unmapped:
      return "status_unmapped";
    case Verdict::pair_exists:
      return "pair_exists";
    case Verdict::rebill_without_tid:
      return "rebill_without_tid";
    case Verdict::upsells_off:
      return "upsells_off";
    case Verdict::further_tid_not_sold:
      return "further_tid_not_sold";
    case Verdict::move_not_published:
      return "move_not_published";
  }
  return "unknown";
}

}  // namespace keitaro_sim
