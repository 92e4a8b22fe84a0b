#include "http/client/probe.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>

#include "core/text/joined.hpp"
#include "core/text/readable.hpp"
#include "core/url/postback_url.hpp"
#include "http/client/address_guard.hpp"
#include "http/client/curl_library.hpp"
#include "http/client/curl_transport.hpp"
#include "http/client/resolve.hpp"
#include "http/client/transfer.hpp"

namespace keitaro_outbox::http {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kBodyCharacters = 300;

core::Millis since(steady_clock::time_point start) {
  return std::chrono::round<core::Millis>(steady_clock::now() - start);
}

ProbeStage judge_name(const std::string& host, const Resolution& resolution) {
  if (resolution.addresses.empty()) return {false, host + " does not resolve: " + resolution.error};
  const std::string all = core::joined(resolution.addresses);
  return {true, all == host ? all : host + " resolves to " + all};
}

ProbeStage judge_addresses(const std::vector<std::string>& addresses, bool allow_private) {
  const auto is_private = [](const std::string& address) {
    return is_private_address(std::string_view(address));
  };
  const auto first = std::find_if(addresses.begin(), addresses.end(), is_private);
  if (first == addresses.end()) return {true, "public"};
  if (allow_private) return {true, "private, which allow_private permits"};
  if (std::all_of(addresses.begin(), addresses.end(), is_private))
    return {false, refusal_of(std::string_view(*first))};
  return {true, "public, but for " + *first + ", which is not and is passed over"};
}

std::string peer_of(CURL* easy) {
  const char* address = nullptr;
  long port = 0;
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
  if (address == nullptr) return {};
  const std::string_view text(address);
  const bool ip6 = text.find(':') != std::string_view::npos;
  return (ip6 ? "[" + std::string(text) + "]" : std::string(text)) + ":" + std::to_string(port);
}

std::string_view protocol_of(CURL* easy) {
  long version = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  if (version == CURL_HTTP_VERSION_2_0) return "HTTP/2";
  return version == CURL_HTTP_VERSION_1_0 ? "HTTP/1.0" : "HTTP/1.1";
}

/// Writes the stages from the connection on.
void tell(ProbeReport& report, const core::Exchange& exchange, const Transfer& transfer,
          const core::PostbackUrl& url) {
  CURL* easy = transfer.easy();
  const auto* not_sent = std::get_if<core::NotSent>(&exchange);
  if (not_sent != nullptr && not_sent->forbidden_address) {
    report.addresses = ProbeStage{false, not_sent->error};
    return;
  }
  if (not_sent != nullptr && !transfer.reached_peer()) {
    report.connection = ProbeStage{false, not_sent->error};
    return;
  }
  report.connection = ProbeStage{true, "connected to " + peer_of(easy)};
  if (transfer.over_tls() && not_sent != nullptr) {
    report.tls = ProbeStage{false, not_sent->error};
    return;
  }
  if (transfer.over_tls()) report.tls = ProbeStage{true, "the certificate is valid"};

  if (const auto* answer = std::get_if<core::Answer>(&exchange)) {
    report.http_status = answer->http_status;
    report.body_start = core::readable(url.scrub(answer->body), kBodyCharacters);
    const bool success = answer->http_status >= 200 && answer->http_status < 300;
    report.answer = ProbeStage{success, "HTTP " + std::to_string(answer->http_status) + " by " +
                                            std::string(protocol_of(easy)) + " in " +
                                            core::format_duration(report.latency)};
  } else if (not_sent != nullptr) {
    report.answer = ProbeStage{false, not_sent->error};
  } else {
    report.answer = ProbeStage{false, std::get<core::AnswerLost>(exchange).error};
  }
}

}  // namespace

ProbeReport probe(const std::string& url, bool allow_private, core::Millis timeout,
                  const std::string& ca_file, const std::string& header) {
  const auto start = steady_clock::now();
  ProbeReport report;
  const core::PostbackUrl::Parsed parsed = core::PostbackUrl::parse(url);
  if (!parsed.url) {
    report.name = ProbeStage{false, parsed.error};
    return report;
  }

  Resolution resolution = resolve(parsed.url->host(), timeout);
  report.name = judge_name(parsed.url->host(), resolution);
  report.resolved = std::move(resolution.addresses);
  if (!report.name->ok) return report;
  report.addresses = judge_addresses(report.resolved, allow_private);
  if (!report.addresses->ok) return report;

  ensure_curl();
  const CurlTransportOptions defaults;
  Transfer transfer({defaults.user_agent, defaults.body_ceiling, ca_file});
  transfer.watch_tls();
  const core::Millis remaining = std::max(core::Millis{1}, timeout - since(start));
  const auto asked = steady_clock::now();
  if (!transfer.prepare({url, timeout, remaining, allow_private})) {
    report.connection = ProbeStage{false, "the URL is neither http nor https"};
    return report;
  }
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, &curl_slist_free_all);
  if (!header.empty()) {
    headers.reset(curl_slist_append(nullptr, header.c_str()));
    curl_easy_setopt(transfer.easy(), CURLOPT_HTTPHEADER, headers.get());
  }
  const CURLcode result = curl_easy_perform(transfer.easy());
  report.latency = since(asked);
  tell(report, transfer.conclude(result), transfer, *parsed.url);
  return report;
}

}  // namespace keitaro_outbox::http
