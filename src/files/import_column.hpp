#pragma once

#include <optional>
#include <string>
#include <string_view>

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

/// nullptr for an unknown name. The name is taken without surrounding white space, and in any case.
const ImportColumn* import_column(std::string_view name);

/// `tracker, campaign, subid, …`: those that are taken, for messages.
std::string import_column_names();

/// What to say of an unknown name, with the nearest known one.
std::string unknown_import_column(std::string_view name);

/// Puts a value into the conversion. An empty one means none: the default stays. Gives what is wrong with it,
/// in words that go on from the column's name, or nullopt.
std::optional<std::string> set_import_column(Conversion& conversion, const ImportColumn& column,
                                             std::string_view value);

/// What can be told of a conversion beside the table's own rules: parameters that no request can carry.
std::optional<std::string> judge_import(const Conversion& conversion);

}  // namespace keitaro_outbox::files
