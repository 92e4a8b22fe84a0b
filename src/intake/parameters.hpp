#pragma once

#include <string>
#include <string_view>

#include "core/url/params.hpp"
#include "ports/http_exchange.hpp"

namespace keitaro_outbox::intake {

/// What a request says, name by name, in the order in which names came first. Of a name that comes twice the
/// last value counts, as for the PHP that Keitaro is written in. Values are any UTF-8 without NUL, and may be
/// empty.
struct Parameters {
  core::Params values;
  std::string error;  ///< One plain sentence; then the request cannot be read. Empty for none.

  bool readable() const { return error.empty(); }
};

/// More parameters than this are an error.
inline constexpr std::size_t kMostParameters = 1000;

/// Reads a query or a form, `a=b&c=%20d`: `+` is a space, `%XX` a byte. Puts right what HTML makes of
/// `&currency`, `¤cy`.
Parameters read_form(std::string_view encoded);

/// Reads a flat JSON object: texts as they are, numbers as they are written, true and false as these words;
/// null counts as absent. Objects and lists within it are an error.
Parameters read_json(std::string_view body);

/// `first`, and `second` in its place where a name is in both.
Parameters merged(Parameters first, Parameters second);

/// All of a request: its query and its body, which goes before it and is JSON or a form as its type says, or
/// as it looks.
Parameters read_request(const ports::HttpRequest& request);

/// The body, so written that without its type, by its looks, it is read as the same.
std::string body_without_type(const ports::HttpRequest& request);

/// The value of a name; empty where there is none.
std::string_view value_of(const core::Params& params, std::string_view name);

}  // namespace keitaro_outbox::intake
