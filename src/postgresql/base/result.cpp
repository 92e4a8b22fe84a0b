#include "postgresql/base/result.hpp"

#include <libpq-fe.h>

#include <charconv>

namespace keitaro_outbox::postgresql {
namespace {

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

void Result::Clear::operator()(pg_result* result) const noexcept {
  PQclear(result);
}

Result::Result(pg_result* result) : result_(result), rows_(PQntuples(result)) {}

bool Result::is_null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view Result::view(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t Result::integer(int row, int column) const {
  return number(view(row, column));
}

std::optional<std::string> Result::optional_text(int row, int column) const {
  return is_null(row, column) ? std::nullopt : std::optional(text(row, column));
}

std::optional<std::int64_t> Result::optional_integer(int row, int column) const {
  return is_null(row, column) ? std::nullopt : std::optional(integer(row, column));
}

std::string_view Result::command() const {
  return PQcmdStatus(result_.get());
}

std::int64_t Result::changed() const {
  return number(PQcmdTuples(result_.get()));
}

}  // namespace keitaro_outbox::postgresql
