#include "intake/front_door.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/text/same_secret.hpp"
#include "intake/client_address.hpp"
#include "intake/fake_store.hpp"
#include "intake/key.hpp"
#include "intake/request_rate.hpp"
#include "intake/signature.hpp"

namespace keitaro_outbox::intake {
namespace {

using namespace std::chrono_literals;
using ports::HttpReply;
using ports::HttpRequest;
using ports::HttpResponse;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string kKey = "0123456789abcdefghijklmnopqrstuv";

class Receiver final : public HttpReply::Receiver {
 public:
  void receive(HttpResponse&& response) noexcept override { promise_.set_value(std::move(response)); }
  HttpResponse await() { return future_.get(); }

 private:
  std::promise<HttpResponse> promise_;
  std::future<HttpResponse> future_ = promise_.get_future();
};

HttpRequest get(const std::string& path, const std::string& query = "") {
  HttpRequest request;
  request.method = "GET";
  request.path = path;
  request.query = query;
  request.peer = "203.0.113.7";
  return request;
}

HttpRequest post(const std::string& query, const std::string& type, const std::string& body) {
  HttpRequest request = get("/" + kKey + "/postback", query);
  request.method = "POST";
  request.headers = {{"Content-Type", type}};
  request.body = body;
  return request;
}

class FrontDoorTest : public testing::Test {
 protected:
  FrontDoorTest() {
    source_.name = "net";
    source_.key = kKey;
  }

  FrontDoor& door() {
    if (!door_) {
      committer_.emplace(store_, nullptr, GroupCommitter::Options{});
      FrontDoor::Options options;
      options.sources = {source_};
      options.trusted_proxies = trusted_proxies_;
      options.knows = [](const Source&, std::string_view, std::string_view status) {
        return status == "wait";
      };
      options.wall_clock = [] { return core::wall_time(1'800'000'000'000); };
      door_.emplace(std::move(options), *committer_);
    }
    return *door_;
  }
  HttpResponse call(HttpRequest request) {
    const auto receiver = std::make_shared<Receiver>();
    door().handle(std::move(request), HttpReply(receiver));
    return receiver->await();
  }
  HttpResponse call(const std::string& query) { return call(get("/" + kKey + "/postback", query)); }

  std::uint64_t count(Fate fate) { return door().figures().at("net")[static_cast<std::size_t>(fate)]; }

