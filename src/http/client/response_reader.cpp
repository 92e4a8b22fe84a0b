#include "http/client/response_reader.hpp"

#include "core/text/ascii.hpp"

namespace keitaro_outbox::http {

namespace ascii = core::ascii;

void ResponseReader::reset() {
  part_ = Part::before_status;
  status_ = 0;
  header_bytes_ = 0;
  headers_cut_ = false;
  retry_after_.reset();
  body_.clear();
}

bool ResponseReader::header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kHeaderCeiling) {
    headers_cut_ = true;
    return false;
  }
  if (part_ == Part::before_status) {
    status_line(line);
  } else if (part_ == Part::headers) {
    header_field(line);
  }
  return true;
}

void ResponseReader::status_line(std::string_view line) {
  if (!line.starts_with("HTTP/")) return;
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos) return;
  const std::string_view code = line.substr(blank + 1, 3);
  int status = 0;
  for (const char c : code) {
    if (!ascii::is_digit(c)) return;
    status = status * 10 + (c - '0');
  }
  status_ = status;
  part_ = Part::headers;
}

void ResponseReader::header_field(std::string_view line) {
  if (line.starts_with('\r') || line.starts_with('\n')) {  // whatever follows, libcurl takes it for the end
    part_ = interim() ? Part::before_status : Part::after_headers;
    if (interim()) retry_after_.reset();
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  if (!ascii::equal_ignoring_case(line.substr(0, colon), "Retry-After")) return;
  const std::string_view value = ascii::trim(line.substr(colon + 1));
  retry_after_.reset();
  if (value.size() <= kRetryAfterCeiling) retry_after_ = std::string(value);
}

bool ResponseReader::body(std::string_view piece) {
  const std::size_t room = body_ceiling_ - body_.size();
  body_ += piece.substr(0, room);
  return piece.size() <= room;
}

std::optional<core::Answer> ResponseReader::answer() const {
  const bool final_status = part_ != Part::before_status && !interim();
  if (!final_status || (part_ == Part::headers && !headers_cut_)) return std::nullopt;
  return core::Answer{status_, body_, retry_after_};
}

}  // namespace keitaro_outbox::http
