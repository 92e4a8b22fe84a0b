#include "files/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keitaro_outbox::files {
namespace {

using testing::ElementsAreArray;

struct Split {
  std::string record;
  std::vector<std::string> fields;
};

TEST(Csv, RecordsAreSplitAsTheRfcSays) {
  for (const auto& [record, fields] : {Split{"a,b", {"a", "b"}},
                                       {"a,b\n", {"a", "b"}},
                                       {"a,b\r\n", {"a", "b"}},
                                       {",\n", {"", ""}},
                                       {"a,\n", {"a", ""}},
                                       {"\"a\",b\r\n", {"a", "b"}},
                                       {"\"a,b\",\"c\"\n", {"a,b", "c"}},
                                       {"\"say \"\"hi\"\"\"\n", {"say \"hi\""}},
                                       {"\"\",x\n", {"", "x"}},
                                       {"\"two\r\nlines\",x\n", {"two\r\nlines", "x"}},
                                       {"\"\n\"\n", {"\n"}},
                                       {" a , b \n", {" a ", " b "}}}) {
    std::vector<std::string> found;
    EXPECT_EQ(split_csv(record, ',', found), CsvEnd::complete) << record;
    EXPECT_THAT(found, ElementsAreArray(fields)) << record;
  }
}

TEST(Csv, BrokenQuotesAreToldApart) {
  std::vector<std::string> fields;
  EXPECT_EQ(split_csv("a,\"b\n", ',', fields), CsvEnd::inside_quotes);
  EXPECT_EQ(split_csv("\"", ',', fields), CsvEnd::inside_quotes);
  EXPECT_EQ(split_csv("\"a\"\"\n", ',', fields), CsvEnd::inside_quotes);
  EXPECT_EQ(split_csv("\"a\"b,c\n", ',', fields), CsvEnd::text_after_quotes);
  EXPECT_EQ(split_csv("\"a\" ,c\n", ',', fields), CsvEnd::text_after_quotes);
  EXPECT_EQ(split_csv("a\"b,c\n", ',', fields), CsvEnd::stray_quote);
}

TEST(Csv, AFieldThatIsWrittenIsReadAsItWas) {
  for (const std::string text : {"", "plain", "a,b", "a\"b", "\"", "two\nlines", "\r", " blank ", ";", "é"}) {
    for (const char separator : {',', ';', '\t'}) {
      std::vector<std::string> fields;
      const std::string record = csv_field(text, separator) + separator + csv_field("end", separator) + "\n";
      EXPECT_EQ(split_csv(record, separator, fields), CsvEnd::complete) << record;
      EXPECT_THAT(fields, testing::ElementsAre(text, "end")) << record;
    }
  }
}

TEST(Csv, TheFirstFieldsCanBeTakenAwayAndTheRestStaysAsItIs) {
  EXPECT_EQ(without_first_fields("1,\"a, \"\"b\"\"\",x,\"y\n", 2, ','), "x,\"y\n");
  EXPECT_EQ(without_first_fields("1;a;x", 2, ';'), "x");
}

}  // namespace
}  // namespace keitaro_outbox::files
