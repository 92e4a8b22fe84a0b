#include "core/url/postback_template.hpp"

#include <algorithm>
#include <array>

#include "core/text/ascii.hpp"
#include "core/url/percent.hpp"

namespace keitaro_outbox::core {
namespace {

constexpr std::string_view kHidden = "***";
constexpr std::array<std::pair<std::string_view, Status>, 3> kLists{
    {{"lead_status", Status::lead}, {"sale_status", Status::sale}, {"rejected_status", Status::rejected}}};

/// A pair of braces in a text, without braces between them.
struct Braces {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< Behind the closing one.
  std::string_view name;
};

std::optional<Braces> next_braces(std::string_view text, std::size_t from) {
  const std::size_t close = text.find('}', text.find('{', from));
  if (close == std::string_view::npos) return std::nullopt;
  const std::size_t open = text.rfind('{', close);
  return Braces{open, close + 1, text.substr(open + 1, close - open - 1)};
}

bool holds_macro(std::string_view text) {
  for (auto braces = next_braces(text, 0); braces; braces = next_braces(text, braces->end)) {
    if (macro_named(braces->name)) return true;
  }
  return false;
}

/// As a tracker reads the value of a parameter.
std::string decoded(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  return percent_decode(plain);
}

bool is_list(std::string_view name) {
  return std::any_of(kLists.begin(), kLists.end(), [&](const auto& list) { return list.first == name; });
}

}  // namespace

PostbackTemplate::Parsed PostbackTemplate::parse(std::string_view text, std::string_view status) {
  const std::size_t query_start = text.find('?');
  const std::string_view before_query = text.substr(0, query_start);
  if (holds_macro(before_query)) {
    return {std::nullopt,
            "a macro may stand behind the ? only: nothing that a row says decides where its request goes"};
  }
  // For its judgement of the whole, the query's characters included.
  if (auto whole = PostbackUrl::parse(text); !whole.url) return {std::nullopt, std::move(whole.error)};
  auto address = PostbackUrl::parse(before_query);
  if (!address.url) return {std::nullopt, std::move(address.error)};

  PostbackTemplate result;
  result.address_ = std::move(*address.url);
  result.secrets_ = result.address_.secrets();
  result.pieces_.push_back({std::nullopt, std::string(before_query), result.address_.redacted()});
  // What stands in braces there may be a part of the key.
  if (next_braces(before_query, 0)) result.unknown_macros_.emplace_back("{…}");
  if (query_start != std::string_view::npos) {
    if (std::string error = result.read_query(text.substr(query_start + 1)); !error.empty()) {
      return {std::nullopt, std::move(error)};
    }
  }
  if (std::string error = result.read_status(status); !error.empty()) {
    return {std::nullopt, std::move(error)};
  }
  result.read_return();
  for (const Piece& piece : result.pieces_) {
    if (!piece.macro) result.literal_size_ += piece.text.size();
    result.uses_params_ = result.uses_params_ || piece.macro == Macro::param;
  }
  return {std::move(result), {}};
}

std::string PostbackTemplate::read_query(std::string_view query) {
  add_literal("?", false);
  before_more_ = query.empty() || query.ends_with('&') ? '\0' : '&';
  for (bool first = true;; first = false) {
    const std::size_t end = query.find('&');
    if (!first) add_literal("&", false);
    if (std::string error = read_parameter(query.substr(0, end)); !error.empty()) return error;
    if (end == std::string_view::npos) return {};
    query.remove_prefix(end + 1);
  }
}

std::string PostbackTemplate::read_parameter(std::string_view written) {
  const std::size_t equals = written.find('=');
  if (holds_macro(written.substr(0, equals))) {
    return "a macro may stand behind the = of a parameter only, as in subid={click}";
  }
  if (equals == std::string_view::npos) {
    // A word alone may be a key as well as a name.
    if (!written.empty()) add_literal(written, true);
    return {};
  }
  Parameter parameter;
  parameter.name = decoded(written.substr(0, equals));
  const bool plain = is_parameter_name(written.substr(0, equals));
  const bool shown = plain && may_be_shown(parameter.name);
  if (!plain) parameter.name = kHidden;
  add_literal(written.substr(0, equals + 1), !plain);
  note_unknown_macros(written.substr(0, equals));
  parameter.first = pieces_.size();
  read_value(written.substr(equals + 1), !shown);
  parameter.count = pieces_.size() - parameter.first;
  parameters_.push_back(std::move(parameter));
  return {};
}

void PostbackTemplate::read_value(std::string_view written, bool secret) {
  std::size_t literal_from = 0;
  for (auto braces = next_braces(written, 0); braces; braces = next_braces(written, braces->end)) {
    const auto macro = macro_named(braces->name);
    if (!macro) continue;
    if (braces->begin > literal_from) {
      add_literal(written.substr(literal_from, braces->begin - literal_from), secret);
    }
    pieces_.push_back({macro, std::string(*macro == Macro::param ? braces->name : std::string_view()), {}});
    literal_from = braces->end;
  }
  const std::string_view rest = written.substr(literal_from);
  if (!rest.empty()) add_literal(rest, secret);
  note_unknown_macros(written);
  if (next_braces(decoded(written), 0) && !next_braces(written, 0)) unknown_macros_.emplace_back(written);
}

void PostbackTemplate::note_unknown_macros(std::string_view text) {
  for (auto braces = next_braces(text, 0); braces; braces = next_braces(text, braces->end)) {
    if (!macro_named(braces->name)) {
      unknown_macros_.emplace_back(text.substr(braces->begin, braces->end - braces->begin));
    }
  }
}

void PostbackTemplate::add_literal(std::string_view text, bool secret) {
  pieces_.push_back({std::nullopt, std::string(text), std::string(secret ? kHidden : text)});
  if (secret) secrets_.add(text);
}

std::string PostbackTemplate::read_status(std::string_view status) {
  const Parameter* const parameter = last("status");
  if (parameter == nullptr) return {};
  for (std::size_t i = parameter->first; i < parameter->first + parameter->count; ++i) {
    if (pieces_[i].macro && pieces_[i].macro != Macro::status) {
      return "its status= may hold {status} or a plain word such as lead, and no other macro";
    }
  }
  MacroValues values;
  values.status = status;
  sent_status_ = value(*parameter, values, For::sending);
  if (ascii::trim(sent_status_).empty()) return "its status= is empty: write a status such as status=lead";
  return {};
}

void PostbackTemplate::read_return() {
  const Parameter* const parameter = last("return");
  has_return_ = parameter != nullptr;
  if (has_return_ && is_literal(*parameter)) return_text_ = value(*parameter, {}, For::sending);
}

std::string PostbackTemplate::filled(const MacroValues& values, std::string_view sentinel,
                                     std::string Piece::*literal) const {
  constexpr std::size_t kRoomForValues = 160;
  std::string out;
  out.reserve(literal_size_ + kRoomForValues);
  for (const Piece& piece : pieces_) {
    if (piece.macro) {
      append_percent_encoded(out, values.of(*piece.macro, piece.text));
    } else {
      out += piece.*literal;
    }
  }
  if (!has_return_ && !sentinel.empty()) {
    if (before_more_ != '\0') out += before_more_;
    out += "return=";
    append_percent_encoded(out, sentinel);
  }
  return out;
}

std::string PostbackTemplate::url(const MacroValues& values, std::string_view sentinel) const {
  return filled(values, sentinel, &Piece::text);
}

std::string PostbackTemplate::shown_url(const MacroValues& values, std::string_view sentinel) const {
  return filled(values, sentinel, &Piece::shown);
}

Params PostbackTemplate::shown_params(const MacroValues& values, std::string_view sentinel) const {
  Params params;
  for (const Parameter& parameter : parameters_) {
    params.emplace_back(parameter.name, value(parameter, values, For::showing));
  }
  if (!has_return_ && !sentinel.empty()) params.emplace_back("return", sentinel);
  return params;
}

std::string PostbackTemplate::value(const Parameter& parameter, const MacroValues& values,
                                    For purpose) const {
  std::string out;
  for (std::size_t i = parameter.first; i < parameter.first + parameter.count; ++i) {
    const Piece& piece = pieces_[i];
    if (!piece.macro) {
      out += decoded(purpose == For::sending ? piece.text : piece.shown);
    } else if (piece.macro == Macro::time && purpose == For::comparing) {
      out += "{time}";
    } else {
      out += values.of(*piece.macro, piece.text);
    }
  }
  return out;
}

void PostbackTemplate::read_facts(const MacroValues& values, Postback& facts) const {
  Params others;
  for (const Parameter& parameter : parameters_) {
    const std::string& name = parameter.name;
    if (name == "status" || name == "return" || is_list(name)) continue;
    if (last(name) != &parameter) continue;  // The last of a name counts.
    // Not the row's, and to be kept nowhere.
    if (!may_be_shown(name) && is_literal(parameter)) continue;
    std::string text = value(parameter, values, For::comparing);
    if (text.empty() || (name == "subid" && text == values.click) || (name == "tid" && text == values.tid)) {
      continue;
    }
    const bool is_payout = name == "payout" || name == "revenue";
    const auto amount = is_payout || name == "cost" ? Amount::parse(text) : std::nullopt;
    if (amount) {
      (is_payout ? facts.payout : facts.cost) = amount;
    } else if (name == "currency") {
      facts.currency = std::move(text);
    } else {
      others.emplace_back(name, std::move(text));
    }
  }
  facts.params = canonical_params(others);
}

std::string PostbackTemplate::sent_value(std::string_view name, const MacroValues& values) const {
  const Parameter* const parameter = last(name);
  return parameter == nullptr ? std::string() : value(*parameter, values, For::sending);
}

std::string PostbackTemplate::click(const MacroValues& values) const {
  return sent_value("subid", values);
}

std::string PostbackTemplate::tid(const MacroValues& values) const {
  return sent_value("tid", values);
}

std::optional<Status> PostbackTemplate::counts_as(const StatusMap& statuses) const {
  if (const auto status = listed()) return status;
  return statuses.find(normalized_status(sent_status_));
}

std::optional<Status> PostbackTemplate::listed() const {
  const std::string wanted = normalized_status(sent_status_);
  for (const auto& [list, status] : kLists) {
    const Parameter* const parameter = last(list);
    if (parameter == nullptr || !is_literal(*parameter)) continue;
    const std::string names = value(*parameter, {}, For::sending);
    for (std::size_t from = 0; from <= names.size();) {
      const std::size_t comma = std::min(names.find(',', from), names.size());
      if (normalized_status(names.substr(from, comma - from)) == wanted) return status;
      from = comma + 1;
    }
  }
  return std::nullopt;
}

std::string_view PostbackTemplate::sentinel(std::string_view asked_for) const {
  return has_return_ ? std::string_view(return_text_) : asked_for;
}

bool PostbackTemplate::uses(std::string_view parameter, Macro macro) const {
  return std::any_of(parameters_.begin(), parameters_.end(), [&](const Parameter& due_row) {
    return due_row.name == parameter && holds(due_row, macro);
  });
}

bool PostbackTemplate::uses(Macro macro) const {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [&](const Piece& piece) { return piece.macro == macro; });
}

bool PostbackTemplate::uses_param(std::string_view name) const {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [&](const Piece& piece) { return piece.macro == Macro::param && piece.text == name; });
}

std::vector<std::string> PostbackTemplate::names() const {
  std::vector<std::string> names;
  for (const Parameter& parameter : parameters_) names.push_back(parameter.name);
  return names;
}

const PostbackTemplate::Parameter* PostbackTemplate::last(std::string_view name) const {
  const auto found = std::find_if(parameters_.rbegin(), parameters_.rend(),
                                  [&](const Parameter& parameter) { return parameter.name == name; });
  return found == parameters_.rend() ? nullptr : &*found;
}

bool PostbackTemplate::holds(const Parameter& parameter, Macro macro) const {
  const auto* const begin = pieces_.data() + parameter.first;
  return std::any_of(begin, begin + parameter.count,
                     [&](const Piece& piece) { return piece.macro == macro; });
}

bool PostbackTemplate::is_literal(const Parameter& parameter) const {
  const auto* const begin = pieces_.data() + parameter.first;
  return std::none_of(begin, begin + parameter.count,
                      [](const Piece& piece) { return piece.macro.has_value(); });
}

}  // namespace keitaro_outbox::core
