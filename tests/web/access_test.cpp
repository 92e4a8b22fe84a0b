#include "web/access.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/text/same_secret.hpp"

namespace keitaro_outbox::web {
namespace {

TEST(Access, ServesUnderAddressesLocalhostAndTheNamesThatWereNamedAlone) {
  struct Case {
    std::string host;
    bool served;
  };
  const std::vector<std::string> names{"outbox.example.com"};
  const std::vector<Case> cases{{"127.0.0.1", true},
                                {"127.0.0.1:9464", true},
                                {"[::1]:9464", true},
                                {"192.0.2.7:80", true},
                                {"localhost", true},
                                {"LOCALHOST:9464", true},
                                {"outbox.example.com", true},
                                {"Outbox.Example.COM:443", true},
                                {"", false},
                                {":9464", false},
                                {"evil.example", false},
                                {"outbox.example.com.evil.example", false},
                                {"127.0.0.1.evil.example", false},
                                {"evil.outbox.example.com", false},
                                {"localhost.evil.example", false},
                                {"localhost:80:90", false},
                                {"localhost:x", false},
                                {"[::1", false},
                                {"[::1]x", false},
                                {"127.0.0.1@evil.example", false},
                                {"localhost evil", false}};
  for (const Case& c : cases) EXPECT_EQ(is_served_host(c.host, names), c.served) << c.host;
  EXPECT_FALSE(is_served_host("outbox.example.com", {}));
}

TEST(Access, TakesFormsFromThePageItselfAlone) {
  struct Case {
    std::string what;
    std::vector<ports::HttpHeader> headers;
    bool taken;
  };
  const ports::HttpHeader host{"Host", "127.0.0.1:9464"};
  const std::vector<Case> cases{
      {"the browser says so", {host, {"Sec-Fetch-Site", "same-origin"}}, true},
      {"it goes before Origin", {host, {"Sec-Fetch-Site", "same-origin"}, {"Origin", "null"}}, true},
      {"another site", {host, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://127.0.0.1:9464"}}, false},
      {"another name of the same site", {host, {"Sec-Fetch-Site", "same-site"}}, false},
      {"typed by a person", {host, {"Sec-Fetch-Site", "none"}}, false},
      {"an old browser, same origin", {host, {"Origin", "http://127.0.0.1:9464"}}, true},
      {"the same behind TLS",
       {{"Host", "outbox.example.com"}, {"Origin", "https://outbox.example.com"}},
       true},
      {"in another case", {{"Host", "Outbox.example.com"}, {"Origin", "https://outbox.example.com"}}, true},
      {"another port", {host, {"Origin", "http://127.0.0.1:80"}}, false},
      {"another host", {host, {"Origin", "http://evil.example"}}, false},
      {"a host that begins like it", {host, {"Origin", "http://127.0.0.1:9464.evil.example"}}, false},
      {"an opaque origin", {host, {"Origin", "null"}}, false},
      {"another scheme", {host, {"Origin", "ftp://127.0.0.1:9464"}}, false},
      {"neither", {host}, false},
      {"no host", {{"Origin", "http://"}}, false},
  };
  for (const Case& c : cases) {
    ports::HttpRequest request;
    request.headers = c.headers;
    EXPECT_EQ(comes_from_page(request), c.taken) << c.what;
  }
}

TEST(Access, ReadsBasicCredentials) {
  struct Case {
    std::string header;
    std::string user;
    std::string password;
    bool readable;
  };
  const std::vector<Case> cases{{"Basic YWxpY2U6b3BlbiBzZXNhbWU=", "alice", "open sesame", true},
                                {"basic YWxpY2U6b3BlbiBzZXNhbWU", "alice", "open sesame", true},
                                {"Basic YTpiOmM=", "a", "b:c", true},
                                {"Basic Og==", "", "", true},
                                {"Basic YWxpY2U=", "", "", false},
                                {"Basic !!!", "", "", false},
                                {"Bearer YTpi", "", "", false},
                                {"", "", "", false}};
  for (const Case& c : cases) {
    ports::HttpRequest request;
    request.headers = {{"Authorization", c.header}};
    const auto found = credentials_of(request);
    ASSERT_EQ(found.has_value(), c.readable) << c.header;
    if (!found) continue;
    EXPECT_EQ(found->user, c.user) << c.header;
    EXPECT_EQ(found->password, c.password) << c.header;
  }
}

TEST(Access, ComparesSecretsAsAWhole) {
  EXPECT_TRUE(core::same_secret("open sesame", "open sesame"));
  for (const char* wrong :
       {"", "open", "open sesam", "open sesame ", "Open sesame", "open sesameopen sesame"})
    EXPECT_FALSE(core::same_secret(wrong, "open sesame")) << wrong;
  EXPECT_FALSE(core::same_secret("", ""));
}

}  // namespace
}  // namespace keitaro_outbox::web
