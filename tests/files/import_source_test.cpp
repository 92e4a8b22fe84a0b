#include "files/import_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "temp_folder.hpp"

namespace keitaro_outbox::files {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Source : public testing::Test {
 protected:
  std::unique_ptr<ImportSource> open(const std::string& text, const std::string& name = "input") {
    std::ofstream(folder_.file(name), std::ios::binary) << text;
    return ImportSource::open(folder_.file(name), std::nullopt);
  }

  std::string error_of(const std::string& text, const std::string& name = "input") {
    try {
      open(text, name);
    } catch (const FileError& error) {
      return error.what();
    }
    return "no error";
  }

  static std::vector<ImportRecord> all(ImportSource& source) {
    std::vector<ImportRecord> out;
    for (ImportRecord record; source.next(record);) out.push_back(record);
    return out;
  }

  /// `line subid` of each record that was read, `line!` of each that was not.
  static std::vector<std::string> outline(ImportSource& source) {
    std::vector<std::string> out;
    for (const ImportRecord& record : all(source)) {
      const std::string line = std::to_string(record.line);
      out.push_back(record.error.empty() ? line + " " + record.conversion.subid : line + "!");
    }
    return out;
  }

  /// What a file of rejects holds that takes up every record of this source.
  static std::string rejects_of(ImportSource& source) {
    std::string out = source.rejects_header();
    for (const ImportRecord& record : all(source)) out += source.rejected(record, "why, \"so\"");
    return out;
  }

