#include "readback/redaction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_outbox::readback {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Redaction, WhatATrackerSaysStaysAndUrlsGo) {
  struct Case {
    std::string message, shown;
  };
  for (const Case& c : std::vector<Case>{
           {"Using \"2kdc7pp\" as subid. Postback added to queue.",
            "Using \"2kdc7pp\" as subid. Postback added to queue."},
           {"Processing subid 37o23c7.1f.381o", "Processing subid 37o23c7.1f.381o"},
           {"SubID not found \"abc\"", "SubID not found \"abc\""},
           {"Incorrect subid \"\". Postback ignored.", "Incorrect subid \"\". Postback ignored."},
           {"Conversion by pair \"SubId + tid\" already exists. Postback ignored.",
            "Conversion by pair \"SubId + tid\" already exists. Postback ignored."},
           {"either/or, N/A, 12:30", "either/or, N/A, 12:30"},
           {"https://t.example/KEY77/postback?subid=a&status=sale&payout=1.5&tid=o-1",
            "***/postback?subid=a&status=sale&payout=1.5&tid=o-1"},
           {"GET /KEY77/postback?subid=a HTTP/1.1", "GET ***/postback?subid=a HTTP/1.1"},
           {"KEY77/postback?subid=a", "***/postback?subid=a"},
           {"GET /KEY77 HTTP/1.1", "GET *** HTTP/1.1"},
           {"http://u:KEY77@t.example/", "***"},
           {"HTTPS://T.EXAMPLE/KEY77/POSTBACK?subid=a", "***/postback?subid=a"},
           {R"("https:\/\/t.example\/KEY77\/postback?subid=a")", R"("***/postback?subid=a")"},
           {"https%3A%2F%2Ft.example%2FKEY77%2Fpostback%3Fsubid%3Da", "***/postback?***"},
           {"https%253A%252F%252Ft.example%252FKEY77%252Fpostback", "***/postback"},
           {"&#47;KEY77&#47;postback", "***/postback"},
           {"(/KEY77/postback)", "***/postback"},
           {"url=https://t.example/KEY77/postback?subid=a", "***/postback?subid=a"},
           {"/postback?subid=a&key=KEY77&sub_id_3=x&lead_status=wait",
            "***/postback?subid=a&key=***&sub_id_3=x&lead_status=wait"},
           {"/postback?subid=a&amp;k=KEY77&amp;tid=1", "***/postback?subid=a&k=***&tid=1"},
           {"/postback?KEY77", "***/postback?***"},
           {"/postback?subid=https://t.example/KEY77/postback", "***/postback?subid=***"},
           {"/postback?subid=a%26key%3DKEY77", "***/postback?***"},
           {"a?/KEY77/postback", "***?***"},
           {"a?b=/KEY77/postback", "***?b=***"},
           {"subid=a&status=sale&x=KEY77", "subid=a&status=sale&x=***"},
           {R"({"subid":"a","postback_key":"KEY77","tid":"1"})",
            R"({"subid":"a","postback_key":"***","tid":"1"})"},
           {"Api-Key: KEY77", "Api-Key: ***"},
           {"Authorization: Bearer KEY77 more", "Authorization: ***"},
           {"token => KEY77", "token => ***"},
           {"known-key in the midst", "*** in the midst"},
           {"known%2Dkey", "***"},
           {"two\nlines\x1b[31m", "two?lines?[31m"},
       }) {
    core::Secrets known;
    known.add("known-key");
    EXPECT_EQ(redact_log_message(c.message, known), c.shown);
    EXPECT_THAT(redact_log_message(c.message, known), Not(HasSubstr("KEY77")));
  }
}

TEST(Redaction, AMessageIsCutOnlyAfterItsKeysAreOut) {
  core::Secrets known;
  known.add("long-known-key");
  const std::string shown = redact_log_message(std::string(995, 'x') + " long-known-key", known);
  EXPECT_THAT(shown, Not(HasSubstr("long")));
  EXPECT_LE(shown.size(), 1'003U);
}

}  // namespace
}  // namespace keitaro_outbox::readback
