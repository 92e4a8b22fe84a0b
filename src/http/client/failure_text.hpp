#pragma once

#include <curl/curl.h>

#include <string>

#include "core/text/time.hpp"

namespace keitaro_outbox::http {

/// What is known of a transfer that came to no answer.
struct Failure {
  CURLcode code = CURLE_OK;
  CURL* easy =
      nullptr;  ///< Asked for times and error numbers; no text of libcurl's that could hold the URL is used.
  bool sent = false;   ///< The request was sent, in part at least.
  bool tried = false;  ///< A connection was tried, or there was one.
  bool over_tls = false;
  int socket_errno = 0;    ///< Why no socket could be made; 0 when one could.
  core::Millis timeout{};  ///< What the whole exchange was given.
};

/// One short phrase for people: `could not connect: connection refused`, `no answer within 10s`. Never holds
/// any part of the URL.
std::string failure_text(const Failure& failure);

/// Whether the request was not sent for lack of something of our own: descriptors, memory, local ports.
bool is_own_trouble(const Failure& failure);

/// Why a certificate was not accepted, such as `the certificate has expired`.
std::string certificate_text(CURL* easy);

/// The system's words for an error number, in lower case: `connection refused`.
std::string errno_text(int error);

/// `timed out after 10s before a connection was tried`, for a request whose time was over before it began.
std::string never_tried_text(core::Millis timeout);

}  // namespace keitaro_outbox::http
