#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/conversion_rules.hpp"

namespace keitaro_outbox {

/// A conversion given by the value of one column (nullopt is NULL); the rest of it is in order. An empty
/// rule: it is taken. The same table is judged by the functions of core and by the CHECKs of each store.
struct ConversionRuleCase {
  std::string column;
  std::optional<std::string> value;
  std::string rule;

  friend std::ostream& operator<<(std::ostream& out, const ConversionRuleCase& c) {
    return out << c.column << " = " << (c.value ? c.value->substr(0, 60) : "NULL");
  }
};

/// A conversion that is in order but for one column. `value` must outlive what is given back; of due_at it is
/// a number.
inline core::ConversionColumns conversion_with(std::string_view column,
                                               const std::optional<std::string>& value) {
  core::ConversionColumns columns{.subid = "click", .status = "sale"};
  if (column == "tracker") columns.tracker = value.value();
  if (column == "subid") columns.subid = value.value();
  if (column == "status") columns.status = value.value();
  if (column == "tid") columns.tid = value;
  if (column == "payout") columns.payout = value;
  if (column == "cost") columns.cost = value;
  if (column == "currency") columns.currency = value;
  if (column == "params") columns.params = value;
  if (column == "event_id") columns.event_id = value;
  if (column == "due_at") columns.due_at = std::stoll(value.value());
  return columns;
}

inline std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

inline void add_text_cases(std::vector<ConversionRuleCase>& cases) {
  using namespace std::string_literals;
  const std::string length = "subid_must_have_1_to_255_characters";
  const std::string macro = "subid_holds_a_macro_that_was_not_filled_in";
  const std::string status = "status_must_have_1_to_100_characters";
  const std::string tid = "tid_must_have_at_most_100_characters";
  const std::string currency = "currency_must_be_three_letters";
  const std::vector<ConversionRuleCase> texts{
      {"tracker", "eu", ""},
      {"tracker", " ", ""},
      {"tracker", "\0"s, ""},
      {"tracker", "", "tracker_is_empty"},

      {"subid", "x", ""},
      {"subid", " ", ""},
      {"subid", "37o23c7.1f.381o", ""},
      {"subid", std::string(255, 'x'), ""},
      {"subid", repeated("я", 255), ""},
      {"subid", repeated("日", 255), ""},
      {"subid", repeated("😀", 255), ""},
      {"subid", "", length},
      {"subid", std::string(256, 'x'), length},
      {"subid", repeated("я", 256), length},
      {"subid", repeated("😀", 256), length},
      // SQLite counts up to a NUL.
      {"subid", "\0x"s, length},
      {"subid", "x\0"s + std::string(300, 'x'), ""},
      {"subid", "{subid}", macro},
      {"subid", "{subid", macro},
      {"subid", "a}", macro},
      {"subid", "x\0{"s, macro},
      {"subid", "%7Bsubid%7D", ""},
      // No UTF-8: a continuation byte without a lead counts, all of them behind a lead count with it.
      {"subid", std::string(255, '\x80'), ""},
      {"subid", std::string(256, '\x80'), length},
      {"subid", "\xc3" + std::string(300, '\x80'), ""},
      {"subid", std::string(255, '\xff'), ""},
      {"subid", std::string(256, '\xff'), length},

      {"status", "approve", ""},
      {"status", "A name of ours", ""},
      {"status", "!", ""},
      {"status", "\t", ""},
      {"status", "İ", ""},
      {"status", "ж", ""},
      {"status", "  " + std::string(100, 'x') + "  ", ""},
      {"status", " " + repeated("ж", 100) + " ", ""},
      {"status", repeated("Ā", 100), ""},
      {"status", "", status},
      {"status", "   ", status},
      {"status", "\0"s, status},
      {"status", " \0x"s, status},
      {"status", std::string(101, 'x'), status},
      {"status", " " + std::string(101, '!'), status},
      {"status", repeated("Ā", 101), status},
      {"status", repeated("\t", 101), status},

      {"tid", std::nullopt, ""},
      {"tid", "", ""},
      {"tid", std::string(100, 'x'), ""},
      {"tid", repeated("я", 100), ""},
      {"tid", std::string(100, 'x') + "\0y"s, ""},
      {"tid", std::string(101, 'x'), tid},
      {"tid", repeated("😀", 101), tid},

      {"currency", std::nullopt, ""},
      {"currency", "usd", ""},
      {"currency", "EuR", ""},
      {"currency", "", currency},
      {"currency", "us", currency},
      {"currency", "usdt", currency},
      {"currency", "us1", currency},
      {"currency", "u$d", currency},
      {"currency", " us", currency},
      {"currency", "us ", currency},
      {"currency", "€uro", currency},
      {"currency", "€€€", currency},
      {"currency", "ůsd", currency},
      {"currency", "usd\0"s, currency},
      {"currency", "usd\0x"s, currency},
      {"currency", "usd\0xy"s, currency},
      {"currency", "us\0d"s, currency},

      {"event_id", std::nullopt, ""},
      {"event_id", "order-7-paid", ""},
      {"event_id", " ", ""},
      {"event_id", "", "event_id_is_empty"},

      {"due_at", "0", ""},
      {"due_at", "1800000000000", ""},
      {"due_at", "9223372036854775807", ""},
      {"due_at", "-1", "due_at_must_be_unix_milliseconds"},
      {"due_at", "-9223372036854775808", "due_at_must_be_unix_milliseconds"},
  };
  cases.insert(cases.end(), texts.begin(), texts.end());
}

inline void add_amount_cases(std::vector<ConversionRuleCase>& cases) {
  using namespace std::string_literals;
  for (const std::string column : {"payout", "cost"}) {
    const std::string decimal = column + "_must_be_a_plain_decimal_such_as_12_5";
    const std::string size = column + "_has_over_14_digits_before_the_point_or_32_characters";
    cases.push_back({column, std::nullopt, ""});
    for (const char* good :
         {"0", "12.5", "-3", "007.10", "-0.0001", "-0", "99999999999999.9999",
          "0.333333333333333333333333333333", "-0.33333333333333333333333333333", "-99999999999999"}) {
      cases.push_back({column, good, ""});
    }
    for (const std::string& bad : {""s,
                                   "-"s,
                                   "."s,
                                   ".5"s,
                                   "5."s,
                                   "-.5"s,
                                   "-5."s,
                                   "+5"s,
                                   "1,5"s,
                                   "1e3"s,
                                   "1.2.3"s,
                                   "1..2"s,
                                   "--5"s,
                                   "5-"s,
                                   "1-2"s,
                                   "-1-2"s,
                                   " 5"s,
                                   "5 "s,
                                   "0x1"s,
                                   "inf"s,
                                   "NaN"s,
                                   "$5"s,
                                   "٥"s,
                                   "1٥2"s,
                                   "1Ĳ3"s,
                                   "1٫5"s,
                                   "-٥"s,
                                   "12\0"s,
                                   "-12\0"s,
                                   "-12\0x"s,
                                   "-1.5\0006"s,
                                   "12.5\0junk"s,
                                   "1\0002"s,
                                   "\0001"s,
                                   "1\n"s,
                                   "1:2"s,
                                   "1/2"s,
                                   "\xff"s,
                                   "1\xff"
                                   "1"s}) {
      cases.push_back({column, bad, decimal});
    }
    for (const char* large : {"100000000000000", "000000000000001", "-100000000000000", "-100000000000000.5",
                              "0.3333333333333333333333333333333", "-0.333333333333333333333333333333"}) {
      cases.push_back({column, large, size});
    }
    cases.push_back({column, std::string(500, '1'), size});
    cases.push_back({column, std::string(500, '1') + "x", decimal});
  }
}

inline void add_params_cases(std::vector<ConversionRuleCase>& cases) {
  using namespace std::string_literals;
  const std::string json = "params_must_be_a_json_object";
  const std::string repeat = "params_must_not_repeat_what_has_a_column_or_return";
  const auto nested = [](int levels) {
    return "{\"a\":" + std::string(static_cast<std::size_t>(levels) - 1, '[') +
           std::string(static_cast<std::size_t>(levels) - 1, ']') + "}";
  };
  cases.push_back({"params", std::nullopt, ""});
  for (const std::string& good :
       {"{}"s, " \t\r\n{ } \n"s, R"({"sub_id_1":"x","sub_id_2":2,"lead_status":"wait"})"s,
        R"({"a":1,"a":2})"s, R"({"":0})"s, R"({"a":{"subid":1},"b":[{"tid":2}]})"s, R"({"Subid":1})"s,
        R"({"subid ":1,"subid[]":2})"s, R"({"sub\u0069d":1})"s, R"({"a":"\ud800 \u0000 \"\\\/\b\f\n\r\t"})"s,
        R"({"a":-0,"b":1.5e-3,"c":1E+400,"d":123456789012345678901234567890,"e":null,"f":true,"g":false})"s,
        "{\"a\":\"\xff\x80\"}"s, "{\"a\":\"\x7f 😀\"}"s, nested(2000), "{}\0junk"s}) {
    cases.push_back({"params", good, ""});
  }
  for (const std::string& bad : {""s,
                                 " "s,
                                 "x=y"s,
                                 "[1]"s,
                                 "\"text\""s,
                                 "5"s,
                                 "null"s,
                                 "true"s,
                                 "{"s,
                                 "}"s,
                                 "{}}"s,
                                 "{}x"s,
                                 "{} {}"s,
                                 "{a:1}"s,
                                 "{'a':1}"s,
                                 R"({"a"})"s,
                                 R"({"a":})"s,
                                 R"({"a":1,})"s,
                                 R"({,})"s,
                                 R"({"a":1 "b":2})"s,
                                 R"({"a":[1,]})"s,
                                 R"({"a":[,1]})"s,
                                 R"({"a":[1 2]})"s,
                                 R"({"a":[1})"s,
                                 R"({"a":01})"s,
                                 R"({"a":-01})"s,
                                 R"({"a":1.})"s,
                                 R"({"a":.5})"s,
                                 R"({"a":-})"s,
                                 R"({"a":+1})"s,
                                 R"({"a":1e})"s,
                                 R"({"a":1.e5})"s,
                                 R"({"a":1e+})"s,
                                 R"({"a":0x1})"s,
                                 R"({"a":NaN})"s,
                                 R"({"a":nul})"s,
                                 R"({"a":nullx})"s,
                                 R"({"a":True})"s,
                                 R"({"a":"\x41"})"s,
                                 R"({"a":"\u12g4"})"s,
                                 R"({"a":"\u123"})"s,
                                 R"({"a":"b)"s,
                                 R"({"a":"b\)"s,
                                 "{\"a\":\"\n\"}"s,
                                 "{\"a\":\"\t\"}"s,
                                 "{\"a\":\"\0\"}"s,
                                 "{\0}"s,
                                 "\xef\xbb\xbf{}"s,
                                 "{\v}"s,
                                 "{}\f"s,
                                 "/* */{}"s,
                                 R"({1:2})"s,
                                 R"({null:2})"s,
                                 R"({[]:2})"s,
                                 nested(2001)}) {
    cases.push_back({"params", bad, json});
  }
  for (const std::string name :
       {"subid", "status", "tid", "payout", "revenue", "cost", "currency", "return"}) {
    cases.push_back({"params", R"({"a":"b",")" + name + R"(":"x"})", repeat});
    cases.push_back({"params", R"({")" + name + R"(":null})", repeat});
    cases.push_back({"params", R"({")" + name + R"(":1,")" + name + R"(":2})", repeat});
    cases.push_back({"params", R"({"a":{")" + name + R"(":1}})", ""});
    cases.push_back({"params", R"([{")" + name + R"(":1}])", json});
  }
}

inline std::vector<ConversionRuleCase> conversion_rule_cases() {
  std::vector<ConversionRuleCase> cases;
  add_text_cases(cases);
  add_amount_cases(cases);
  add_params_cases(cases);
  return cases;
}

}  // namespace keitaro_outbox
