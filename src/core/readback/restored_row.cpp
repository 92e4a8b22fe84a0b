#include "core/readback/restored_row.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/readback/conclusion.hpp"
#include "core/text/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

bool shows(const RecordedConversion& recorded, const Postback& postback, const std::string& own_currency) {
  constexpr std::int64_t kCent = 100;  // In ten-thousandths.
  SentConversion sent;
  sent.status = postback.status;
  sent.sent_status = postback.sent_status;
  // Without a status nothing is known of it.
  if (recorded.status.empty() && recorded.original_status.empty()) return false;
  if (!same_status(sent, recorded)) return false;
  if (!postback.payout) return true;
  const std::string currency = ascii::lower(postback.currency);
  if (!currency.empty() && currency != own_currency) return false;
  const auto revenue = recorded.revenue ? Amount::parse(*recorded.revenue) : std::nullopt;
  return revenue && std::abs(revenue->ten_thousandths() - postback.payout->ten_thousandths()) <= kCent;
}

}  // namespace

std::size_t rows_recorded(std::span<const Postback> postbacks, std::string_view subid, std::string_view tid,
                          std::span<const RecordedConversion> recorded, const std::string& own_currency) {
  for (std::size_t count = postbacks.size(); count > 0; --count) {
    const bool there = std::ranges::any_of(recorded, [&](const RecordedConversion& one) {
      return one.subid == subid && one.tid == tid && shows(one, postbacks[count - 1], own_currency);
    });
    if (there) return count;
  }
  return 0;
}

}  // namespace keitaro_outbox::core
