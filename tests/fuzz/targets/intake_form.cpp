#include <set>
#include <string>
#include <variant>

#include "core/rules/conversion_rules.hpp"
#include "intake/parameters.hpp"
#include "intake/read_conversion.hpp"
#include "target.hpp"

namespace core = keitaro_outbox::core;
namespace intake = keitaro_outbox::intake;

namespace {

intake::Source source() {
  intake::Source made;
  made.name = "net";
  made.parameters = {{"click", "subid"}, {"lead", "tid"}};
  made.statuses = {{"2", core::Status::lead}, {"up", core::Status::rebill}};
  made.event_id = intake::EventIdTemplate::parse("{lead}:{status}");
  return made;
}

/// The table takes what was read as a conversion.
void must_fit_the_table(const keitaro_outbox::Conversion& conversion) {
  const auto column = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
  };
  core::ConversionColumns columns;
  columns.tracker = conversion.tracker;
  columns.subid = conversion.subid;
  columns.status = conversion.status;
  columns.tid = column(conversion.tid);
  columns.payout = column(conversion.payout);
  columns.cost = column(conversion.cost);
  columns.currency = column(conversion.currency);
  columns.params = column(conversion.params);
  columns.event_id = column(conversion.event_id);
  MUST_HOLD(!core::broken_rule(columns));
}

}  // namespace

FUZZ_TARGET(intake_form, bytes) {
  const intake::Parameters sent = intake::read_form(bytes);
  if (!sent.readable()) {
    MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(sent.error));
    MUST_HOLD(sent.error.size() <= 400);
    return;
  }
  MUST_HOLD(sent.values.size() <= intake::kMostParameters);
  std::set<std::string> names;
  for (const auto& [name, value] : sent.values) {
    MUST_HOLD(names.insert(name).second);
    MUST_HOLD(name.find('\0') == std::string::npos && value.find('\0') == std::string::npos);
  }
  static const intake::Source from = source();
  const auto read = intake::read_conversion(
      sent.values, from, [](std::string_view, std::string_view word) { return word == "wait"; });
  if (const auto* conversion = std::get_if<keitaro_outbox::Conversion>(&read.outcome)) {
    must_fit_the_table(*conversion);
    MUST_HOLD(conversion->event_id.empty() || conversion->event_id.starts_with("net:"));
  } else if (const auto* broken = std::get_if<intake::Broken>(&read.outcome)) {
    MUST_HOLD(!broken->rule.empty());
    MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(broken->rule));
  }
}
