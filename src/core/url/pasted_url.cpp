#include "core/url/pasted_url.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/text/ascii.hpp"
#include "core/text/joined.hpp"
#include "core/url/percent.hpp"

namespace keitaro_outbox::core {
namespace {

struct Pair {
  std::string name;   ///< Decoded.
  std::string value;  ///< Decoded.
};

std::vector<Pair> pairs_of(std::string_view url) {
  std::vector<Pair> pairs;
  std::size_t at = url.find('?');
  while (at != std::string_view::npos) {
    const std::size_t end = url.find('&', ++at);
    const std::string_view pair = url.substr(at, end == std::string_view::npos ? end : end - at);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (!pair.empty())
      pairs.push_back({percent_decode(pair.substr(0, equals)),
                       percent_decode(pair.substr(std::min(equals + 1, pair.size())))});
    at = end;
  }
  return pairs;
}

/// What a browser shows for an `&` and the letters behind it, where these begin an HTML entity.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kEntities{{{"\u00a4", "curren"},
                                                                                   {"\u00d7", "times"},
                                                                                   {"\u00b6", "para"},
                                                                                   {"\u00a7", "sect"},
                                                                                   {"\u00a9", "copy"},
                                                                                   {"\u00ae", "reg"},
                                                                                   {"\u00ac", "not"},
                                                                                   {"\u00a3", "pound"},
                                                                                   {"\u00a2", "cent"},
                                                                                   {"\u00a5", "yen"},
                                                                                   {"\u00b0", "deg"},
                                                                                   {"\u00b5", "micro"}}};

/// The name of a parameter as it may be quoted: what does not look like one might hold the key.
std::string shown(const std::string& name) {
  return is_parameter_name(name) ? name : std::string("***");
}

/// `name` begins with the sign that a web page made of `&` and `entity`.
std::string html_mistake(std::string_view sign, std::string_view entity, std::string_view name) {
  const std::string meant = std::string(entity) + std::string(name.substr(sign.size()));
  return "the URL holds a " + std::string(sign) + ", which a web page made of &" + std::string(entity) +
         (is_parameter_name(meant) ? ": write &" + meant + "=" : std::string());
}

/// The name of the parameter that begins with `sign` within a value, the `&` before it being gone: `¤cy` in
/// `1¤cy=usd`. Empty for none.
std::string_view name_within(std::string_view value, std::string_view sign) {
  const std::size_t at = value.find(sign);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = value.substr(at);
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos || equals == sign.size()) return {};
  return is_parameter_name(rest.substr(sign.size(), equals - sign.size())) ? rest.substr(0, equals)
                                                                           : std::string_view();
}

std::string html_mistake(const std::vector<Pair>& pairs) {
  for (const auto& [name, value] : pairs) {
    if (name.starts_with("amp;")) return "the URL holds &amp;, as a web page writes it: write & instead";
    for (const auto& [sign, entity] : kEntities) {
      if (name.starts_with(sign)) return html_mistake(sign, entity, name);
      if (const std::string_view within = name_within(value, sign); !within.empty())
        return html_mistake(sign, entity, within);
    }
  }
  return {};
}

bool is_replace(std::string_view value) {
  return value == "REPLACE";
}

/// `{payout}`, `[payout]`, `REPLACE`.
bool is_placeholder(std::string_view value) {
  const std::size_t open = value.find('{');
  const bool braces = open != std::string_view::npos && value.find('}', open) != std::string_view::npos;
  const bool brackets = value.size() > 2 && value.starts_with('[') && value.ends_with(']');
  return braces || brackets || is_replace(value);
}

bool is_of_the_row(std::string_view name) {
  constexpr std::array<std::string_view, 10> kNames{"subid",  "clickid", "status", "type", "tid",
                                                    "payout", "revenue", "profit", "cost", "currency"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace

std::string mistake_in_pasted_template(std::string_view url) {
  const std::vector<Pair> pairs = pairs_of(url);
  if (std::string mistake = html_mistake(pairs); !mistake.empty()) return mistake;
  for (const auto& [name, value] : pairs) {
    if (value.find("{{") != std::string::npos || name.find("{{") != std::string::npos)
      return "its " + shown(name) + "= holds a macro in two pairs of braces: write one pair, as in {click}";
    if (is_replace(value))
      return "its " + shown(name) + "=REPLACE is a placeholder: write a macro such as {click}, or a value";
  }
  return {};
}

std::string mistake_in_tracker_url(std::string_view url) {
  const std::vector<Pair> pairs = pairs_of(url);
  if (std::string mistake = html_mistake(pairs); !mistake.empty()) return mistake;
  const std::string_view path = url.substr(0, url.find('?'));
  if (is_placeholder(percent_decode(path)) || path.find("/REPLACE") != std::string_view::npos)
    return "the URL's path holds a placeholder: write the address with its key, https://HOST/KEY/postback";
  std::vector<std::string> names;
  for (const auto& [name, value] : pairs) {
    if ((is_of_the_row(name) || is_placeholder(value)) &&
        std::find(names.begin(), names.end(), shown(name)) == names.end())
      names.push_back(shown(name));
  }
  if (names.empty()) return {};
  return "the URL sets " + joined(names) + ", and each request adds what its row says: leave " +
         (names.size() == 1 ? "it" : "them") +
         " out, as in https://HOST/KEY/postback (a URL with macros belongs under [tracker.templates])";
}

std::string doubt_about_path(const PostbackUrl& url) {
  std::string_view path = std::string_view(url.text()).substr(0, url.text().find('?'));
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!path.ends_with("/postback"))
    return "its path does not end in /postback: Keitaro's is https://HOST/KEY/postback";
  if (!url.has_key()) return "it has no key before /postback: Keitaro's is https://HOST/KEY/postback";
  return {};
}

}  // namespace keitaro_outbox::core
