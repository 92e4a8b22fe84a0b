#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/params.hpp"

namespace keitaro_outbox::core {

/// Percent-encodes every byte but the unreserved `A–Z a–z 0–9 - . _ ~`, a NUL included; the result is upper-case hex.
std::string percent_encode(std::string_view value);
void append_percent_encoded(std::string& out, std::string_view value);

/// The address of a tracker's postback as configured, `https://HOST/KEY/postback`, maybe with a query of its own.
class PostbackUrl {
 public:
  /// `http` or `https`, a host, no control characters or blanks, no unfilled `${…}`; a fragment is an error.
  /// On failure `error` is one plain sentence that does not repeat the key.
  struct Parsed;
  static Parsed parse(std::string_view text);

  /// The whole URL with these parameters added in order, each value percent-encoded.
  std::string with(const Params& params) const;

  /// The URL for people: user information, every path segment but a last `postback`, and query values become `***`.
  std::string redacted() const;

  /// The full request URL of with(), safe to show: as redacted(), with the parameters added.
  std::string redacted_with(const Params& params) const;

  /// `text` with every trace of the key (and of user information) replaced by `***`, percent-encoded spellings too.
  /// For texts of others: error messages, answers.
  std::string scrub(std::string_view text) const;

  /// Whether the path has a segment before its last `postback`: without it Keitaro gets no key.
  bool has_key() const;

  const std::string& scheme() const { return scheme_; }  ///< `http` or `https`.
  const std::string& host() const { return host_; }      ///< Without brackets or port; lower case.
  int port() const { return port_; }                     ///< As written, or the scheme's default.
  const std::string& text() const { return text_; }      ///< With the key: never to be shown.

 private:
  std::string text_;
  std::string scheme_;
  std::string host_;
  int port_ = 0;
  std::string redacted_;
  std::vector<std::string> secrets_;
  bool has_key_ = false;
  bool has_query_ = false;
};

struct PostbackUrl::Parsed {
  std::optional<PostbackUrl> url;
  std::string error;
};

}  // namespace keitaro_outbox::core
