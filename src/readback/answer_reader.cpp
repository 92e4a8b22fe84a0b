#include "readback/answer_reader.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::readback {
namespace {

namespace ascii = core::ascii;
using nlohmann::json;

/// A tracker that passes over the limit of a page may still be read, within bounds.
constexpr std::size_t kMostRows = 20'000;

/// Whether the rows stand in an object's member `rows`, or the answer is the array of them.
enum class Shape : std::uint8_t { object_with_rows, array };

/// Walks through an answer once, without a tree in memory: numbers come as they are written, and neither
/// depth nor size costs more than the text itself.
class RowsWalk {
 public:
  using number_integer_t = json::number_integer_t;
  using number_unsigned_t = json::number_unsigned_t;
  using number_float_t = json::number_float_t;
  using string_t = json::string_t;
  using binary_t = json::binary_t;

  explicit RowsWalk(Shape shape) : rows_depth_(shape == Shape::array ? 1 : 2) {}
  virtual ~RowsWalk() = default;

  /// What is wrong, or empty.
  std::string walk(std::string_view body) {
    const bool read = json::sax_parse(body.begin(), body.end(), this);
    if (read && !found_rows_) return "the answer has no rows";
    if (!read && problem_.empty()) return "the answer is not JSON, or is cut short";
    return problem_;
  }

  bool null() { return not_a_row(); }
  bool boolean(bool value) { return scalar(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) { return scalar(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) { return scalar(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& written) {
    std::string number = written;
    std::replace(number.begin(), number.end(), ',', '.');  // the library writes the locale's point
    return scalar(std::move(number));
  }
  bool string(string_t& value) { return scalar(std::move(value)); }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) {
    if (!not_a_row_unless_object(true) || !deeper()) return false;
    if (!in_row()) return true;
    if (++rows_ > kMostRows) return fail("the answer has more rows than were asked for");
    begin_row();
    return true;
  }
  bool key(string_t& name) {
    if (depth_ == 1) top_name_ = name;
    if (in_row()) name_ = std::move(name);
    return true;
  }
  bool end_object() {
    const bool ends_row = in_row();
    --depth_;
    return ends_row ? end_row() : true;
  }
  bool start_array(std::size_t) {
    if (!not_a_row_unless_object(false) || !deeper()) return false;
    if (depth_ == rows_depth_ && (rows_depth_ == 1 || top_name_ == "rows")) {
      in_rows_ = true;
      found_rows_ = true;
    }
    return true;
  }
  bool end_array() {
    if (depth_ == rows_depth_) in_rows_ = false;
    --depth_;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const json::exception&) { return false; }

 protected:
  virtual void begin_row() = 0;
  virtual void field(std::string_view name, std::string value) = 0;
  virtual bool end_row() = 0;
  virtual void top_level(std::string_view, std::string_view) {}

  bool fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
  }

 private:
  bool in_row() const { return in_rows_ && depth_ == rows_depth_ + 1; }

  bool deeper() {
    if (++depth_ > kDeepestJson) return fail("the answer nests deeper than " + std::to_string(kDeepestJson));
    return true;
  }
  bool not_a_row() {
    return in_rows_ && depth_ == rows_depth_ ? fail("a row of the answer is no object") : true;
  }
  bool not_a_row_unless_object(bool object) { return object || not_a_row(); }
  bool scalar(std::string value) {
    if (!not_a_row()) return false;
    if (in_row()) {
      field(name_, std::move(value));
    } else if (depth_ == 1) {
      top_level(top_name_, value);
    }
    return true;
  }

  const int rows_depth_;  // of what is directly within the array of rows
  int depth_ = 0;
  std::size_t rows_ = 0;
  bool in_rows_ = false;
  bool found_rows_ = false;
  std::string top_name_;
  std::string name_;
  std::string problem_;
};

class ConversionsWalk final : public RowsWalk {
 public:
  explicit ConversionsWalk(const Columns& columns) : RowsWalk(Shape::object_with_rows), columns_(columns) {}

  ConversionsPage page;

