#include <sys/random.h>

#include <exception>
#include <string>

#include "app/check/check.hpp"
#include "app/intake/front_door_service.hpp"
#include "core/text/printable.hpp"
#include "core/text/secrets.hpp"
#include "http/client/probe.hpp"
#include "intake/signature.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::app {
namespace {

constexpr core::Millis kPatience{10'000};

/// What the front door is asked to answer, so that nobody else's 200 is taken for its own.
std::string token() {
  unsigned long long number = 0;
  if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) number = 1;
  return "front-door-" + std::to_string(number);
}

/// The query of a request that the front door answers and does not keep.
std::string test_query(const std::string& answer) {
  return "subid=" + std::string(kCheckSubid) + "&status=lead&ignore=lead&return=" + answer;
}

/// The header that the source signs such a request with; empty where it signs none.
std::string signature_header(const intake::Source& source, const std::string& query) {
  if (!source.signing) return {};
  const std::string& signed_text = source.signing->of == intake::Signing::Of::query ? query : std::string();
  return source.signing->header + ": " + intake::signature_of(signed_text, *source.signing);
}

std::string hint_for(const http::ProbeReport& report, const intake::Source& source) {
  if (report.ok()) {
    return "something else answers there, \"" + core::cut_to_width(core::printable(report.body_start), 60) +
           "\": point the proxy at the front door";
  }
  if (report.http_status == 404) {
    return source.allow.empty()
               ? "there is no such address: does the proxy pass the whole path on, and does the front door "
                 "run "
                 "with this configuration?"
               : "there is no such address for this host: `allow` must have it for this test to get through";
  }
  if (report.http_status >= 502 && report.http_status <= 504)
    return "the proxy cannot reach the front door, or that cannot keep requests: is it running?";
  return "senders take anything but a 200 for a failure";
}

/// The first stage that failed; its text.
std::string trouble_in(const http::ProbeReport& report) {
  for (const auto* stage :
       {&report.name, &report.addresses, &report.connection, &report.tls, &report.answer}) {
    if (*stage && !(*stage)->ok) return (*stage)->text;
  }
  return "no answer";
}

void call_source(const config::IntakeSettings& intake, const intake::Source& source,
                 std::vector<Finding>& findings) {
  core::Secrets secrets;
  secrets.add(source.key);
  const std::string who = core::printable(intake.public_url) + " for the source " + source.name;
  const auto add = [&](Verdict verdict, const std::string& text) {
    findings.push_back({verdict, "front door", {}, core::printable(secrets.scrub(text))});
  };
  const std::string answer = token();
  const std::string query = test_query(answer);
  const std::string url = intake.public_url + "/" + source.key + "/postback?" + query;
  try {
    const std::string header = signature_header(source, query);
    http::ProbeReport report = http::probe(url, false, kPatience, {}, header);
    if (report.addresses && !report.addresses->ok) {
      add(Verdict::warn,
          who +
              " leads to a private address, or to none that the world can reach: AlterCPA TOP, "
              "for one, refuses to call such");
      report = http::probe(url, true, kPatience, {}, header);
    }
    if (report.ok() && report.body_start == answer)
      return add(Verdict::ok, who + " answers as the front door does: a sender gets through");
    const std::string what =
        report.http_status ? "HTTP " + std::to_string(*report.http_status) + ": " + hint_for(report, source)
                           : trouble_in(report);
    const bool only_not_allowed = report.http_status == 404 && !source.allow.empty();
    add(only_not_allowed ? Verdict::warn : Verdict::fail, who + ": " + what);
  } catch (const std::exception& error) {
    add(Verdict::fail, who + ": " + error.what());
  }
}

void check_backlog(ports::Outbox& outbox, const std::string& database, std::vector<Finding>& findings) {
  try {
    const std::int64_t rejects = outbox.rejects()->count_open();
    if (rejects > 0) {
      findings.push_back({Verdict::warn,
                          "rejects",
                          {},
                          std::to_string(rejects) + (rejects == 1 ? " request" : " requests") +
                              " at the front door could not become rows: `keitaro-outbox rejects` says why"});
    }
  } catch (const ports::StoreError&) {
    return;  // The database has a finding of its own.
  }
  if (const std::int64_t bytes = spool_bytes(database); bytes > 0) {
    findings.push_back(
        {Verdict::warn,
         "spool",
         {},
         "the front door's spool holds " + std::to_string(bytes) +
             " bytes of requests that are not in the table yet: a front door that runs drains it"});
  }
}

}  // namespace

void check_front_door(ports::Outbox& outbox, const cli::CheckOptions& options,
                      const config::Settings& settings, std::vector<Finding>& findings) {
  check_backlog(outbox, options.database, findings);
  if (!settings.intake) return;
  const config::IntakeSettings& intake = *settings.intake;
  if (intake.public_url.empty()) {
    findings.push_back({Verdict::warn,
                        "front door",
                        {},
                        "public_url is not set under [intake]: what a sender gets is not tried"});
    return;
  }
  if (intake.public_url.starts_with("http://")) {
    findings.push_back(
        {Verdict::warn, "front door", {}, "public_url begins with http://: keys travel readable; use https"});
  }
  if (options.offline) return;
  for (const intake::Source& source : settings.sources) call_source(intake, source, findings);
}

}  // namespace keitaro_outbox::app
