#include <string>

#include "core/text/ascii.hpp"
#include "core/url/percent.hpp"
#include "core/url/postback_url.hpp"
#include "target.hpp"

namespace core = keitaro_outbox::core;

namespace {

constexpr std::string_view kKey = "s3cr3tk3y";

/// The key in its plain form, however it is written.
bool shows_key(std::string_view text) {
  return core::percent_decode(core::percent_decode(text)).find(kKey) != std::string::npos;
}

void check_what_is_sent(const core::PostbackUrl& url, std::string_view value) {
  const std::string hostile = "&status=sale#?/\r\n\t%00 " + std::string(value);
  const std::string request = url.with({{"subid", hostile}, {"tid", "t"}});
  MUST_HOLD(request.starts_with(url.text()));
  const std::string_view added = std::string_view(request).substr(url.text().size());
  MUST_HOLD(added.find_first_of("\r\n\t #/") == std::string_view::npos);
  const auto parts = keitaro_outbox::fuzz::parts_of(added, '&');
  const bool joined = added.starts_with('&');
  MUST_HOLD(parts.size() == (joined ? 3u : 2u));
  const std::string_view subid = parts[joined ? 1 : 0];
  MUST_HOLD(core::percent_decode(subid.substr(subid.find('=') + 1)) == hostile);
}

}  // namespace

FUZZ_TARGET(tracker_url, bytes) {
  const auto parsed = core::PostbackUrl::parse(bytes);
  MUST_HOLD(parsed.url.has_value() == parsed.error.empty());
  if (!parsed.url) {
    MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(parsed.error));
    MUST_HOLD(!shows_key(parsed.error));
    return;
  }
  const core::PostbackUrl& url = *parsed.url;
  MUST_HOLD(url.text() == bytes && url.with({}) == bytes);
  MUST_HOLD(url.scheme() == "http" || url.scheme() == "https");
  MUST_HOLD(!url.host().empty() && url.host() == core::ascii::lower(url.host()));
  MUST_HOLD(url.port() >= 1 && url.port() <= 65'535);
  check_what_is_sent(url, bytes);

  // What is shown is a URL of the same host, and shows the same again.
  const auto shown = core::PostbackUrl::parse(url.redacted());
  MUST_HOLD(shown.url && shown.url->redacted() == url.redacted() && shown.url->host() == url.host());

  // The key is a secret wherever it stands, but in the host, the port, or the name of a parameter.
  bool public_elsewhere = shows_key(url.host());
  for (const std::string& name : url.query_names()) public_elsewhere |= shows_key(name);
  if (public_elsewhere || !shows_key(bytes)) return;
  MUST_HOLD(!shows_key(url.redacted()));
  MUST_HOLD(!shows_key(url.redacted_with({{"subid", "x"}})));
  // From messages of others it is taken out too, where it is a whole segment of the path.
  const std::string_view path = bytes.substr(0, bytes.find('?'));
  if (path.find("/" + std::string(kKey) + "/") == std::string_view::npos) return;
  const std::string message = "cannot reach " + url.with({{"subid", "x"}}) + " (" + std::string(bytes) + ")";
  MUST_HOLD(url.scrub(message).find(kKey) == std::string::npos);
}
