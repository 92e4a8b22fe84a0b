#include "http/client/curl_transport.hpp"

#include <algorithm>
#include <utility>

#include "http/client/sender.hpp"

namespace keitaro_outbox::http {

CurlTransport::CurlTransport(Options options) : receipts_(options.receipts) {
  const TransferOptions common{std::move(options.user_agent), options.body_ceiling,
                               std::move(options.ca_file)};
  const auto count = static_cast<std::size_t>(std::max(1, options.senders));
  hand_over_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto mark = i < options.marks.size() ? options.marks[i] : ports::InProgressSlot();
    senders_.push_back(std::make_unique<Sender>(
        common, SenderSurroundings{waiting_room_, receipts_, mark, options.on_completion}));
  }
}

CurlTransport::~CurlTransport() = default;

void CurlTransport::submit(std::vector<ports::Request>& requests) {
  if (!requests.empty()) waiting_room_.enter(requests, begun_);
  hand_over();
}

void CurlTransport::limit(ports::FlowId flow, int requests) {
  waiting_room_.limit(flow, requests, begun_);
  hand_over();
}

void CurlTransport::take_back(ports::FlowId flow, std::vector<ports::Request>& requests) {
  waiting_room_.take_back(flow, requests);
}

/// Where memory runs out, it is here, or between a sender and what it is handed over: no request is in two
/// places.
void CurlTransport::hand_over() {
  for (auto& submissions : hand_over_) submissions.reserve(submissions.size() + begun_.size());
  for (Submission& submission : begun_) hand_over_[least_loaded()].push_back(std::move(submission));
  begun_.clear();
  for (std::size_t i = 0; i < senders_.size(); ++i) senders_[i]->submit(hand_over_[i]);
}

/// A lone request goes to the first of those that have nothing to do.
void CurlTransport::expect() noexcept {
  senders_[least_loaded()]->expect();
}

void CurlTransport::acknowledge(ports::AckId receipt) noexcept {
  if (receipts_ != nullptr) receipts_->forget(receipt);
}

void CurlTransport::collect(std::vector<ports::Completion>& completions) {
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
