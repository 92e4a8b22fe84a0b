#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/secrets.hpp"
#include "core/url/params.hpp"
#include "core/url/percent.hpp"

namespace keitaro_outbox::core {

/// Whether the value of a parameter of a configured URL may be shown: Keitaro's own carry no secret.
bool may_be_shown(std::string_view parameter);

/// Whether a text before a `=` looks like a parameter's name: what does not may hold a secret.
bool is_parameter_name(std::string_view text);

/// The address of a tracker's postback as configured, `https://HOST/KEY/postback`, maybe with a query of its
/// own.
class PostbackUrl {
 public:
  /// `http` or `https`, a host, no control characters or blanks, no unfilled `${…}`; a fragment is an error.
  /// On failure `error` is one plain sentence that does not repeat the key. Whether the host may be reached
  /// is not judged here.
  struct Parsed;
  static Parsed parse(std::string_view text);

  /// The whole URL with these parameters added in order, each name and value percent-encoded.
  std::string with(const Params& params) const;

  /// The URL for people: user information, every path segment but a last `postback`, and query values become
  /// `***`.
  std::string redacted() const { return redacted_; }

  /// The full request URL of with(), safe to show: as redacted(), with the parameters added.
  std::string redacted_with(const Params& params) const;

  /// `text` with every trace of the key (and of user information) replaced by `***`, percent-encoded
  /// spellings too; of the whole URL the host is left. Query values are taken out too, but for those of
  /// Keitaro's own parameters, which are no secret. For texts of others: error messages, answers.
  std::string scrub(std::string_view text) const { return secrets_.scrub(text); }

  /// What scrub() takes out.
  const Secrets& secrets() const { return secrets_; }

  /// Whether the path has a segment before its last `postback`: without it Keitaro gets no key.
  bool has_key() const { return has_key_; }

  /// The names of the parameters that the configured URL brings along, in their order; odd ones are left out.
  const std::vector<std::string>& query_names() const { return query_names_; }

  const std::string& scheme() const { return scheme_; }  ///< `http` or `https`.
  const std::string& host() const { return host_; }      ///< Without brackets or port; lower case.
  int port() const { return port_; }                     ///< As written, or the scheme's default.
  const std::string& text() const { return text_; }      ///< With the key: never to be shown.

 private:
  std::string read_authority(std::string_view authority);
  std::string read_path(std::string_view path);
  void read_query(std::string_view query);
  std::string added_to(std::string url, const Params& params) const;

  std::string text_;
  std::string scheme_;
  std::string host_;
  int port_ = 0;
  std::string redacted_;
  Secrets secrets_;
  std::vector<std::string> query_names_;
  bool has_key_ = false;
  bool has_query_ = false;
};

struct PostbackUrl::Parsed {
  std::optional<PostbackUrl> url;
  std::string error;
};

}  // namespace keitaro_outbox::core
