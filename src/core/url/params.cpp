#include "core/url/params.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "core/text/ascii.hpp"
#include "core/text/readable.hpp"

namespace keitaro_outbox::core {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 8> kReserved{"subid",   "status", "tid",      "payout",
                                                    "revenue", "cost",   "currency", "return"};

constexpr std::size_t kLongestParams = 256 * 1024;  // percent-encoded well within what libcurl sends

/// The name that a tracker written in PHP would see: it drops blanks before it, and what follows a NUL or a
/// bracket, so that `subid[]` too would take the place of subid.
std::string_view as_php_reads_it(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
  return name.substr(0, name.find_first_of(std::string_view("\0[", 2)));
}

std::string named(std::string_view name) {
  return "the parameter \"" + readable(name) + "\" of params ";
}

/// Collects the members of one flat object. A callback that answers false ends the reading; `error` then says
/// why.
class FlatObjectReader : public nlohmann::json_sax<json> {
 public:
  ParsedParams take() && { return std::move(result_); }

  bool start_object(std::size_t) override {
    if (inside_)
      return fail(named(name_) + "is an object: only a text, a number, true, false or null can be sent");
    inside_ = true;
    return true;
  }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override {
    if (!inside_) return no_object();
    return fail(named(name_) + "is a list: only a text, a number, true, false or null can be sent");
  }
  bool end_array() override { return true; }

  bool key(std::string& name) override {
    name_ = name;
    if (name.empty()) return fail("a parameter of params has an empty name: remove it or name it");
    if (const std::string_view seen = as_php_reads_it(name); reserved_param(seen))
      return fail(named(name) + reserved_because(seen));
    if (!seen_.insert(name).second) return fail(named(name) + "occurs twice: keep one of them");
    return true;
  }

  bool null() override { return inside_ || no_object(); }
  bool boolean(bool value) override { return add(value ? "true" : "false"); }
  // Only "-0" comes as a signed zero: what has no sign comes as unsigned.
  bool number_integer(std::int64_t value) override { return add(value == 0 ? "-0" : std::to_string(value)); }
  bool number_unsigned(std::uint64_t value) override { return add(std::to_string(value)); }
  bool number_float(double, const std::string& written) override {
    std::string number = written;
    // The library writes the decimal point of the process's locale into it.
    std::replace_if(number.begin(), number.end(), is_foreign_point, '.');
    return add(std::move(number));
  }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(json::binary_t&) override { return false; }

  bool parse_error(std::size_t position, const std::string&, const json::exception& exception) override {
    constexpr int kNumberOverflow = 406;
    if (exception.id == kNumberOverflow) {
      return fail(named(name_) + "is a number beyond all range: write it as a text in quotes");
    }
    return fail("params are no valid JSON: the mistake is at byte " + std::to_string(position));
  }

 private:
  static bool is_foreign_point(char c) {
    return !ascii::is_digit(c) && c != '-' && c != '+' && c != 'e' && c != 'E';
  }

  static std::string reserved_because(std::string_view name) {
    if (name == "return") return "is for the worker to send: the tracker's sentinel setting decides about it";
    if (name == "revenue") return "is the payout: write it to the column payout";
    return "has a column of its own: write it there";
  }

  bool add(std::string value) {
    if (!inside_) return no_object();
    result_.params.emplace_back(name_, std::move(value));
    return true;
  }
  bool no_object() { return fail("params must be a JSON object such as {\"sub_id_1\":\"x\"}"); }
  bool fail(std::string reason) {
    result_.params.clear();
    result_.error = ParamsError{std::move(reason)};
    return false;
  }

  ParsedParams result_;
  std::unordered_set<std::string> seen_;
  std::string name_;
  bool inside_ = false;
};

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c >= 0 && c < ' ') {
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 0xfu];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

bool reserved_param(std::string_view name) {
  return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

ParsedParams parse_params(std::string_view text) {
  if (text.size() > kLongestParams) {
    return {{}, ParamsError{"params are longer than 256 KiB, more than can be sent: shorten them"}};
  }
  // The library takes a NUL for the end of the text, and what follows it would be dropped unseen.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return {{}, ParamsError{"params are no valid JSON: there is a NUL at byte " + std::to_string(nul + 1)}};
  }
  FlatObjectReader reader;
  json::sax_parse(text, &reader);
  return std::move(reader).take();
}

std::string canonical_params(const Params& params) {
  if (params.empty()) return {};
  Params sorted = params;
  std::sort(sorted.begin(), sorted.end());
  std::string out;
  for (const auto& [name, value] : sorted) {
    out += out.empty() ? '{' : ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
  }
  out += '}';
  return out;
}

}  // namespace keitaro_outbox::core
