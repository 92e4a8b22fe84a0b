#include "core/url/templates.hpp"

#include <algorithm>
#include <string>

#include "core/url/percent.hpp"
#include "core/url/postback_template.hpp"
#include "target.hpp"

namespace core = keitaro_outbox::core;
using keitaro_outbox::fuzz::is_harmless_line;

namespace {

constexpr std::string_view kKey = "s3cr3tk3y";

bool shows_key(std::string_view text) {
  return core::percent_decode(core::percent_decode(text)).find(kKey) != std::string::npos;
}

std::size_t parameters_in(std::string_view url) {
  const std::string_view query = url.substr(std::min(url.find('?'), url.size()));
  return static_cast<std::size_t>(std::ranges::count(query, '&'));
}

core::MacroValues values_of(std::string_view text, const core::Params& params) {
  core::MacroValues values{text, text, text, text, text, text, text, text};
  values.params = &params;
  return values;
}

}  // namespace

// A template as an operator pastes it, filled in with what a visitor may have brought.
FUZZ_TARGET(templates, bytes) {
  const std::size_t end = bytes.find('\x1e');
  const std::string_view pasted = bytes.substr(0, end);
  const std::string_view hostile =
      end == std::string_view::npos ? "&status=sale#/\r\n%00" : bytes.substr(end + 1);

  const auto parsed = core::PostbackTemplate::parse(pasted, "wait");
  MUST_HOLD(parsed.result.has_value() == parsed.error.empty());
  if (!parsed.result) {
    MUST_HOLD(is_harmless_line(parsed.error) && !shows_key(parsed.error));
    return;
  }
  const core::PostbackTemplate& url = *parsed.result;

  // Whatever the row says, the request goes to the same place and has the same parameters.
  const core::Params plain{{"sub_id_1", "x"}, {"user", "x"}};
  const core::Params evil{{"sub_id_1", std::string(hostile)}, {"user", std::string(hostile)}};
  const std::string harmless = url.url(values_of("x", plain), "OK");
  const std::string request = url.url(values_of(hostile, evil), "OK");
  const auto question = [](const std::string& text) { return text.substr(0, text.find('?')); };
  MUST_HOLD(question(request) == question(harmless));
  MUST_HOLD(parameters_in(request) == parameters_in(harmless));
  MUST_HOLD(std::ranges::count(request, '#') == std::ranges::count(harmless, '#'));
  MUST_HOLD(request.find_first_of("\r\n\t ") == std::string::npos && request.find('\0') == std::string::npos);

  // What is shown is what is sent, but for secrets.
  MUST_HOLD(parameters_in(url.shown_url(values_of(hostile, evil), "OK")) == parameters_in(request));
  const std::string path = question(std::string(pasted));
  const bool key_is_a_segment = path.find("/" + std::string(kKey) + "/") != std::string::npos;
  if (key_is_a_segment && !shows_key(url.address().host()) && pasted.find('?') != std::string_view::npos &&
      !shows_key(pasted.substr(pasted.find('?')))) {
    MUST_HOLD(!shows_key(url.shown_url(values_of("x", plain), "OK")));
    MUST_HOLD(url.secrets().scrub(request).find(kKey) == std::string::npos || shows_key(hostile));
  }
  core::Postback facts;
  url.read_facts(values_of(hostile, evil), facts);
  MUST_HOLD(!url.sent_status().empty());

  core::Templates templates;
  const std::string error = templates.add("", "wait", pasted, core::StatusMap());
  MUST_HOLD(is_harmless_line(error));
  if (error.empty()) MUST_HOLD(templates.set_for("any") != nullptr);
}
