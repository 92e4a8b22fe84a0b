#include "http/client/curl_library.hpp"

#include <curl/curl.h>

#include <stdexcept>
#include <string>

namespace keitaro_outbox::http {

void ensure_curl() {
  // Never cleaned up: an application that embeds us may use libcurl until its very end.
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) {
    throw std::runtime_error(std::string("libcurl could not be set up: ") + curl_easy_strerror(result));
  }
}

}  // namespace keitaro_outbox::http
