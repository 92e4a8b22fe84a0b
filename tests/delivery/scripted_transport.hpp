#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "ports/transport.hpp"

namespace keitaro_outbox::simulation {

/// A transport for one tracker in which nothing ends, and nothing that waits is begun, but by the test.
class ScriptedTransport final : public ports::Transport {
 public:
  void submit(std::vector<ports::Request>& requests) override {
    std::move(requests.begin(), requests.end(), std::back_inserter(waiting_));
    requests.clear();
  }
  void set_gate(ports::FlowId, const ports::Gate& gate) override {
    gate_ = gate;
    std::erase_if(waiting_, [&](ports::Request& request) {
      if (request.generation >= gate.generation) return false;
      ports::Completion& completion = ended_.emplace_back();
      completion.ticket = request.ticket;
      completion.not_started = true;
      completion.url = std::move(request.url);
      return true;
    });
  }
  void collect(std::vector<ports::Completion>& completions) override {
    std::move(ended_.begin(), ended_.end(), std::back_inserter(completions));
    ended_.clear();
  }
  void acknowledge(ports::AckId ack) noexcept override { acknowledged.push_back(ack.value); }

  /// Begins what waits, as far as the gate lets it.
  void begin_waiting() {
    if (gate_.stops_at_failure && failures_ > gate_.failures_read) return;
    const auto permits = static_cast<std::size_t>(std::max(gate_.permits, 0));
    const std::size_t count = std::min(waiting_.size(), permits - std::min(permits, begun_.size()));
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    std::move(waiting_.begin(), end, std::back_inserter(begun_));
    waiting_.erase(waiting_.begin(), end);
  }

  /// The oldest request that was begun ends.
  void end_first(core::Exchange exchange, bool replayed = false, std::optional<ports::AckId> ack = {}) {
    const bool failed = !replayed && !core::is_taken_in(exchange);
    if (failed) ++failures_;
    ended_.push_back({.ticket = begun_.front().ticket,
                      .exchange = std::move(exchange),
                      .started_at = {},
                      .latency = std::chrono::milliseconds{2},
                      .receipt = ack,
                      .replayed = replayed,
                      .failed = failed});
    begun_.erase(begun_.begin());
  }

  std::size_t begun() const { return begun_.size(); }
  std::size_t waiting() const { return waiting_.size(); }

  std::vector<std::uint32_t> acknowledged;

 private:
  ports::Gate gate_;
  std::uint64_t failures_ = 0;
  std::vector<ports::Request> waiting_;
  std::vector<ports::Request> begun_;
  std::vector<ports::Completion> ended_;
};

}  // namespace keitaro_outbox::simulation
