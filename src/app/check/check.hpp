#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::app {

enum class Verdict : std::uint8_t { ok, warn, fail };

/// One thing that was looked at. Texts never hold the postback key.
struct Finding {
  Verdict verdict = Verdict::ok;
  std::string subject;  ///< `database`, `schema`, `url`, `dns` and so on.
  std::string tracker;  ///< Empty when it is no tracker's matter.
  std::string text;     ///< One plain line: what is, and, unless ok, what to do.
};

struct CheckOptions {
  std::string database;
  bool offline = false;
  core::WallTime now{};
};

/// Looks at everything that could keep a postback from arriving. Sends each tracker one request, unless
/// offline. Throws nothing that a finding can say.
std::vector<Finding> check_all(const CheckOptions& options, const config::Settings& settings);

// Its parts.
void check_database(const CheckOptions& options, const config::Settings& settings,
                    std::vector<Finding>& findings);
void check_url(const delivery::TrackerSpec& spec, const core::PostbackUrl& url,
               std::vector<Finding>& findings);
void check_way(const delivery::TrackerSpec& spec, const core::PostbackUrl& url,
               std::vector<Finding>& findings);
void check_templates(const delivery::TrackerSpec& spec, std::vector<Finding>& findings);

/// Where the tracker's requests go: its URL, or the addresses of its templates, each once.
std::vector<core::PostbackUrl> addresses_of(const core::TrackerRules& rules);

/// The subid of the test request: Keitaro knows no such click, and so ignores it.
inline constexpr std::string_view kCheckSubid = "keitaro-outbox-check";

}  // namespace keitaro_outbox::app
