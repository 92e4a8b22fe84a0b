#include "bench/http_head.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace keitaro_outbox::bench {
namespace {

TEST(HeadSplitter, FindsEveryHeadHoweverTheBytesAreCut) {
  const std::string stream = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3";
  const std::vector<std::string> expected = {"GET /1 HTTP/1.1\r\nHost: a", "GET /2 HTTP/1.1"};
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    HeadSplitter splitter;
    std::vector<std::string> heads;
    for (std::size_t at = 0; at < stream.size(); at += size) {
      splitter.feed(std::string_view(stream).substr(at, size),
                    [&](std::string_view head) { heads.emplace_back(head); });
    }
    EXPECT_EQ(heads, expected) << "in pieces of " << size;
  }
}

TEST(SubidOf, IsTheParameterOfThatNameInTheRequestLine) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"GET /k/postback?subid=abc&status=sale HTTP/1.1\r\nHost: x", "abc"},
      {"GET /k/postback?status=sale&subid=abc HTTP/1.1", "abc"},
      {"GET /k/postback?my_subid=no&subid=yes HTTP/1.1", "yes"},
      {"GET /k/postback?status=sale HTTP/1.1\r\nX: ?subid=no", ""},
      {"GET /k/postback?subid= HTTP/1.1", ""},
  };
  for (const auto& [head, subid] : table) EXPECT_EQ(subid_of(head), subid) << head;
}

}  // namespace
}  // namespace keitaro_outbox::bench
