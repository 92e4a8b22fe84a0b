#include "intake/spool_record.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace keitaro_outbox::intake {
namespace {

using nlohmann::json;
using ports::IntakeItem;

constexpr std::string_view kHeader = "keitaro-outbox intake spool 1 ";
constexpr std::size_t kChecksumDigits = 8;

/// CRC-32, as in Ethernet and zip.
std::uint32_t checksum(std::string_view bytes) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
      std::uint32_t value = byte;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
      table[byte] = value;
    }
    return table;
  }();
  std::uint32_t value = 0xFFFFFFFFU;
  for (const char c : bytes) value = kTable[(value ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (value >> 8);
  return value ^ 0xFFFFFFFFU;
}

std::string in_hex(std::uint32_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex(kChecksumDigits, '0');
  for (std::size_t i = 0; i < kChecksumDigits; ++i)
    hex[kChecksumDigits - 1 - i] = kDigits[(value >> (4 * i)) & 0xFU];
  return hex;
}

json to_json(const Conversion& c) {
  return {{"tracker", c.tracker},   {"subid", c.subid},       {"status", c.status},
          {"tid", c.tid},           {"payout", c.payout},     {"cost", c.cost},
          {"currency", c.currency}, {"campaign", c.campaign}, {"params", c.params},
          {"event_id", c.event_id}, {"due_at", c.due_at}};
}

Conversion conversion_of(const json& from) {
  Conversion c;
  c.tracker = from.at("tracker");
  c.subid = from.at("subid");
  c.status = from.at("status");
  c.tid = from.at("tid");
  c.payout = from.at("payout");
  c.cost = from.at("cost");
  c.currency = from.at("currency");
  c.campaign = from.at("campaign");
  c.params = from.at("params");
  c.event_id = from.at("event_id");
  c.due_at = from.at("due_at");
  return c;
}

IntakeItem item_of(const json& from) {
  IntakeItem item;
  if (from.contains("conversion")) item.conversion = conversion_of(from.at("conversion"));
  item.broken_rule = from.at("broken_rule");
  item.source = from.at("source");
  item.method = from.at("method");
  item.query = from.at("query");
  item.body = from.at("body");
  item.received_at = from.at("received_at");
  return item;
}

}  // namespace

std::string spool_checksum(std::string_view bytes) {
  return in_hex(checksum(bytes));
}

std::string spool_record(const IntakeItem& item) {
  json out{{"broken_rule", item.broken_rule},
           {"source", item.source},
           {"method", item.method},
           {"query", item.query},
           {"body", item.body},
           {"received_at", item.received_at}};
  if (item.conversion) out["conversion"] = to_json(*item.conversion);
  // What is not UTF-8 is refused before; a record must never fail for it.
  const std::string text = out.dump(-1, ' ', false, json::error_handler_t::replace);
  return std::to_string(text.size()) + " " + spool_checksum(text) + " " + text + "\n";
}

std::optional<ReadRecord> read_spool_record(std::string_view bytes) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), length);
  if (error != std::errc()) return std::nullopt;
  const auto digits = static_cast<std::size_t>(end - bytes.data());
  const std::size_t before = digits + 1 + kChecksumDigits + 1;
  if (bytes.size() <= before || length > bytes.size() - before - 1 || bytes[digits] != ' ')
    return std::nullopt;
  const std::string_view text = bytes.substr(before, length);
  if (bytes.substr(digits + 1, kChecksumDigits) != spool_checksum(text)) return std::nullopt;
  if (bytes[before + length] != '\n') return std::nullopt;
  try {
    return ReadRecord{item_of(json::parse(text)), before + length + 1};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::string spool_header(std::string_view spool_id) {
  return std::string(kHeader) + std::string(spool_id) + "\n";
}

std::optional<ReadHeader> read_spool_header(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  if (!bytes.starts_with(kHeader) || end == std::string_view::npos || end == kHeader.size())
    return std::nullopt;
  return ReadHeader{std::string(bytes.substr(kHeader.size(), end - kHeader.size())), end + 1};
}

}  // namespace keitaro_outbox::intake
