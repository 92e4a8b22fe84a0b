#include "http/client/response_reader.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace keitaro_outbox::http {
namespace {

ResponseReader read(std::initializer_list<std::string_view> lines, std::string_view body = "") {
  ResponseReader reader(8);
  for (const std::string_view line : lines) reader.header(line);
  if (!body.empty()) reader.body(body);
  return reader;
}

TEST(ResponseReader, GivesStatusBodyAndRetryAfter) {
  const auto answer = read({"HTTP/1.1 503 Busy\r\n", "retry-AFTER:  120 \r\n", "\r\n"}, "later").answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->http_status, 503);
  EXPECT_EQ(answer->body, "later");
  EXPECT_EQ(answer->retry_after, "120");
}

TEST(ResponseReader, ReadsTheStatusLineOfHttp2) {
  EXPECT_EQ(read({"HTTP/2 204 \r\n", "\r\n"}).answer()->http_status, 204);
}

TEST(ResponseReader, HasNoAnswerBeforeTheHeadersHaveEnded) {
  EXPECT_FALSE(read({}).answer());
  EXPECT_FALSE(read({"HTTP/1.1 200 OK\r\n"}).answer());
  EXPECT_FALSE(read({"HTTP/1.1 200 OK\r\n", "A: b\r\n"}).answer());
  EXPECT_FALSE(read({"HTTP/1.1 200 OK\r\n", "A: b\r\n", " \r\n"}).answer()) << "a folded line is no end";
  EXPECT_TRUE(read({"HTTP/1.1 200 OK\r\n", "\n"}).answer());
  EXPECT_TRUE(read({"HTTP/1.1 200 OK\r\n", "\rodd\n"}).answer()) << "libcurl takes this for the end too";
}

TEST(ResponseReader, PassesOverInterimResponsesAndWhatTheyAsked) {
  EXPECT_FALSE(read({"HTTP/1.1 100 Continue\r\n", "\r\n"}).answer());
  const auto answer =
      read({"HTTP/1.1 103 Early Hints\r\n", "Retry-After: 9\r\n", "\r\n", "HTTP/1.1 200 OK\r\n", "\r\n"})
          .answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->http_status, 200);
  EXPECT_EQ(answer->retry_after, std::nullopt);
}

TEST(ResponseReader, TakesTheLastRetryAfterAndNoneThatIsTooLong) {
  const std::string too_long(ResponseReader::kRetryAfterCeiling + 1, '9');
  EXPECT_EQ(
      read({"HTTP/1.1 503 x\r\n", "Retry-After: 1\r\n", "Retry-After: 2\r\n", "\r\n"}).answer()->retry_after,
      "2");
  EXPECT_EQ(read({"HTTP/1.1 503 x\r\n", "Retry-After: " + too_long + "\r\n", "\r\n"}).answer()->retry_after,
            std::nullopt);
}

TEST(ResponseReader, LeavesTrailersAlone) {
  ResponseReader reader = read({"HTTP/1.1 503 x\r\n", "Retry-After: 1\r\n", "\r\n"}, "body");
  reader.header("Retry-After: 77\r\n");
  EXPECT_EQ(reader.answer()->retry_after, "1");
}

TEST(ResponseReader, KeepsABodyUpToItsCeiling) {
  ResponseReader reader = read({"HTTP/1.1 200 OK\r\n", "\r\n"});
  EXPECT_TRUE(reader.body("12345678"));
  EXPECT_FALSE(reader.body("9"));
  EXPECT_EQ(reader.answer()->body, "12345678");
}

TEST(ResponseReader, StopsAtTheCeilingOfTheHeaders) {
  const std::string line = "X: " + std::string(1000, 'x') + "\r\n";
  ResponseReader reader = read({"HTTP/1.1 200 OK\r\n"});
  std::size_t bytes = 0;
  while (reader.header(line)) bytes += line.size();
  EXPECT_LE(bytes, ResponseReader::kHeaderCeiling);
  EXPECT_EQ(reader.answer()->http_status, 200) << "the status line stands for what came";
}

TEST(ResponseReader, ForgetsEverythingAtAReset) {
  ResponseReader reader = read({"HTTP/1.1 503 x\r\n", "Retry-After: 1\r\n", "\r\n"}, "body");
  reader.reset();
  EXPECT_FALSE(reader.answer());
  reader.header("HTTP/1.1 200 OK\r\n");
  reader.header("\r\n");
  EXPECT_EQ(reader.answer()->body, "");
  EXPECT_EQ(reader.answer()->retry_after, std::nullopt);
}

}  // namespace
}  // namespace keitaro_outbox::http
