#pragma once

#include <map>
#include <string>
#include <string_view>

namespace keitaro_outbox::files {

/// How the files of an import are to be read where they differ from what the outbox calls things.
struct ImportOptions {
  /// What a file calls a column (trimmed, in lower case) → the outbox's name for it, or `-` to pass it over.
  std::map<std::string, std::string, std::less<>> renamed;
  bool decimal_comma = false;  ///< Amounts are written `1.234,50`.
};

/// A column's name as it is compared: without blanks and invisible characters around it, in lower case.
std::string plain_column_name(std::string_view name);

}  // namespace keitaro_outbox::files
