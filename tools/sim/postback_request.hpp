#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/query_string.hpp"

namespace keitaro_sim {

/// How a postback's parameters are read where the vendor's pages are silent, or differ between versions.
struct ReadingRules {
  bool statuses_in_any_case = false;  ///< `SALE` and ` sale ` count as `sale`, in the lists too.
  bool empty_status_is_sale = true;   ///< `status=` counts as absent.
  bool payout_wins = true;            ///< Over `revenue`, when both are there.
  std::string first_list = "lead";  ///< A name in several lists counts by this one (lead, sale or rejected),
                                    ///< else by the first in that order.
  int sub_ids = 15;                 ///< `sub_id_1` … that are known; later ones are passed over.
};

/// One postback as a tracker reads it.
struct PostbackRequest {
  std::string subid;
  std::string tid;              ///< Empty for none.
  std::string original_status;  ///< As it came.
  std::string status;    ///< lead, sale, rejected, rebill; or the name as it came, when nothing maps it.
  bool mapped = true;    ///< Whether `status` is one of the four.
  bool ignored = false;  ///< `ignore` or `ignore_status` names it.
  std::optional<std::string> payout;  ///< Of `payout` or `revenue`; as written, never empty.
  std::optional<std::string> cost;
  std::string currency;  ///< Empty for the tracker's own.
  std::vector<std::pair<int, std::string>> sub_ids;
  std::optional<std::string> return_text;  ///< What to answer with on success.
};

PostbackRequest read_postback(const Params& params, const ReadingRules& rules);

}  // namespace keitaro_sim
