#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "http/client/curl_transport.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::http::test {

using namespace std::chrono_literals;

/// A transport with its completions awaited. Allows private addresses unless told otherwise, as all servers
/// here are local.
class Client {
 public:
  explicit Client(CurlTransportOptions options = {});

  /// Submits one request and waits for its end.
  core::Exchange get(const std::string& url, core::Millis timeout = 10s, bool allow_private = true);
  ports::Completion complete(const std::string& url, core::Millis timeout = 10s, bool allow_private = true);

  /// Submits in one go; tickets count up from the last one given.
  void submit(std::size_t count, const std::string& url, core::Millis timeout = 10s);
  void submit(std::vector<ports::Request> requests);

  /// Waits until `count` more have ended; fewer after 20 s.
  std::vector<ports::Completion> collect(std::size_t count);

  std::size_t notifications() const;
  CurlTransport& transport() { return transport_; }

 private:
  mutable std::mutex mutex_;
  std::condition_variable notified_;
  std::size_t notifications_ = 0;
  std::uint64_t last_ticket_ = 0;
  CurlTransport transport_;  // last: its threads use the others
};

ports::Request request(std::uint64_t ticket, std::string url, core::Millis timeout = 10s,
                       bool allow_private = true);

/// The parts of an exchange; a test fails where it is of another kind.
core::Answer answer_of(const core::Exchange& exchange);
core::NotSent not_sent_of(const core::Exchange& exchange);
core::AnswerLost lost_of(const core::Exchange& exchange);

/// The kind in a word, for tables: `answer`, `not sent`, `answer lost`.
std::string kind_of(const core::Exchange& exchange);

/// The error's text, empty for an answer.
std::string error_of(const core::Exchange& exchange);

}  // namespace keitaro_outbox::http::test
