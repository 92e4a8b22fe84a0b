#include "postgresql/base/errors.hpp"

#include "core/text/readable.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using Kind = ports::StoreError::Kind;

std::string advice(std::string_view sqlstate) {
  if (sqlstate == "42P01")
    return "; if the tables are not there, run `keitaro-outbox init` for this database";
  if (sqlstate == "42501") return "; schema/outbox.postgresql.sql lists what each role needs";
  if (sqlstate == "25006")
    return "; it is a standby, or read-only by a setting: name the server that takes writes";
  if (sqlstate == "53100") return "; free some space on the server";
  if (sqlstate == "53300") return "; raise max_connections, or use a pooler";
  return {};
}

}  // namespace

bool SqlError::speaks_of_a_row() const {
  // 23: constraints; 22: values; P0: raised by PL/pgSQL; 09: a trigger; 27: a trigger has changed the row.
  for (const char* of_rows : {"23", "22", "P0", "09", "27"}) {
    if (sqlstate_.starts_with(of_rows)) return true;
  }
  return false;
}

Kind kind_of_sqlstate(std::string_view sqlstate) {
  if (sqlstate == "40001" || sqlstate == "40P01") return Kind::busy;  // serialization failure, deadlock
  if (sqlstate == "55P03" || sqlstate == "57014") return Kind::busy;  // lock time-out, statement time-out
  if (sqlstate == "53100") return Kind::full;
  if (sqlstate == "25006") return Kind::read_only;
  if (sqlstate == "42P01" || sqlstate == "42703" || sqlstate == "3F000") return Kind::schema;
  if (sqlstate.starts_with("XX")) return Kind::corrupt;
  if (sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate.starts_with("58"))
    return Kind::io;
  return Kind::other;
}

SqlError sql_error(const std::string& database, std::string_view sqlstate, std::string_view said,
                   std::string constraint) {
  std::string text = database + ": " + core::readable(said, 300);
  // BEGIN READ WRITE is "not supported" by a standby.
  const std::string_view code =
      sqlstate == "0A000" && said.find("during recovery") != std::string_view::npos ? "25006" : sqlstate;
  text += advice(code);
  return {kind_of_sqlstate(code), text, std::string(code), std::move(constraint)};
}

}  // namespace keitaro_outbox::postgresql
