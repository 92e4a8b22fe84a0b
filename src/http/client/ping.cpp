#include "http/client/ping.hpp"

#include <curl/curl.h>

#include "core/rules/answer.hpp"
#include "core/url/postback_url.hpp"
#include "http/client/curl_library.hpp"
#include "http/client/curl_transport.hpp"
#include "http/client/transfer.hpp"

namespace keitaro_outbox::http {
namespace {

int stop_when_asked(void* give_up, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(give_up)->load() ? 1 : 0;
}

}  // namespace

std::string ping(const std::string& url, core::Millis timeout, const std::atomic<bool>& give_up) {
  const core::PostbackUrl::Parsed parsed = core::PostbackUrl::parse(url);
  if (!parsed.url) return parsed.error;
  ensure_curl();
  const CurlTransportOptions defaults;
  Transfer transfer({defaults.user_agent, defaults.body_ceiling, {}});
  constexpr bool kAllowPrivate = true;
  if (!transfer.prepare({url, timeout, timeout, kAllowPrivate})) return "the URL is neither http nor https";
  curl_easy_setopt(transfer.easy(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(transfer.easy(), CURLOPT_XFERINFOFUNCTION, &stop_when_asked);
  curl_easy_setopt(transfer.easy(), CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&give_up));

  const core::Exchange exchange = transfer.conclude(curl_easy_perform(transfer.easy()));
  const auto* answer = std::get_if<core::Answer>(&exchange);
  if (answer && answer->http_status >= 200 && answer->http_status < 300) return {};
  return parsed.url->scrub(core::describe(exchange));
}

}  // namespace keitaro_outbox::http
