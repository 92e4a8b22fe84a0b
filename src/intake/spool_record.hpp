#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ports/intake_store.hpp"

namespace keitaro_outbox::intake {

/// One item as a line of the spool: `LENGTH CHECKSUM JSON`, with a line end.
std::string spool_record(const ports::IntakeItem& item);

/// The record that `bytes` begin with; nullopt where they begin with no whole one.
struct ReadRecord {
  ports::IntakeItem item;
  std::size_t size = 0;  ///< Bytes of the record.
};
std::optional<ReadRecord> read_spool_record(std::string_view bytes);

/// CRC-32 in 8 hexadecimal digits.
std::string spool_checksum(std::string_view bytes);

/// The first line of a spool, `keitaro-outbox intake spool 1 ID`, with a line end.
std::string spool_header(std::string_view spool_id);
struct ReadHeader {
  std::string spool_id;
  std::size_t size = 0;
};
std::optional<ReadHeader> read_spool_header(std::string_view bytes);

}  // namespace keitaro_outbox::intake
