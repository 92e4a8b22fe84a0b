#include "core/plan.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/ascii.hpp"
#include "core/readable.hpp"

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

bool same_facts(const Postback& a, const Postback& b) {
  return a.status == b.status && a.sent_status == b.sent_status && a.payout == b.payout && a.cost == b.cost &&
         ascii::equal_ignoring_case(a.currency, b.currency) && a.params == b.params;
}

/// The lists that tell Keitaro what the row's own status counts as. The row's own params have the last word.
void add_lists(Params& query, const Params& params, const StatusMap& statuses) {
  constexpr std::pair<std::string_view, Status> kLists[] = {
      {"lead_status", Status::lead}, {"sale_status", Status::sale}, {"rejected_status", Status::rejected}};
  for (const auto& [name, status] : kLists) {
    const auto named_so = [&, wanted = name](const auto& param) { return param.first == wanted; };
    std::string list = statuses.list_for(status);
    if (list.empty() || std::any_of(params.begin(), params.end(), named_so)) continue;
    query.emplace_back(name, std::move(list));
  }
}

Params query_for(const Row& row, const Reading& reading, const TrackerRules& rules) {
  const Postback& postback = reading.postback;
  Params query;
  query.emplace_back("subid", row.subid);
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

/// Why the last postback taken in leaves nothing to send, or forbids it; nullopt when the row is to be sent.
std::optional<Finish> judge(const Row& row, const Postback& postback, const LedgerEntry& last,
                            const TrackerRules& rules) {
  const Status from = last.postback.status;
  const Status to = postback.status;
  if (to == Status::rebill && (last.rebilled || from == Status::rebill)) {
    return Finish{State::duplicate, "the tracker has already taken in a rebill for this subid and tid", to};
  }
  if (from == to) {
    if (last.outbox_id == row.id || !same_facts(postback, last.postback)) return std::nullopt;
    return Finish{State::duplicate,
                  "the tracker has already taken in the same postback, from row " +
                      std::to_string(last.outbox_id.value),
                  to};
  }
  if (rules.transitions.allows({from, to})) return std::nullopt;
  return Finish{State::refused,
                "the tracker does not take a move from " + std::string(name_of(from)) + " to " +
                    std::string(name_of(to)) + " (allow_transitions can add it)",
                to, from};
}

/// A name of our own for a rebill cannot be explained to Keitaro: there are lists for the other three
/// statuses only.
std::string status_to_send(Style style, Status status, const std::string& own_name) {
  return style == Style::raw && status != Status::rebill ? own_name : std::string(name_of(status));
}

}  // namespace

Plan plan(const Row& row, const std::optional<LedgerEntry>& last, const TrackerRules& rules) {
  const std::string own_name = normalized_status(row.status);
  const auto status = rules.statuses.find(own_name);
  if (!status) {
    return Finish{State::refused,
                  "the status \"" + readable(ascii::trim(row.status)) +
                      "\" is unknown: use lead, sale, rejected or rebill, or tell the tracker's statuses "
                      "what it counts as",
                  std::nullopt};
  }
  if (*status == Status::rebill && row.tid.empty()) {
    return Finish{State::refused, "a rebill needs a tid: without one it would overwrite the sale", status};
  }
  auto read_row = read(row, status_to_send(rules.style, *status, own_name), *status);
  if (auto* refusal = std::get_if<Refusal>(&read_row))
    return Finish{State::refused, std::move(refusal->reason), status};

  auto& reading = std::get<Reading>(read_row);
  if (last) {
    if (auto finish = judge(row, reading.postback, *last, rules)) return *std::move(finish);
  }
  Params query = query_for(row, reading, rules);
  return Send{std::move(reading.postback), std::move(query)};
}

}  // namespace keitaro_outbox::core
