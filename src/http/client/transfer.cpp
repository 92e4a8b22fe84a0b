#include "http/client/transfer.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "core/text/ascii.hpp"
#include "core/url/url_parts.hpp"
#include "http/client/address_guard.hpp"
#include "http/client/failure_text.hpp"

namespace keitaro_outbox::http {
namespace {

constexpr long kDnsCacheSeconds = 30;
constexpr long kConnectionSeconds =
    300;  // so that a tracker that moves is followed, however busy its connections are
constexpr long kKeepAliveSeconds = 20;
constexpr core::Millis kSilenceTolerance{
    20};  // the kernel's clock is coarse, and the tail of an earlier answer may come late
constexpr unsigned kUnacknowledgedMillis = 20'000;
constexpr std::size_t kMostBesideTheBody = 1024 * 1024;

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode result = curl_easy_setopt(easy, option, value);
  if (result != CURLE_OK) {
    throw std::runtime_error(std::string("libcurl cannot do what is needed of it: ") +
                             curl_easy_strerror(result));
  }
}

bool has_scheme(std::string_view url, std::string_view scheme) {
  return core::ascii::equal_ignoring_case(url.substr(0, scheme.size()), scheme);
}

long clamp_to_long(core::Millis time) {
  return static_cast<long>(std::clamp<core::Millis::rep>(time.count(), 1, std::numeric_limits<int>::max()));
}

/// A host that vanished without a word is noticed by the kernel: otherwise an HTTP/2 connection to it would
/// be used until TCP gives up after a quarter of an hour.
void notice_a_vanished_peer(int socket) {
  const unsigned millis = kUnacknowledgedMillis;
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &millis, sizeof millis);
}

/// Whether libcurl keeps this line as a header whatever came before: a name of its own, then a colon. A
/// status line has a slash or a blank before any colon.
bool begins_a_header(std::string_view line) {
  const std::size_t end = line.find_first_of(std::string_view("\r\n\0 \t/:", 7));
  return end != std::string_view::npos && end > 0 && line[end] == ':';
}

}  // namespace

Transfer::Transfer(const TransferOptions& options)
    : reader_(options.body_ceiling),
      most_after_headers_(std::max(kMostBesideTheBody, 2 * options.body_ceiling)),
      easy_(curl_easy_init()) {
  if (!easy_) throw std::runtime_error("libcurl could not be set up: out of memory");
  set_rules(options);
  set_callbacks();
}

void Transfer::set_rules(const TransferOptions& options) {
  CURL* easy = easy_.get();
  set(easy, CURLOPT_HTTPGET, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  set(easy, CURLOPT_PROXY, "");  // an empty one, so that the environment's is not used
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_HTTP09_ALLOWED, 0L);

  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }

  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L);  // or a name server that hangs would hold up all transfers of the thread
  set(easy, CURLOPT_TCP_NODELAY, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_TCP_KEEPIDLE, kKeepAliveSeconds);
  set(easy, CURLOPT_TCP_KEEPINTVL, kKeepAliveSeconds);
  set(easy, CURLOPT_DNS_CACHE_TIMEOUT, kDnsCacheSeconds);
  set(easy, CURLOPT_MAXLIFETIME_CONN, kConnectionSeconds);
}

