#pragma once

#include <string>
#include <string_view>

#include "sim/http_words.hpp"
#include "sim/tracker.hpp"

namespace keitaro_sim {

struct AdminSettings {
  std::string api_key = "api-key";
  bool paid = true;  ///< Whether the edition has an Admin API; otherwise every call answers 402.
  int wrong_key_code = 401;
  PostbackLog::Order log_order = PostbackLog::Order::newest_first;
  bool event_columns =
      false;         ///< `event_id` and `datetime` in place of `conversion_id` and `postback_datetime`.
  int sub_ids = 15;  ///< How many `sub_id_N` columns there are.
};

/// The part of Keitaro's Admin API that reads back what became of postbacks:
/// `GET` and `DELETE /admin_api/v1/logs/postbacks`, `POST /admin_api/v1/conversions/log`.
/// Any other path answers 200 with HTML, as a tracker's does. `path` is without the query.
HttpAnswer answer_admin(const HttpQuestion& question, std::string_view path, const Params& query,
                        Tracker& tracker, const AdminSettings& settings);

}  // namespace keitaro_sim
