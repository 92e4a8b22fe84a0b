#include "http/server/request.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_outbox::http {
namespace {

using namespace std::string_literals;

TEST(RequestTarget, IsAPathAndAQuery) {
  struct Case {
    std::string target;
    std::string path;  // "" for one that is refused
    std::string query;
  };
  const std::vector<Case> cases{
      {"/", "/", ""},
      {"/a/b?c=d", "/a/b", "c=d"},
      {"/a?", "/a", ""},
      {"/a?b?c", "/a", "b?c"},
      {"/a?b#c", "/a", "b#c"},
      {"//a/../b%2F", "//a/../b%2F", ""},
      {"http://host/a?b", "/a", "b"},
      {"HTTPS://host:80/a", "/a", ""},
      {"http://host", "", ""},
      {"http://host?a", "", ""},
      {"ftp://host/a", "", ""},
      {"*", "", ""},
      {"a", "", ""},
      {"", "", ""},
  };
  for (const Case& c : cases) {
    const auto target = parse_target(c.target);
    EXPECT_EQ(target.has_value(), !c.path.empty()) << c.target;
    if (!target) continue;
    EXPECT_EQ(target->path, c.path) << c.target;
    EXPECT_EQ(target->query, c.query) << c.target;
  }
}

TEST(Framing, WhatCouldBeReadInTwoWaysIsRefused) {
  struct Case {
    std::vector<Header> headers;
    std::string version;
    bool refused;
  };
  const Header host{"Host", "x"};
  const std::vector<Case> cases{
      {{host}, "HTTP/1.1", false},
      {{host, {"Content-Length", "0"}}, "HTTP/1.1", false},
      {{host, {"Transfer-Encoding", "Chunked"}}, "HTTP/1.1", false},
      {{{"User-Agent", "a\tb ü"}}, "HTTP/1.0", false},
      {{host, {"X", ""}}, "HTTP/1.1", false},
      {{}, "HTTP/1.1", true},
      {{host, host}, "HTTP/1.1", true},
      {{host, {"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}, "HTTP/1.1", true},
      {{host, {"content-length", "5"}, {"Content-Length", "5"}}, "HTTP/1.1", true},
      {{host, {"Content-Length", "5, 5"}}, "HTTP/1.1", true},
      {{host, {"Content-Length", "+5"}}, "HTTP/1.1", true},
      {{host, {"Content-Length", "0x5"}}, "HTTP/1.1", true},
      {{host, {"Content-Length", ""}}, "HTTP/1.1", true},
      {{host, {"Transfer-Encoding", "identity"}}, "HTTP/1.1", true},
      {{host, {"Transfer-Encoding", "gzip, chunked"}}, "HTTP/1.1", true},
      {{host, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}, "HTTP/1.1", true},
      {{host, {"Transfer-Encoding", "chunked"}}, "HTTP/1.0", true},
      {{host, {"Content-Length ", "5"}}, "HTTP/1.1", true},
      {{host, {" X", "5"}}, "HTTP/1.1", true},
      {{host, {"", "5"}}, "HTTP/1.1", true},
      {{host, {"X", "a\0b"s}}, "HTTP/1.1", true},
      {{host, {"X", "a\rb"}}, "HTTP/1.1", true},
  };
  for (const Case& c : cases) {
    std::string text = c.version;
    for (const auto& [name, value] : c.headers) text += "; " + name + ": " + value;
    EXPECT_EQ(framing_fault(c.headers, c.version).has_value(), c.refused) << text;
  }
}

TEST(RequestHeader, IsFoundInAnyCase) {
  Request request;
  request.headers = {{"accept", "image/gif"}, {"Accept", "text/plain"}};
  EXPECT_EQ(request.header("ACCEPT"), "image/gif");
  EXPECT_EQ(request.header("Host"), std::nullopt);
}

}  // namespace
}  // namespace keitaro_outbox::http
