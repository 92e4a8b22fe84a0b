#include "http/client/admission_queue.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "ports/clock.hpp"

namespace keitaro_outbox::http {
namespace {

Submission begun_now(ports::Request request) noexcept {
  return {std::move(request), std::chrono::steady_clock::now(), ports::wall_now()};
}

/// Takes the first so many out, however its scope ends.
class TakenOut {
 public:
  explicit TakenOut(std::vector<ports::Request>& requests) : requests_(requests) {}
  ~TakenOut() { requests_.erase(requests_.begin(), requests_.begin() + count); }
  TakenOut(const TakenOut&) = delete;
  TakenOut& operator=(const TakenOut&) = delete;
  std::ptrdiff_t count = 0;

 private:
  std::vector<ports::Request>& requests_;
};

}  // namespace

void AdmissionQueue::enter(std::vector<ports::Request>& requests, std::vector<Submission>& begun) {
  begun.reserve(begun.size() + requests.size());
  const std::lock_guard lock(mutex_);
  TakenOut taken(requests);
  for (ports::Request& request : requests) {
    Flow& its = flow(request.flow);
    if (its.under_way < its.limit && its.waiting.empty()) {
      ++its.under_way;
      begun.push_back(begun_now(std::move(request)));
    } else {
      its.waiting.push_back(std::move(request));
      waiting_.fetch_add(1, std::memory_order_relaxed);
    }
    ++taken.count;
  }
}

std::optional<Submission> AdmissionQueue::replace(ports::FlowId number) noexcept {
  const std::lock_guard lock(mutex_);
  Flow& its = flows_[number.value];
  --its.under_way;
  return begin_next(its);
}

void AdmissionQueue::leave(ports::FlowId number) noexcept {
  const std::lock_guard lock(mutex_);
  --flows_[number.value].under_way;
}

void AdmissionQueue::limit(ports::FlowId number, int requests, std::vector<Submission>& begun) {
  const std::lock_guard lock(mutex_);
  Flow& its = flow(number);
  begun.reserve(begun.size() + its.waiting.size());
  its.limit = static_cast<std::size_t>(std::max(requests, 0));
  while (auto next = begin_next(its)) begun.push_back(*std::move(next));
}

void AdmissionQueue::take_back(ports::FlowId number, std::vector<ports::Request>& requests) {
  const std::lock_guard lock(mutex_);
  Flow& its = flow(number);
  requests.reserve(requests.size() + its.waiting.size());
  std::move(its.waiting.begin(), its.waiting.end(), std::back_inserter(requests));
  waiting_.fetch_sub(its.waiting.size(), std::memory_order_relaxed);
  its.waiting.clear();
}

AdmissionQueue::Flow& AdmissionQueue::flow(ports::FlowId number) {
  while (flows_.size() <= number.value) flows_.emplace_back();
  return flows_[number.value];
}

std::optional<Submission> AdmissionQueue::begin_next(Flow& flow) noexcept {
  if (flow.waiting.empty() || flow.under_way >= flow.limit) return std::nullopt;
  ++flow.under_way;
  Submission next = begun_now(std::move(flow.waiting.front()));
  flow.waiting.pop_front();
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  return next;
}

}  // namespace keitaro_outbox::http
