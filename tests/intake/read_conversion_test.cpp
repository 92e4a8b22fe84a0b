#include "intake/read_conversion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "intake/parameters.hpp"

namespace keitaro_outbox::intake {
namespace {

/// What a query becomes: the fields that are set, or `ignored`, or `! rule`.
std::string reading_of(std::string_view query, const Source& source) {
  const auto knows = [](std::string_view campaign, std::string_view status) {
    return status == "wait" || status == "hold" || status == "approve" || status == "cancel" ||
           status == "trash" || (campaign == "c1" && status == "special");
  };
  const Parameters sent = read_form(query);
  if (!sent.readable()) return "unreadable: " + sent.error;
  const ReadConversion read = read_conversion(sent.values, source, knows);
  std::string text;
  if (const auto* c = std::get_if<Conversion>(&read.outcome)) {
    text = c->subid + " " + c->status;
    const std::pair<const char*, const std::string*> fields[] = {
        {"tid", &c->tid},           {"payout", &c->payout},     {"cost", &c->cost},
        {"currency", &c->currency}, {"campaign", &c->campaign}, {"params", &c->params},
        {"event", &c->event_id}};
    for (const auto& [name, value] : fields) {
      if (!value->empty()) text += std::string(" ") + name + "=" + *value;
    }
    if (c->tracker != source.tracker) text += " tracker=" + c->tracker;
  } else if (const auto* broken = std::get_if<Broken>(&read.outcome)) {
    text = "! " + broken->rule;
  } else {
    text = "ignored";
  }
  if (!read.answer.empty()) text += " answer=" + read.answer;
  return text;
}

struct Case {
  std::string query;
  std::string reading;
  friend std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.query; }
};

class Reading : public testing::TestWithParam<Case> {};

TEST_P(Reading, OfAQuery) {
  Source source;
  source.name = "net";
  EXPECT_EQ(reading_of(GetParam().query, source), GetParam().reading);
}

INSTANTIATE_TEST_SUITE_P(Names, Reading,
                         testing::ValuesIn(std::vector<Case>{
                             {"subid=a&status=lead", "a lead"},
                             {"clickid=a&type=Sale", "a Sale"},
                             {"subid=a&clickid=b&status=lead&type=sale", "a lead"},
                             {"subid=a", "a sale"},
                             {"subid=a&status=", "a sale"},
                             {"", "! subid must have 1 to 255 characters"},
                             {"subid=a&status=sale&tid=t&payout=1.5&cost=2&currency=usd&campaign=c",
                              "a sale tid=t payout=1.5 cost=2 currency=usd campaign=c"},
                             {"subid=a&revenue=2", "a sale payout=2"},
                             {"subid=a&profit=3", "a sale payout=3"},
                             {"subid=a&profit=3&revenue=2&payout=1", "a sale payout=1"},
                             {"subid=a&payout=&revenue=2", "a sale payout=2"},
                             {"subid=a&currency=rub,usd,eur", "a sale currency=rub"},
                             {"subid=a&currency=+rub+,usd", "a sale currency=rub"},
                             {"subid=a&payout=5%C2%A4cy=usd", "a sale payout=5 currency=usd"},
                             {"subid=a&from=net&sub_id_1=x&b=&z=%D0%BF",
                              R"(a sale params={"from":"net","sub_id_1":"x","z":"п"})"},
                             {"subid=a&tracker=other&event_id=e&due_at=5",
                              R"(a sale params={"due_at":"5","event_id":"e","tracker":"other"})"},
                             {"subid=a&return=1", "a sale answer=1"},
                             {"subid=a&return={x}", "a sale"},
                         }));

INSTANTIATE_TEST_SUITE_P(
    Statuses, Reading,
    testing::ValuesIn(std::vector<Case>{
        {"subid=a&status=rebill&tid=t", "a rebill tid=t"},
        {"subid=a&status=approve", "a approve"},
        {"subid=a&status=special",
         "! the status \"special\" is unknown: tell the source's statuses what it counts as"},
        {"subid=a&status=special&campaign=c1", "a special campaign=c1"},
        {"subid=a&status=1",
         "! the status \"1\" is a number: only the request's lists or the source's statuses say what it "
         "counts as"},
        {"subid=a&status=1&sale_status=1&lead_status=2,3&rejected_status=4",
         R"(a 1 params={"lead_status":"2,3","rejected_status":"4","sale_status":"1"})"},
        {"subid=a&status=2&sale_status=1&lead_status=2,3",
         R"(a 2 params={"lead_status":"2,3","sale_status":"1"})"},
        {"subid=a&status=4&reject_status=4,5", R"(a 4 params={"rejected_status":"4,5"})"},
        {"subid=a&status=5&reject_status=5&rejected_status=4",
         "! the status \"5\" is a number: only the request's lists or the source's statuses say what it "
         "counts as"},
        {"subid=a&status=Confirmed&sale_status=CONFIRMED,+Paid+,,paid",
         R"(a Confirmed params={"sale_status":"Confirmed,Paid"})"},
        {"subid=a&status=lead&sale_status=lead", R"(a lead params={"sale_status":"lead"})"},
        {"subid=a&status=1&sale_status=1&lead_status=1",
         "! the status \"1\" stands in lead_status and in sale_status"},
        {"subid=a&status=sale&lead_status={l}", "a sale"},
        {"subid=a&status=sale&lead_status=x", R"(a sale params={"lead_status":"x"})"},
        {"subid=a&status=ping&ignore=ping,test", "ignored"},
        {"subid=a&status=PING&ignore_status=test,+ping&return=ok", "ignored answer=ok"},
        {"subid=a&status=lead&ignore=ping", "a lead"},
        {"subid=a&ignore=sale", "ignored"},
        {"subid=a&ignore=lead", "a sale"},
        {"subid=a&status=lead&status=", "a lead"},
    }));

INSTANTIATE_TEST_SUITE_P(Macros, Reading,
                         testing::ValuesIn(std::vector<Case>{
                             {"subid={subid}", "! subid holds a macro that was not filled in"},
                             {"subid=x{subid}", "! subid holds a macro that was not filled in"},
                             {"subid=[subid]", "! subid holds a macro that was not filled in"},
                             {"subid=%ad_id%", "! subid holds a macro that was not filled in"},
                             {"subid=##clickid##", "! subid holds a macro that was not filled in"},
                             {"subid=%3Csubid%3E", "! subid holds a macro that was not filled in"},
                             {"subid=${subid}", "! subid holds a macro that was not filled in"},
                             {"subid=REPLACE", "! subid holds a macro that was not filled in"},
                             {"subid=a&status={status}", "! status holds a macro that was not filled in"},
                             {"subid=a&tid=order-{id}", "! tid holds a macro that was not filled in"},
                             {"subid=a&payout={payout}", "! payout holds a macro that was not filled in"},
                             {"subid=a&revenue=[sum]", "! payout holds a macro that was not filled in"},
                             {"subid=a&cost=REPLACE", "! cost holds a macro that was not filled in"},
                             {"subid=a&currency={currency}",
                              "! currency holds a macro that was not filled in"},
                             {"subid=a&campaign={c}", "a sale"},
                             {"subid=a&sub_id_1={x}&sub_id_2=[y]&sub_id_3=%z%&sub_id_4=##q##&sub_id_5=ok",
                              R"(a sale params={"sub_id_5":"ok"})"},
                             {"subid=a&sub_id_1=pre-{x}", R"(a sale params={"sub_id_1":"pre-{x}"})"},
                         }));

INSTANTIATE_TEST_SUITE_P(
    Oddities, Reading,
    testing::ValuesIn(std::vector<Case>{
        {"subid[]=a&status=lead",
         "! the parameter \"subid[]\" of params has a column of its own: write it there"},
        {"subid=a&payout=1,5", "! payout must be a plain decimal such as 12.5"},
        {"subid=a&currency=dollar", "! currency must be three letters"},
        {"status=1&payout=x", "! subid must have 1 to 255 characters"},
        {"subid=a%00b", "unreadable: the parameter \"subid\" has a NUL byte"},
        {"subid=%FF", "unreadable: the parameter \"subid\" is not UTF-8"},
    }));

TEST(ReadingBySource, RenamesWhatTheSenderCallsOtherwise) {
  Source source;
  source.name = "altercpa";
  source.tracker = "eu";
  source.campaign = "own";
  source.parameters = {{"click", "subid"}, {"lead", "tid"}, {"sum", "payout"}};
  source.event_id = EventIdTemplate::parse("{lead}:{status}:{time}");
  EXPECT_EQ(reading_of("click=a.b&lead=7&status=wait&time=99&user=5", source),
            R"(a.b wait tid=7 campaign=own params={"time":"99","user":"5"} event=altercpa:7:wait:99)");
  EXPECT_EQ(reading_of("click=a&subid=b&lead=7&status=wait&campaign=c2", source), "a wait tid=7 campaign=c2");
  EXPECT_EQ(reading_of("click=&subid=b&status=hold", source), "b hold campaign=own");
  EXPECT_EQ(reading_of("click={click}&status=wait", source), "! subid holds a macro that was not filled in");
}

TEST(ReadingBySource, ItsMapBecomesAListOfTheRow) {
  Source source;
  source.name = "net";
  source.statuses = {{"1", core::Status::sale},     {"2", core::Status::lead},
                     {"3", core::Status::rejected}, {"up", core::Status::rebill},
                     {"sale", core::Status::sale},  {"lead", core::Status::sale}};
  EXPECT_EQ(reading_of("subid=a&status=1", source), R"(a 1 params={"sale_status":"1"})");
  EXPECT_EQ(reading_of("subid=a&status=2&lead_status=9", source), R"(a 2 params={"lead_status":"9,2"})");
  EXPECT_EQ(reading_of("subid=a&status=2&sale_status=2", source), R"(a 2 params={"sale_status":"2"})");
  EXPECT_EQ(reading_of("subid=a&status=3", source), R"(a 3 params={"rejected_status":"3"})");
  EXPECT_EQ(reading_of("subid=a&status=UP&tid=t", source), "a rebill tid=t");
  EXPECT_EQ(reading_of("subid=a&status=sale", source), "a sale");
  EXPECT_EQ(reading_of("subid=a&status=lead", source), R"(a lead params={"sale_status":"lead"})");
  EXPECT_EQ(reading_of("subid=a", source), "a sale");
}

}  // namespace
}  // namespace keitaro_outbox::intake
