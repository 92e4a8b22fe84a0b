#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/text/time.hpp"
#include "core/url/ip_address.hpp"
#include "core/url/postback_url.hpp"
#include "delivery/tracker_spec.hpp"
#include "http/server/listen_address.hpp"
#include "intake/source.hpp"
#include "worker/retention_ages.hpp"

namespace keitaro_outbox::config {

/// The configuration or a flag cannot be used. what() is one line that says what to do; it never holds the
/// postback key.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { text, json };

/// How a worker notices what is committed to a PostgreSQL database.
enum class Wake : std::uint8_t {
  poll,   ///< It looks, less and less often while nothing comes.
  notify  ///< It listens for notifications as well.
};

/// `[intake]`: the front door.
struct IntakeSettings {
  http::ListenAddress listen{"127.0.0.1", 8480};
  std::vector<core::IpNetwork> trusted_proxies;  ///< Whose X-Forwarded-For is believed.
  bool spool = false;      ///< Keep requests in a file while the database cannot take them.
  std::string public_url;  ///< What senders reach it by, `https://HOST`, without a path; empty: not told.
  friend bool operator==(const IntakeSettings&, const IntakeSettings&) = default;
};

/// What the page for people may do.
enum class PageMode : std::uint8_t { on, read_only, off };

/// The page for people, which is served where `listen` says.
struct PageSettings {
  PageMode mode = PageMode::on;
  std::string password;            ///< Empty: none, and the page is served on loopback only.
  std::vector<std::string> hosts;  ///< Names that it is served as, beside addresses and localhost.
  friend bool operator==(const PageSettings&, const PageSettings&) = default;
};

/// Everything that flags, the configuration file and the environment say, put together.
struct Settings {
  std::vector<delivery::TrackerSpec>
      trackers;  ///< In the order of the file; names are unique. Empty when nothing names one.
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  core::Millis grace = std::chrono::seconds{10};
  int senders = 1;
  Wake wake = Wake::poll;
  std::optional<http::ListenAddress> listen;  ///< For metrics, health and the page.
  PageSettings page;
  std::optional<core::PostbackUrl> heartbeat;  ///< As secret as a tracker's.
  core::Millis heartbeat_interval = std::chrono::minutes{1};
  worker::RetentionAges keep;
  std::optional<IntakeSettings> intake;  ///< nullopt: no front door.
  std::vector<intake::Source> sources;   ///< Who may call it; names and keys are unique.
  std::vector<std::string> warnings;     ///< One line each, for people.
};

/// What the command line says for all trackers.
struct TrackerOptions {
  std::optional<core::Millis> request_timeout;
  std::optional<core::Millis> retry_first_delay;
  std::optional<core::Millis> retry_max_delay;
  std::optional<int> max_attempts;
  std::optional<int> concurrency;
  std::optional<double> rate;
  std::optional<bool> allow_private;
};

/// What the command line says; it goes before the file.
struct Overrides {
  std::optional<std::string> config_path;
  std::optional<std::string> to;  ///< The postback URL of the tracker `default`.
  TrackerOptions tracker;
  std::optional<LogLevel> log_level;
  std::optional<LogFormat> log_format;
  std::optional<core::Millis> grace;
  std::optional<int> senders;
  std::optional<http::ListenAddress> listen;
  std::optional<PageMode> page;
  std::optional<std::string> heartbeat;
  std::optional<core::Millis> heartbeat_interval;
};

}  // namespace keitaro_outbox::config
