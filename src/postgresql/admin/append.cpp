#include <libpq-fe.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keitaro_outbox/postgresql.hpp"
#include "postgresql/admin/append_row.hpp"
#include "postgresql/base/result.hpp"
#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox {
namespace {

std::string one_line(const char* text) {
  std::string line = text == nullptr ? std::string() : text;
  while (!line.empty() && line.back() == '\n') line.pop_back();
  for (char& c : line) c = c == '\n' ? ' ' : c;
  return line;
}

void require_usable(pg_conn* connection) {
  const char* const encoding = PQparameterStatus(connection, "client_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8")
    throw Error("the connection's encoding must be UTF8: call PQsetClientEncoding(connection, \"UTF8\")");
  if (PQpipelineStatus(connection) != PQ_PIPELINE_OFF)
    throw Error("a connection in pipeline mode cannot append: leave that mode first");
  if (PQtransactionStatus(connection) == PQTRANS_ACTIVE)
    throw Error("the connection is in the middle of a query: read its results first");
}

}  // namespace

void install_postgresql_schema(const char* address) {
  try {
    postgresql::Connection connection(address);
    postgresql::migrate(connection);
  } catch (const ports::StoreError& error) {
    throw Error(error.what());
  }
}

std::optional<std::int64_t> append(pg_conn* connection, const Conversion& conversion) {
  if (const auto rule = core::broken_rule(postgresql::columns_of(conversion))) {
    throw RuleError(std::string(*rule), "the conversion was not appended: its " + core::words_of_rule(*rule) +
                                            "; correct it and append it again");
  }
  require_usable(connection);
  const postgresql::Statement statement = postgresql::appending(conversion);
  std::vector<const char*> values;
  for (const auto& value : statement.parameters.values()) values.push_back(value ? value->c_str() : nullptr);
  const std::string text(statement.text);
  const postgresql::Result result(PQexecParams(connection, text.c_str(), static_cast<int>(values.size()),
                                               nullptr, values.data(), nullptr, nullptr, 0));
  if (result.command().empty())
    throw Error("the conversion was not appended: " + one_line(PQerrorMessage(connection)));
  return result.empty() ? std::nullopt : std::optional(result.integer(0, 0));
}

}  // namespace keitaro_outbox
