#include "intake/read_conversion.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <set>
#include <utility>

#include "core/rules/conversion_rules.hpp"
#include "core/rules/status.hpp"
#include "core/text/ascii.hpp"
#include "core/text/readable.hpp"
#include "intake/macros.hpp"
#include "intake/parameters.hpp"

namespace keitaro_outbox::intake {
namespace {

using core::Params;
using core::Status;

/// The names that are read here; all others become `params`.
constexpr std::array<std::string_view, 18> kRead{
    "subid",       "clickid",         "status",        "type",     "tid",           "payout",
    "revenue",     "profit",          "cost",          "currency", "campaign",      "lead_status",
    "sale_status", "rejected_status", "reject_status", "ignore",   "ignore_status", "return"};

struct ListName {
  std::string_view name;
  Status status;
};
constexpr std::array<ListName, 3> kLists{
    {{"lead_status", Status::lead}, {"sale_status", Status::sale}, {"rejected_status", Status::rejected}}};

std::string_view list_name_of(Status status) {
  const auto found = std::ranges::find(kLists, status, &ListName::status);
  return found == kLists.end() ? std::string_view() : found->name;
}

/// Upper and lower case are one: what Keitaro makes of them is not known.
template <typename Words>
auto find_word(Words& words, std::string_view word) {
  return std::ranges::find_if(
      words, [&](const std::string& w) { return core::ascii::equal_ignoring_case(w, word); });
}

bool has(const std::vector<std::string>& words, std::string_view word) {
  return find_word(words, word) != words.end();
}

/// The words of a comma list as they are written, in their order, each once however it is spelled.
std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    const std::string_view word = core::ascii::trim(item);
    if (word.empty() || is_unfilled_macro(word)) continue;
    if (find_word(words, word) == words.end()) words.emplace_back(word);
  }
  return words;
}

bool is_number(std::string_view word) {
  const auto fits = [](char c) { return core::ascii::is_digit(c) || c == '-' || c == '+' || c == '.'; };
  return std::ranges::all_of(word, fits);
}

/// The sender's parameters under our names, without empty ones and those renamed to nothing. What was renamed
/// comes before what has the name by itself.
Params renamed(const Params& sent, const Source& source) {
  Params ours;
  const auto put = [&](const std::string& name, const std::string& value) {
    if (!name.empty() && value_of(ours, name).empty()) ours.emplace_back(name, value);
  };
  for (const auto& [name, value] : sent) {
    const auto rename = source.parameters.find(name);
    if (rename != source.parameters.end() && !value.empty()) put(rename->second, value);
  }
  for (const auto& [name, value] : sent) {
    if (!source.parameters.contains(name) && !value.empty()) put(name, value);
  }
  return ours;
}

/// The lists of one request.
class StatusLists {
 public:
  explicit StatusLists(const Params& ours) {
    for (std::size_t i = 0; i < kLists.size(); ++i) words_[i] = words_of(value_of(ours, kLists[i].name));
    // The misspelt name is that of Keitaro's own template for AlterCPA.
    std::vector<std::string>& rejected = words_.back();
    if (rejected.empty()) rejected = words_of(value_of(ours, "reject_status"));
  }

  /// The names of the lists that a word stands in.
  std::vector<std::string_view> that_have(std::string_view word) const {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < kLists.size(); ++i) {
      if (has(words_[i], word)) names.push_back(kLists[i].name);
    }
    return names;
  }

  /// The word spelled as here: Keitaro then finds it in its list, however it compares.
  void spell_as(std::string_view word) {
    for (std::vector<std::string>& words : words_) {
      const auto found = find_word(words, word);
      if (found != words.end()) *found = word;
    }
  }

  void add(Status status, std::string_view word) {
    for (std::size_t i = 0; i < kLists.size(); ++i) {
      if (kLists[i].status == status) words_[i].emplace_back(word);
    }
  }

  void append_to(Params& params) const {
    for (std::size_t i = 0; i < kLists.size(); ++i) {
      std::string list;
      for (const std::string& word : words_[i]) list += (list.empty() ? "" : ",") + word;
      if (!list.empty()) params.emplace_back(kLists[i].name, std::move(list));
    }
  }

 private:
  std::array<std::vector<std::string>, kLists.size()> words_;
};

/// What Keitaro takes a postback without a status for.
constexpr std::string_view kWithoutStatus = "sale";

class Reader {
 public:
  Reader(const Params& sent, const Source& source, const TrackerKnows& knows)
      : sent_(sent), source_(source), knows_(knows), ours_(renamed(sent, source)), lists_(ours_) {}

  ReadConversion read() {
    ReadConversion result;
    result.answer = filled_in("return");
    if (is_ignored()) {
      result.outcome = Ignored{};
    } else if (auto broken = read_all()) {
      result.outcome = *std::move(broken);
    } else {
      result.outcome = std::move(conversion_);
    }
    return result;
  }

