#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_result;

namespace keitaro_outbox::postgresql {

/// The rows of a statement's result, in text form. Columns count from 0.
class Result {
 public:
  explicit Result(pg_result* result);

  int rows() const { return rows_; }
  bool empty() const { return rows_ == 0; }

  bool is_null(int row, int column) const;
  std::string_view view(int row, int column) const;  ///< Empty for NULL. Valid as long as the result.
  std::string text(int row, int column) const { return std::string(view(row, column)); }
  std::int64_t integer(int row, int column) const;  ///< 0 for NULL.
  bool boolean(int row, int column) const { return view(row, column) == "t"; }
  std::optional<std::string> optional_text(int row, int column) const;
  std::optional<std::int64_t> optional_integer(int row, int column) const;

  /// How many rows an INSERT, UPDATE or DELETE has changed.
  std::int64_t changed() const;
  /// What was done, as the server calls it: `COMMIT`, `UPDATE 3`.
  std::string_view command() const;

 private:
  struct Clear {
    void operator()(pg_result* result) const noexcept;
  };
  std::unique_ptr<pg_result, Clear> result_;
  int rows_;
};

/// What `record` makes of the result and the number of each of its rows.
template <typename Record>
auto all_of(const Result& found, Record record) {
  std::vector<decltype(record(found, 0))> records;
  records.reserve(static_cast<std::size_t>(found.rows()));
  for (int row = 0; row < found.rows(); ++row) records.push_back(record(found, row));
  return records;
}

}  // namespace keitaro_outbox::postgresql
