#pragma once

#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "sim/http_words.hpp"
#include "sim/tracker.hpp"
#include "sim/trouble.hpp"

namespace keitaro_sim {

/// What the Admin API is like, all of which can change while the simulator runs.
struct AdminSettings {
  std::string api_key = "api-key";
  bool paid = true;      ///< Whether the edition has an Admin API; otherwise every call answers 402.
  bool has_path = true;  ///< Otherwise every call answers 404, as a tracker's traffic domain may.
  int wrong_key_code = 401;
  PostbackLog::Order log_order = PostbackLog::Order::newest_first;
  bool log_urls = true;  ///< The received-postback log shows the requests' URLs, with the key.
  bool event_columns =
      false;         ///< `event_id` and `datetime` in place of `conversion_id` and `postback_datetime`.
  int sub_ids = 15;  ///< How many `sub_id_N` columns there are.
  std::set<std::string, std::less<>> dropped_columns;  ///< Taken in a request, and left out of the rows.
  bool total_given = true;
  bool range_required = true;         ///< A query without a range and without a limit is refused.
  std::size_t most_rows = 1'000;      ///< Of one answer, whatever its limit.
  std::chrono::minutes time_zone{0};  ///< The tracker's, east of UTC: of stamps, and of ranges without one.
  double visible = 1;                 ///< Share of the clicks whose conversions the key can see.

  Trouble trouble;         ///< Of calls to the Admin API; `cut_after` is as `cut_before`.
  double html = 0;         ///< Share of calls that get a page of HTML with 200.
  double truncated = 0;    ///< Share whose answer ends in its midst.
  double repeat_page = 0;  ///< Share of later pages in whose place the page before comes again.
};

/// What chance holds for one call.
struct AdminLuck {
  bool html = false;
  bool truncated = false;
  bool repeat_page = false;
};

/// The part of Keitaro's Admin API that reads back what became of postbacks:
/// `GET` and `DELETE /admin_api/v1/logs/postbacks`, `POST /admin_api/v1/conversions/log`.
/// Any other path answers 200 with HTML, as a tracker's does. `path` is without the query.
HttpAnswer answer_admin(const HttpQuestion& question, std::string_view path, const Params& query,
                        Tracker& tracker, const AdminSettings& settings, const AdminLuck& luck = {});

}  // namespace keitaro_sim
