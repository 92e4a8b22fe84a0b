#pragma once

#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ports/ack_journal.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::worker {

/// A transport that knows what an earlier worker was answered and could not record any more: such a request
/// is not made again, but ends with that answer, whatever its flow's gate.
class ReplayingTransport final : public ports::Transport {
 public:
  using Left = std::vector<std::pair<ports::AckId, ports::Ack>>;

  /// `on_completion` is called where a request has ended so. All but `left` outlive this.
  ReplayingTransport(ports::Transport& transport, const Left& left, std::function<void()> on_completion);

  void submit(std::vector<ports::Request>& requests) override;
  void set_gate(ports::FlowId flow, const ports::Gate& gate) override { transport_.set_gate(flow, gate); }
  void collect(std::vector<ports::Completion>& completions) override;
  void expect() noexcept override { transport_.expect(); }
  void acknowledge(ports::AckId receipt) noexcept override { transport_.acknowledge(receipt); }

 private:
  bool replay(ports::Request& request) noexcept;

  ports::Transport& transport_;
  std::function<void()> on_completion_;
  std::unordered_map<std::int64_t, std::pair<ports::AckId, ports::Ack>> left_;  // by row
  std::vector<ports::Completion> replayed_;
};

}  // namespace keitaro_outbox::worker
