#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "ports/transport.hpp"

namespace keitaro_outbox::simulation {

/// A transport in which nothing ends, and nothing that waits is begun, but by the test.
class ScriptedTransport final : public ports::Transport {
 public:
  void submit(std::vector<ports::Request>& requests) override {
    std::move(requests.begin(), requests.end(), std::back_inserter(waiting_));
    requests.clear();
  }
  void limit(ports::FlowId, int requests) override { limit_ = static_cast<std::size_t>(requests); }
  void take_back(ports::FlowId, std::vector<ports::Request>& requests) override {
    std::move(waiting_.begin(), waiting_.end(), std::back_inserter(requests));
    waiting_.clear();
  }
  std::size_t waiting() const override { return waiting_.size(); }
  void collect(std::vector<ports::Completion>& completions) override {
    std::move(ended_.begin(), ended_.end(), std::back_inserter(completions));
    ended_.clear();
  }
  void acknowledge(ports::AckId ack) noexcept override { acknowledged.push_back(ack.value); }

  /// Begins what waits, up to the limit.
  void begin_waiting() {
    const std::size_t count = std::min(waiting_.size(), limit_ - std::min(limit_, begun_.size()));
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    std::move(waiting_.begin(), end, std::back_inserter(begun_));
    waiting_.erase(waiting_.begin(), end);
  }

  /// The oldest request that was begun ends.
  void end_first(core::Exchange exchange, bool replayed = false, std::optional<ports::AckId> ack = {}) {
    ended_.push_back({.ticket = begun_.front().ticket,
                      .exchange = std::move(exchange),
                      .started_at = {},
                      .latency = std::chrono::milliseconds{2},
                      .receipt = ack,
                      .replayed = replayed});
    begun_.erase(begun_.begin());
  }

  std::size_t begun() const { return begun_.size(); }

  std::vector<std::uint32_t> acknowledged;

 private:
  std::size_t limit_ = std::numeric_limits<std::size_t>::max();
  std::vector<ports::Request> waiting_;
  std::vector<ports::Request> begun_;
  std::vector<ports::Completion> ended_;
};

}  // namespace keitaro_outbox::simulation
