#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace keitaro_sim {

/// What becomes of a postback where the offer's settings, or the silence of the vendor's pages, leave a
/// choice.
struct VerdictPolicy {
  bool upsells = true;               ///< The offer's switch: a click may have more than one conversion.
  bool apply_unknown_moves = false;  ///< Moves that are not published, rejected→sale say.
  std::set<std::pair<std::string, std::string>> further_moves;  ///< Applied in any case, (from, to).
  bool repeats_update = true;   ///< The same status once more changes the amounts; otherwise it is a clash.
  bool record_unmapped = true;  ///< A status that nothing maps is recorded by its own name.
  bool tidless_rebill_overwrites =
      false;  ///< A rebill without tid changes the conversion without tid; otherwise it is ignored.
  bool further_tid_of_any_status = true;  ///< A further tid on a click is a conversion whatever its status;
                                          ///< otherwise only a sale or rebill.
};

/// What a tracker knows when it comes to a postback.
struct Situation {
  bool click_known = true;
  bool has_tid = false;
  bool in_ignore_list = false;
  std::string_view status;  ///< What the postback asks for.
  bool mapped = true;       ///< Whether it is one of lead, sale, rejected and rebill.
  std::optional<std::string_view>
      current_status;             ///< Of the conversion with this subid and tid; nullopt when there is none.
  bool click_has_others = false;  ///< The click has conversions with other tids.
};

enum class Verdict : std::uint8_t {
  created,
  moved,    ///< To another status.
  updated,  ///< The same status, maybe other amounts.
  click_not_found,
  status_ignored,  ///< By the postback's own `ignore` list.
  status_unmapped,
  pair_exists,  ///< A rebill, or a repeat, of a (subid, tid) that is there already.
  rebill_without_tid,
  upsells_off,
  further_tid_not_sold,  ///< A further tid with a status other than sale or rebill.
  move_not_published,
};

/// Published: lead→sale, lead→rejected, sale→rejected, rebill→rejected.
bool published_move(std::string_view from, std::string_view to);

Verdict judge(const Situation& situation, const VerdictPolicy& policy);

/// Whether the postback became, or changed, a conversion.
bool took_effect(Verdict verdict);

/// A short name for JSON: `created`, `pair_exists` and so on.
std::string_view name_of(Verdict verdict);

}  // namespace keitaro_sim
