#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ports/transport.hpp"
#include "schedules/port_hooks.hpp"
#include "schedules/receiver.hpp"
#include "schedules/sim_clock.hpp"
#include "schedules/sim_random.hpp"

namespace keitaro_outbox::simulation {

/// Sees what passes between the worker and the trackers.
class Wiretap {
 public:
  virtual ~Wiretap() = default;
  virtual void on_request(const Arrival&) {}
  virtual void on_completion(const Arrival&, const core::Exchange&) {}
};

/// The network and the requests on it, in virtual time. A request is taken in half-way to its answer, if at
/// all.
class SimTransport final : public ports::Transport {
 public:
  SimTransport(SimClock& clock, SimReceiver& receiver, PortHooks& hooks, Wiretap& wiretap)
      : clock_(clock), receiver_(receiver), hooks_(hooks), wiretap_(wiretap) {}

  void submit(std::vector<ports::Request>& requests) override;
  void limit(ports::FlowId flow, int requests) override;
  void take_back(ports::FlowId flow, std::vector<ports::Request>& requests) override;
  std::size_t waiting() const override;
  void collect(std::vector<ports::Completion>& completions) override;
  void acknowledge(ports::AckId) noexcept override {}

  /// Lets the trackers take in what has reached them by now.
  void deliver_arrivals();

  /// When something happens next.
  std::optional<core::SteadyTime> next_event() const;

  /// The process that sent them is gone: what has not arrived yet arrives now, or never.
  void hang_up(SimRandom& chance);

  int in_flight(const std::string& tracker) const;
  int in_flight_of_click(const std::string& tracker, const std::string& subid) const;
  int requests_made() const { return requests_made_; }

 private:
  struct Flight {
    std::uint64_t ticket = 0;
    std::uint32_t flow = 0;
    Arrival arrival;
    bool to_be_taken_in = false;
    core::SteadyTime arrives_at{};
    core::SteadyTime ends_at{};
    core::Exchange exchange;
    core::WallTime started_at{};
  };

  struct Flow {
    int limit = std::numeric_limits<int>::max();
    int under_way = 0;
    std::deque<ports::Request> waiting;
  };

  void begin(const ports::Request& request);
  void begin_waiting(Flow& flow);

  SimClock& clock_;
  SimReceiver& receiver_;
  PortHooks& hooks_;
  Wiretap& wiretap_;
  std::vector<Flight> flights_;
  std::map<std::uint32_t, Flow> flows_;  // by number
  int requests_made_ = 0;
};

}  // namespace keitaro_outbox::simulation