  TempFolder folder_;
};

TEST_F(Source, CsvColumnsStandInAnyOrderAndAnEmptyFieldMeansNone) {
  const auto records = all(
      *open("\xEF\xBB\xBF payout,STATUS,Subid,params,due_at,tracker,event_id,tid,cost,currency,campaign\r\n"
            "12.50,sale,abc,\"{\"\"a\"\":\"\"b\"\"}\",5,eu,e,t,-1,usd,c\r\n"
            ",lead,def,,,,,,,,\r\n"));
  ASSERT_EQ(records.size(), 2U);
  const Conversion& full = records[0].conversion;
  EXPECT_EQ(records[0].error, "");
  EXPECT_THAT((std::vector{full.payout, full.status, full.subid, full.params, full.tracker, full.event_id,
                           full.tid, full.cost, full.currency, full.campaign}),
              ElementsAre("12.50", "sale", "abc", R"({"a":"b"})", "eu", "e", "t", "-1", "usd", "c"));
  EXPECT_EQ(full.due_at, 5);
  const Conversion& bare = records[1].conversion;
  EXPECT_THAT((std::vector{bare.payout, bare.params, bare.tracker}), ElementsAre("", "", "default"));
  EXPECT_EQ(bare.due_at, 0);
}

TEST_F(Source, ARecordIsToldByItsFirstLine) {
  EXPECT_THAT(outline(*open("subid,status,tid\n"
                            "a,lead,\"one\ntwo\nthree\"\n"
                            "\n"
                            "b,lead\n"
                            "c,lead,\n"
                            "d,lead,x")),
              ElementsAre("2 a", "6!", "7 c", "8 d"));
}

TEST_F(Source, AQuoteThatIsNotClosedCostsItsOwnLineOnly) {
  EXPECT_THAT(outline(*open("subid,status\n\"a,lead\nb,lead\nc,lead\n")), ElementsAre("2!", "3 b", "4 c"));
  EXPECT_THAT(outline(*open("subid,status\n\"a,lead\nb,\"lead\"\nc,lead\n")),
              ElementsAre("2!", "3 b", "4 c"));
  EXPECT_THAT(outline(*open("subid,status\na\"b,lead\n\"b\"x,lead\nc,lead\n")),
              ElementsAre("2!", "3!", "4 c"));
}

TEST_F(Source, AQuoteThatIsNotClosedInALargeFileIsGivenUpInBoundedMemory) {
  std::string text = "subid,status\n\"broken,lead\n";
  constexpr int kLines = 150'000;
  for (int i = 0; i < kLines; ++i) text += "subid" + std::to_string(i) + ",lead\n";
  const auto source = open(text);
  ImportRecord record;
  ASSERT_TRUE(source->next(record));
  EXPECT_THAT(record.error, HasSubstr("never closed"));
  EXPECT_LT(source->reader().bytes_read(), text.size()) << "it has not read to the end";
  int read = 0;
  for (; source->next(record); ++read) ASSERT_EQ(record.conversion.subid, "subid" + std::to_string(read));
  EXPECT_EQ(read, kLines);
}

TEST_F(Source, ALineBeyondAllMeasureIsRejectedAndReadingGoesOn) {
  EXPECT_THAT(outline(*open("subid,status\n" + std::string(3'000'000, 'x') + ",lead\nb,lead\n")),
              ElementsAre("2!", "3 b"));
  EXPECT_THAT(outline(*open("{\"subid\":\"" + std::string(3'000'000, 'x') +
                            "\"}\n{\"subid\":\"b\",\"status\":\"lead\"}")),
              ElementsAre("1!", "2 b"));
}

TEST_F(Source, SemicolonsAndTabsMaySeparateToo) {
  EXPECT_THAT(outline(*open("subid;status;tid\na,b;lead;\"x;y\"\n")), ElementsAre("2 a,b"));
  EXPECT_THAT(outline(*open("subid\tstatus\na\tlead\n")), ElementsAre("2 a"));
}

TEST_F(Source, AHeaderThatIsOfNoUseIsAnErrorWithItsPlace) {
  EXPECT_THAT(error_of("subid,statsu\n"),
              HasSubstr("input:1: 'statsu' (did you mean status?) is no column of the outbox (it knows "
                        "tracker, campaign, subid"));
  EXPECT_THAT(error_of("subid,tid\n"), HasSubstr("lacks the column status"));
  EXPECT_THAT(error_of("subid,status,SUBID\n"), HasSubstr("names the column subid twice"));
  EXPECT_THAT(error_of("\"subid,status\n"), HasSubstr("the header cannot be read"));
  EXPECT_THAT(error_of(std::string("\xFF\xFEs\0u\0", 6)), HasSubstr("UTF-16"));
  EXPECT_THAT(error_of("[{}]"), HasSubstr("one JSON list"));
  EXPECT_THAT(all(*open("")), IsEmpty());
  EXPECT_THAT(all(*open("subid,status")), IsEmpty());
}

TEST_F(Source, TheNameTellsTheFormatElseTheFirstByte) {
  EXPECT_THAT(outline(*open(" \n{\"subid\":\"a\",\"status\":\"lead\"}")), ElementsAre("2 a"));
  EXPECT_THAT(outline(*open("\n{\"subid\":\"a\",\"status\":\"lead\"}", "x.NDJSON")), ElementsAre("2 a"));
  EXPECT_THAT(error_of("{\"subid\":1}", "x.csv"), HasSubstr("x.csv:1"));
}

TEST_F(Source, JsonValuesCountAsTheyAreWritten) {
  const auto records =
      all(*open(R"({"subid":17,"status":"sa\u006ce","payout":12.50,"tid":null,"due_at":5,)"
                R"("params":{"n":1.50,"q":"\"}{"},"event_id":"é"})"
                "\n"
                R"({"subid":"a","status":"lead","params":"{\"x\":1}","due_at":"7","state":"dead"})"));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].error + records[1].error, "");
  const Conversion& first = records[0].conversion;
  EXPECT_THAT((std::vector{first.subid, first.status, first.payout, first.tid, first.params, first.event_id}),
              ElementsAre("17", "sale", "12.50", "", R"({"n":1.50,"q":"\"}{"})", "é"));
  EXPECT_EQ(first.due_at, 5);
  EXPECT_EQ(records[1].conversion.params, R"({"x":1})");
  EXPECT_EQ(records[1].conversion.due_at, 7);
}

