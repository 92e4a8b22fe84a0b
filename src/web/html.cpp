#include "web/html.hpp"

#include <utility>

#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"
#include "core/url/percent.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::web {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  const std::string shown = core::printable(text);
  out.reserve(shown.size() + 16);
  for (const char c : shown) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// `1,234,567.5`: the digits before the point in groups.
std::string with_groups(const std::string& amount) {
  const std::size_t point = std::min(amount.find('.'), amount.size());
  std::string out = amount;
  const std::size_t first = amount.starts_with('-') ? 1 : 0;
  for (std::size_t at = point; at > first + 3;) {
    at -= 3;
    out.insert(at, ",");
  }
  return out;
}

}  // namespace

Html& Html::text(std::string_view text) {
  text_ += escaped(text);
  return *this;
}

Html& Html::number(std::int64_t number) {
  text_ += report::grouped(number);
  return *this;
}

Html text_html(std::string_view text) {
  return std::move(Html().text(text));
}

Html long_text(std::string_view text, std::size_t characters) {
  const std::string shown = core::printable(text);
  std::string begin = core::cut_to_width(shown, characters);
  Html out;
  if (begin == shown) return std::move(out.text(text));
  out.markup("<details class=\"long\"><summary>").text(begin).markup("</summary><span class=\"whole\">");
  return std::move(out.text(text).markup("</span></details>"));
}

Html time_html(core::WallTime time) {
  std::string words = report::time_words(time);
  std::string machine = words.substr(0, 19) + "Z";
  machine[10] = 'T';
  Html out;
  return std::move(out.markup("<time datetime=\"").text(machine).markup("\">").text(words).markup("</time>"));
}

Html time_html(const std::optional<core::WallTime>& time) {
  return time ? time_html(*time) : Html("-");
}

std::string money_words(const std::map<std::string, core::AmountSum>& sums) {
  std::string out;
  for (const auto& [currency, sum] : sums) {
    std::string name = currency;
    for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    out += (out.empty() ? "" : ", ") + with_groups(sum.text()) + " " +
           (name.empty() ? "without currency" : name);
  }
  return out;
}

std::string address(std::string_view path, const Query& query) {
  std::string out(path);
  char before = '?';
  for (const auto& [name, value] : query) {
    out += before + core::percent_encode(name) + "=" + core::percent_encode(value);
    before = '&';
  }
  return out;
}

Html link(std::string_view path, const Query& query, std::string_view text) {
  Html out;
  return std::move(
      out.markup("<a href=\"").text(address(path, query)).markup("\">").text(text).markup("</a>"));
}

Html hidden(std::string_view name, std::string_view value) {
  // As it is: what a form sends back must be what was found, so nothing is made visible in it.
  Html out;
  return std::move(out.markup("<input type=\"hidden\" name=\"")
                       .text(name)
                       .markup("\" value=\"")
                       .text(core::percent_encode(value))
                       .markup("\">"));
}

HtmlTable::HtmlTable(std::string caption, std::vector<Column> columns)
    : caption_(std::move(caption)), columns_(std::move(columns)) {}

void HtmlTable::add(std::vector<Html> cells) {
  ++rows_;
  body_.markup("<tr>");
  for (std::size_t i = 0; i < cells.size() && i < columns_.size(); ++i) {
    if (i == 0) {
      body_.markup("<th scope=\"row\">").add(cells[i]).markup("</th>");
      continue;
    }
    body_.markup("<td data-label=\"").text(columns_[i].name).markup("\"");
    if (columns_[i].is_number) body_.markup(" class=\"number\"");
    body_.markup(">").add(cells[i]).markup("</td>");
  }
  body_.markup("</tr>\n");
}

Html HtmlTable::html() const {
  Html out;
  out.markup("<table><caption>").text(caption_).markup("</caption><thead><tr>");
  for (const Column& column : columns_) {
    out.markup("<th scope=\"col\"");
    if (column.is_number) out.markup(" class=\"number\"");
    out.markup(">").text(column.name).markup("</th>");
  }
  return std::move(out.markup("</tr></thead><tbody>\n").add(body_).markup("</tbody></table>\n"));
}

}  // namespace keitaro_outbox::web
