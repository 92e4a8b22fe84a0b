#include "core/rules/postback_request.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/text/ascii.hpp"
#include "core/text/readable.hpp"
#include "core/url/deep_link.hpp"

namespace keitaro_outbox::core {
namespace {

struct Refusal {
  std::string reason;
};

/// The facts of a row that passed, ready to be compared and sent.
struct Reading {
  Postback postback;
  Params params;
};

/// An amount that the table's CHECK lets through may still be too long to be held exactly.
std::optional<Refusal> read_amount(std::string_view column, const std::optional<std::string>& text,
                                   std::optional<Amount>& out) {
  if (!text) return std::nullopt;
  out = Amount::parse(*text);
  if (out) return std::nullopt;
  return Refusal{
      "the " + std::string(column) + " " + readable(*text) +
      " cannot be sent: it must be a plain decimal such as 12.5, with at most 14 digits before the point"};
}

std::variant<Reading, Refusal> read(const Row& row, std::string sent_status, Status status) {
  Reading reading;
  reading.postback.status = status;
  reading.postback.sent_status = std::move(sent_status);
  if (auto refusal = read_amount("payout", row.payout, reading.postback.payout)) return *std::move(refusal);
  if (auto refusal = read_amount("cost", row.cost, reading.postback.cost)) return *std::move(refusal);
  reading.postback.currency = row.currency.value_or("");
  if (row.params) {
    ParsedParams parsed = parse_params(*row.params);
    if (parsed.error) return Refusal{std::move(parsed.error->reason)};
    reading.params = std::move(parsed.params);
    reading.postback.params = canonical_params(reading.params);
  }
  return reading;
}

constexpr std::pair<std::string_view, Status> kLists[] = {
    {"lead_status", Status::lead}, {"sale_status", Status::sale}, {"rejected_status", Status::rejected}};

/// The lists that tell Keitaro what the row's own status counts as. The row's own params have the last word.
void add_lists(Params& query, const Params& params, const StatusMap& statuses) {
  for (const auto& [name, status] : kLists) {
    const auto named_so = [&, wanted = name](const auto& param) { return param.first == wanted; };
    std::string list = statuses.list_for(status);
    if (list.empty() || std::any_of(params.begin(), params.end(), named_so)) continue;
    query.emplace_back(name, std::move(list));
  }
}

template <typename Wanted>
bool list_holds(std::string_view list, Wanted wanted) {
  while (!list.empty()) {
    const std::string_view word = list.substr(0, list.find(','));
    if (wanted(word)) return true;
    list.remove_prefix(std::min(word.size() + 1, list.size()));
  }
  return false;
}

struct NamedStatus {
  Status status{};
  std::string name;  ///< As it is sent.
};

/// What the lists in the row's own params say that its status counts as. They are sent along, so Keitaro goes
/// by them. The name is spelled as a list spells it, where that is how the row spells it too: whether Keitaro
/// tells upper from lower case is not known. Nullopt where none names it, or the params cannot be read.
std::optional<NamedStatus> status_by_own_lists(const Row& row, const std::string& own_name) {
  if (!row.params || row.params->find("_status") == std::string::npos) return std::nullopt;
  const std::string_view written = ascii::trim(row.status);
  const auto means_it = [&](std::string_view word) { return normalized_status(word) == own_name; };
  const auto spells_it = [&](std::string_view word) { return ascii::trim(word) == written; };
  std::optional<NamedStatus> found;
  const ParsedParams parsed = parse_params(*row.params);
  for (const auto& [name, status] : kLists) {
    for (const auto& [param, value] : parsed.params) {
      if (param != name || !list_holds(value, means_it)) continue;
      if (!found) found = {status, own_name};
      if (list_holds(value, spells_it)) found->name = written;
    }
  }
  return found;
}

/// The row's subid as it is sent.
std::string click_of(const Row& row, const TrackerRules& rules) {
  return rules.click_dashes == ClickDashes::to_dots ? dots_for_dashes(row.subid) : row.subid;
}

Params query_for(const Row& row, const Reading& reading, const TrackerRules& rules) {
  const Postback& postback = reading.postback;
  Params query;
  query.emplace_back("subid", click_of(row, rules));
  query.emplace_back("status", postback.sent_status);
  if (!row.tid.empty()) query.emplace_back("tid", row.tid);
  if (postback.payout) query.emplace_back("payout", postback.payout->text());
  if (postback.cost) query.emplace_back("cost", postback.cost->text());
  if (!postback.currency.empty()) query.emplace_back("currency", postback.currency);
  query.insert(query.end(), reading.params.begin(), reading.params.end());
  if (rules.style == Style::raw) add_lists(query, reading.params, rules.statuses);
  if (!rules.sentinel.empty()) query.emplace_back("return", rules.sentinel);
  return query;
}

/// A name of our own for a rebill cannot be explained to Keitaro: there are lists for the other three
/// statuses only.
std::string status_to_send(Style style, Status status, const std::string& own_name) {
  return style == Style::raw && status != Status::rebill ? own_name : std::string(name_of(status));
}

constexpr std::string_view kRebillNeedsTid = "a rebill needs a tid: without one it would overwrite the sale";

Plan request_to_url(const Row& row, const TrackerRules& rules, const std::string& own_name) {
  const auto by_own_lists = status_by_own_lists(row, own_name);
  const auto status = by_own_lists ? std::optional(by_own_lists->status) : rules.statuses.find(own_name);
  if (!status) {
    return Finish{State::refused,
                  "the status \"" + readable(ascii::trim(row.status)) +
                      "\" is unknown: use lead, sale, rejected or rebill, or tell the tracker's statuses "
                      "what it counts as",
                  std::nullopt};
  }
  if (*status == Status::rebill && row.tid.empty()) {
    return Finish{State::refused, std::string(kRebillNeedsTid), status};
  }
  const Style style = by_own_lists ? Style::raw : rules.style;
  const std::string& name = by_own_lists ? by_own_lists->name : own_name;
  auto read_row = read(row, status_to_send(style, *status, name), *status);
  if (auto* refusal = std::get_if<Refusal>(&read_row))
    return Finish{State::refused, std::move(refusal->reason), status};

  auto& reading = std::get<Reading>(read_row);
  Params query = query_for(row, reading, rules);
  std::string url = rules.url.with(query);
  return Send{{click_of(row, rules), row.tid},
              std::move(reading.postback),
              std::move(url),
              rules.sentinel,
              std::move(query)};
}

// --- by template

/// What the macros stand for, kept together with the texts made for them.
class RowValues {
 public:
  RowValues(const Row& row, const std::string& own_name, const TrackerRules& rules)
      : row_(row), own_name_(own_name), click_(click_of(row, rules)) {}
  RowValues(const RowValues&) = delete;
  RowValues& operator=(const RowValues&) = delete;

