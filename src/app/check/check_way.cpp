#include <exception>
#include <string>

#include "app/check/check.hpp"
#include "core/rules/answer.hpp"
#include "core/text/printable.hpp"
#include "core/url/params.hpp"
#include "core/url/pasted_url.hpp"
#include "http/client/probe.hpp"

namespace keitaro_outbox::app {
namespace {

/// What the tracker's requests ask for with `return=`.
const std::string& asked_for(const core::TrackerRules& rules) {
  return rules.templates.own().empty() ? rules.sentinel : rules.template_sentinel;
}

core::Params test_postback(const core::TrackerRules& rules) {
  // Without a status Keitaro would take it for a sale.
  core::Params params{{"subid", std::string(kCheckSubid)}, {"status", "lead"}};
  if (const std::string& asked = asked_for(rules); !asked.empty()) params.emplace_back("return", asked);
  return params;
}

/// What an answer other than a 2xx most likely means.
std::string hint_for(int http_status) {
  if (http_status >= 300 && http_status < 400)
    return "redirects are not followed: write the address it leads to";
  if (http_status == 401 || http_status == 403) return "the tracker, or a firewall before it, turns us away";
  if (http_status == 404)
    return "there is no postback at this path: compare key and path with Keitaro's settings";
  if (http_status >= 500) return "the tracker, or the proxy before it, is in trouble";
  return "compare the URL with Keitaro's settings";
}

std::string quoted_start(const std::string& body) {
  constexpr std::size_t kWidth = 60;
  return body.empty() ? "nothing" : "\"" + core::cut_to_width(core::printable(body), kWidth) + "\"";
}

Finding sentinel_finding(const delivery::TrackerSpec& spec, const core::PostbackUrl& address,
                         const http::ProbeReport& report) {
  const core::Answer answer{
      .http_status = report.http_status.value_or(0), .body = report.body_start, .retry_after = {}};
  const core::Meaning meaning = core::read_exchange(answer, asked_for(spec.rules), core::WallTime{});
  const auto* taken = std::get_if<core::TakenIn>(&meaning);
  const std::string asked = "\"" + core::printable(asked_for(spec.rules)) + "\"";
  if (taken != nullptr && !taken->sentinel_missing) {
    return {Verdict::ok, "sentinel", spec.rules.name,
            "the answer is " + asked + ", as asked for with return="};
  }
  if (const std::string doubt = core::doubt_about_path(address); !doubt.empty()) {
    return {Verdict::fail, "sentinel", spec.rules.name,
            "the answer is " + quoted_start(report.body_start) + ", not " + asked +
                " as asked for with return=, and " + doubt + ": this takes in no postback"};
  }
  return {Verdict::warn, "sentinel", spec.rules.name,
          "the answer is " + quoted_start(report.body_start) + ", not " + asked +
              " as asked for with return=: is it Keitaro that answers?"};
}

void tell(const delivery::TrackerSpec& spec, const core::PostbackUrl& address,
          const http::ProbeReport& report, std::vector<Finding>& findings) {
  const auto add = [&](const char* subject, const std::optional<http::ProbeStage>& stage,
                       const std::string& more = {}) {
    if (!stage) return;
    const std::string& text = stage->text;
    findings.push_back(
        {stage->ok ? Verdict::ok : Verdict::fail, subject, spec.rules.name, core::printable(text) + more});
  };
  add("dns", report.name);
  add("address", report.addresses);
  add("connection", report.connection);
  add("tls", report.tls);
  if (!report.answer) return;
  if (report.ok()) {
    add("answer", report.answer, " to a test postback with the invented subid " + std::string(kCheckSubid));
    if (!asked_for(spec.rules).empty()) findings.push_back(sentinel_finding(spec, address, report));
    return;
  }
  add("answer", report.answer, report.http_status ? ": " + hint_for(*report.http_status) : std::string());
}

}  // namespace

void check_way(const delivery::TrackerSpec& spec, const core::PostbackUrl& address,
               std::vector<Finding>& findings) {
  const std::string url = address.with(test_postback(spec.rules));
  try {
    tell(spec, address, http::probe(url, spec.allow_private, spec.request_timeout), findings);
  } catch (const std::exception& error) {
    findings.push_back({Verdict::fail, "connection", spec.rules.name, spec.rules.scrub(error.what())});
  }
}

}  // namespace keitaro_outbox::app