struct Mistake {
  std::string line;
  std::string reason;
};

TEST_F(Source, EachMistakeInALineIsTold) {
  for (const auto& [line, reason] : {
           Mistake{R"({"subid":"a")", "no valid JSON: the mistake is at byte"},
           {R"(["a"])", "no JSON object"},
           {R"("a")", "no JSON object"},
           {std::string("{\"subid\":\"a\0b\"}", 15), "NUL at byte 12"},
           {R"({"subid":"a","statu":"lead"})", "'statu' (did you mean status?) is no column of the outbox"},
           {R"({"subid":"a","subid":"b"})", "subid stands there twice"},
           {R"({"subid":true})", "subid must be a text or a number"},
           {R"({"params":[1]})", "params must be an object"},
           {R"({"params":{"a":{}}})", "is an object"},
           {R"({"due_at":1.5})", "due_at must be Unix milliseconds"},
           {R"({"payout":1e400})", "beyond all range"},
           {"{\"subid\":\"\xFF\"}", "no valid JSON"},
       }) {
    const auto records = all(*open(line, "x.jsonl"));
    ASSERT_EQ(records.size(), 1U);
    EXPECT_THAT(records[0].error, HasSubstr(reason)) << line;
  }
  const auto records = all(*open("subid,status,due_at,params\n\xFF,lead,,\na,lead,soon,\na,lead,,[1]\n"));
  EXPECT_THAT(records[0].error, HasSubstr("UTF-8"));
  EXPECT_THAT(records[1].error, HasSubstr("due_at must be Unix milliseconds"));
  EXPECT_THAT(records[2].error, HasSubstr("params must be a JSON object"));
}

TEST_F(Source, RejectsHoldAllThatWasThereAndAreReadAgainAsBefore) {
  const std::string text = "Subid;status;tid\r\na;lead;\"two\r\nlines\"\r\n\"b;lead\r\nc;lead\r\n";
  const std::string rejects = rejects_of(*open(text));
  EXPECT_EQ(rejects,
            "line;reason;Subid;status;tid\r\n2;\"why, \"\"so\"\"\";a;lead;\"two\r\nlines\"\r\n"
            "4;\"why, \"\"so\"\"\";\"\"\"b;lead\"\n5;\"why, \"\"so\"\"\";c;lead\r\n");
  EXPECT_THAT(outline(*open(rejects)), ElementsAre("2 a", "4!", "5!"));
  EXPECT_THAT(rejects_of(*open(rejects)), HasSubstr("2;\"why, \"\"so\"\"\";a;lead;\"two\r\nlines\"\r\n"))
      << "a second time nothing is added twice";
}

TEST_F(Source, RejectsOfAFileThatHasAReasonOfItsOwnAreReadAgainToo) {
  const std::string rejects = rejects_of(*open("subid,status,reason\na,lead,HTTP 503\n"));
  EXPECT_EQ(rejects, "line,reason,subid,status,reason\n2,\"why, \"\"so\"\"\",a,lead,HTTP 503\n");
  EXPECT_THAT(outline(*open(rejects)), ElementsAre("2 a"));
}

TEST_F(Source, RejectedJsonIsAnObjectThatCanBeMended) {
  const std::string text = "{\"subid\":\"a\",\"x\":1.50}\n{\"subid\":\n";
  const std::string rejects = rejects_of(*open(text));
  EXPECT_EQ(rejects,
            "{\"line\":1,\"reason\":\"why, \\\"so\\\"\",\"subid\":\"a\",\"x\":1.50}\n"
            "{\"line\":2,\"reason\":\"why, \\\"so\\\"\",\"text\":\"{\\\"subid\\\":\"}\n");
  EXPECT_EQ(rejects_of(*open(rejects)), rejects);
  EXPECT_THAT(all(*open(rejects))[1].error, HasSubstr("a line that could not be read"));
}

}  // namespace
}  // namespace keitaro_outbox::files
