#pragma once

#include <cstdint>
#include <string>

#include "core/rules/row.hpp"

namespace keitaro_outbox::delivery {

/// A row with the request that it is sent as.
struct PlannedRow {
  core::Row row;
  core::LedgerKey key;  ///< As the request carries it.
  core::Postback postback;
  std::string url;
  std::string sentinel;
  std::uint64_t commit_generation = 0;  ///< When it was last read from the store: see ForeignCommits.
};

}  // namespace keitaro_outbox::delivery
