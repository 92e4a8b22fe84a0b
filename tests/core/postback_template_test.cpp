#include "core/url/postback_template.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_outbox::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kBase = "https://trk.example/s3cretKey/postback?";

PostbackTemplate template_of(const std::string& text, const std::string& status = "wait") {
  auto parsed = PostbackTemplate::parse(text, status);
  EXPECT_TRUE(parsed.result) << text << ": " << parsed.error;
  return parsed.result.value_or(PostbackTemplate{});
}

std::string error_of(const std::string& text) {
  const auto parsed = PostbackTemplate::parse(text, "wait");
  return parsed.result ? "no error" : parsed.error;
}

/// A row of which every macro has a value.
class Values {
 public:
  MacroValues view() const {
    MacroValues values;
    values.click = "37o.1f";
    values.status = "wait";
    values.campaign = "SUM MER";
    values.tid = "order&7";
    values.payout = "12.5";
    values.cost = "-3";
    values.currency = "usd";
    values.time = "1777626600";
    values.params = &params_;
    return values;
  }

 private:
  Params params_{{"user", "4711"},   {"lead", "L/1"},     {"subscriber", "99"}, {"username", "Имя"},
                 {"chat", "-100?#"}, {"sub_id_1", "a b"}, {"sub_id_30", "%41"}};
};

TEST(PostbackTemplate, EachMacroIsFilledInPercentEncoded) {
  const struct {
    std::string macro, filled;
  } rows[] = {
      {"{click}", "37o.1f"},
      {"{subid}", "37o.1f"},
      {"{status}", "wait"},
      {"{campaign}", "SUM%20MER"},
      {"{user}", "4711"},
      {"{lead}", "L%2F1"},
      {"{subscriber}", "99"},
      {"{username}", "%D0%98%D0%BC%D1%8F"},
      {"{chat}", "-100%3F%23"},
      {"{time}", "1777626600"},
      {"{tid}", "order%267"},
      {"{payout}", "12.5"},
      {"{cost}", "-3"},
      {"{currency}", "usd"},
      {"{sub_id_1}", "a%20b"},
      {"{sub_id_30}", "%2541"},
      {"{sub_id_2}", ""},
      {"a{click}b{tid}c", "a37o.1fborder%267c"},
      {"{click}{click}", "37o.1f37o.1f"},
      {"{{click}}", "{37o.1f}"},
      // Unknown ones stay as they are.
      {"{clik}", "{clik}"},
      {"{Click}", "{Click}"},
      {"{%20click%20}", "{%20click%20}"},
      {"{sub_id_31}", "{sub_id_31}"},
      {"{sub_id_01}", "{sub_id_01}"},
      {"{}", "{}"},
      {"{click", "{click"},
      {"click}", "click}"},
      {"%7Bclick%7D", "%7Bclick%7D"},
      {"", ""},
  };
  const Values values;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.macro);
    EXPECT_EQ(template_of(kBase + ("x=" + row.macro + "&y=1")).url(values.view(), ""),
              kBase + ("x=" + row.filled + "&y=1"));
  }
}

TEST(PostbackTemplate, ARowWithoutValuesMakesThemEmpty) {
  EXPECT_EQ(
      template_of("http://h/k/postback?subid={click}&tid={tid}&s={sub_id_1}&u={user}&t={time}").url({}, ""),
      "http://h/k/postback?subid=&tid=&s=&u=&t=");
}

TEST(PostbackTemplate, IsSentAsItWasPasted) {
  for (const std::string text :
       {"https://h/k/postback?subid=abc&status=lead", "https://h/k/postback", "https://h/k/postback?",
        "https://h/k/postback?a=b&", "https://h/k/postback?&&a=b&&c",
        "HTTP://user:pw@H:81//k/postback/?a=b=c+d%20e",
        "https://h/k/postback?status=wait&lead_status=wait,hold&reject_status=trash",
        "http://[::1]/k/postback?x"}) {
    EXPECT_EQ(template_of(text).url({}, ""), text);
  }
}