  FakeStore store_;
  Source source_;
  std::vector<core::IpNetwork> trusted_proxies_;
  std::optional<GroupCommitter> committer_;
  std::optional<FrontDoor> door_;
};

TEST_F(FrontDoorTest, APostbackIsKeptAndThenAnsweredWithOk) {
  const auto response = call("subid=a&status=sale");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "OK");
  EXPECT_THAT(store_.rows_, ElementsAre("a"));
  ASSERT_THAT(store_.items_, SizeIs(1));
  EXPECT_EQ(store_.items_[0].source, "net");
  EXPECT_EQ(store_.items_[0].received_at, 1'800'000'000'000);
  EXPECT_EQ(count(Fate::accepted), 1U);
}

TEST_F(FrontDoorTest, ReturnIsTheTextThatIsAnswered) {
  EXPECT_EQ(call("subid=a&return=done").body, "done");
}

TEST_F(FrontDoorTest, FormAndJsonAreReadAsTheQueryIs) {
  EXPECT_EQ(call(post("", "application/x-www-form-urlencoded", "subid=a&status=sale")).status, 200);
  EXPECT_EQ(call(post("", "application/json; charset=utf-8", R"({"subid":"b","payout":1.50})")).status, 200);
  EXPECT_EQ(call(post("status=lead", "", "subid=c")).status, 200);
  EXPECT_EQ(call(post("", "text/plain", R"({"subid":"d"})")).status, 200);
  EXPECT_EQ(call(post("subid=e", "", "")).status, 200);
  EXPECT_THAT(store_.rows_, ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(store_.items_[1].conversion->payout, "1.50");
}

TEST_F(FrontDoorTest, WhatCannotBeReadIsNotKept) {
  EXPECT_EQ(call("subid=%FF").status, 400);
  EXPECT_EQ(call("subid=a%00").status, 400);
  EXPECT_EQ(call(post("", "application/json", "{")).status, 400);
  EXPECT_EQ(call(post("", "application/json", R"({"subid":{}})")).status, 400);
  EXPECT_EQ(call(post("", "multipart/form-data; boundary=x", "--x--")).status, 400);
  EXPECT_THAT(store_.items_, IsEmpty());
  EXPECT_EQ(count(Fate::unreadable), 5U);
}

TEST_F(FrontDoorTest, ABrokenRuleIsNamedAndTheRequestKeptWithoutAnyKey) {
  const auto response = call("subid={subid}&u=https://host/" + kKey + "/postback");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.body, "subid holds a macro that was not filled in\n");
  ASSERT_THAT(store_.items_, SizeIs(1));
  EXPECT_EQ(store_.items_[0].query, "subid={subid}&u=https://host/***/postback");
  EXPECT_EQ(call("status=sale").body, "subid must have 1 to 255 characters\n");
  EXPECT_EQ(count(Fate::rejected), 2U);
}

TEST_F(FrontDoorTest, ASenderThatGivesUpAtAnErrorCanBeAnswered200) {
  source_.rejected_answer = 200;
  EXPECT_EQ(call("subid={subid}").status, 200);
  EXPECT_THAT(store_.rejects_, SizeIs(1));
}

TEST_F(FrontDoorTest, AKnownEventIsAnsweredAsTheFirst) {
  source_.event_id = EventIdTemplate::parse("{id}");
  EXPECT_EQ(call("subid=a&id=1").status, 200);
  EXPECT_EQ(call("subid=a&id=1").status, 200);
  EXPECT_THAT(store_.rows_, SizeIs(1));
  EXPECT_EQ(count(Fate::event_known), 1U);
}

TEST_F(FrontDoorTest, WhatIsIgnoredIsAnsweredAndNotKept) {
  EXPECT_EQ(call("subid=a&status=ping&ignore=ping").body, "OK");
  EXPECT_THAT(store_.items_, IsEmpty());
  EXPECT_EQ(count(Fate::ignored), 1U);
}

TEST_F(FrontDoorTest, AnUnknownKeyAndAnUnknownPathAreAnsweredAlike) {
  source_.allow = {*core::IpNetwork::parse("198.51.100.0/24")};
  const auto expected = call(get("/nothing"));
  EXPECT_EQ(expected.status, 404);
  std::string other = kKey;
  other.back() = 'x';
  const std::vector<std::string> paths{"/",
                                       "/postback",
                                       "//postback",
                                       "/favicon.ico",
                                       "/robots.txt",
                                       "/metrics",
                                       "/" + other + "/postback",
                                       "/" + kKey,
                                       "/" + kKey + "/",
                                       "/" + kKey + "/postback/",
                                       "/" + kKey + "/postback%00",
                                       "/" + kKey + "/x/../postback",
                                       "//" + kKey + "/postback",
                                       "/" + kKey + "%2Fpostback",
                                       "/" + kKey + "x/postback",
                                       "/" + kKey.substr(1) + "/postback",
                                       "/x/" + kKey + "/postback",
                                       "/" + kKey + "/postback"};
  for (const std::string& path : paths) {
    const auto response = call(get(path, "subid=a"));
    EXPECT_EQ(response.status, expected.status) << path;
    EXPECT_EQ(response.body, expected.body) << path;
    EXPECT_EQ(response.headers, expected.headers) << path;
  }
  EXPECT_THAT(store_.items_, IsEmpty());
}

TEST_F(FrontDoorTest, AHeadAndAPrefetchKeepNothing) {
  HttpRequest head = get("/" + kKey + "/postback", "subid=a");
  head.method = "HEAD";
  EXPECT_EQ(call(std::move(head)).status, 200);
  const std::pair<const char*, const char*> purposes[] = {{"Sec-Purpose", "prefetch;prerender"},
                                                          {"Purpose", "prefetch"},
                                                          {"X-Moz", "prefetch"},
                                                          {"X-Purpose", "preview"}};
  for (const auto& [name, value] : purposes) {
    HttpRequest request = get("/" + kKey + "/postback", "subid=a");
    request.headers = {{name, value}};
    EXPECT_EQ(call(std::move(request)).status, 200) << name;
  }
  EXPECT_THAT(store_.items_, IsEmpty());
}

TEST_F(FrontDoorTest, AnImageIsAnsweredWhereNothingElseIsAccepted) {
  const std::pair<const char*, bool> accepted[] = {
      {"image/gif", true},  {"image/avif,image/webp;q=0.9, image/*", true},
      {"*/*", false},       {"image/webp,*/*;q=0.8", false},
      {"text/html", false}, {"", false}};
  for (const auto& [accept, image] : accepted) {
    HttpRequest request = get("/" + kKey + "/postback", "subid=a");
    request.headers = {{"Accept", accept}};
    const auto response = call(std::move(request));
    EXPECT_EQ(response.type == "image/gif", image) << accept;
    EXPECT_EQ(response.body.starts_with("GIF89a"), image) << accept;
  }
  HttpRequest browser = get("/" + kKey + "/postback", "subid=a");
  browser.headers = {{"Accept", "image/webp,*/*;q=0.8"}, {"Sec-Fetch-Dest", "image"}};
  EXPECT_EQ(call(std::move(browser)).body.size(), 42U);
}

TEST_F(FrontDoorTest, TroubleOfTheDatabaseIsA503WithATimeToComeBack) {
  store_.fail(1);
  const auto response = call("subid=a");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.headers, testing::Contains(testing::Pair("Retry-After", "5")));
  EXPECT_EQ(count(Fate::not_kept), 1U);
}

