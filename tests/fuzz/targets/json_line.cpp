#include "files/json_line.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "core/text/utf8.hpp"
#include "target.hpp"

namespace files = keitaro_outbox::files;
using nlohmann::json;

FUZZ_TARGET(json_line, bytes) {
  if (keitaro_outbox::core::is_utf8(bytes))
    MUST_HOLD(files::json_string_value(files::json_string(bytes)) == bytes);
  MUST_HOLD(json::accept(files::json_string(bytes)));

  const files::JsonLine line = files::read_json_line(bytes);
  const json parsed = json::parse(bytes, nullptr, false);
  if (!line.error.empty()) {
    MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(line.error));
    MUST_HOLD(!parsed.is_object() || bytes.find('\0') != std::string_view::npos ||
              bytes.starts_with("\xef\xbb\xbf"));
    return;
  }
  // Another reader sees the same; of a name that stands there twice, it keeps the last.
  MUST_HOLD(parsed.is_object());
  json seen = json::object();
  for (const auto& [key, value] : line.members) {
    MUST_HOLD(value.data() >= bytes.data() && value.data() + value.size() <= bytes.data() + bytes.size());
    seen[key] = json::parse(value);
    if (value.starts_with('"')) MUST_HOLD(seen[key] == files::json_string_value(value));
  }
  MUST_HOLD(seen == parsed);
}
