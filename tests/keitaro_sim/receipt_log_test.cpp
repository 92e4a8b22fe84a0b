#include "sim/receipt_log.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <string>
#include <thread>

#include "temp_folder.hpp"

namespace keitaro_sim {
namespace {

Ack receipt(std::uint64_t n) {
  return {n,        keitaro_outbox::core::wall_time(1'700'000'000'123),
          "GET",    {{"subid", "a\"b"}, {"tid", "1"}, {"tid", "2"}},
          "queued", "",
          200};
}

TEST(SimReceiptLog, LineHoldsEveryDecodedParameterAndNoKey) {
  EXPECT_EQ(
      receipt_line(receipt(7)),
      R"({"n":7,"at_ms":1700000000123,"method":"GET","path":"/***/postback","params":{"subid":"a\"b","tid":"2"},)"
      R"("result":"queued","trouble":null,"http_status":200})");
}

TEST(SimReceiptLog, LineOfAnUnansweredPostbackSaysSo) {
  Ack cut = receipt(1);
  cut.params = {{"subid", "\xFF"}};
  cut.result = "not_taken_in";
  cut.trouble = "cut_before";
  cut.http_status.reset();
  EXPECT_EQ(receipt_line(cut),
            R"({"n":1,"at_ms":1700000000123,"method":"GET","path":"/***/postback","params":{"subid":")"
            "\xEF\xBF\xBD"
            R"("},"result":"not_taken_in","trouble":"cut_before","http_status":null})");
}

TEST(SimReceiptLog, EverythingIsInTheFileAtTheEndAndAppended) {
  const keitaro_outbox::TempFolder folder;
  folder.write("log", "before\n");
  {
    ReceiptLog log(folder.file("log"));
    for (std::uint64_t n = 1; n <= 1000; ++n) log.add(receipt(n));
  }
  std::istringstream lines(folder.read("log"));
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(line, "before");
  for (std::uint64_t n = 1; n <= 1000; ++n) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(line, receipt_line(receipt(n)));
  }
}

TEST(SimReceiptLog, LinesReachTheFileWhileItIsOpen) {
  const keitaro_outbox::TempFolder folder;
  ReceiptLog log(folder.file("log"));
  log.add(receipt(1));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (folder.read("log").empty() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(folder.read("log"), receipt_line(receipt(1)) + "\n");
}

TEST(SimReceiptLog, FolderThatIsNotThereIsAnError) {
  const keitaro_outbox::TempFolder folder;
  EXPECT_THROW(ReceiptLog(folder.file("missing/log")), std::runtime_error);
}

}  // namespace
}  // namespace keitaro_sim
