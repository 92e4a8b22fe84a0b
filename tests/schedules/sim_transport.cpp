#include "schedules/sim_transport.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace keitaro_outbox::simulation {

bool SimTransport::Flow::is_open() const {
  if (gate.stops_at_failure && failures > gate.failures_read) return false;
  return under_way < gate.permits;
}

void SimTransport::submit(std::vector<ports::Request>& requests) {
  if (requests.empty()) return;
  hooks_.before(PortCall::submit);
  for (ports::Request& request : requests) {
    Flow& flow = flows_[request.flow.value];
    if (request.generation < flow.gate.generation) {
      return_not_started(std::move(request));
    } else {
      flow.waiting.push_back(std::move(request));
      begin_waiting(flow);
    }
  }
  requests.clear();
  hooks_.after(PortCall::submit);
}

void SimTransport::set_gate(ports::FlowId number, const ports::Gate& gate) {
  Flow& flow = flows_[number.value];
  for (; !flow.waiting.empty() && flow.waiting.front().generation < gate.generation; flow.waiting.pop_front())
    return_not_started(std::move(flow.waiting.front()));
  flow.gate = gate;
  begin_waiting(flow);
}

void SimTransport::return_not_started(ports::Request request) {
  ports::Completion& completion = ended_.emplace_back().completion;
  completion.ticket = request.ticket;
  completion.not_started = true;
  completion.url = std::move(request.url);
}

void SimTransport::begin_waiting(Flow& flow) {
  while (!flow.waiting.empty() && flow.is_open()) {
    ports::Request next = std::move(flow.waiting.front());
    flow.waiting.pop_front();
    ++flow.under_way;
    begin(std::move(next));
  }
}

void SimTransport::begin(ports::Request request) {
  const core::SteadyTime now = clock_.steady();
  if (may_begin_ && !may_begin_(request.timeout)) {
    --flows_[request.flow.value].under_way;
    ports::Completion& completion = ended_.emplace_back().completion;
    completion.ticket = request.ticket;
    completion.exchange = core::OwnTrouble{"the worker's share may pass to another one"};
    completion.not_started = true;
    completion.url = std::move(request.url);
    return;
  }
  Arrival arrival = read_request(request, now);
  wiretap_.on_request(arrival);
  ++requests_made_;
  Reply reply = receiver_.reply_to(arrival);
  const bool timed_out = reply.latency > request.timeout;
  const core::Millis lasts = timed_out ? request.timeout : reply.latency;
  flights_.push_back({.request = std::move(request),
                      .arrival = std::move(arrival),
                      .to_be_taken_in = reply.taken_in,
                      .arrives_at = now + lasts / 2,
                      .ends_at = now + lasts,
                      .exchange = timed_out ? core::AnswerLost{"timed out"} : std::move(reply.exchange),
                      .started_at = clock_.wall()});
}

void SimTransport::end(Flight flight) {
  Flow& flow = flows_[flight.request.flow.value];
  Ended& ended = ended_.emplace_back();
  ended.arrival = std::move(flight.arrival);
  ports::Completion& completion = ended.completion;
  completion.ticket = flight.request.ticket;
  completion.exchange = std::move(flight.exchange);
  completion.started_at = flight.started_at;
  completion.latency = std::chrono::duration_cast<core::Millis>(flight.ends_at - ended.arrival.sent_at);
  --flow.under_way;
  if (std::holds_alternative<core::OwnTrouble>(completion.exchange)) {
    completion.not_started = true;
    completion.url = std::move(flight.request.url);
    return;  // None takes its place.
  }
  completion.failed = !core::is_taken_in(completion.exchange);
  if (completion.failed) ++flow.failures;
  const auto* answer = std::get_if<core::Answer>(&completion.exchange);
  if (journal_ != nullptr && !completion.failed && core::says(*answer, flight.request.sentinel)) {
    completion.receipt = journal_->keep({flight.request.row, flight.request.version, answer->http_status,
                                         completion.started_at, completion.latency});
  }
  begin_waiting(flow);
}

