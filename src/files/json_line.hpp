#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keitaro_outbox::files {

/// One member of a JSON object.
struct JsonMember {
  std::string key;
  std::string_view
      value;  ///< As it is written: `"a\n"`, `12.50`, `{"x":1}`, `null`. A part of the text read.
};

struct JsonLine {
  std::vector<JsonMember> members;  ///< In order; of use when there is no error.
  std::string error;                ///< Why the text is no JSON object, in plain words.
};

/// Reads the members of one JSON object, whose values are left as they are written: `12.50` is not to become
/// a floating-point number.
JsonLine read_json_line(std::string_view text);

/// The text that a JSON string such as `"a\u00e9"` stands for.
std::string json_string_value(std::string_view written);

/// The other way round; bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

}  // namespace keitaro_outbox::files
