#include "schedules/sim_transport.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace keitaro_outbox::simulation {

void SimTransport::submit(std::vector<ports::Request>& requests) {
  if (requests.empty()) return;
  hooks_.before(PortCall::submit);
  for (ports::Request& request : requests) {
    Flow& flow = flows_[request.flow.value];
    flow.waiting.push_back(std::move(request));
    begin_waiting(flow);
  }
  requests.clear();
  hooks_.after(PortCall::submit);
}

void SimTransport::begin_waiting(Flow& flow) {
  for (; !flow.waiting.empty() && flow.under_way < flow.limit; flow.waiting.pop_front()) {
    ++flow.under_way;
    begin(flow.waiting.front());
  }
}

void SimTransport::begin(const ports::Request& request) {
  const core::SteadyTime now = clock_.steady();
  Arrival arrival = read_request(request, now);
  wiretap_.on_request(arrival);
  ++requests_made_;
  Reply reply = receiver_.reply_to(arrival);
  const bool timed_out = reply.latency > request.timeout;
  const core::Millis lasts = timed_out ? request.timeout : reply.latency;
  flights_.push_back({.ticket = request.ticket,
                      .flow = request.flow.value,
                      .arrival = std::move(arrival),
                      .to_be_taken_in = reply.taken_in,
                      .arrives_at = now + lasts / 2,
                      .ends_at = now + lasts,
                      .exchange = timed_out ? core::AnswerLost{"timed out"} : std::move(reply.exchange),
                      .started_at = clock_.wall()});
}

void SimTransport::limit(ports::FlowId number, int requests) {
  Flow& flow = flows_[number.value];
  flow.limit = requests;
  begin_waiting(flow);
}

void SimTransport::take_back(ports::FlowId number, std::vector<ports::Request>& requests) {
  auto& waiting = flows_[number.value].waiting;
  std::move(waiting.begin(), waiting.end(), std::back_inserter(requests));
  waiting.clear();
}

std::size_t SimTransport::waiting() const {
  std::size_t waiting = 0;
  for (const auto& [number, flow] : flows_) waiting += flow.waiting.size();
  return waiting;
}

void SimTransport::collect(std::vector<ports::Completion>& completions) {
  hooks_.before(PortCall::collect);
  deliver_arrivals();
  const core::SteadyTime now = clock_.steady();
  std::stable_sort(flights_.begin(), flights_.end(),
                   [](const Flight& a, const Flight& b) { return a.ends_at < b.ends_at; });
  const auto under_way = std::find_if(flights_.begin(), flights_.end(),
                                      [&](const Flight& flight) { return flight.ends_at > now; });
  for (auto flight = flights_.begin(); flight != under_way; ++flight) {
    wiretap_.on_completion(flight->arrival, flight->exchange);
    completions.push_back(
        {.ticket = flight->ticket,
         .exchange = std::move(flight->exchange),
         .started_at = flight->started_at,
         .latency = std::chrono::duration_cast<core::Millis>(flight->ends_at - flight->arrival.sent_at)});
  }
  for (auto flight = flights_.begin(); flight != under_way; ++flight) --flows_[flight->flow].under_way;
  flights_.erase(flights_.begin(), under_way);
  for (auto& [number, flow] : flows_) begin_waiting(flow);
  hooks_.after(PortCall::collect);
}

void SimTransport::deliver_arrivals() {
  for (Flight& flight : flights_) {
    if (!flight.to_be_taken_in || flight.arrives_at > clock_.steady()) continue;
    flight.to_be_taken_in = false;
    receiver_.take_in(flight.arrival);
  }
}

std::optional<core::SteadyTime> SimTransport::next_event() const {
  std::optional<core::SteadyTime> next;
  for (const Flight& flight : flights_) {
    const core::SteadyTime at = flight.to_be_taken_in ? flight.arrives_at : flight.ends_at;
    if (!next || at < *next) next = at;
  }
  return next;
}

void SimTransport::hang_up(SimRandom& chance) {
  deliver_arrivals();
  for (Flight& flight : flights_) {
    if (flight.to_be_taken_in && chance.happens(0.5)) receiver_.take_in(std::move(flight.arrival));
  }
  flights_.clear();
  flows_.clear();
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

}  // namespace keitaro_outbox::simulation
