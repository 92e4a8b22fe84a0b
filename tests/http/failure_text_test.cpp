#include "http/client/failure_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>

namespace keitaro_outbox::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string control_characters() {
  std::string out = "\x7f";
  for (char c = 0; c < ' '; ++c) out += c;
  return out;
}

TEST(FailureText, SaysSomethingInOneLineAndNothingOfTheUrlForEveryFailureThatLibcurlKnows) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), &curl_easy_cleanup);
  curl_easy_setopt(easy.get(), CURLOPT_URL,
                   "https://user:s3cr3tk3y@tracker.example/s3cr3tk3y/postback?subid=1");
  for (int code = 0; code <= CURL_LAST + 1; ++code) {
    for (const bool sent : {false, true}) {
      for (const bool over_tls : {false, true}) {
        for (const int socket_errno : {0, EMFILE}) {
          const std::string text = failure_text({.code = static_cast<CURLcode>(code),
                                                 .easy = easy.get(),
                                                 .sent = sent,
                                                 .tried = true,
                                                 .over_tls = over_tls,
                                                 .socket_errno = socket_errno,
                                                 .timeout = core::Millis{1'500}});
          SCOPED_TRACE(std::to_string(code) + ": " + text);
          EXPECT_FALSE(text.empty());
          EXPECT_LT(text.size(), 150u);
          EXPECT_THAT(text, Not(HasSubstr("s3cr3tk3y")));
          EXPECT_THAT(text, Not(HasSubstr("tracker.example")));
          EXPECT_EQ(text.find_first_of(control_characters()), std::string::npos);
        }
      }
    }
  }
}

}  // namespace
}  // namespace keitaro_outbox::http
