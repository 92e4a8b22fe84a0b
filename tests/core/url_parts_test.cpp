#include "core/url/url_parts.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace keitaro_outbox::core {
namespace {

TEST(UrlParts, TheOriginEndsWhereTheRequestTargetBegins) {
  const struct {
    std::string_view url, origin;
    std::string target;
  } rows[] = {
      {"https://host.example/KEY/postback?subid=1", "https://host.example", "/KEY/postback?subid=1"},
      {"http://host.example:8080/a//b/../c?d=/e?f", "http://host.example:8080", "/a//b/../c?d=/e?f"},
      {"https://host.example", "https://host.example", "/"},
      {"https://host.example/", "https://host.example", "/"},
      {"https://host.example?a=/b", "https://host.example", "/?a=/b"},
      {"https://host.example#part/of?it", "https://host.example", "/"},
      {"https://host.example/a?b#c?d", "https://host.example", "/a?b"},
      {"https://host.example?a#b", "https://host.example", "/?a"},
      {"https://name:word@host.example/a@b", "https://name:word@host.example", "/a@b"},
      {"http://[::1]:8080?a", "http://[::1]:8080", "/?a"},
      {"http://[fe80::1%25eth0]/a", "http://[fe80::1%25eth0]", "/a"},
      {"host.example/a?to=http://other.example/b", "host.example", "/a?to=http://other.example/b"},
      {"host.example", "host.example", "/"},
      {"//host.example/a", "//host.example", "/a"},
      {"https://", "https://", "/"},
      {"", "", "/"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(origin_of(row.url), row.origin) << row.url;
    EXPECT_EQ(request_target_of(row.url), row.target) << row.url;
  }
}

}  // namespace
}  // namespace keitaro_outbox::core
