#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ports/ack_journal.hpp"
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
  /// The worker is told.
  virtual void on_completion(const Arrival&, const core::Exchange&) {}
};

/// The network and the requests on it, in virtual time. A request is taken in half-way to its answer, if at
/// all. Like the real transport it begins waiting requests by itself, when catch_up() finds that others have
/// ended.
class SimTransport final : public ports::Transport {
 public:
  SimTransport(SimClock& clock, SimReceiver& receiver, PortHooks& hooks, Wiretap& wiretap)
      : clock_(clock), receiver_(receiver), hooks_(hooks), wiretap_(wiretap) {}

  /// Answers are kept there from now on, until they are acknowledged; nowhere for nullptr.
  void keep_acks(ports::AckJournal* journal) { journal_ = journal; }

  void submit(std::vector<ports::Request>& requests) override;
  void set_gate(ports::FlowId flow, const ports::Gate& gate) override;
  void collect(std::vector<ports::Completion>& completions) override;
  void acknowledge(ports::AckId receipt) noexcept override;

  /// Lets happen what has happened by now: trackers take in what has reached them, requests end, and others
  /// begin in their place.
  void catch_up();

  /// What reaches trackers by now. For a process that is frozen: of that they know nothing.
  void take_in_arrivals();
  std::optional<core::SteadyTime> next_arrival() const;
  /// When a request arrives or ends next, whatever waits to be collected.
  std::optional<core::SteadyTime> next_on_the_wire() const;

  /// Asked before a request is begun that may take so long; one that may not comes back. May be empty.
  void set_may_begin(std::function<bool(core::Millis)> may_begin) { may_begin_ = std::move(may_begin); }

  /// When something happens next; a time that has come while there is something to collect.
  std::optional<core::SteadyTime> next_event() const;

  /// Something else than a request's end is there to be collected, by way of this transport.
  void wake() { woken_ = true; }

  /// The process that sent them is gone: what has not arrived yet arrives now, or never.
  void hang_up(SimRandom& chance);

  int in_flight(const std::string& tracker) const;
  int in_flight_of_click(const std::string& tracker, const std::string& subid) const;
  /// The same, without those that have ended and are not collected.
  int on_the_wire(const std::string& tracker, const std::string& subid) const;
  int requests_made() const { return requests_made_; }

  /// How many requests wait at their gates.
  std::size_t waiting() const;

 private:
  struct Flight {
    ports::Request request;
    Arrival arrival;
    bool to_be_taken_in = false;
    core::SteadyTime arrives_at{};
    core::SteadyTime ends_at{};
    core::Exchange exchange;
    core::WallTime started_at{};
  };

  struct Ended {
    Arrival arrival;  ///< Of one that was begun.
    ports::Completion completion;
  };

  struct Flow {
    ports::Gate gate;
    int under_way = 0;
    std::uint64_t failures = 0;
    std::deque<ports::Request> waiting;

    bool is_open() const;
  };

  void begin(ports::Request request);
  void begin_waiting(Flow& flow);
  void end(Flight flight);
  void return_not_started(ports::Request request);

  SimClock& clock_;
  SimReceiver& receiver_;
  PortHooks& hooks_;
  Wiretap& wiretap_;
  ports::AckJournal* journal_ = nullptr;
  std::function<bool(core::Millis)> may_begin_;
  std::vector<Flight> flights_;
  std::vector<Ended> ended_;             // and not collected
  std::map<std::uint32_t, Flow> flows_;  // by number
  int requests_made_ = 0;
  bool woken_ = false;
};

}  // namespace keitaro_outbox::simulation