TEST(PostbackTemplate, ReturnIsAddedOnlyWhereItIsAskedForAndNotThere) {
  const struct {
    std::string text, url, looked_for;
  } rows[] = {
      {"http://h/k/postback?subid=a", "http://h/k/postback?subid=a&return=O%20K", "O K"},
      {"http://h/k/postback", "http://h/k/postback?return=O%20K", "O K"},
      {"http://h/k/postback?", "http://h/k/postback?return=O%20K", "O K"},
      {"http://h/k/postback?a=b&", "http://h/k/postback?a=b&return=O%20K", "O K"},
      {"http://h/k/postback?return=Y+S&a=b", "http://h/k/postback?return=Y+S&a=b", "Y S"},
      {"http://h/k/postback?return=", "http://h/k/postback?return=", ""},
      {"http://h/k/postback?return={tid}", "http://h/k/postback?return=", ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    const PostbackTemplate url = template_of(row.text);
    EXPECT_EQ(url.url({}, "O K"), row.url);
    EXPECT_EQ(url.sentinel("O K"), row.looked_for);
  }
  EXPECT_EQ(template_of("http://h/k/postback?return=YES").sentinel(""), "YES");
  EXPECT_EQ(template_of("http://h/k/postback?subid=a").sentinel(""), "");
}

TEST(PostbackTemplate, NothingThatARowSaysDecidesWhereItsRequestGoes) {
  for (const std::string text :
       {"https://{click}/k/postback?subid=a", "https://{campaign}.example/k/postback",
        "https://h:{payout}/k/postback", "https://h{click}", "{click}", "{campaign}://h/k/postback",
        "https://{user}@h/k/postback", "https://h/{tid}/postback?subid={click}",
        "https://h/k/{status}?subid={click}", "https://h/k{sub_id_1}/postback"}) {
    EXPECT_THAT(error_of(text), HasSubstr("a macro may stand behind the ? only")) << text;
  }
  for (const std::string text : {"https://h/k/postback?{status}=1", "https://h/k/postback?{click}",
                                 "https://h/k/postback?a=b&{click}&c=d", "https://h/k/postback?x{tid}y=1"}) {
    EXPECT_THAT(error_of(text), HasSubstr("a macro may stand behind the = of a parameter only")) << text;
  }
}

TEST(PostbackTemplate, AValueOfAnyBytesStaysWithinItsParameter) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  MacroValues values;
  values.click = every_byte;
  const std::string url = template_of("https://h/k/postback?subid={click}&z=1").url(values, "");
  const std::string filled = url.substr(29, url.size() - 29 - 4);
  EXPECT_TRUE(url.starts_with("https://h/k/postback?subid=%00")) << url;
  EXPECT_TRUE(url.ends_with("&z=1")) << url;
  EXPECT_EQ(filled.find_first_of("&=#?/\\ \r\n+@:"), std::string::npos) << filled;
}

TEST(PostbackTemplate, MistakesAreOneSentenceWithoutTheKey) {
  const struct {
    std::string text, message;
  } rows[] = {
      {"", "the URL is empty"},
      {"ftp://h/s3cretKey/postback", "must begin with http"},
      {"h/s3cretKey/postback", "must begin with http"},
      {"https:///s3cretKey/postback", "no host"},
      {"https://h/s3cretKey/postback#x", "fragment"},
      {"https://h/s3cretKey/postback?a=b c", "blank"},
      {"https://h/s3cretKey/postback?a=100%", "% without two hex digits"},
      {"https://h/s3cretKey/../postback?a=b", ". or .. segment"},
      {"https://h{foo}/s3cretKey/postback", "no host name has"},
      {"https://h/s3cretKey/postback?status=", "its status= is empty"},
      {"https://h/s3cretKey/postback?status=+", "its status= is empty"},
      {"https://h/s3cretKey/postback?status={tid}", "its status= may hold {status} or a plain word"},
      {"https://h/s3cretKey/postback?x=" + std::string(4096, 'x'), "longer than 4096"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    EXPECT_THAT(error_of(row.text), HasSubstr(row.message));
    EXPECT_THAT(error_of(row.text), Not(HasSubstr("s3cretKey")));
  }
}

TEST(PostbackTemplate, TheStatusThatItSendsIsKnownBeforehand) {
  const struct {
    std::string query, status, sent;
    std::optional<Status> counts_as;
  } rows[] = {
      {"subid={click}", "wait", "sale", Status::sale},
      {"status=lead", "wait", "lead", Status::lead},
      {"status=LEAD+", "wait", "LEAD ", Status::lead},
      {"status=%73ale", "wait", "sale", Status::sale},
      {"status={status}", "trash", "trash", Status::rejected},
      {"status=x{status}", "trash", "xtrash", std::nullopt},
      {"status=x{status}&rejected_status=xtrash", "trash", "xtrash", Status::rejected},
      {"status=lead&status=rejected", "wait", "rejected", Status::rejected},
      {"status=paid", "approve", "paid", std::nullopt},
      {"status=paid&sale_status=approve,+Paid", "approve", "paid", Status::sale},
      // The lists are Keitaro's last word, also where the map knows better.
      {"status=wait&sale_status=wait", "wait", "wait", Status::sale},
      {"status=trash&reject_status=trash", "trash", "trash", Status::rejected},
      {"status=paid&sale_status={status}", "paid", "paid", std::nullopt},
      {"status=rebill", "approve", "rebill", Status::rebill},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.query);
    const PostbackTemplate url = template_of(kBase + row.query, row.status);
    EXPECT_EQ(url.sent_status(), row.sent);
    EXPECT_EQ(url.counts_as(StatusMap()), row.counts_as);
  }
}

