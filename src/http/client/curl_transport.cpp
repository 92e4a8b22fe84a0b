#include "http/client/curl_transport.hpp"

#include <algorithm>
#include <utility>

#include "http/client/sender.hpp"

namespace keitaro_outbox::http {

CurlTransport::CurlTransport(Options options)
    : receipts_(options.receipts), on_completion_(options.on_completion) {
  const TransferOptions common{std::move(options.user_agent), options.body_ceiling,
                               std::move(options.ca_file)};
  const auto count = static_cast<std::size_t>(std::max(1, options.senders));
  hand_over_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto mark = i < options.marks.size() ? options.marks[i] : ports::InProgressSlot();
    senders_.push_back(std::make_unique<Sender>(
        common,
        SenderSurroundings{admission_queue_, receipts_, mark, options.on_completion, options.may_begin}));
  }
}

CurlTransport::~CurlTransport() = default;

void CurlTransport::submit(std::vector<ports::Request>& requests) {
  if (!requests.empty()) admission_queue_.enter(requests, begun_);
  hand_over();
}

void CurlTransport::set_gate(ports::FlowId flow, const ports::Gate& gate) {
  admission_queue_.set_gate(flow, gate, begun_);
  hand_over();
}

/// Where memory runs out, it is here, or between a sender and what it is handed over: no request is in two
/// places.
void CurlTransport::hand_over() {
  for (auto& submissions : hand_over_) submissions.reserve(submissions.size() + begun_.size());
  for (Submission& submission : begun_) hand_over_[least_loaded()].push_back(std::move(submission));
  begun_.clear();
  for (std::size_t i = 0; i < senders_.size(); ++i) senders_[i]->submit(hand_over_[i]);
  if (admission_queue_.has_not_started() && on_completion_) on_completion_();
}

/// A lone request goes to the first of those that have nothing to do.
void CurlTransport::expect() noexcept {
  senders_[least_loaded()]->expect();
}

void CurlTransport::acknowledge(ports::AckId receipt) noexcept {
  if (receipts_ != nullptr) receipts_->forget(receipt);
}

void CurlTransport::collect(std::vector<ports::Completion>& completions) {
  admission_queue_.collect_not_started(completions);
  for (const auto& sender : senders_) sender->collect(completions);
}

std::size_t CurlTransport::least_loaded() const {
  std::size_t best = 0;
  std::size_t least = senders_[0]->load() + hand_over_[0].size();
  for (std::size_t i = 1; i < senders_.size(); ++i) {
    const std::size_t load = senders_[i]->load() + hand_over_[i].size();
    if (load >= least) continue;
    best = i;
    least = load;
  }
  return best;
}

}  // namespace keitaro_outbox::http
