#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/check/check.hpp"
#include "config/nearest.hpp"
#include "config/parameter_names.hpp"
#include "core/text/printable.hpp"
#include "core/url/macro.hpp"

namespace keitaro_outbox::app {
namespace {

using core::Macro;
using core::PostbackTemplate;

std::string in_quotes(std::string_view text) {
  return "'" + core::cut_to_width(core::printable(text), 40) + "'";
}

std::string judge_macro(const std::string& written) {
  if (written.starts_with('{')) {
    const std::vector<std::string_view> known = core::macro_names();
    const auto near = config::nearest(std::string_view(written).substr(1, written.size() - 2), known);
    return "it holds the unknown macro " + in_quotes(written) + ", which is sent as it stands" +
           (near ? ": did you mean {" + std::string(*near) + "}?" : std::string());
  }
  return "it holds the percent-encoded braces " + in_quotes(written) +
         ", which are sent as they stand: write { and } for a macro";
}

/// What is wrong with one template, a sentence each.
class Judgement {
 public:
  Judgement(const std::string& status, const core::StatusTemplate& judged, const core::StatusMap& statuses)
      : status_(status), judged_(judged), url_(*judged.url), names_(url_.names()), statuses_(statuses) {}

  std::vector<std::string> problems() {
    judge_subid();
    judge_status();
    judge_name();
    for (const std::string& macro : url_.unknown_macros()) problems_.push_back(judge_macro(macro));
    std::set<std::string> seen;
    for (const std::string& name : names_) {
      if (!seen.insert(name).second)
        problems_.push_back("it sets " + in_quotes(name) + " twice: keep one of them");
      if (std::string problem = config::misspelt_parameter(name); !problem.empty())
        problems_.push_back(problem);
    }
    return problems_;
  }

 private:
  bool has(std::string_view name) const { return std::ranges::find(names_, name) != names_.end(); }

  void judge_subid() {
    if (!has("subid")) {
      problems_.emplace_back("it has no subid=, without which Keitaro finds no click: add subid={click}");
    } else if (!url_.uses("subid", Macro::click)) {
      problems_.emplace_back(
          "its subid= does not hold {click}: every row would name another click than its own");
    }
  }

  void judge_status() {
    const std::string& sent = url_.sent_status();
    if (!has("status")) {
      problems_.emplace_back(
          "it has no status=, which Keitaro takes for a sale: write status=sale if that is meant");
    } else if (!core::status_named(sent) && !url_.explains_status()) {
      problems_.push_back("it sends status=" + core::printable(sent) +
                          " and does not tell Keitaro what that counts as: write status=" +
                          std::string(name_of(judged_.status)) + ", or add " +
                          std::string(name_of(judged_.status)) + "_status=" + core::printable(sent));
    }
  }

  void judge_name() {
    const auto meaning = statuses_.find(status_);
    if (meaning && *meaning != judged_.status) {
      problems_.push_back("its name counts as " + std::string(name_of(*meaning)) + ", and it sends " +
                          std::string(name_of(judged_.status)) + ": compare the two");
    }
  }

  const std::string& status_;
  const core::StatusTemplate& judged_;
  const PostbackTemplate& url_;
  std::vector<std::string> names_;
  const core::StatusMap& statuses_;
  std::vector<std::string> problems_;
};

/// A name that no row is likely to have; empty when it is fine.
std::string misspelt_status(const std::string& status, const core::StatusMap& statuses) {
  constexpr std::array<std::string_view, 9> kNames{"wait", "hold", "approve",  "cancel", "trash",
                                                   "lead", "sale", "rejected", "rebill"};
  if (statuses.find(status)) return {};
  const auto near = config::nearest(status, kNames);
  if (!near) return {};
  return "no row has this status unless the application makes it up: did you mean " + std::string(*near) +
         "?";
}

/// Where the request carries another tid than the row's column: moves, duplicates and rebills go by the
/// request.
void tell_of_tid(const std::string& of, const core::TemplateSet& set, const delivery::TrackerSpec& spec,
                 std::vector<Finding>& findings) {
  std::string without;
  std::string with_another;
  for (const auto& [status, judged] : set) {
    if (!judged.url || judged.url->uses("tid", Macro::tid)) continue;
    const std::vector<std::string> names = judged.url->names();
    std::string& list = std::ranges::find(names, "tid") == names.end() ? without : with_another;
    list += (list.empty() ? "" : ", ") + core::printable(status);
  }
  const auto tell = [&](const std::string& list, const std::string& text) {
    if (!list.empty()) findings.push_back({Verdict::ok, "tid", spec.rules.name, of + list + ": " + text});
  };
  tell(without, "no tid is sent, so all rows of a click are one conversion, whatever their tid");
  tell(with_another,
       "the tid sent is not the column's: rows are one conversion where what is sent is the same");
}

void check_set(const std::string& of, const core::TemplateSet& set, const delivery::TrackerSpec& spec,
               std::vector<Finding>& findings) {
  const std::size_t before = findings.size();
  std::string names;
  for (const auto& [status, judged] : set) {
    const auto warn = [&, name = status](const std::string& text) {
      findings.push_back(
          {Verdict::warn, "template", spec.rules.name, of + core::printable(name) + ": " + text});
    };
    names += (names.empty() ? "" : ", ") + core::printable(status) + (judged.url ? "" : " (sends nothing)");
    if (const std::string problem = misspelt_status(status, spec.rules.statuses); !problem.empty())
      warn(problem);
    if (!judged.url) continue;
    for (const std::string& problem : Judgement(status, judged, spec.rules.statuses).problems())
      warn(problem);
  }
  if (findings.size() == before) findings.push_back({Verdict::ok, "template", spec.rules.name, of + names});
  tell_of_tid(of, set, spec, findings);
}

}  // namespace

void check_templates(const delivery::TrackerSpec& spec, std::vector<Finding>& findings) {
  if (spec.rules.click_dashes == core::ClickDashes::to_dots) {
    findings.push_back(
        {Verdict::ok, "click", spec.rules.name,
         "dashes in subid become dots: rows whose subids differ in that alone are one click to the "
         "tracker, but only rows of the same spelling go in their order"});
  }
  const core::Templates& templates = spec.rules.templates;
  if (!templates.own().empty()) check_set({}, templates.own(), spec, findings);
  for (const auto& [code, set] : templates.campaigns()) {
    check_set("campaign " + core::cut_to_width(core::printable(code), 40) + ": ", set, spec, findings);
  }
}

std::vector<core::PostbackUrl> addresses_of(const core::TrackerRules& rules) {
  std::vector<core::PostbackUrl> addresses;
  const auto add = [&](const core::PostbackUrl& url) {
    const auto same = [&](const core::PostbackUrl& other) {
      return other.text().substr(0, other.text().find('?')) == url.text();
    };
    if (!url.text().empty() && std::ranges::none_of(addresses, same)) addresses.push_back(url);
  };
  // Where every row has a template the tracker's own URL is not used.
  if (rules.templates.own().empty()) addresses.push_back(rules.url);
  const auto add_set = [&](const core::TemplateSet& set) {
    for (const auto& [status, judged] : set) {
      if (judged.url) add(judged.url->address());
    }
  };
  add_set(rules.templates.own());
  for (const auto& [code, set] : rules.templates.campaigns()) add_set(set);
  return addresses;
}

}  // namespace keitaro_outbox::app
