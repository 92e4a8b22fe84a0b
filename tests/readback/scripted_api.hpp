#pragma once

#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ports/http_caller.hpp"
#include "readback/admin_api_client.hpp"

namespace keitaro_outbox::readback::test {

inline ports::HttpCallResult answered(int status, std::string body,
                                      std::optional<std::string> retry_after = {}) {
  return {core::Answer{status, std::move(body), std::move(retry_after)}, true};
}

/// An API that answers each call by a function, and keeps the calls.
class ScriptedApi final : public ports::HttpCaller {
 public:
  using Script = std::function<ports::HttpCallResult(const ports::HttpCall&)>;

  explicit ScriptedApi(Script script) : script_(std::move(script)) {}
  /// One answer after another; the last one for all further calls.
  explicit ScriptedApi(std::deque<ports::HttpCallResult> answers)
      : script_([answers = std::move(answers)](const ports::HttpCall&) mutable {
          ports::HttpCallResult next = answers.front();
          if (answers.size() > 1) answers.pop_front();
          return next;
        }) {}

  ports::HttpCallResult call(const ports::HttpCall& call) override {
    calls.push_back(call);
    return script_(call);
  }

  nlohmann::json body(std::size_t number) const { return nlohmann::json::parse(*calls.at(number).body); }

  std::vector<ports::HttpCall> calls;

 private:
  Script script_;
};

inline const ports::RecordRange kDay{core::wall_time(1'777'593'600'000), core::wall_time(1'777'679'940'000)};

inline AdminApiOptions options() {
  AdminApiOptions options{"https://panel.example/", "admin-secret-1", {}};
  options.secrets.add("postback-secret-2");
  return options;
}

/// A client at a pace that makes no test wait.
struct Client {
  explicit Client(ScriptedApi& api, AdminApiOptions with = options()) : client(std::move(with), api, pace) {}

  ports::RecordsAnswer conversions(std::vector<std::string> subids) {
    return client.conversions(subids, kDay);
  }

  RequestPace pace{1e6, {}};
  AdminApiClient client;
};

}  // namespace keitaro_outbox::readback::test
