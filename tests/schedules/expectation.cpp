#include "schedules/expectation.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

namespace keitaro_outbox::simulation {
namespace {

std::string plain_status(const std::string& written) {
  std::string plain;
  for (const char c : written) {
    if (c != ' ') plain += static_cast<char>(std::tolower(c));
  }
  return plain;
}

std::string status_on_the_wire(const Facts& row, const Manners& manners) {
  const std::string status = keitaro_status(row.status);
  return manners.raw && status != "rebill" ? plain_status(row.status) : status;
}

const ParamsSpelling& spelling_of(const std::string& written) {
  for (const ParamsSpelling& spelling : params_spellings()) {
    if (spelling.written == written) return spelling;
  }
  throw std::logic_error("parameters that no story uses: " + written);
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(c));
  return text;
}

bool says_the_same(const Facts& row, const TakenIn& last, const Manners& manners) {
  return status_on_the_wire(row, manners) == last.sent_status && plain_amount(row.payout) == last.payout &&
         lower(row.currency) == lower(last.currency) && spelling_of(row.params).canonical == last.params;
}

}  // namespace

std::string keitaro_status(const std::string& written) {
  static const std::map<std::string, std::string> kTable{
      {"lead", "lead"},     {"sale", "sale"},       {"rejected", "rejected"},
      {"rebill", "rebill"}, {"wait", "lead"},       {"hold", "lead"},
      {"approve", "sale"},  {"cancel", "rejected"}, {"trash", "rejected"},
  };
  const auto found = kTable.find(plain_status(written));
  return found == kTable.end() ? std::string() : found->second;
}

Expected expected_of(const Facts& row, const TakenIn* last, const Manners& manners) {
  static const std::set<std::pair<std::string, std::string>> kMoves{
      {"lead", "sale"}, {"lead", "rejected"}, {"sale", "rejected"}, {"rebill", "rejected"}};
  const std::string to = keitaro_status(row.status);
  if (to.empty() || (to == "rebill" && row.tid.empty()) || !spelling_of(row.params).usable) {
    return Expected::refused;
  }
  if (last == nullptr) return Expected::send;
  if (to == "rebill" && last->rebilled_by && *last->rebilled_by != row.id) return Expected::duplicate;
  if (to == last->status) {
    const bool new_to_it = last->outbox_id == row.id || !says_the_same(row, *last, manners);
    return new_to_it ? Expected::send : Expected::duplicate;
  }
  const bool returns = manners.takes_returns && last->status == "rejected" && to == "sale";
  return returns || kMoves.contains({last->status, to}) ? Expected::send : Expected::refused;
}

TakenIn expected_taken_in(const Facts& row, const TakenIn* last, const Manners& manners) {
  const std::string status = keitaro_status(row.status);
  std::optional<std::int64_t> rebilled_by = last != nullptr ? last->rebilled_by : std::nullopt;
  if (!rebilled_by && status == "rebill") rebilled_by = row.id;
  return {.status = status,
          .sent_status = status_on_the_wire(row, manners),
          .payout = plain_amount(row.payout),
          .currency = row.currency,
          .params = spelling_of(row.params).canonical,
          .rebilled_by = rebilled_by,
          .outbox_id = row.id};
}

std::map<std::string, std::string> expected_query(const Facts& row, const Manners& manners) {
  std::map<std::string, std::string> query = spelling_of(row.params).params;
  query["subid"] = row.subid;
  query["status"] = status_on_the_wire(row, manners);
  if (!row.tid.empty()) query["tid"] = row.tid;
  if (!row.payout.empty()) query["payout"] = plain_amount(row.payout);
  if (!row.currency.empty()) query["currency"] = row.currency;
  query["return"] = "OK";
  if (manners.raw) {
    query["lead_status"] = "hold,wait";
    query["sale_status"] = "approve";
    query["rejected_status"] = "cancel,trash";
  }
  return query;
}

std::string plain_amount(const std::string& written) {
  std::string digits = written;
  const bool negative = digits.starts_with('-');
  if (negative) digits.erase(0, 1);
  if (digits.find('.') != std::string::npos) {
    while (digits.ends_with('0')) digits.pop_back();
    if (digits.ends_with('.')) digits.pop_back();
  }
  while (digits.size() > 1 && digits[0] == '0' && digits[1] != '.') digits.erase(0, 1);
  return negative && digits != "0" ? '-' + digits : digits;
}

const std::vector<ParamsSpelling>& params_spellings() {
  static const std::vector<ParamsSpelling> kSpellings{
      {"", {}, ""},
      {R"({"sub_id_1":"x"})", {{"sub_id_1", "x"}}, R"({"sub_id_1":"x"})"},
      {R"({ "sub_id_1" : "x", "none": null })", {{"sub_id_1", "x"}}, R"({"sub_id_1":"x"})"},
      {R"({"sub_id_2":"y & z","sub_id_1":"x"})",
       {{"sub_id_1", "x"}, {"sub_id_2", "y & z"}},
       R"({"sub_id_1":"x","sub_id_2":"y & z"})"},
      {R"({"count":1.50,"new":true})",
       {{"count", "1.50"}, {"new", "true"}},
       R"({"count":"1.50","new":"true"})"},
      {R"({"nested":{"a":1}})", {}, "", false},
  };
  return kSpellings;
}

}  // namespace keitaro_outbox::simulation