TEST_F(FrontDoorTest, ARejectThatCannotBeKeptIsA503) {
  const auto response = call("subid=" + std::string(kUnkeepable));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(count(Fate::reject_not_kept), 1U);
  EXPECT_EQ(call("subid=a").status, 200);
}

TEST_F(FrontDoorTest, ASourceAboveItsRateIsToldSo) {
  source_.rate = 0.001;
  EXPECT_EQ(call("subid=a").status, 200);
  EXPECT_EQ(call("subid=b").status, 429);
  EXPECT_THAT(store_.rows_, ElementsAre("a"));
}

TEST(RequestRate, ABurstOfASecondIsTaken) {
  RequestRate rate(3);
  const core::SteadyTime now{1000s};
  EXPECT_TRUE(rate.take(now) && rate.take(now) && rate.take(now));
  EXPECT_FALSE(rate.take(now));
  EXPECT_TRUE(rate.take(now + 400ms));
  EXPECT_FALSE(rate.take(now + 500ms));
}

TEST(Key, IsComparedWhole) {
  EXPECT_TRUE(core::same_secret("abc", "abc"));
  for (const char* given : {"", "ab", "abcd", "abd", "xbc", "ABC", "abcabc"})
    EXPECT_FALSE(core::same_secret(given, "abc")) << given;
  EXPECT_FALSE(core::same_secret("", ""));
}