void Transfer::set_callbacks() {
  CURL* easy = easy_.get();
  set(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(easy, CURLOPT_HEADER, 1L);  // header lines come to on_body() too, and there first
  set(easy, CURLOPT_NOPROGRESS, 0L);
  set(easy, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  set(easy, CURLOPT_XFERINFODATA, static_cast<void*>(this));
  set(easy, CURLOPT_DEBUGFUNCTION, &Transfer::on_trace);
  set(easy, CURLOPT_DEBUGDATA, static_cast<void*>(this));
  set(easy, CURLOPT_PREREQFUNCTION, &Transfer::on_before_request);
  set(easy, CURLOPT_PREREQDATA, static_cast<void*>(this));
  set(easy, CURLOPT_PRIVATE, static_cast<void*>(this));
}

bool Transfer::prepare(const TransferTarget& target) {
  reader_.reset();
  timeout_ = target.timeout;
  allow_private_ = target.allow_private;
  over_tls_ = has_scheme(target.url, "https://");
  resend_allowed_ = false;
  sends_ = 0;
  tls_began_ = false;
  calls_after_headers_ = 0;
  traced_body_bytes_ = 0;
  line_bytes_ = 0;
  header_taken_in_ = false;
  continues_nothing_ = false;
  trace(watches_tls_);
  socket_opened_ = false;
  socket_errno_ = 0;
  refusal_.clear();
  if (!over_tls_ && !has_scheme(target.url, "http://")) return false;

  CURL* easy = easy_.get();
  // Told apart: where memory runs out at the wrong moment, libcurl 7.88 leaves the query out, and the
  // tracker's answer would be to a request that says nothing. And libcurl writes each URL anew, byte by byte.
  // What is malformed is left to it whole: it turns that away, and would send any target.
  const bool malformed = std::any_of(target.url.begin(), target.url.end(), core::ascii::is_blank_or_control);
  set(easy, CURLOPT_URL, malformed ? target.url.c_str() : std::string(core::origin_of(target.url)).c_str());
  set(easy, CURLOPT_REQUEST_TARGET, core::request_target_of(target.url).c_str());
  set(easy, CURLOPT_TIMEOUT_MS, clamp_to_long(target.remaining));
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, clamp_to_long(target.remaining));
  // Without TLS there is no HTTP/2, and asking for it would make requests wait to learn so.
  set(easy, CURLOPT_HTTP_VERSION,
      static_cast<long>(over_tls_ ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_PIPEWAIT, over_tls_ ? 1L : 0L);
  return true;
}

void Transfer::watch_tls() {
  watches_tls_ = true;
  trace(true);
}

void Transfer::trace(bool on) {
  if (traces_ == on) return;
  curl_easy_setopt(easy_.get(), CURLOPT_VERBOSE, on ? 1L : 0L);  // cannot fail
  traces_ = on;
}

bool Transfer::sent() const {
  long bytes = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &bytes);
  return bytes > 0;
}

core::Exchange Transfer::conclude(CURLcode result) {
  if (result == CURLE_OUT_OF_MEMORY) reader_.cut_headers();
  if (continues_nothing_) result = CURLE_WEIRD_SERVER_REPLY;
  if (auto answer = reader_.answer()) return *std::move(answer);
  const bool request_sent = sent();
  if (!request_sent && !refusal_.empty() && !socket_opened_ && socket_errno_ == 0)
    return core::NotSent{refusal_, true};
  const Failure failure{result,    easy_.get(),   request_sent, socket_opened_ || reached_peer(),
                        over_tls_, socket_errno_, timeout_};
  std::string text = failure_text(failure);
  if (request_sent) return core::AnswerLost{std::move(text)};
  if (is_own_trouble(failure)) return core::OwnTrouble{std::move(text)};
  return core::NotSent{std::move(text), false};
}

void Transfer::drop_connection_if_silent(core::Millis since_submitted) {
  if (!over_tls_ || !sent()) return;  // without HTTP/2 libcurl drops it by itself
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &socket);
  tcp_info info{};
  socklen_t size = sizeof info;
  if (socket == CURL_SOCKET_BAD || getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return;
  const core::Millis silence = core::Millis(info.tcpi_last_data_recv) + kSilenceTolerance;
  if (silence >= since_submitted) shutdown(socket, SHUT_RDWR);
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::size_t bytes = size * count;
  auto& transfer = *static_cast<Transfer*>(self);
  const ports::InProgressScope handling(transfer.mark_, transfer.row_);
  const std::string_view line(data, bytes);
  transfer.line_bytes_ = 0;
  if (transfer.reader_.in_headers() && begins_a_header(line)) transfer.header_taken_in_ = true;
  try {
    return transfer.reader_.header(line) ? bytes : 0;
  } catch (const std::bad_alloc&) {
    transfer.reader_.cut_headers();  // The status is what counts.
    return 0;
  }
}

/// A piece of a header line before libcurl takes it in; false to end here. Before 8.2 libcurl adds a line
/// that begins with a blank to the last header that it knows, of the transfer before if this one has none
/// yet, whose memory is gone (its pull request 11103): any server could so write to the memory of this
/// process.
bool Transfer::look_at_header_first(std::string_view piece) {
  constexpr std::size_t kLongestLine = 2 * ResponseReader::kHeaderCeiling;
  const bool line_begins = line_bytes_ == 0;
  line_bytes_ += piece.size();
  continues_nothing_ = continues_nothing_ || (line_begins && !header_taken_in_ &&
                                              (piece.starts_with(' ') || piece.starts_with('\t')));
  // So much without on_header() is the body of an answer whose head the reader could not read.
  return !continues_nothing_ && line_bytes_ <= kLongestLine;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  const std::size_t bytes = size * count;
  auto& transfer = *static_cast<Transfer*>(self);
  const ports::InProgressScope handling(transfer.mark_, transfer.row_);
  const std::string_view piece(data, bytes);
  if (!transfer.reader_.headers_ended()) return transfer.look_at_header_first(piece) ? bytes : 0;
  try {
    return transfer.reader_.body(piece) ? bytes : 0;
  } catch (const std::bad_alloc&) {
    return 0;  // The status is what counts.
  }
}

int Transfer::on_trace(CURL*, curl_infotype type, char*, std::size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (type == CURLINFO_SSL_DATA_OUT) transfer.tls_began_ = true;
  if (type == CURLINFO_DATA_IN) transfer.traced_body_bytes_ += size;
  return 0;
}

/// The first one is told of. Called from within libcurl: must not throw.
template <typename Address>
void Transfer::note_refusal(Address address) noexcept {
  try {
    if (refusal_.empty()) refusal_ = refusal_of(address);
  } catch (const std::bad_alloc&) {
    refusal_ = "private";  // as much as needs no memory
  }
}

/// Called often; nearly always the body comes along with the headers, and there is nothing to do. Where it
/// does not, what comes is counted after some calls: libcurl passes over a chunk's extension without a word,
/// and one without an end would keep the thread busy until the deadline.
int Transfer::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  constexpr int kFewCalls = 16;
  auto& transfer = *static_cast<Transfer*>(self);
  if (transfer.stop_asked_ != nullptr && (*transfer.stop_asked_)()) return 1;
  if (!transfer.reader_.headers_ended()) return 0;
  if (transfer.calls_after_headers_ < kFewCalls) {
    ++transfer.calls_after_headers_;
    return 0;
  }
  transfer.trace(true);
  return transfer.traced_body_bytes_ > transfer.most_after_headers_ ? 1 : 0;
}

/// Judges each address where its socket is made, after resolution: a name cannot change its mind between.
curl_socket_t Transfer::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (!transfer.allow_private_ && is_private_address(&address->addr)) {
    transfer.note_refusal(&address->addr);
    return CURL_SOCKET_BAD;
  }
  const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (socket < 0) {
    if (!transfer.socket_opened_) transfer.socket_errno_ = errno;
    return CURL_SOCKET_BAD;
  }
  transfer.socket_opened_ = true;
  transfer.socket_errno_ = 0;
  notice_a_vanished_peer(socket);
  return socket;
}

/// Judges the connection that the request is about to go out on: a kept one may have been made for a tracker
/// that allows more.
int Transfer::on_before_request(void* self, char* peer, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    if (!transfer.allow_private_ && is_private_address(std::string_view(peer))) {
      transfer.note_refusal(std::string_view(peer));
      return CURL_PREREQFUNC_ABORT;
    }
  } catch (const std::bad_alloc&) {
    return CURL_PREREQFUNC_ABORT;  // It could not be judged.
  }
  if (transfer.begun_ != nullptr) ++*transfer.begun_;
  const bool again = transfer.sends_++ > 0;
  return again && !transfer.resend_allowed_ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

}  // namespace keitaro_outbox::http
