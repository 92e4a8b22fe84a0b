#include <curl/curl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>

#include "core/rules/answer.hpp"
#include "core/rules/settle.hpp"
#include "http/client/curl_library.hpp"
#include "http/client/transfer.hpp"
#include "target.hpp"

namespace core = keitaro_outbox::core;
namespace http = keitaro_outbox::http;

namespace {

constexpr std::size_t kBodyCeiling = 2'000;
constexpr std::string_view kUrl = "http://tracker.example/s3cr3tk3y/postback?subid=1";

/// A socket in the abstract namespace that answers each connection with the same bytes, in this very thread,
/// and ends it.
class Peer {
 public:
  Peer() : name_("keitaro-outbox-fuzz-" + std::to_string(getpid())) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name_.data(), name_.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name_.size());
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(listener_, 8) != 0)
      throw std::runtime_error("the fuzzer's peer cannot listen");
  }
  ~Peer() {
    hang_up();
    close(listener_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  const std::string& name() const { return name_; }

  /// Answers whoever has connected; nothing to do where nobody has.
  void answer(std::string_view bytes) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection < 0) return;
    hang_up();
    connection_ = connection;
    // What the socket's buffer does not take is cut off: inputs are far shorter.
    static_cast<void>(send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0);
    shutdown(connection, SHUT_WR);
  }

  void hang_up() {
    if (connection_ >= 0) close(connection_);
    connection_ = -1;
  }

 private:
  std::string name_;
  int listener_ = -1;
  int connection_ = -1;
};

/// The real transfer, with nothing but its socket replaced.
class Client {
 public:
  Client() : transfer_({"fuzz", kBodyCeiling, ""}), multi_(curl_multi_init()) {
    curl_easy_setopt(transfer_.easy(), CURLOPT_ABSTRACT_UNIX_SOCKET, peer_.name().c_str());
    curl_easy_setopt(transfer_.easy(), CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(transfer_.easy(), CURLOPT_FRESH_CONNECT, 1L);
  }
  ~Client() { curl_multi_cleanup(multi_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  core::Exchange get(std::string_view answer) {
    const std::string url(kUrl);
    MUST_HOLD(transfer_.prepare({url, core::Millis{5'000}, core::Millis{5'000}, true}));
    MUST_HOLD(curl_multi_add_handle(multi_, transfer_.easy()) == CURLM_OK);
    CURLcode result = CURLE_OK;
    for (int running = 1; running > 0;) {
      MUST_HOLD(curl_multi_perform(multi_, &running) == CURLM_OK);
      peer_.answer(answer);
      int left = 0;
      if (const CURLMsg* message = curl_multi_info_read(multi_, &left)) result = message->data.result;
    }
    core::Exchange exchange = transfer_.conclude(result);
    curl_multi_remove_handle(multi_, transfer_.easy());
    peer_.hang_up();
    return exchange;
  }

 private:
  Peer peer_;
  http::Transfer transfer_;
  CURLM* multi_;
};

Client& client() {
  http::ensure_curl();
  static Client client;
  return client;
}

void check_answer(const core::Answer& answer, std::string_view bytes) {
  MUST_HOLD(answer.http_status >= 0 && answer.http_status <= 999);
  MUST_HOLD(answer.body.size() <= kBodyCeiling);
  if (!answer.retry_after) return;
  MUST_HOLD(answer.retry_after->size() <= http::ResponseReader::kRetryAfterCeiling);
  MUST_HOLD(answer.retry_after->find('\n') == std::string::npos);
  MUST_HOLD(bytes.find(*answer.retry_after) != std::string_view::npos);
}

}  // namespace

// Bytes of a tracker, or of whatever stands before it, through libcurl and our reader to what becomes of the
// row.
FUZZ_TARGET(http_answers, bytes) {
  const core::Exchange exchange = client().get(bytes);
  MUST_HOLD(!std::holds_alternative<core::NotSent>(exchange));
  if (const auto* answer = std::get_if<core::Answer>(&exchange)) check_answer(*answer, bytes);

  const std::string described = core::describe(exchange);
  MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(described));
  MUST_HOLD(!described.empty() && described.find("s3cr3tk3y") == std::string::npos);

  const core::WallTime now = core::wall_time(1'769'850'307'042);
  const core::Meaning meaning = core::read_exchange(exchange, "OK", now);
  const core::RetryPolicy policy;
  const core::Settlement outcome =
      core::settle(meaning, policy, {.now = now, .jitter = 0.5, .what = described});
  if (const auto* retry = std::get_if<core::RetryAt>(&outcome)) {
    MUST_HOLD(retry->at > now && retry->at <= now + std::chrono::hours{25});
    MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(retry->reason));
  }
  // Only a 2xx delivers, and only a whole status line says 2xx.
  const bool delivered = std::holds_alternative<core::Delivered>(outcome);
  const auto* answer = std::get_if<core::Answer>(&exchange);
  MUST_HOLD(delivered == (answer != nullptr && answer->http_status >= 200 && answer->http_status <= 299));
}
