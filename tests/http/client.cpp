#include "client.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>
#include <variant>

namespace keitaro_outbox::http::test {

Client::Client(CurlTransportOptions options)
    : transport_([&] {
        options.on_completion = [this] {
          const std::lock_guard lock(mutex_);
          ++notifications_;
          notified_.notify_all();
        };
        return std::move(options);
      }()) {}

core::Exchange Client::get(const std::string& url, core::Millis timeout, bool allow_private) {
  return complete(url, timeout, allow_private).exchange;
}

ports::Completion Client::complete(const std::string& url, core::Millis timeout, bool allow_private) {
  const std::uint64_t ticket = ++last_ticket_;
  submit({request(ticket, url, timeout, allow_private)});
  std::vector<ports::Completion> completions = collect(1);
  if (completions.size() != 1 || completions[0].ticket != ticket) {
    ADD_FAILURE() << completions.size() << " completions for one request";
    return {};
  }
  return std::move(completions[0]);
}

void Client::submit(std::size_t count, const std::string& url, core::Millis timeout) {
  std::vector<ports::Request> requests;
  for (std::size_t i = 0; i < count; ++i) requests.push_back(request(++last_ticket_, url, timeout));
  submit(std::move(requests));
}

void Client::submit(std::vector<ports::Request> requests) {
  transport_.submit(requests);
  EXPECT_TRUE(requests.empty());
}

std::vector<ports::Completion> Client::collect(std::size_t count) {
  std::vector<ports::Completion> out;
  const auto give_up = std::chrono::steady_clock::now() + 20s;
  while (true) {
    std::unique_lock lock(mutex_);
    const std::size_t seen = notifications_;
    lock.unlock();
    transport_.collect(out);
    if (out.size() >= count) return out;
    lock.lock();
    if (!notified_.wait_until(lock, give_up, [&] { return notifications_ != seen; })) return out;
  }
}

std::size_t Client::notifications() const {
  const std::lock_guard lock(mutex_);
  return notifications_;
}

ports::Request request(std::uint64_t ticket, std::string url, core::Millis timeout, bool allow_private) {
  ports::Request out;
  out.ticket = ticket;
  out.url = std::move(url);
  out.timeout = timeout;
  out.allow_private = allow_private;
  return out;
}

namespace {

template <typename Kind>
Kind part(const core::Exchange& exchange) {
  if (const auto* kind = std::get_if<Kind>(&exchange)) return *kind;
  ADD_FAILURE() << "is " << kind_of(exchange) << ": " << core::describe(exchange);
  return {};
}

}  // namespace

core::Answer answer_of(const core::Exchange& exchange) {
  return part<core::Answer>(exchange);
}
core::NotSent not_sent_of(const core::Exchange& exchange) {
  return part<core::NotSent>(exchange);
}
core::AnswerLost lost_of(const core::Exchange& exchange) {
  return part<core::AnswerLost>(exchange);
}

std::string kind_of(const core::Exchange& exchange) {
  if (std::holds_alternative<core::Answer>(exchange)) return "answer";
  return std::holds_alternative<core::NotSent>(exchange) ? "not sent" : "answer lost";
}

std::string error_of(const core::Exchange& exchange) {
  if (const auto* not_sent = std::get_if<core::NotSent>(&exchange)) return not_sent->error;
  if (const auto* lost = std::get_if<core::AnswerLost>(&exchange)) return lost->error;
  return {};
}

}  // namespace keitaro_outbox::http::test