TEST(PostbackTemplate, WhatIsShownHoldsNoSecret) {
  const PostbackTemplate url = template_of(
      "https://user:pa55word@h/s3cretKey/postback?subid={click}&status=lead&token=t0ken-{tid}&word&a/"
      "b=cccc&u={user}"
      "&sub_id_3=red");
  const Values values;
  EXPECT_EQ(
      url.shown_url(values.view(), "OK"),
      "https://***@h/***/postback?subid=37o.1f&status=lead&token=***order%267&***&******&u=4711&sub_id_3=red"
      "&return=OK");
  EXPECT_EQ(url.shown_params(values.view(), "OK"), (Params{{"subid", "37o.1f"},
                                                           {"status", "lead"},
                                                           {"token", "***order&7"},
                                                           {"***", "***"},
                                                           {"u", "4711"},
                                                           {"sub_id_3", "red"},
                                                           {"return", "OK"}}));
  EXPECT_EQ(url.secrets().scrub("at /s3cretKey/postback?token=t0ken-x&word pa55word red lead"),
            "at /***/postback?token=***x&*** *** red lead");
}

struct Facts {
  std::string payout, cost, currency, params;
  friend bool operator==(const Facts&, const Facts&) = default;
  friend void PrintTo(const Facts& facts, std::ostream* out) {
    *out << facts.payout << "|" << facts.cost << "|" << facts.currency << "|" << facts.params;
  }
};

TEST(PostbackTemplate, WhatIsComparedIsWhatIsSent) {
  const struct {
    std::string query;
    Facts facts;
  } rows[] = {
      {"subid={click}&status=lead", {"", "", "", ""}},
      {"subid={click}&payout={payout}&cost={cost}&currency={currency}&tid={tid}", {"12.5", "-3", "usd", ""}},
      {"subid={click}&revenue=5.0", {"5", "", "", ""}},
      {"subid={click}&payout=lots", {"", "", "", R"({"payout":"lots"})"}},
      {"subid={click}&tid={lead}", {"", "", "", R"({"tid":"L/1"})"}},
      {"subid={lead}", {"", "", "", R"({"subid":"L/1"})"}},
      {"subid={click}&sub_id_1={username}&x={sub_id_2}", {"", "", "", R"({"sub_id_1":"Имя"})"}},
      {"subid={click}&sub_id_1={time}", {"", "", "", R"({"sub_id_1":"{time}"})"}},
      {"subid={click}&a=1&a=2&sub_id_2=1&sub_id_2=2", {"", "", "", R"({"sub_id_2":"2"})"}},
      {"subid={click}&token=s3cret", {"", "", "", ""}},
      {"subid={click}&status=wait&lead_status=wait&return=OK", {"", "", "", ""}},
  };
  const Values values;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.query);
    Postback postback;
    template_of(kBase + row.query).read_facts(values.view(), postback);
    EXPECT_EQ((Facts{postback.payout ? postback.payout->text() : "",
                     postback.cost ? postback.cost->text() : "", postback.currency, postback.params}),
              row.facts);
  }
}

TEST(PostbackTemplate, UnknownMacrosAreNamedAndThoseWhereTheKeyStandsAreNot) {
  const struct {
    std::string text;
    std::vector<std::string> unknown;
  } rows[] = {
      {"https://h/k/postback?subid={click}", {}},
      {"https://h/k/postback?subid={clik}&x={y}{user}{z}", {"{clik}", "{y}", "{z}"}},
      {"https://h/{s3cretKey}/postback?subid={click}", {"{…}"}},
      {"https://h/k/postback?subid=%7bclick%7D", {"%7bclick%7D"}},
      {"https://h/k/postback?{x}=1", {"{x}"}},
  };
  for (const auto& row : rows) EXPECT_EQ(template_of(row.text).unknown_macros(), row.unknown) << row.text;
}

TEST(Macro, EveryNameIsKnownByItself) {
  EXPECT_EQ(macro_names().size(), 44u);
  for (const std::string_view name : macro_names()) EXPECT_TRUE(macro_named(name)) << name;
  for (const std::string_view name : {"", "Click", "sub_id_", "sub_id_0", "sub_id_31", "revenue"}) {
    EXPECT_FALSE(macro_named(name)) << name;
  }
}

}  // namespace
}  // namespace keitaro_outbox::core
