#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/answer.hpp"
#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::simulation {

/// A postback as it stands in a request, read apart from the code that wrote it.
struct Arrival {
  core::OutboxId row;   ///< What the worker says it is sent for.
  std::string tracker;  ///< From the host, `NAME.test`.
  std::map<std::string, std::string> params;
  core::SteadyTime sent_at{};

  std::string param(const std::string& name) const;  ///< Empty when it is absent.
};

Arrival read_request(const ports::Request& request, core::SteadyTime sent_at);

/// What a tracker makes of a request: whether the postback counts, and what comes back when.
struct Reply {
  bool taken_in = true;
  core::Millis latency{20};
  core::Exchange exchange = core::Answer{200, "OK", {}};
};

Reply takes_in(core::Millis latency = core::Millis{20});
Reply answers(int http_status, std::optional<std::string> retry_after = std::nullopt);
Reply refuses_connection();
Reply cuts_before_taking_in();
Reply takes_in_and_loses_the_answer();
Reply hangs();  ///< Until the request's time is over; not taken in.

/// The trackers' side: what it takes in is kept, for the worker's word to be held against.
class SimReceiver {
 public:
  using Behaviour = std::function<Reply(const Arrival&)>;

  /// From now on; without it everything is taken in.
  void behave(const std::string& tracker, Behaviour behaviour) {
    behaviours_[tracker] = std::move(behaviour);
  }

  Reply reply_to(const Arrival& arrival);
  void take_in(Arrival arrival);

  const std::vector<Arrival>& taken_in() const { return taken_in_; }
  int times_taken_in(core::OutboxId row) const;
  /// The statuses that a click's postbacks had, in the order of taking in: `lead sale`.
  std::string story_of(const std::string& tracker, const std::string& subid) const;

 private:
  std::map<std::string, Behaviour> behaviours_;
  std::vector<Arrival> taken_in_;
  std::map<std::int64_t, int> times_;
};

}  // namespace keitaro_outbox::simulation
