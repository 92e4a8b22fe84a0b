#include "worker/replaying_transport.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace keitaro_outbox::worker {

ReplayingTransport::ReplayingTransport(ports::Transport& transport, const Left& left,
                                       std::function<void()> on_completion)
    : transport_(transport), on_completion_(std::move(on_completion)) {
  for (const auto& [number, receipt] : left)
    left_.insert_or_assign(receipt.row.value, std::pair{number, receipt});
}

void ReplayingTransport::submit(std::vector<ports::Request>& requests) {
  if (!left_.empty()) {
    replayed_.reserve(replayed_.size() + requests.size());  // Nothing fails from here on.
    const std::size_t before = replayed_.size();
    // The order of the others stays.
    auto kept = requests.begin();
    for (auto request = requests.begin(); request != requests.end(); ++request) {
      if (replay(*request)) continue;
      if (kept != request) *kept = std::move(*request);
      ++kept;
    }
    requests.erase(kept, requests.end());
    if (replayed_.size() > before && on_completion_) on_completion_();
  }
  transport_.submit(requests);
}

/// Of a row that was changed since, or tried again, the receipt says nothing.
bool ReplayingTransport::replay(ports::Request& request) noexcept {
  const auto found = left_.find(request.row.value);
  if (found == left_.end()) return false;
  const auto [number, receipt] = found->second;
  left_.erase(found);
  if (receipt.version != request.version) {
    transport_.acknowledge(number);
    return false;
  }
  replayed_.push_back(
      {.ticket = request.ticket,
       .exchange = core::Answer{receipt.http_status, std::move(request.sentinel), std::nullopt},
       .started_at = receipt.started_at,
       .latency = receipt.latency,
       .receipt = number,
       .replayed = true});
  return true;
}

void ReplayingTransport::collect(std::vector<ports::Completion>& completions) {
  completions.reserve(completions.size() + replayed_.size());
  std::move(replayed_.begin(), replayed_.end(), std::back_inserter(completions));
  replayed_.clear();
  transport_.collect(completions);
}

}  // namespace keitaro_outbox::worker