 private:
  std::string_view first_of(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
      const std::string_view value = value_of(ours_, name);
      if (!value.empty()) return value;
    }
    return {};
  }

  std::string filled_in(std::string_view name) const {
    const std::string_view value = value_of(ours_, name);
    return is_unfilled_macro(value) ? std::string() : std::string(value);
  }

  bool is_ignored() const {
    const std::string_view sent = first_of({"status", "type"});
    const std::string word = core::normalized_status(sent.empty() ? kWithoutStatus : sent);
    return has(words_of(value_of(ours_, "ignore")), word) ||
           has(words_of(value_of(ours_, "ignore_status")), word);
  }

  std::optional<Broken> read_all() {
    conversion_.tracker = source_.tracker;
    conversion_.campaign = filled_in("campaign");
    if (conversion_.campaign.empty()) conversion_.campaign = source_.campaign;
    conversion_.subid = first_of({"subid", "clickid"});
    conversion_.tid = first_of({"tid"});
    conversion_.payout = first_of({"payout", "revenue", "profit"});
    conversion_.cost = first_of({"cost"});
    const std::string_view currencies = first_of({"currency"});
    conversion_.currency = core::ascii::trim(currencies.substr(0, currencies.find(',')));
    conversion_.status = first_of({"status", "type"});
    if (conversion_.status.empty()) conversion_.status = kWithoutStatus;

    const std::pair<const char*, const std::string*> exact[] = {
        {"subid", &conversion_.subid}, {"status", &conversion_.status},
        {"tid", &conversion_.tid},     {"payout", &conversion_.payout},
        {"cost", &conversion_.cost},   {"currency", &conversion_.currency}};
    for (const auto& [name, value] : exact) {
      if (holds_unfilled_macro(*value))
        return Broken{std::string(name) + " holds a macro that was not filled in"};
    }
    auto status_unclear = judge_status();
    if (auto broken = read_params()) return broken;
    if (const auto rule = broken_rule_of_table()) return Broken{core::words_of_rule(*rule)};
    if (status_unclear) return status_unclear;
    if (source_.event_id) {
      if (const auto id = source_.event_id->fill_in(sent_)) conversion_.event_id = source_.name + ":" + *id;
    }
    return std::nullopt;
  }

  std::optional<std::string_view> broken_rule_of_table() const {
    const auto column = [](const std::string& text) {
      return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
    };
    core::ConversionColumns columns;
    columns.tracker = conversion_.tracker;
    columns.subid = conversion_.subid;
    columns.status = conversion_.status;
    columns.tid = column(conversion_.tid);
    columns.payout = column(conversion_.payout);
    columns.cost = column(conversion_.cost);
    columns.currency = column(conversion_.currency);
    columns.params = column(conversion_.params);
    return core::broken_rule(columns);
  }

  /// What the status counts as must be known now: a row that nobody understands would end refused, where the
  /// sender's template can still be mended.
  std::optional<Broken> judge_status() {
    const std::string word = core::normalized_status(conversion_.status);
    const auto lists = lists_.that_have(word);
    const std::string shown = "the status \"" + core::readable(conversion_.status) + "\"";
    if (lists.size() > 1) {
      return Broken{shown + " stands in " + std::string(lists[0]) + " and in " + std::string(lists[1])};
    }
    const std::string_view written = core::ascii::trim(conversion_.status);
    if (lists.size() == 1) {
      lists_.spell_as(written);
      return std::nullopt;
    }
    if (const auto known = source_.statuses.find(word); known != source_.statuses.end()) {
      const bool in_itself = word == core::name_of(known->second);
      if (list_name_of(known->second).empty()) {
        conversion_.status = core::name_of(known->second);  // Keitaro has no list for rebills.
      } else if (!in_itself) {
        lists_.add(known->second, written);
      }
      return std::nullopt;
    }
    if (is_number(word)) {
      return Broken{shown +
                    " is a number: only the request's lists or the source's statuses say what it counts as"};
    }
    if (core::status_named(word) || (knows_ && knows_(conversion_.campaign, word))) return std::nullopt;
    return Broken{shown + " is unknown: tell the source's statuses what it counts as"};
  }

  std::optional<Broken> read_params() {
    Params params;
    for (const auto& [name, value] : ours_) {
      const bool read = std::ranges::find(kRead, name) != kRead.end();
      if (!read && !is_unfilled_macro(value)) params.emplace_back(name, value);
    }
    lists_.append_to(params);
    conversion_.params = core::canonical_params(params);
    if (conversion_.params.empty()) return std::nullopt;
    auto parsed = core::parse_params(conversion_.params);
    if (parsed.error) return Broken{std::move(parsed.error->reason)};
    return std::nullopt;
  }

  const Params& sent_;
  const Source& source_;
  const TrackerKnows& knows_;
  const Params ours_;
  StatusLists lists_;
  Conversion conversion_;
};

}  // namespace

ReadConversion read_conversion(const Params& sent, const Source& source, const TrackerKnows& knows) {
  return Reader(sent, source, knows).read();
}

}  // namespace keitaro_outbox::intake
