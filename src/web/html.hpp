#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/amount.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::web {

/// Markup that is fit to be put into a page: every text of others in it was escaped. Plain texts do not turn
/// into it by themselves.
class Html {
 public:
  Html() = default;
  /// What stands in our own source. Not for anything that comes from outside.
  template <std::size_t N>
  explicit Html(const char (&literal)[N]) : text_(literal, N - 1) {}

  template <std::size_t N>
  Html& markup(const char (&literal)[N]) {
    text_.append(literal, N - 1);
    return *this;
  }
  /// Text of others: escaped, and what could act on the reader made visible, as core::printable() does. Fit
  /// for elements and for attributes in double quotes.
  Html& text(std::string_view text);
  Html& number(std::int64_t number);  ///< `1,234,567`.
  Html& add(const Html& other) {
    text_ += other.text_;
    return *this;
  }

  bool empty() const { return text_.empty(); }
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

/// Text of others as Html::text() puts it.
Html text_html(std::string_view text);

/// At most `characters` of a text, with the whole of it at hand behind a switch that works without script.
Html long_text(std::string_view text, std::size_t characters = 60);

/// `2026-01-31 09:05:07 UTC`, told to programs too, so that a script can show it in the viewer's zone.
Html time_html(core::WallTime time);
Html time_html(const std::optional<core::WallTime>& time);  ///< `-` for none.

/// `1,234.5 USD, 3 without currency`; empty for nothing. By currency in lower case, '' for none.
std::string money_words(const std::map<std::string, core::AmountSum>& sums);

/// A link to one of our own pages: `path` and the query's names and values.
using Query = std::vector<std::pair<std::string, std::string>>;
std::string address(std::string_view path, const Query& query);
Html link(std::string_view path, const Query& query, std::string_view text);

/// A hidden field of a form.
Html hidden(std::string_view name, std::string_view value);

/// A table with its caption and its headings.
class HtmlTable {
 public:
  struct Column {
    std::string name;
    bool is_number = false;
  };
  HtmlTable(std::string caption, std::vector<Column> columns);

  /// As many cells as there are columns. The first one names the row.
  void add(std::vector<Html> cells);
  bool empty() const { return rows_ == 0; }
  Html html() const;

 private:
  std::string caption_;
  std::vector<Column> columns_;
  Html body_;
  std::size_t rows_ = 0;
};

}  // namespace keitaro_outbox::web
