#include "http/client/failure_text.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::http {
namespace {

int system_error(CURL* easy) {
  long error = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
  return static_cast<int>(error);
}

std::string with_system_error(const std::string& text, int error) {
  return error == 0 ? text : text + ": " + errno_text(error);
}

bool is_lack(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

bool descriptors_are_gone() {
  const int probe = ::eventfd(0, EFD_CLOEXEC);
  if (probe < 0) return is_lack(errno);
  ::close(probe);
  return false;
}

std::string timeout_text(const Failure& failure) {
  const std::string after = core::format_duration(failure.timeout);
  if (failure.sent) return "no answer within " + after;
  if (!failure.tried) return never_tried_text(failure.timeout);
  return (failure.over_tls ? "no TLS connection within " : "could not connect within ") + after;
}

std::string unsent_text(const Failure& failure) {
  switch (failure.code) {
    case CURLE_OUT_OF_MEMORY:
      return "no memory was left for a request";
    case CURLE_COULDNT_RESOLVE_HOST:
      if (is_own_trouble(failure)) return "could not open a socket: " + errno_text(EMFILE);
      return "the host name could not be resolved";
    case CURLE_COULDNT_CONNECT:
      if (failure.socket_errno != 0) return "could not open a socket: " + errno_text(failure.socket_errno);
      return with_system_error("could not connect", system_error(failure.easy));
    case CURLE_PEER_FAILED_VERIFICATION:
      return "TLS: " + certificate_text(failure.easy);
    case CURLE_SSL_CONNECT_ERROR:
      return with_system_error("TLS: the handshake failed (is it an https server, with TLS 1.2 or later?)",
                               system_error(failure.easy));
    case CURLE_SSL_CACERT_BADFILE:
      if (is_own_trouble(failure)) return "could not open a file: " + errno_text(EMFILE);
      return "TLS: the file of trusted certificates could not be read";
    case CURLE_URL_MALFORMAT:
      return "the URL is malformed";
    case CURLE_UNSUPPORTED_PROTOCOL:
      return "the URL is neither http nor https";
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
      return with_system_error("the connection broke before the request was sent",
                               system_error(failure.easy));
    default:
      return curl_easy_strerror(failure.code);
  }
}

std::string sent_text(const Failure& failure) {
  switch (failure.code) {
    case CURLE_OK:
    case CURLE_GOT_NOTHING:
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return "the connection was closed before an answer came";
    case CURLE_PARTIAL_FILE:
      return "the connection was closed within the answer's headers";
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return with_system_error("the connection broke before an answer came", system_error(failure.easy));
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_FUNCTION_ARGUMENT:  // a header that continues none
    case CURLE_UNSUPPORTED_PROTOCOL:
      return "the answer is not valid HTTP";
    case CURLE_WRITE_ERROR:
      return "the answer's headers are too long";
    case CURLE_OUT_OF_MEMORY:  // libcurl's word for a header line of more than 100 KiB as well
      return "the answer's headers are too long, or memory ran out";
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return "the HTTP/2 connection broke before an answer came";
    default:
      return curl_easy_strerror(failure.code);
  }
}

}  // namespace

std::string failure_text(const Failure& failure) {
  if (failure.code == CURLE_OPERATION_TIMEDOUT) return timeout_text(failure);
  return failure.sent ? sent_text(failure) : unsent_text(failure);
}

bool is_own_trouble(const Failure& failure) {
  if (failure.sent) return false;
  switch (failure.code) {
    case CURLE_OUT_OF_MEMORY:
      return true;
    case CURLE_COULDNT_CONNECT:
      return is_lack(failure.socket_errno) || system_error(failure.easy) == EADDRNOTAVAIL;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_SSL_CACERT_BADFILE:
      return descriptors_are_gone();  // libcurl does not tell that from other reasons.
    default:
      return false;
  }
}

std::string certificate_text(CURL* easy) {
  // X509_V_ERR_… of OpenSSL, whose names libcurl does not pass on. It checks the host's name itself, after a
  // chain in order.
  long verdict = 0;
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
  switch (verdict) {
    case 0:
    case 1:  // what libcurl leaves when the chain is in order, and the name, which it checks itself, is not
      return "the certificate is for another host name";
    case 9:
      return "the certificate is not valid yet (is this host's clock right?)";
    case 10:
      return "the certificate has expired";
    case 18:
      return "the certificate is self-signed";
    case 19:
      return "the certificate's chain ends in a self-signed one that is not trusted here";
    case 2:
    case 20:
    case 21:
      return "the certificate's issuer is not trusted here (an intermediate certificate may be missing)";
    case 23:
      return "the certificate has been revoked";
    default:
      return "the certificate could not be verified (reason " + std::to_string(verdict) + ")";
  }
}

std::string errno_text(int error) {
  std::string text = std::generic_category().message(error);
  if (text.size() > 1 && core::ascii::is_letter(text[1])) text[0] = core::ascii::lower(text[0]);
  return text;
}

std::string never_tried_text(core::Millis timeout) {
  return "timed out after " + core::format_duration(timeout) + " before a connection was tried";
}

}  // namespace keitaro_outbox::http
