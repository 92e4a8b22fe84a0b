#include "delivery/row_version.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "core/url/url_parts.hpp"

namespace keitaro_outbox::delivery {
namespace {

class Hash {
 public:
  void add(std::uint64_t word) {
    value_ = (value_ ^ word) * 0x9e3779b97f4a7c15;
    value_ ^= value_ >> 29;
  }
  /// With its length, so that what ends one text cannot begin the next.
  void add(std::string_view text) {
    add(text.size());
    while (!text.empty()) {
      std::uint64_t word = 0;
      const std::size_t part = std::min(text.size(), sizeof word);
      std::memcpy(&word, text.data(), part);
      add(word);
      text.remove_prefix(part);
    }
  }
  void add(const std::optional<std::string>& text) {
    add(std::uint64_t{text.has_value()});
    if (text) add(std::string_view(*text));
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace

std::uint64_t version_of(const core::Row& row, std::string_view url, std::string_view sentinel) {
  Hash hash;
  hash.add(static_cast<std::uint64_t>(row.id.value));
  hash.add(static_cast<std::uint64_t>(row.attempts));
  hash.add(static_cast<std::uint64_t>(core::unix_millis(row.due_at)));
  hash.add(static_cast<std::uint64_t>(core::unix_millis(row.created_at)));
  for (const std::string_view text :
       {std::string_view(row.tracker), std::string_view(row.campaign), std::string_view(row.subid),
        std::string_view(row.status), std::string_view(row.tid)})
    hash.add(text);
  for (const auto* text : {&row.payout, &row.cost, &row.currency, &row.params}) hash.add(*text);
  const std::string_view origin = core::origin_of(url);
  hash.add(origin);
  hash.add(url.substr(std::min(url.find('?', origin.size()), url.size())));
  hash.add(sentinel);
  return hash.value();
}

}  // namespace keitaro_outbox::delivery
