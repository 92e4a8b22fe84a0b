#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/client/admission_queue.hpp"
#include "keitaro_outbox/version.hpp"
#include "ports/ack_journal.hpp"
#include "ports/in_progress_slot.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::http {

class Sender;

struct CurlTransportOptions {
  int senders = 1;  ///< Threads that send, at least 1; each has its own connections.
  /// Called from those threads once per batch of completions, and from the user's where requests come back as
  /// not started: cheap, and must not throw.
  std::function<void()> on_completion;
  /// Asked from those threads before a request is begun that may take so long; may be empty.
  std::function<bool(core::Millis)> may_begin = {};
  std::string user_agent = std::string("keitaro-outbox/") + kVersion;
  std::size_t body_ceiling = 16 * 1024;  ///< Bytes of an answer's body that are read.
  std::string ca_file;  ///< Trusted certificates (PEM) in place of the system's; empty for these.
  /// Where each of the senders notes the row it is handling; may be fewer than there are senders.
  std::vector<ports::InProgressSlot> marks;
  ports::AckJournal* receipts =
      nullptr;  ///< Where answers are kept until they are acknowledged; may be none.
};

/// Sends by libcurl: GET, kept-alive connections, HTTP/2 over TLS where offered, TLS always verified,
/// redirects never followed, no proxy of the environment, addresses judged where the socket is opened
/// (address_guard.hpp), answers read up to a ceiling.
///
/// A request goes to the sender with the fewest in flight, so that few requests use few connections.
class CurlTransport final : public ports::Transport {
 public:
  using Options = CurlTransportOptions;

  /// Throws std::runtime_error or std::system_error where libcurl or a thread cannot be set up.
  explicit CurlTransport(Options options);
  /// Abandons what is in flight, at once and without completions.
  ~CurlTransport() override;

  void submit(std::vector<ports::Request>& requests) override;
  void set_gate(ports::FlowId flow, const ports::Gate& gate) override;
  void collect(std::vector<ports::Completion>& completions) override;
  void expect() noexcept override;
  void acknowledge(ports::AckId receipt) noexcept override;

  /// How many requests wait at their gates.
  std::size_t waiting() const { return admission_queue_.waiting(); }

 private:
  void hand_over();
  std::size_t least_loaded() const;

  ports::AckJournal* receipts_;
  std::function<void()> on_completion_;
  AdmissionQueue admission_queue_;
  std::vector<Submission> begun_;                   // and not handed over yet
  std::vector<std::vector<Submission>> hand_over_;  // for each sender, kept for their memory
  std::vector<std::unique_ptr<Sender>> senders_;
};

}  // namespace keitaro_outbox::http
