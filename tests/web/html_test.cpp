#include "web/html.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "web/form.hpp"

namespace keitaro_outbox::web {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What nobody should put into a row, and somebody will.
const std::vector<std::string>& hostile_values() {
  static const std::vector<std::string> values{"<script>alert(1)</script>",
                                               "\"><img src=x onerror=alert(1)>",
                                               "' onmouseover='alert(1)",
                                               "</title></textarea></details><h1>",
                                               "&lt;b&gt;",
                                               "javascript:alert(1)",
                                               std::string("a\0b", 3),
                                               "\xff\xfe not UTF-8",
                                               "\xe2\x80\xae"
                                               "right to left",
                                               "line\nbreak\r\n\tand tab",
                                               "\x1b[31mred",
                                               std::string(5000, 'x'),
                                               ""};
  return values;
}

TEST(Html, EscapesWhatComesFromOutside) {
  struct Case {
    std::string text;
    std::string escaped;
  };
  const std::vector<Case> cases{{"plain", "plain"},      {"<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"},
                                {"&lt;", "&amp;lt;"},    {"a\nb", "a\\nb"},
                                {"\xff", "\\xff"},       {"\xe2\x80\xae", "\\u202e"},
                                {"\xd0\xb6", "\xd0\xb6"}};
  for (const Case& c : cases) EXPECT_EQ(text_html(c.text).str(), c.escaped) << c.text;
}

TEST(Html, NoHostileValueOpensATagOrAnAttribute) {
  for (const std::string& value : hostile_values()) {
    for (const std::string& html :
         {text_html(value).str(), long_text(value, 20).str(), link("/rows", {{"q", value}}, value).str(),
          hidden("name", value).str()}) {
      for (const char* forbidden :
           {"<script", "<img", "<h1", "onerror=\"", "' on", "</title", "\n", "\r", "\x1b"})
        EXPECT_THAT(html, Not(HasSubstr(forbidden))) << value;
      EXPECT_EQ(html.find('\0'), std::string::npos);
    }
  }
}

TEST(Html, AHiddenFieldComesBackAsItWas) {
  for (const std::string& value : hostile_values()) {
    const std::string html = hidden("kind", value).str();
    const std::string begin = "value=\"";
    const std::size_t at = html.find(begin) + begin.size();
    // A browser encodes the field once more.
    std::string sent = "kind=";
    for (const char c : html.substr(at, html.find('"', at) - at))
      sent += c == '%' ? std::string("%25") : std::string(1, c);
    EXPECT_EQ(Form::parse(sent).hidden("kind"), value);
  }
}

TEST(Html, ALongTextIsCutWithTheWholeAtHand) {
  EXPECT_EQ(long_text("short", 20).str(), "short");
  const std::string html = long_text(std::string(30, 'x') + "<end>", 20).str();
  EXPECT_THAT(html, HasSubstr("<details class=\"long\"><summary>" + std::string(19, 'x')));
  EXPECT_THAT(html, HasSubstr(std::string(30, 'x') + "&lt;end&gt;</span></details>"));
}

TEST(Html, MoneyIsToldByCurrency) {
  std::map<std::string, core::AmountSum> sums;
  EXPECT_EQ(money_words(sums), "");
  sums["usd"] += *core::Amount::parse("1234567.5");
  sums["eur"] += *core::Amount::parse("-1234.5");
  sums[""] += *core::Amount::parse("3");
  EXPECT_EQ(money_words(sums), "3 without currency, -1,234.5 EUR, 1,234,567.5 USD");
}

TEST(Html, ATableHasACaptionAndHeadingsWithScope) {
  HtmlTable table("Rows & more", {{"Row"}, {"Money", true}});
  EXPECT_TRUE(table.empty());
  table.add({text_html("1"), text_html("<2>")});
  const std::string html = table.html().str();
  EXPECT_THAT(html, HasSubstr("<caption>Rows &amp; more</caption>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"col\">Row</th><th scope=\"col\" class=\"number\">Money</th>"));
  EXPECT_THAT(html,
              HasSubstr("<th scope=\"row\">1</th><td data-label=\"Money\" class=\"number\">&lt;2&gt;</td>"));
}

TEST(Form, ReadsWhatBrowsersSend) {
  const Form form = Form::parse("q=a+b%26c&state=&q=second&id=17&bad=-3&&x");
  EXPECT_EQ(form["q"], "a b&c");
  EXPECT_EQ(form["nothing"], "");
  EXPECT_FALSE(form.given("state"));
  EXPECT_EQ(form.id("id"), 17);
  EXPECT_FALSE(form.id("bad"));
  EXPECT_FALSE(form.id("q"));
  EXPECT_EQ(form["x"], "");
}

}  // namespace
}  // namespace keitaro_outbox::web
