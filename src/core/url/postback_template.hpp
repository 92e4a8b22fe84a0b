#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/rules/row.hpp"
#include "core/rules/status.hpp"
#include "core/text/secrets.hpp"
#include "core/url/macro.hpp"
#include "core/url/params.hpp"
#include "core/url/postback_url.hpp"

namespace keitaro_outbox::core {

/// A postback URL with macros, as pasted from AlterCPA:
/// `https://HOST/KEY/postback?subid={click}&status=lead`. Read once into pieces, then filled in for each row.
class PostbackTemplate {
 public:
  /// `status` is the row's status, normalized, that the template is for: what `{status}` stands for.
  /// The rules of PostbackUrl::parse() hold, and: a known macro stands in the value of a parameter only, so
  /// that nothing a row says decides where its request goes; `status=` holds `{status}` or a plain word, so
  /// that what is sent is known beforehand. Braces around anything else stay as they are. On failure `error`
  /// is one plain sentence that does not repeat the key.
  struct Parsed;
  static Parsed parse(std::string_view text, std::string_view status);

  /// The request's URL, with the key: values percent-encoded, all else as pasted. `sentinel` is asked for
  /// with `return=` where the template has none of its own; empty for nothing.
  std::string url(const MacroValues& values, std::string_view sentinel) const;

  /// The same, safe to show: path segments but a last `postback`, and what was pasted as the value of a
  /// parameter that is none of Keitaro's, are `***`.
  std::string shown_url(const MacroValues& values, std::string_view sentinel) const;

  /// The parameters of url() in their order, decoded; pasted values of unknown parameters are `***`.
  Params shown_params(const MacroValues& values, std::string_view sentinel) const;

  /// What is sent, in the form that is compared (status and sent_status are left alone). Amounts are those of
  /// the template's parameters, whatever the row has beside. `{time}` counts as the same always: a repeat
  /// with just another time changes nothing. The lists, `return`, and what was pasted for a parameter that is
  /// none of Keitaro's, maybe a secret, are left out; next to a macro it is `***`.
  void read_facts(const MacroValues& values, Postback& facts) const;

  /// The value of `subid=`; empty when there is none.
  std::string click(const MacroValues& values) const;

  /// The value of `tid=`; empty when there is none.
  std::string tid(const MacroValues& values) const;

  /// The value of `status=`, or `sale`, which Keitaro takes a missing one for.
  const std::string& sent_status() const { return sent_status_; }

  /// What sent_status() counts as: by the template's own lists (`sale_status=paid`), else by `statuses`.
  std::optional<Status> counts_as(const StatusMap& statuses) const;

  /// Whether one of the template's own lists names sent_status().
  bool explains_status() const { return listed().has_value(); }

  /// The text to look for in the answer: the template's own `return=`, else `asked_for`. Empty for none, also
  /// where a macro stands in `return=`.
  std::string_view sentinel(std::string_view asked_for) const;

  /// Whether a value is taken from the row's `params`.
  bool uses_params() const { return uses_params_; }

  /// Whether the value of any parameter of this name holds the macro.
  bool uses(std::string_view parameter, Macro macro) const;
  bool uses(Macro macro) const;
  bool uses_param(std::string_view name) const;  ///< Of `params`.

  /// The names of the parameters in their order, decoded.
  std::vector<std::string> names() const;

  /// What stands in braces and is no macro, as written and in order: `{clik}`. For braces in the path, where
  /// the key stands: `{…}`. A value with percent-encoded braces comes whole: `%7Bclick%7D`.
  const std::vector<std::string>& unknown_macros() const { return unknown_macros_; }

  /// Without the query.
  const PostbackUrl& address() const { return address_; }

  /// What must not be shown: of the path, and of the values of parameters that are none of Keitaro's.
  const Secrets& secrets() const { return secrets_; }

  /// Whether both fill in to the same for every row.
  friend bool operator==(const PostbackTemplate& a, const PostbackTemplate& b) {
    return a.address_.text() == b.address_.text() && a.pieces_ == b.pieces_;
  }

 private:
  struct Piece {
    std::optional<Macro> macro;
    std::string text;   ///< As pasted; the name of the parameter of `params` for a macro of that kind.
    std::string shown;  ///< The same without secrets; empty for a macro.
    friend bool operator==(const Piece&, const Piece&) = default;
  };
  enum class For : std::uint8_t { sending, showing, comparing };
  struct Parameter {
    std::string name;  ///< Decoded; `***` for what looks like no name.
    std::size_t first = 0;
    std::size_t count = 0;  ///< Pieces of the value.
  };

  std::string read_query(std::string_view query);
  std::string read_parameter(std::string_view written);
  void read_value(std::string_view written, bool secret);
  void note_unknown_macros(std::string_view text);
  std::string read_status(std::string_view status);
  void read_return();
  void add_literal(std::string_view text, bool secret);
  std::string filled(const MacroValues& values, std::string_view sentinel, std::string Piece::*literal) const;
  std::string value(const Parameter& parameter, const MacroValues& values, For purpose) const;
  std::string sent_value(std::string_view name, const MacroValues& values) const;
  std::optional<std::string> literal_value(std::string_view name) const;
  std::optional<Status> listed() const;
  const Parameter* last(std::string_view name) const;
  bool holds(const Parameter& parameter, Macro macro) const;
  bool is_literal(const Parameter& parameter) const;

  PostbackUrl address_;
  Secrets secrets_;
  std::vector<Piece> pieces_;
  std::vector<Parameter> parameters_;
  std::vector<std::string> unknown_macros_;
  std::string sent_status_ = "sale";
  std::string return_text_;
  std::size_t literal_size_ = 0;
  char before_more_ = '?';  ///< What an added parameter is joined with; NUL for nothing.
  bool has_return_ = false;
  bool uses_params_ = false;
};

struct PostbackTemplate::Parsed {
  std::optional<PostbackTemplate> result;
  std::string error;
};

}  // namespace keitaro_outbox::core
