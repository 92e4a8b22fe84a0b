#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace keitaro_outbox::core {

/// Whether `text` is a JSON object as SQLite 3.40's json_valid() and json_type() judge, and if so the names
/// of its members, as written between the quotes (escapes stay), repeated ones too. As SQLite does, it reads
/// up to the first NUL, takes any bytes above 0x7f and any four hex digits after `\u`, and no more than 2,000
/// levels of arrays and objects. The names point into `text`.
std::optional<std::vector<std::string_view>> json_object_names(std::string_view text);

}  // namespace keitaro_outbox::core
