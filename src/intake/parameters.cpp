#include "intake/parameters.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "core/text/ascii.hpp"
#include "core/text/readable.hpp"
#include "core/text/utf8.hpp"
#include "core/url/percent.hpp"
#include "intake/macros.hpp"

namespace keitaro_outbox::intake {
namespace {

using nlohmann::json;

/// Puts parameters together, and keeps an eye on what may stand in them.
class Collector {
 public:
  void add(std::string name, std::string value) {
    if (!parameters_.readable()) return;
    if (const char* fault = fault_of(name)) return fail("the name of a parameter " + std::string(fault));
    if (const char* fault = fault_of(value))
      return fail("the parameter \"" + core::readable(name) + "\" " + fault);
    if (name.empty()) return;
    core::Params& values = parameters_.values;
    const auto [found, added] = at_.emplace(name, values.size());
    if (!added) {
      // An empty value counts as absent: it takes nothing away from one that is there.
      if (!value.empty()) values[found->second].second = std::move(value);
      return;
    }
    if (values.size() == kMostParameters)
      return fail("there are more than " + std::to_string(kMostParameters) + " parameters");
    values.emplace_back(std::move(name), std::move(value));
  }

  void fail(std::string why) {
    parameters_.values.clear();
    parameters_.error = std::move(why);
  }

  bool failed() const { return !parameters_.readable(); }
  Parameters take() && { return std::move(parameters_); }

 private:
  static const char* fault_of(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return "has a NUL byte";
    if (!core::is_utf8(text)) return "is not UTF-8";
    return nullptr;
  }

  Parameters parameters_;
  std::unordered_map<std::string, std::size_t> at_;
};

std::string decoded(std::string_view encoded) {
  if (is_percent_macro(encoded)) return std::string(encoded);
  std::string plain(encoded);
  std::ranges::replace(plain, '+', ' ');
  return core::percent_decode(plain);
}

/// `payout=5¤cy=usd`, where a page's HTML had `payout=5&currency=usd`.
std::string with_currency_restored(std::string_view encoded) {
  std::string restored(encoded);
  for (const std::string_view mangled : {"\xC2\xA4"
                                         "cy=",
                                         "%C2%A4cy=", "%c2%a4cy="}) {
    for (std::size_t at = restored.find(mangled); at != std::string::npos; at = restored.find(mangled, at)) {
      restored.replace(at, mangled.size(), "&currency=");
    }
  }
  return restored;
}

class FlatReader : public nlohmann::json_sax<json> {
 public:
  explicit FlatReader(Collector& into) : into_(into) {}

  bool start_object(std::size_t) override {
    if (inside_) return nested("an object");
    inside_ = true;
    return true;
  }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return inside_ ? nested("a list") : no_object(); }
  bool end_array() override { return true; }
  bool key(std::string& name) override {
    name_ = name;
    return true;
  }
  bool null() override { return inside_ ? add({}) : no_object(); }
  bool boolean(bool value) override { return add(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override { return add(value == 0 ? "-0" : std::to_string(value)); }
  bool number_unsigned(std::uint64_t value) override { return add(std::to_string(value)); }
  bool number_float(double, const std::string& written) override {
    std::string number = written;
    // The library writes the decimal point of the process's locale into it.
    std::ranges::replace_if(
        number,
        [](char c) { return !core::ascii::is_digit(c) && c != '-' && c != '+' && c != 'e' && c != 'E'; },
        '.');
    return add(std::move(number));
  }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(json::binary_t&) override { return false; }
  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    into_.fail("the body is no valid JSON: the mistake is at byte " + std::to_string(position));
    return false;
  }

 private:
  bool add(std::string value) {
    if (!inside_) return no_object();
    into_.add(name_, std::move(value));
    return !into_.failed();
  }
  bool nested(const char* what) {
    into_.fail("the parameter \"" + core::readable(name_) + "\" is " + what +
               ": the JSON of a postback must be flat");
    return false;
  }
  bool no_object() {
    into_.fail("the body must be a JSON object");
    return false;
  }

  Collector& into_;
  std::string name_;
  bool inside_ = false;
};

/// What a content type names, without its parameters.
std::string media_type(const ports::HttpRequest& request) {
  const std::string_view type = request.header("Content-Type").value_or("");
  return core::ascii::lower(core::ascii::trim(type.substr(0, type.find(';'))));
}

bool is_json(const ports::HttpRequest& request) {
  const std::string type = media_type(request);
  return type == "application/json" || type.ends_with("+json") || type == "text/json" ||
         (type != "application/x-www-form-urlencoded" && core::ascii::trim(request.body).starts_with('{'));
}

}  // namespace

Parameters read_form(std::string_view encoded) {
  const std::string restored = with_currency_restored(encoded);
  std::string_view rest = restored;
  Collector collector;
  // A letter may come half as it is and half percent-encoded: what is kept of the request would not be text.
  if (!core::is_utf8(encoded)) collector.fail("the request is not UTF-8");
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const std::size_t equals = pair.find('=');
    collector.add(decoded(pair.substr(0, equals)),
                  equals == std::string_view::npos ? std::string() : decoded(pair.substr(equals + 1)));
  }
  return std::move(collector).take();
}

Parameters read_json(std::string_view body) {
  Collector collector;
  // The library takes a NUL for the end of the text, and what follows it would be dropped unseen.
  if (body.find('\0') != std::string_view::npos) {
    collector.fail("the body has a NUL byte");
  } else {
    FlatReader reader(collector);
    json::sax_parse(body, &reader);
  }
  return std::move(collector).take();
}

Parameters merged(Parameters first, Parameters second) {
  if (!first.readable()) return first;
  if (!second.readable()) return second;
  Collector collector;
  for (Parameters* parameters : {&first, &second}) {
    for (auto& [name, value] : parameters->values) collector.add(std::move(name), std::move(value));
  }
  return std::move(collector).take();
}

std::string_view value_of(const core::Params& params, std::string_view name) {
  const auto found = std::ranges::find(params, name, &std::pair<std::string, std::string>::first);
  return found == params.end() ? std::string_view() : std::string_view(found->second);
}

Parameters read_request(const ports::HttpRequest& request) {
  Parameters query = read_form(request.query);
  if (request.body.empty()) return query;
  if (media_type(request).starts_with("multipart/")) {
    return {{}, "a multipart body is not read: send a form (application/x-www-form-urlencoded) or flat JSON"};
  }
  return merged(std::move(query), is_json(request) ? read_json(request.body) : read_form(request.body));
}

std::string body_without_type(const ports::HttpRequest& request) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string body = request.body;
  if (is_json(request)) {
    if (body.starts_with(kByteOrderMark)) body.erase(0, kByteOrderMark.size());
  } else if (core::ascii::trim(body).starts_with('{')) {
    body.replace(body.find('{'), 1, "%7B");
  }
  return body;
}

}  // namespace keitaro_outbox::intake
