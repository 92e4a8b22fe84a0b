// What networks send, by the shape of their templates. Of the names and words that a template can hold each
// combination is read, and the shapes that are known to be special stand in a table.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <ostream>
#include <string>
#include <vector>

#include "core/url/params.hpp"
#include "intake/parameters.hpp"
#include "intake/read_conversion.hpp"

namespace keitaro_outbox::intake {
namespace {

using core::Params;

const TrackerKnows kKnowsAlterCpa = [](std::string_view, std::string_view status) {
  return status == "wait" || status == "hold" || status == "approve" || status == "cancel" ||
         status == "trash";
};

ReadConversion read_query(const std::string& query, const Source& source) {
  const Parameters sent = read_form(query);
  EXPECT_EQ(sent.error, "") << query;
  return read_conversion(sent.values, source, kKnowsAlterCpa);
}

Source network() {
  Source source;
  source.name = "network";
  return source;
}

/// One way to write a part of a template, and what it must become.
struct Part {
  std::string query;  ///< With its `&`, or empty for a template that lacks it.
  std::string value;
};

const std::vector<Part> kClicks{{"subid=2kd8s1v", "2kd8s1v"},
                                {"clickid=2kd8s1v", "2kd8s1v"},
                                {"subid=37o23c7.1f.381o", "37o23c7.1f.381o"},
                                {"subid=%32kd8s1v", "2kd8s1v"}};

/// `value` is the row's status; `lists` what must be sent on with it.
struct StatusPart {
  std::string query;
  std::string value;
  Params lists;
};

const std::vector<StatusPart> kStatuses{
    {"", "sale", {}},
    {"&status=", "sale", {}},
    {"&status=lead", "lead", {}},
    {"&status=sale", "sale", {}},
    {"&status=rejected", "rejected", {}},
    {"&type=lead", "lead", {}},
    {"&status=approve", "approve", {}},
    // A number means what the template says, and nothing else: 1 is a sale for some networks, a lead for
    // others.
    {"&status=1&lead_status=2&sale_status=1&rejected_status=3",
     "1",
     {{"lead_status", "2"}, {"sale_status", "1"}, {"rejected_status", "3"}}},
    {"&status=1&lead_status=1&sale_status=2&rejected_status=3",
     "1",
     {{"lead_status", "1"}, {"sale_status", "2"}, {"rejected_status", "3"}}},
    {"&status=3&lead_status=1&sale_status=2&rejected_status=3,4",
     "3",
     {{"lead_status", "1"}, {"sale_status", "2"}, {"rejected_status", "3,4"}}},
    {"&status=0&lead_status=0,pending&sale_status=1",
     "0",
     {{"lead_status", "0,pending"}, {"sale_status", "1"}}},
    {"&status=-1&sale_status=1&rejected_status=-1", "-1", {{"sale_status", "1"}, {"rejected_status", "-1"}}},
    {"&status=approved&lead_status=hold,pending&sale_status=approved,paid&rejected_status=declined,trash",
     "approved",
     {{"lead_status", "hold,pending"},
      {"sale_status", "approved,paid"},
      {"rejected_status", "declined,trash"}}},
    {"&status=declined&reject_status=declined,trash", "declined", {{"rejected_status", "declined,trash"}}},
    {"&lead_status=new&status=new", "new", {{"lead_status", "new"}}},
    {"&status=Approved&sale_status=APPROVED", "Approved", {{"sale_status", "Approved"}}},
    {"&status=in+progress&lead_status=in+progress", "in progress", {{"lead_status", "in progress"}}},
    {"&status=confirmed&sale_status=confirmed%2Cpaid", "confirmed", {{"sale_status", "confirmed,paid"}}},
};

const std::vector<Part> kAmounts{{"", ""},
                                 {"&payout=", ""},
                                 {"&payout=12.50", "12.50"},
                                 {"&revenue=12.50", "12.50"},
                                 {"&profit=12.50", "12.50"},
                                 {"&payout=&revenue=7", "7"},
                                 {"&profit=3&payout=5", "5"}};

const std::vector<Part> kCurrencies{{"", ""},
                                    {"&currency=usd", "usd"},
                                    {"&currency=USD", "USD"},
                                    {"&currency=rub,usd,eur", "rub"},
                                    {"%C2%A4cy=eur", "eur"}};

const std::vector<Part> kTids{{"", ""}, {"&tid=", ""}, {"&tid=order-51", "order-51"}};

/// Further parameters, as they must be sent on.
const std::vector<std::pair<std::string, Params>> kOthers{
    {"", {}},
    {"&from=network", {{"from", "network"}}},
    {"&from=network&sub_id_1=banner+7&sub_id_15=x&extra_param_1=y",
     {{"extra_param_1", "y"}, {"from", "network"}, {"sub_id_1", "banner 7"}, {"sub_id_15", "x"}}},
    {"&goal={goal}&sub_id_2=[sub]&ip=%ip%", {}},
};

TEST(NetworkShapes, EachCombinationOfNamesIsRead) {
  const Source source = network();
  std::size_t read_count = 0;
  for (const Part& click : kClicks) {
    for (const StatusPart& status : kStatuses) {
      for (const Part& amount : kAmounts) {
        for (const Part& currency : kCurrencies) {
          for (const Part& tid : kTids) {
            for (const auto& [other, params] : kOthers) {
              const std::string query =
                  click.query + status.query + amount.query + currency.query + tid.query + other;
              const ReadConversion read = read_query(query, source);
              const auto* conversion = std::get_if<Conversion>(&read.outcome);
              ASSERT_NE(conversion, nullptr) << query << ": " << std::get<Broken>(read.outcome).rule;
              Params expected = params;
              expected.insert(expected.end(), status.lists.begin(), status.lists.end());
              const std::array<std::string, 6> fields{conversion->subid,  conversion->status,
                                                      conversion->payout, conversion->currency,
                                                      conversion->tid,    conversion->params};
              const std::array<std::string, 6> wanted{click.value,  status.value,
                                                      amount.value, currency.value,
                                                      tid.value,    core::canonical_params(expected)};
              ASSERT_EQ(fields, wanted) << query;
              ++read_count;
            }
          }
        }
      }
    }
  }
  EXPECT_EQ(read_count, kClicks.size() * kStatuses.size() * kAmounts.size() * kCurrencies.size() *
                            kTids.size() * kOthers.size());
}

/// A request and why it cannot become a row.
struct Turned {
  std::string query;
  std::string rule;
  friend std::ostream& operator<<(std::ostream& out, const Turned& turned) { return out << turned.query; }
};

class NetworkMistake : public testing::TestWithParam<Turned> {};

TEST_P(NetworkMistake, IsToldForWhatItIs) {
  const ReadConversion read = read_query(GetParam().query, network());
  const auto* broken = std::get_if<Broken>(&read.outcome);
  ASSERT_NE(broken, nullptr);
  EXPECT_EQ(broken->rule, GetParam().rule);
}

std::string macro_in(const std::string& what) {
  return what + " holds a macro that was not filled in";
}

std::string number_without_list(const std::string& word) {
  return "the status \"" + word +
         "\" is a number: only the request's lists or the source's statuses say what it counts as";
}

INSTANTIATE_TEST_SUITE_P(
    Templates, NetworkMistake,
    testing::ValuesIn(std::vector<Turned>{
        // A number in none of the template's lists.
        {"subid=a&status=1", number_without_list("1")},
        {"subid=a&status=4&lead_status=1&sale_status=2&rejected_status=3", number_without_list("4")},
        {"subid=a&status=-1&sale_status=1", number_without_list("-1")},
        // The list's name written wrong: cancel and trash would arrive unmapped.
        {"subid=a&status=canceled&lead_status=reg&sale_status=billed&rejected=canceled",
         "the status \"canceled\" is unknown: tell the source's statuses what it counts as"},
        {"subid=a&status=7&sale_status=7&lead_status=7,8",
         "the status \"7\" stands in lead_status and in sale_status"},
        // Macros that the network did not fill in, in its own brackets.
        {"subid={aff_sub}&status=lead", macro_in("subid")},
        {"subid=[subid]&status=lead", macro_in("subid")},
        {"subid=##sub1##&status=lead", macro_in("subid")},
        {"subid=%subid%&status=lead", macro_in("subid")},
        {"subid=%3Cclick%3E&status=lead", macro_in("subid")},
        {"subid=$%7Bclickid%7D&status=lead", macro_in("subid")},
        {"subid=%7Bclick%7D&status=wait", macro_in("subid")},
        {"subid=REPLACE&status=lead", macro_in("subid")},
        {"subid=a&status={status}", macro_in("status")},
        {"subid=a&status=lead&payout={payout}", macro_in("payout")},
        {"subid=a&status=lead&payout=REPLACE", macro_in("payout")},
        {"subid=a&status=lead&payout=1&currency=[currency]", macro_in("currency")},
        {"subid=a&status=lead&tid=##id##", macro_in("tid")},
    }));

TEST(NetworkShapes, ANumberMeansWhatItsSourceSays) {
  Source first = network();
  first.statuses = {{"1", core::Status::sale}, {"2", core::Status::lead}};
  Source second = network();
  second.statuses = {{"1", core::Status::lead}, {"2", core::Status::rejected}};
  EXPECT_EQ(std::get<Conversion>(read_query("subid=a&status=1", first).outcome).params,
            R"({"sale_status":"1"})");
  EXPECT_EQ(std::get<Conversion>(read_query("subid=a&status=1", second).outcome).params,
            R"({"lead_status":"1"})");
}

TEST(NetworkShapes, ItsIgnoredStatusesBecomeNoRows) {
  for (const char* query :
       {"subid=a&status=ping&ignore=ping,test", "subid=a&status=Test&ignore_status=ping,test",
        "clickid=a&type=ping&ignore=ping", "subid=a&status=5&sale_status=1&ignore=5,6"}) {
    EXPECT_TRUE(std::holds_alternative<Ignored>(read_query(query, network()).outcome)) << query;
  }
}

/// The time of an event tells it from others. Sent on, it would make each repeat a change.
TEST(NetworkShapes, ANameThatIsChangedToNothingServesTheEventIdAlone) {
  Source source = network();
  source.parameters = {{"time", ""}, {"user", ""}};
  source.event_id = EventIdTemplate::parse("{subid}:{time}");
  const auto read =
      std::get<Conversion>(read_query("subid=a&status=lead&time=99&user=7&chat=5", source).outcome);
  EXPECT_EQ(read.event_id, "network:a:99");
  EXPECT_EQ(read.params, R"({"chat":"5"})");
}

/// AlterCPA TOP's five events, by the ways in which its templates are written.
TEST(AlterCpaShapes, EachEventIsRead) {
  Source source;
  source.name = "altercpa";
  source.parameters = {{"click", "subid"}, {"lead", "tid"}};
  source.event_id = EventIdTemplate::parse("{lead}:{status}:{time}");
  for (const char* event : {"wait", "hold", "approve", "cancel", "trash"}) {
    const std::string word = event;
    const auto own = std::get<Conversion>(
        read_query("click=2kd8s1v&status=" + word +
                       "&lead=51&campaign=SUMMER&user=7&subscriber=8&username=&chat=-100123&time=1777626600",
                   source)
            .outcome);
    EXPECT_EQ(own.subid, "2kd8s1v");
    EXPECT_EQ(own.status, word);
    EXPECT_EQ(own.tid, "51");
    EXPECT_EQ(own.campaign, "SUMMER");
    EXPECT_EQ(own.event_id, "altercpa:51:" + word + ":1777626600");
    EXPECT_EQ(own.params, R"({"chat":"-100123","subscriber":"8","time":"1777626600","user":"7"})");
    // Raw, with the lists in the template, as a template made for Keitaro has it; also misspelt.
    for (const char* rejected : {"rejected_status", "reject_status"}) {
      const auto raw = std::get<Conversion>(read_query("subid=2kd8s1v&status=" + word +
                                                           "&lead_status=wait,hold&sale_status=approve&" +
                                                           rejected + "=cancel,trash",
                                                       network())
                                                .outcome);
      EXPECT_EQ(raw.status, word);
      EXPECT_EQ(raw.params,
                R"({"lead_status":"wait,hold","rejected_status":"cancel,trash","sale_status":"approve"})");
    }
  }
}

}  // namespace
}  // namespace keitaro_outbox::intake
