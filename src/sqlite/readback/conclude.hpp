#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/readback/verdict.hpp"
#include "core/text/column_values.hpp"
#include "ports/read_back_store.hpp"
#include "sqlite/base/database.hpp"

namespace keitaro_outbox::sqlite {

/// Writes what a look at the tracker's records says of a conversion, by `readback_conclude.sql`. Gives 0
/// where the tracker has taken in another postback of it meanwhile. Throws SQLite::Exception.
inline std::int64_t write_conclusion(SQLite::Statement& statement, std::string_view tracker,
                                     const ports::ConcludedConversion& concluded, core::WallTime now) {
  const auto& [sent, conclusion] = concluded;
  Run run(statement);
  return run.bind(":verdict", core::name_of(conclusion.verdict))
      .bind(":now", core::unix_millis(now))
      .bind(":note", core::unless_empty(conclusion.note))
      .bind(":check_at", conclusion.check_at)
      .bind(":tracker", tracker)
      .bind(":subid", sent.subid)
      .bind(":tid", sent.tid)
      .bind(":outbox_id", sent.outbox_id.value)
      .bind(":taken_in_at", core::unix_millis(sent.taken_in_at))
      .execute();
}

}  // namespace keitaro_outbox::sqlite
