#pragma once

#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ports/receipts.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::worker {

/// A transport that knows what an earlier worker was answered and could not record any more: such a request
/// is not made again, but ends with that answer.
class RedeemingTransport final : public ports::Transport {
 public:
  using Left = std::vector<std::pair<ports::ReceiptNumber, ports::Receipt>>;

  /// `on_completion` is called where a request has ended so. All but `left` outlive this.
  RedeemingTransport(ports::Transport& transport, const Left& left, std::function<void()> on_completion);

  void submit(std::vector<ports::Request>& requests) override;
  void limit(ports::LaneNumber lane, int requests) override { transport_.limit(lane, requests); }
  void take_back(ports::LaneNumber lane, std::vector<ports::Request>& requests) override {
    transport_.take_back(lane, requests);
  }
  std::size_t waiting() const override { return transport_.waiting(); }
  void collect(std::vector<ports::Completion>& completions) override;
  void expect() noexcept override { transport_.expect(); }
  void acknowledge(ports::ReceiptNumber receipt) noexcept override { transport_.acknowledge(receipt); }

 private:
  bool redeem(ports::Request& request) noexcept;

  ports::Transport& transport_;
  std::function<void()> on_completion_;
  std::unordered_map<std::int64_t, std::pair<ports::ReceiptNumber, ports::Receipt>> left_;  // by row
  std::vector<ports::Completion> redeemed_;
};

}  // namespace keitaro_outbox::worker