 private:
  void begin_row() override {
    page.rows.emplace_back();
    has_sub_id_ = false;
  }
  void field(std::string_view name, std::string value) override {
    ConversionRow& row = page.rows.back();
    ports::RecordedConversion& conversion = row.conversion;
    if (name == "sub_id") {
      has_sub_id_ = !value.empty();
      conversion.subid = std::move(value);
    } else if (name == "tid") {
      conversion.tid = std::move(value);
    } else if (name == "status") {
      conversion.status = std::move(value);
    } else if (name == "original_status") {
      conversion.original_status = std::move(value);
    } else if (name == "revenue") {
      conversion.revenue = plain_decimal(value);
    } else if (name == columns_.id || (row.id.empty() && (name == usual_.id || name == events_.id))) {
      row.id = std::move(value);
    } else if (name == columns_.time ||
               (conversion.recorded_at.empty() && (name == usual_.time || name == events_.time))) {
      conversion.recorded_at = std::move(value);
    }
  }
  bool end_row() override { return has_sub_id_ ? true : fail("a row of the answer has no sub_id"); }
  void top_level(std::string_view name, std::string_view value) override {
    if (name != "total") return;
    std::int64_t total = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), total);
    const bool whole = error == std::errc{} && end == value.data() + value.size() && total >= 0;
    page.total = whole ? std::optional(total) : std::nullopt;
  }

  // Some trackers take the one name and write the other into their rows.
  const Columns usual_;
  const Columns events_ = event_columns();
  const Columns& columns_;
  bool has_sub_id_ = false;
};

class LogWalk final : public RowsWalk {
 public:
  LogWalk() : RowsWalk(Shape::array) {}

  LogPage page;

 private:
  void begin_row() override { page.lines.emplace_back(); }
  void field(std::string_view name, std::string value) override {
    LogPageLine& line = page.lines.back();
    if (name == "datetime") line.at = std::move(value);
    if (name == "jid") line.job = std::move(value);
    if (name == "message") line.message = std::move(value);
  }
  bool end_row() override {
    return page.lines.back().message.empty() ? fail("a line of the log has no message") : true;
  }
};

}  // namespace

ConversionsPage read_conversions_page(std::string_view body, const Columns& columns) {
  ConversionsWalk walk(columns);
  if (std::string problem = walk.walk(body); !problem.empty()) return {std::move(problem), {}, {}};
  return std::move(walk.page);
}

LogPage read_log_page(std::string_view body) {
  LogWalk walk;
  if (std::string problem = walk.walk(body); !problem.empty()) return {std::move(problem), {}};
  return std::move(walk.page);
}

bool looks_like_html(std::string_view body) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  return ascii::trim(body).starts_with('<');
}

std::optional<std::string> plain_decimal(std::string_view text) {
  constexpr int kMostDigits = 40;
  text = ascii::trim(text);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto take_digits = [&text] {
    std::string digits;
    while (!text.empty() && ascii::is_digit(text.front())) {
      digits += text.front();
      text.remove_prefix(1);
    }
    return digits;
  };
  std::string whole = take_digits();
  std::string places;
  if (whole.empty() || whole.size() > kMostDigits) return std::nullopt;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    places = take_digits();
    if (places.empty() || places.size() > kMostDigits) return std::nullopt;
  }
  int exponent = 0;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc{} || exponent > kMostDigits || exponent < -kMostDigits) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  if (!text.empty()) return std::nullopt;
  for (; exponent > 0; --exponent) {
    whole += places.empty() ? '0' : places.front();
    if (!places.empty()) places.erase(0, 1);
  }
  for (; exponent < 0; ++exponent) {
    places.insert(places.begin(), whole.empty() ? '0' : whole.back());
    if (!whole.empty()) whole.pop_back();
  }
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  if (whole.empty()) whole = "0";
  if (whole.size() + places.size() > kMostDigits) return std::nullopt;
  return (negative ? "-" : "") + whole + (places.empty() ? "" : "." + places);
}

}  // namespace keitaro_outbox::readback