void SimTransport::take_in_arrivals() {
  for (Flight& flight : flights_) {
    if (!flight.to_be_taken_in || flight.arrives_at > clock_.steady()) continue;
    flight.to_be_taken_in = false;
    receiver_.take_in(flight.arrival);
  }
}

void SimTransport::catch_up() {
  take_in_arrivals();
  const core::SteadyTime now = clock_.steady();
  std::stable_sort(flights_.begin(), flights_.end(),
                   [](const Flight& a, const Flight& b) { return a.ends_at < b.ends_at; });
  const auto under_way = std::find_if(flights_.begin(), flights_.end(),
                                      [&](const Flight& flight) { return flight.ends_at > now; });
  std::vector<Flight> over(std::move_iterator(flights_.begin()), std::move_iterator(under_way));
  flights_.erase(flights_.begin(), under_way);
  for (Flight& flight : over) end(std::move(flight));
}

void SimTransport::collect(std::vector<ports::Completion>& completions) {
  hooks_.before(PortCall::collect);
  catch_up();
  woken_ = false;
  for (Ended& ended : ended_) {
    if (!ended.completion.not_started) wiretap_.on_completion(ended.arrival, ended.completion.exchange);
    completions.push_back(std::move(ended.completion));
  }
  ended_.clear();
  hooks_.after(PortCall::collect);
}

void SimTransport::acknowledge(ports::AckId receipt) noexcept {
  if (journal_ != nullptr) journal_->forget(receipt);
}

std::optional<core::SteadyTime> SimTransport::next_event() const {
  if (woken_ || !ended_.empty()) return clock_.steady();
  return next_on_the_wire();
}

void SimTransport::hang_up(SimRandom& chance) {
  take_in_arrivals();
  for (Flight& flight : flights_) {
    if (flight.to_be_taken_in && chance.happens(0.5)) receiver_.take_in(std::move(flight.arrival));
  }
  flights_.clear();
  ended_.clear();
  flows_.clear();
  woken_ = false;
}

int SimTransport::in_flight(const std::string& tracker) const {
  return static_cast<int>(std::count_if(flights_.begin(), flights_.end(), [&](const Flight& flight) {
    return flight.arrival.tracker == tracker;
  }));
}

int SimTransport::in_flight_of_click(const std::string& tracker, const std::string& subid) const {
  return static_cast<int>(std::count_if(flights_.begin(), flights_.end(), [&](const Flight& flight) {
    return flight.arrival.tracker == tracker && flight.arrival.param("subid") == subid;
  }));
}

int SimTransport::on_the_wire(const std::string& tracker, const std::string& subid) const {
  return static_cast<int>(std::count_if(flights_.begin(), flights_.end(), [&](const Flight& flight) {
    return flight.ends_at > clock_.steady() && flight.arrival.tracker == tracker &&
           flight.arrival.param("subid") == subid;
  }));
}

std::optional<core::SteadyTime> SimTransport::next_arrival() const {
  std::optional<core::SteadyTime> next;
  for (const Flight& flight : flights_) {
    if (flight.to_be_taken_in && (!next || flight.arrives_at < *next)) next = flight.arrives_at;
  }
  return next;
}

std::optional<core::SteadyTime> SimTransport::next_on_the_wire() const {
  std::optional<core::SteadyTime> next;
  for (const Flight& flight : flights_) {
    const core::SteadyTime at = flight.to_be_taken_in ? flight.arrives_at : flight.ends_at;
    if (!next || at < *next) next = at;
  }
  return next;
}

std::size_t SimTransport::waiting() const {
  std::size_t waiting = 0;
  for (const auto& [number, flow] : flows_) waiting += flow.waiting.size();
  return waiting;
}

}  // namespace keitaro_outbox::simulation
