#include <string>
#include <vector>

#include "http/server/request.hpp"
#include "target.hpp"

namespace http = keitaro_outbox::http;

namespace {

bool is(std::string_view name, std::string_view wanted) {
  if (name.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i] >= 'A' && name[i] <= 'Z' ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
    if (c != wanted[i]) return false;
  }
  return true;
}

}  // namespace

/// The first line is the target, each further one a header.
FUZZ_TARGET(http_head, bytes) {
  const auto lines = keitaro_outbox::fuzz::parts_of(bytes, '\n');
  if (const auto target = http::parse_target(lines[0])) {
    MUST_HOLD(target->path.starts_with('/'));
    MUST_HOLD(target->path.find('?') == std::string_view::npos);
    MUST_HOLD(target->path.size() + target->query.size() <= lines[0].size());
    MUST_HOLD(lines[0].ends_with(target->query.empty() ? "" : std::string(target->query)));
  }
  std::vector<http::Header> headers;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t colon = lines[i].find(':');
    const std::string_view value = colon == std::string_view::npos ? "" : lines[i].substr(colon + 1);
    headers.emplace_back(std::string(lines[i].substr(0, colon)),
                         std::string(value.starts_with(' ') ? value.substr(1) : value));
  }
  for (const char* version : {"HTTP/1.1", "HTTP/1.0"}) {
    if (const auto fault = http::framing_fault(headers, version)) {
      MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(*fault));
      continue;
    }
    // Nobody can read the end of the body in two ways.
    int lengths = 0;
    int codings = 0;
    for (const auto& [name, value] : headers) {
      if (is(name, "content-length")) ++lengths;
      if (is(name, "transfer-encoding")) ++codings;
      MUST_HOLD(!name.empty() && name.find_first_of(" \t\r\n:") == std::string::npos);
      MUST_HOLD(value.find_first_of(std::string_view("\0\r\n", 3)) == std::string::npos);
    }
    MUST_HOLD(lengths + codings <= 1);
    MUST_HOLD(codings == 0 || std::string_view(version) == "HTTP/1.1");
  }
}
