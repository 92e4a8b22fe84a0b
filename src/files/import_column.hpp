#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/import_options.hpp"
#include "keitaro_outbox/conversion.hpp"

namespace keitaro_outbox::files {

/// A column that an import may name.
struct ImportColumn {
  std::string_view name;
  /// Where its text goes; null for `due_at`, and for what is passed over: the columns that are the worker's
  /// or SQLite's to write, and `line`, which a file of rejects has.
  std::string Conversion::*text = nullptr;
  bool passed_over = false;
};

/// nullptr for an unknown name. The name is taken without blanks and invisible characters around it, and in
/// any case.
const ImportColumn* import_column(std::string_view name);

/// The same by what the options call it; `-` there gives a column that is passed over.
const ImportColumn* import_column(std::string_view name, const ImportOptions& options);

/// `tracker, campaign, subid, …`: those that are taken, for messages.
std::string import_column_names();

/// What to say of unknown names, each with the nearest known one, and what to do.
std::string unknown_import_columns(const std::vector<std::string>& names);

/// What is wrong with a `due_at` that was meant in another unit, in words that go on from its name; nullopt
/// where nothing is.
std::optional<std::string> judge_due_at(std::int64_t due_at);

/// Puts a value into the conversion. An empty one means none: the default stays. Gives what is wrong with it,
/// in words that go on from the column's name, or nullopt.
std::optional<std::string> set_import_column(Conversion& conversion, const ImportColumn& column,
                                             std::string_view value, const ImportOptions& options);

/// What can be told of a conversion beside the table's own rules: parameters that no request can carry.
std::optional<std::string> judge_import(const Conversion& conversion);

}  // namespace keitaro_outbox::files
