#include "http/client/admission_queue.hpp"

#include <chrono>
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

bool AdmissionQueue::Flow::is_open() const {
  if (gate.stops_at_failure && failures > gate.failures_read) return false;
  return under_way < gate.permits;
}

void AdmissionQueue::enter(std::vector<ports::Request>& requests, std::vector<Submission>& begun) {
  begun.reserve(begun.size() + requests.size());
  const std::lock_guard lock(mutex_);
  TakenOut taken(requests);
  for (ports::Request& request : requests) {
    Flow& its = flow(request.flow);
    if (request.generation < its.gate.generation) {
      return_not_started(request);
    } else if (its.is_open() && its.waiting.empty()) {
      ++its.under_way;
      begun.push_back(begun_now(std::move(request)));
    } else {
      its.waiting.push_back(std::move(request));
    }
    ++taken.count;
  }
}

std::optional<Submission> AdmissionQueue::end(ports::FlowId number, bool failed) noexcept {
  const std::lock_guard lock(mutex_);
  Flow& its = flows_[number.value];
  --its.under_way;
  if (failed) ++its.failures;
  return begin_next(its);
}

void AdmissionQueue::end_in_own_trouble(ports::FlowId number) noexcept {
  const std::lock_guard lock(mutex_);
  --flows_[number.value].under_way;
}

void AdmissionQueue::set_gate(ports::FlowId number, const ports::Gate& gate, std::vector<Submission>& begun) {
  const std::lock_guard lock(mutex_);
  Flow& its = flow(number);
  for (; !its.waiting.empty() && its.waiting.front().generation < gate.generation; its.waiting.pop_front())
    return_not_started(its.waiting.front());
  begun.reserve(begun.size() + its.waiting.size());
  its.gate = gate;
  while (auto next = begin_next(its)) begun.push_back(*std::move(next));
}

void AdmissionQueue::collect_not_started(std::vector<ports::Completion>& completions) {
  if (!has_not_started()) return;
  const std::lock_guard lock(mutex_);
  completions.reserve(completions.size() + returned_.size());
  for (ports::Request& request : returned_) {
    ports::Completion& completion = completions.emplace_back();
    completion.ticket = request.ticket;
    completion.not_started = true;
    completion.url = std::move(request.url);
  }
  returned_.clear();
  not_started_.store(0, std::memory_order_relaxed);
}

std::size_t AdmissionQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  std::size_t waiting = 0;
  for (const Flow& flow : flows_) waiting += flow.waiting.size();
  return waiting;
}

AdmissionQueue::Flow& AdmissionQueue::flow(ports::FlowId number) {
  while (flows_.size() <= number.value) flows_.emplace_back();
  return flows_[number.value];
}

std::optional<Submission> AdmissionQueue::begin_next(Flow& flow) noexcept {
  if (flow.waiting.empty() || !flow.is_open()) return std::nullopt;
  ++flow.under_way;
  Submission next = begun_now(std::move(flow.waiting.front()));
  flow.waiting.pop_front();
  return next;
}

/// Where memory runs out nothing has changed.
void AdmissionQueue::return_not_started(ports::Request& request) {
  returned_.push_back(std::move(request));
  not_started_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace keitaro_outbox::http
