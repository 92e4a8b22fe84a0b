#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/rules/answer.hpp"
#include "core/text/time.hpp"
#include "http/client/response_reader.hpp"
#include "ports/in_progress_slot.hpp"

namespace keitaro_outbox::http {

/// What all transfers have in common.
struct TransferOptions {
  std::string user_agent;
  std::size_t body_ceiling =
      0;                ///< Bytes of an answer's body that are kept; no more than these are waited for.
  std::string ca_file;  ///< Trusted certificates (PEM) in place of the system's; empty for these.
};

/// What one transfer asks for.
struct TransferTarget {
  const std::string& url;    ///< With the key.
  core::Millis timeout{};    ///< What the whole exchange was given: for texts.
  core::Millis remaining{};  ///< What is left of it, more than 0.
  bool allow_private = false;
};

/// One GET over libcurl with all our rules: an easy handle with its bounds, the address guard, and the answer
/// as it comes in. Used again for one request after another. Neither copied nor moved, as libcurl holds its
/// address.
class Transfer {
 public:
  /// Throws std::runtime_error where libcurl cannot do what the rules need.
  explicit Transfer(const TransferOptions& options);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Notes the row in `mark` while its answer is being read.
  void set_in_progress_slot(const ports::InProgressSlot& mark, core::OutboxId row) {
    mark_ = mark;
    row_ = row;
  }

  /// Makes ready for another request; false for a URL that is neither http nor https.
  bool prepare(const TransferTarget& target);

  /// Whether a request may silently be sent once more on a new connection, after the one it went out on was
  /// closed without an answer. HTTP/2 needs it: a connection that a server ends in good order hands back
  /// requests that it has not looked at. With HTTP/1 nobody knows, so there it is an answer lost, and counted
  /// as an attempt. False after prepare().
  void allow_resend(bool allow) { resend_allowed_ = allow; }

  /// Ends the transfer soon after `asked` gives true; it is called about once a second, lives as long as the
  /// transfer, and must not throw.
  void give_up_when(const std::function<bool()>& asked) { stop_asked_ = &asked; }

  /// What came of it. `result` as libcurl gave it.
  core::Exchange conclude(CURLcode result);

  /// After a time-out, before the handle leaves its multi handle: shuts the connection down when nothing at
  /// all has come over it since the request was submitted. Otherwise later requests would share an HTTP/2
  /// connection that is dead, and time out too.
  void drop_connection_if_silent(core::Millis since_submitted);

  /// Counts up `begun` whenever the request goes out on a connection. The counter outlives the transfer.
  void count_in(std::size_t& begun) { begun_ = &begun; }

  CURL* easy() const { return easy_.get(); }
  bool over_tls() const { return over_tls_; }

  /// Has reached_peer() see the beginning of a TLS handshake as well; for probes, as it costs time.
  void watch_tls();

  /// Whether a connection was there: TCP alone if watched, otherwise with TLS where the URL asks for it.
  bool reached_peer() const { return sends_ > 0 || tls_began_; }

  /// Whether, at the end, the request had been sent, in part at least.
  bool sent() const;

 private:
  struct Cleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  void set_rules(const TransferOptions& options);
  void set_callbacks();
  void trace(bool on);
  bool look_at_header_first(std::string_view piece);

  template <typename Address>
  void note_refusal(Address address) noexcept;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_trace(CURL* easy, curl_infotype type, char* data, std::size_t size, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_progress(void* self, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                         curl_off_t up);
  static int on_before_request(void* self, char* peer, char* local, int peer_port, int local_port);

  ResponseReader reader_;
  ports::InProgressSlot mark_;
  core::OutboxId row_;
  core::Millis timeout_{};
  bool allow_private_ = false;
  bool over_tls_ = false;
  bool resend_allowed_ = false;
  bool tls_began_ = false;
  std::size_t* begun_ = nullptr;
  const std::function<bool()>* stop_asked_ = nullptr;
  const std::size_t most_after_headers_;
  bool watches_tls_ = false;
  bool traces_ = false;
  int calls_after_headers_ = 0;
  std::size_t traced_body_bytes_ = 0;  // chunks' sizes and extensions included
  std::size_t line_bytes_ = 0;         // of a header line that libcurl has not taken in yet
  bool header_taken_in_ = false;
  bool continues_nothing_ = false;  // a header line did
  int sends_ = 0;                   // connections the request was about to be sent on
  bool socket_opened_ = false;
  int socket_errno_ = 0;  // where none could be opened
  std::string refusal_;   // of the first address that the guard turned away
  std::unique_ptr<CURL, Cleanup> easy_;
};

}  // namespace keitaro_outbox::http
