#pragma once

#include <ostream>
#include <streambuf>
#include <string>

#include "config/environment.hpp"

namespace keitaro_outbox::cli {

/// Whether the terminal's owner reads UTF-8, by LC_ALL, LC_CTYPE and LANG; true where none of them is set.
bool locale_shows_utf8(const config::Environment& environment);

/// The buffer of an AsciiOutput.
class AsciiBuffer final : public std::streambuf {
 public:
  explicit AsciiBuffer(std::ostream& target) : target_(target) {}

 private:
  int_type overflow(int_type character) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int sync() override;
  void pass_on(bool whole);

  std::ostream& target_;
  std::string held_;  ///< The beginning of a character.
};

/// Passes text on to `target` in ASCII: `~` for `…`, `>=` for `≥`, `x` for `×`, and `\u0436` for what has no
/// likeness.
class AsciiOutput final : public std::ostream {
 public:
  explicit AsciiOutput(std::ostream& target) : std::ostream(nullptr), buffer_(target) { rdbuf(&buffer_); }
  ~AsciiOutput() override { buffer_.pubsync(); }
  AsciiOutput(const AsciiOutput&) = delete;
  AsciiOutput& operator=(const AsciiOutput&) = delete;

 private:
  AsciiBuffer buffer_;
};

}  // namespace keitaro_outbox::cli