  /// Reads what the template needs of the row.
  std::optional<Refusal> read_for(const PostbackTemplate& filled_in) {
    std::optional<Amount> payout;
    std::optional<Amount> cost;
    if (auto refusal = read_amount("payout", row_.payout, payout)) return refusal;
    if (auto refusal = read_amount("cost", row_.cost, cost)) return refusal;
    if (payout) payout_ = payout->text();
    if (cost) cost_ = cost->text();
    if (filled_in.uses(Macro::time)) {
      time_ = std::to_string(
          std::chrono::floor<std::chrono::seconds>(row_.created_at).time_since_epoch().count());
    }
    if (!filled_in.uses_params() || !row_.params) return std::nullopt;
    ParsedParams parsed = parse_params(*row_.params);
    if (parsed.error) return Refusal{std::move(parsed.error->reason)};
    params_ = std::move(parsed.params);
    return std::nullopt;
  }

  MacroValues view() const {
    MacroValues values;
    values.click = click_;
    values.status = own_name_;
    values.campaign = row_.campaign;
    values.tid = row_.tid;
    values.payout = payout_;
    values.cost = cost_;
    if (row_.currency) values.currency = *row_.currency;
    values.time = time_;
    values.params = &params_;
    return values;
  }

 private:
  const Row& row_;
  const std::string& own_name_;
  std::string click_;
  std::string payout_;
  std::string cost_;
  std::string time_;
  Params params_;
};

/// Whose templates are meant, for a reason.
std::string owner_of(const Row& row, const TrackerRules& rules) {
  if (rules.templates.campaign_has_set(row.campaign)) return "the campaign " + readable(row.campaign);
  return "the tracker " + readable(rules.name);
}

Finish without_template(const Row& row, const TrackerRules& rules, const std::string& own_name) {
  const bool campaign = rules.templates.campaign_has_set(row.campaign);
  return Finish{State::refused,
                owner_of(row, rules) + " has templates and none for the status \"" + readable(own_name) +
                    "\"" + (campaign ? ", and so the tracker's are not used" : "") +
                    ": add one, or an empty one to send nothing",
                std::nullopt};
}

/// The name by which the row's template is looked up, and that its `{status}` stands for: the row's own, or
/// that of the Keitaro status which the row's own lists give it, as a template knows nothing of these lists.
std::string template_name(const Row& row, const TemplateSet& set) {
  std::string own_name = normalized_status(row.status);
  if (set.contains(own_name)) return own_name;
  const auto listed = status_by_own_lists(row, own_name);
  return listed ? std::string(name_of(listed->status)) : own_name;
}

Plan request_by_template(const Row& row, const TrackerRules& rules, const TemplateSet& set) {
  const std::string own_name = template_name(row, set);
  const auto found = set.find(own_name);
  if (found == set.end()) return without_template(row, rules, own_name);
  const auto& [url, status] = found->second;
  if (!url) {
    return Finish{State::cancelled,
                  "the template of " + owner_of(row, rules) + " for the status \"" + readable(own_name) +
                      "\" is empty: nothing is sent",
                  std::nullopt};
  }
  RowValues row_values(row, own_name, rules);
  if (auto refusal = row_values.read_for(*url))
    return Finish{State::refused, std::move(refusal->reason), status};
  const MacroValues values = row_values.view();
  if (status == Status::rebill && url->tid(values).empty()) {
    return Finish{State::refused,
                  std::string(kRebillNeedsTid) +
                      (url->uses(Macro::tid) ? "" : "; its template sends none of the row's: add tid={tid}"),
                  status};
  }
  Postback postback;
  postback.status = status;
  postback.sent_status = url->sent_status();
  url->read_facts(values, postback);
  return Send{{url->click(values), url->tid(values)},
              std::move(postback),
              url->url(values, rules.template_sentinel),
              std::string(url->sentinel(rules.template_sentinel)),
              {}};
}

std::vector<std::string> left_out(const Row& row, const PostbackTemplate& url) {
  std::vector<std::string> names;
  const auto look = [&](const char* name, bool there, Macro macro) {
    if (there && !url.uses(macro)) names.emplace_back(name);
  };
  look("tid", !row.tid.empty(), Macro::tid);
  look("payout", row.payout.has_value(), Macro::payout);
  look("cost", row.cost.has_value(), Macro::cost);
  look("currency", row.currency.has_value(), Macro::currency);
  if (!row.params) return names;
  for (const auto& [name, value] : parse_params(*row.params).params) {
    if (!url.uses_param(name)) names.push_back(name);
  }
  return names;
}

}  // namespace

Plan request_for(const Row& row, const TrackerRules& rules) {
  const TemplateSet* const set = rules.templates.set_for(row.campaign);
  return set == nullptr ? request_to_url(row, rules, normalized_status(row.status))
                        : request_by_template(row, rules, *set);
}

ShownRequest shown_request(const Row& row, const Send& send, const TrackerRules& rules) {
  const TemplateSet* const set = rules.templates.set_for(row.campaign);
  if (set == nullptr) return {rules.url.redacted_with(send.query), send.query, {}};
  const std::string own_name = template_name(row, *set);
  const PostbackTemplate& url = set->at(own_name).url.value();
  RowValues row_values(row, own_name, rules);
  row_values.read_for(url);
  const MacroValues values = row_values.view();
  return {url.shown_url(values, rules.template_sentinel), url.shown_params(values, rules.template_sentinel),
          left_out(row, url)};
}

}  // namespace keitaro_outbox::core
