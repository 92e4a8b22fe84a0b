#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "delivery/tracker_spec.hpp"
#include "http/client/api_caller.hpp"
#include "ports/tracker_records.hpp"
#include "readback/admin_api_client.hpp"
#include "readback/request_pace.hpp"

namespace keitaro_outbox::app {

/// The turns of requests to each tracker's Admin API, for all of a process. From any thread.
class ApiTurns {
 public:
  std::shared_ptr<readback::RequestTurns> of(const std::string& tracker);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<readback::RequestTurns>> turns_;
};

/// All that it takes to read a tracker's own records.
class TrackerApi {
 public:
  /// `spec.read_back` must be set. `stop_asked` ends a call under way; must not throw; may be empty.
  /// `turns` null: nobody else of this process asks. Throws std::runtime_error where libcurl cannot be set
  /// up.
  TrackerApi(const delivery::TrackerSpec& spec, const std::function<bool()>& stop_asked,
             std::shared_ptr<readback::RequestTurns> turns = nullptr);

  ports::TrackerRecords& records() { return client_; }

 private:
  http::ApiCaller caller_;
  readback::RequestPace pace_;
  readback::AdminApiClient client_;
};

/// `answered`, `slow_down`, …: for logs and metrics.
std::string_view name_of(ports::Asked asked);

/// What it means, and what to do: `this edition has no Admin API`. Empty for `answered`.
std::string_view words_for(ports::Asked asked);

/// The same, with what the tracker said in brackets.
std::string trouble_words(ports::Asked asked, const std::string& error);

}  // namespace keitaro_outbox::app
