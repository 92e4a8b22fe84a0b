#include "app/readback/tracker_api.hpp"

#include <utility>

#include "app/check/check.hpp"

namespace keitaro_outbox::app {
namespace {

/// What no error may show beside the admin key: what is secret in the addresses of postbacks.
core::Secrets secrets_of(const core::TrackerRules& rules) {
  core::Secrets secrets;
  for (const core::PostbackUrl& url : addresses_of(rules)) secrets.add(url.secrets());
  return secrets;
}

http::ApiCallerOptions caller_options(const delivery::TrackerSpec& spec,
                                      const std::function<bool()>& stop_asked) {
  http::ApiCallerOptions options;
  options.allow_private = spec.allow_private;
  options.stop_asked = stop_asked;
  return options;
}

}  // namespace

std::shared_ptr<readback::RequestTurns> ApiTurns::of(const std::string& tracker) {
  const std::lock_guard lock(mutex_);
  auto& turns = turns_[tracker];
  if (!turns) turns = std::make_shared<readback::RequestTurns>();
  return turns;
}

TrackerApi::TrackerApi(const delivery::TrackerSpec& spec, const std::function<bool()>& stop_asked,
                       std::shared_ptr<readback::RequestTurns> turns)
    : caller_(caller_options(spec, stop_asked)),
      pace_(spec.read_back->rate, stop_asked, std::move(turns)),
      client_({.admin_url = spec.read_back->admin_url,
               .admin_key = spec.read_back->admin_key,
               .secrets = secrets_of(spec.rules)},
              caller_, pace_) {}

std::string_view name_of(ports::Asked asked) {
  switch (asked) {
    case ports::Asked::answered:
      return "answered";
    case ports::Asked::slow_down:
      return "slow_down";
    case ports::Asked::no_api:
      return "no_api";
    case ports::Asked::wrong_path:
      return "wrong_path";
    case ports::Asked::key_refused:
      return "key_refused";
    case ports::Asked::too_much:
      return "too_much";
    case ports::Asked::failed:
      return "failed";
  }
  return {};
}

std::string_view words_for(ports::Asked asked) {
  switch (asked) {
    case ports::Asked::answered:
      return "";
    case ports::Asked::slow_down:
      return "the tracker asks us to slow down";
    case ports::Asked::no_api:
      return "this edition has no Admin API: nothing can be read back from it";
    case ports::Asked::wrong_path:
      return "there is no Admin API at admin_url: write the panel's address, not that of the traffic domain";
    case ports::Asked::key_refused:
      return "the tracker refuses admin_key: make a new one in Keitaro";
    case ports::Asked::too_much:
      return "the tracker does not get done with the request";
    case ports::Asked::failed:
      return "the tracker's Admin API cannot be read";
  }
  return {};
}

std::string trouble_words(ports::Asked asked, const std::string& error) {
  const std::string words(words_for(asked));
  return error.empty() ? words : words + " (" + error + ")";
}

}  // namespace keitaro_outbox::app
