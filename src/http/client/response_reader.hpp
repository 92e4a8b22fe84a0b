#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/rules/answer.hpp"

namespace keitaro_outbox::http {

/// Puts an answer together from header lines and pieces of a body, within bounds. Used again for one exchange
/// after another.
class ResponseReader {
 public:
  static constexpr std::size_t kHeaderCeiling =
      64 * 1024;  ///< Bytes of all header lines, interim responses included.
  static constexpr std::size_t kRetryAfterCeiling = 128;  ///< A longer `Retry-After` is none.

  explicit ResponseReader(std::size_t body_ceiling) : body_ceiling_(body_ceiling) {}

  void reset();

  /// Told when libcurl gave up on the headers: a line that was too long for it.
  void cut_headers() { headers_cut_ = true; }

  /// One header line with its line end; a status line begins a new block. False: too much, read no further.
  bool header(std::string_view line);

  /// False when the ceiling has been passed: what fits was kept, read no further.
  bool body(std::string_view piece);

  /// Whether the next line is a header, or the end of the headers.
  bool in_headers() const { return part_ == Part::headers; }

  /// Whether all but the body is there.
  bool headers_ended() const { return part_ == Part::after_headers; }

  /// The answer, however its body ended, when a final status line came and its headers ended or passed their
  /// ceiling. Responses 1xx are interim but for 101, after which nothing else comes.
  std::optional<core::Answer> answer() const;

 private:
  enum class Part { before_status, headers, after_headers };

  void status_line(std::string_view line);
  void header_field(std::string_view line);
  bool interim() const { return status_ >= 100 && status_ < 200 && status_ != 101; }

  std::size_t body_ceiling_;
  Part part_ = Part::before_status;
  int status_ = 0;
  std::size_t header_bytes_ = 0;
  bool headers_cut_ = false;
  std::optional<std::string> retry_after_;
  std::string body_;
};

}  // namespace keitaro_outbox::http