TEST(ClientAddress, IsTheLastOneThatIsNoProxyOfOurs) {
  const std::vector<core::IpNetwork> trusted{*core::IpNetwork::parse("127.0.0.1"),
                                             *core::IpNetwork::parse("10.0.0.0/8")};
  struct Case {
    std::string peer;
    std::vector<ports::HttpHeader> headers;
    std::string client;
  };
  const std::string name = "X-Forwarded-For";
  const std::vector<Case> cases{
      {"203.0.113.7", {}, "203.0.113.7"},
      {"203.0.113.7", {{name, "198.51.100.1"}}, "203.0.113.7"},
      {"127.0.0.1", {}, "127.0.0.1"},
      {"127.0.0.1", {{name, "198.51.100.1"}}, "198.51.100.1"},
      {"127.0.0.1", {{name, "1.1.1.1, 198.51.100.1"}}, "198.51.100.1"},
      {"127.0.0.1", {{name, "1.1.1.1, 198.51.100.1, 10.1.2.3"}}, "198.51.100.1"},
      {"127.0.0.1", {{"x-forwarded-for", "1.1.1.1"}, {name, "198.51.100.1"}}, "198.51.100.1"},
      {"127.0.0.1", {{name, "198.51.100.1:4711"}}, "198.51.100.1"},
      {"127.0.0.1", {{name, "[2001:db8::1]:80"}}, "2001:db8::1"},
      {"127.0.0.1", {{name, "10.0.0.1"}}, "10.0.0.1"},
      {"127.0.0.1", {{name, "198.51.100.1, unknown"}}, ""},
      {"127.0.0.1", {{name, "198.51.100.1,"}}, ""},
  };
  for (const Case& c : cases) {
    HttpRequest request;
    request.peer = c.peer;
    request.headers = c.headers;
    const auto client = client_address(request, trusted);
    EXPECT_EQ(client ? client->text() : "", c.client) << c.peer << " " << testing::PrintToString(c.headers);
  }
}

TEST_F(FrontDoorTest, AnAddressThatIsAllowedMayCall) {
  source_.allow = {*core::IpNetwork::parse("203.0.113.0/24")};
  EXPECT_EQ(call("subid=a").status, 200);
}

TEST_F(FrontDoorTest, BehindAProxyTheClientsAddressDecides) {
  source_.allow = {*core::IpNetwork::parse("198.51.100.0/24")};
  trusted_proxies_ = {*core::IpNetwork::parse("203.0.113.7")};
  HttpRequest request = get("/" + kKey + "/postback", "subid=a");
  request.headers = {{"X-Forwarded-For", "198.51.100.9"}};
  EXPECT_EQ(call(std::move(request)).status, 200);
  HttpRequest forged = get("/" + kKey + "/postback", "subid=a");
  forged.headers = {{"X-Forwarded-For", "198.51.100.9, 192.0.2.1"}};
  EXPECT_EQ(call(std::move(forged)).status, 404);
}

TEST_F(FrontDoorTest, NewSourcesAreTakenAndTheCountsOfOldOnesKept) {
  EXPECT_EQ(call("subid=a").status, 200);
  Source other;
  other.name = "other";
  other.key = std::string(kKey.rbegin(), kKey.rend());
  FrontDoor::Options options;
  options.sources = {other};
  options.wall_clock = [] { return core::wall_time(1'800'000'000'000); };
  door().reconfigure(std::move(options));
  EXPECT_EQ(call("subid=b").status, 404);
  EXPECT_EQ(call(get("/" + other.key + "/postback", "subid=c")).status, 200);
  EXPECT_EQ(count(Fate::accepted), 1U);
  EXPECT_EQ(door().figures().at("other")[static_cast<std::size_t>(Fate::accepted)], 1U);
  EXPECT_THAT(store_.rows_, ElementsAre("a", "c"));
}

TEST_F(FrontDoorTest, WhatIsNotSignedIsAnsweredAsAnUnknownKeyIs) {
  source_.signing.emplace();
  source_.signing->secret = "s3cret";
  source_.signing->of = Signing::Of::query;
  EXPECT_EQ(call("subid=a").status, 404);
  HttpRequest made = get("/" + kKey + "/postback", "subid=a");
  const std::string digest = hmac_sha256("s3cret", "subid=a");
  std::string hex;
  for (const char c : digest) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) / 16];
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) % 16];
  }
  made.headers.emplace_back("X-Signature", hex);
  EXPECT_EQ(call(std::move(made)).status, 200);
}

TEST_F(FrontDoorTest, TheKeyStandsInNoRow) {
  EXPECT_EQ(call("subid=a&from=http://h/" + kKey + "/postback").status, 200);
  ASSERT_THAT(store_.items_, SizeIs(1));
  EXPECT_THAT(store_.items_[0].conversion->params, Not(HasSubstr(kKey)));
}

}  // namespace
}  // namespace keitaro_outbox::intake
