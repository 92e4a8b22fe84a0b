#include "worker/redeeming_transport.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace keitaro_outbox::worker {

RedeemingTransport::RedeemingTransport(ports::Transport& transport, const Left& left,
                                       std::function<void()> on_completion)
    : transport_(transport), on_completion_(std::move(on_completion)) {
  for (const auto& [number, receipt] : left)
    left_.insert_or_assign(receipt.row.value, std::pair{number, receipt});
}

void RedeemingTransport::submit(std::vector<ports::Request>& requests) {
  if (!left_.empty()) {
    redeemed_.reserve(redeemed_.size() + requests.size());  // Nothing fails from here on.
    const std::size_t before = redeemed_.size();
    // The order of the others stays.
    auto kept = requests.begin();
    for (auto request = requests.begin(); request != requests.end(); ++request) {
      if (redeem(*request)) continue;
      if (kept != request) *kept = std::move(*request);
      ++kept;
    }
    requests.erase(kept, requests.end());
    if (redeemed_.size() > before && on_completion_) on_completion_();
  }
  transport_.submit(requests);
}

/// Of a row that was changed since, or tried again, the receipt says nothing.
bool RedeemingTransport::redeem(ports::Request& request) noexcept {
  const auto found = left_.find(request.row.value);
  if (found == left_.end()) return false;
  const auto [number, receipt] = found->second;
  left_.erase(found);
  if (receipt.version != request.version) {
    transport_.acknowledge(number);
    return false;
  }
  redeemed_.push_back(
      {.ticket = request.ticket,
       .exchange = core::Answer{receipt.http_status, std::move(request.sentinel), std::nullopt},
       .started_at = receipt.started_at,
       .latency = receipt.latency,
       .receipt = number,
       .redeemed = true});
  return true;
}

void RedeemingTransport::collect(std::vector<ports::Completion>& completions) {
  completions.reserve(completions.size() + redeemed_.size());
  std::move(redeemed_.begin(), redeemed_.end(), std::back_inserter(completions));
  redeemed_.clear();
  transport_.collect(completions);
}

}  // namespace keitaro_outbox::worker
