// Requests beyond what a flow may have under way wait, and each that ends makes room for one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/client.hpp"
#include "http/raw_server.hpp"

namespace keitaro_outbox::http::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr ports::FlowId kLane{1};
constexpr ports::FlowId kOtherLane{2};

std::vector<ports::Request> requests_for(ports::FlowId flow, std::size_t count, const std::string& url) {
  std::vector<ports::Request> requests;
  for (std::size_t i = 0; i < count; ++i) {
    requests.push_back(request(flow.value * 1000 + i, url));
    requests.back().flow = flow;
  }
  return requests;
}

std::vector<std::uint64_t> tickets_of(const std::vector<ports::Request>& requests) {
  std::vector<std::uint64_t> tickets;
  for (const auto& each : requests) tickets.push_back(each.ticket);
  return tickets;
}

/// Answers when it is told to.
class HeldServer {
 public:
  std::string url() { return server_.url(); }
  int asked() const { return asked_; }
  void let_go() { held_ = false; }

  /// Waits for so many requests, and a little for one too many.
  int asked_in_the_end(int expected) {
    for (int i = 0; i < 2'000 && asked_ < expected; ++i) std::this_thread::sleep_for(5ms);
    std::this_thread::sleep_for(50ms);
    return asked_;
  }

 private:
  std::atomic<int> asked_ = 0;
  std::atomic<bool> held_ = true;
  RawServer server_{[this](Connection& connection) {
    connection.read_request();
    ++asked_;
    for (int i = 0; i < 4'000 && held_; ++i) std::this_thread::sleep_for(5ms);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
  }};
};

TEST(Waiting, NoMoreOfALaneAreUnderWayThanItsLimitWhateverTheSenders) {
  std::atomic<int> under_way = 0;
  std::atomic<int> most = 0;
  RawServer server([&](Connection& connection) {
    connection.read_request();
    const int now = ++under_way;
    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::sleep_for(3ms);
    --under_way;
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
  });
  CurlTransportOptions options;
  options.senders = 3;
  Client client(options);
  client.transport().limit(kLane, 4);
  client.submit(requests_for(kLane, 60, server.url()));
  EXPECT_THAT(client.collect(60), SizeIs(60));
  EXPECT_LE(most, 4);
  EXPECT_GE(most, 2);
  EXPECT_EQ(client.transport().waiting(), 0u);
}

TEST(Waiting, AHigherLimitBeginsThoseThatWait) {
  HeldServer server;
  Client client;
  client.transport().limit(kLane, 1);
  client.submit(requests_for(kLane, 3, server.url()));
  EXPECT_EQ(server.asked_in_the_end(1), 1);
  EXPECT_EQ(client.transport().waiting(), 2u);
  client.transport().limit(kLane, 2);
  EXPECT_EQ(server.asked_in_the_end(2), 2);
  client.transport().limit(kLane, 1);
  server.let_go();
  EXPECT_THAT(client.collect(3), SizeIs(3));
}

TEST(Waiting, WhatIsTakenBackWasNeverBegunAndHasNoCompletion) {
  HeldServer server;
  Client client;
  for (const auto flow : {kLane, kOtherLane}) client.transport().limit(flow, 1);
  client.submit(requests_for(kLane, 4, server.url()));
  client.submit(requests_for(kOtherLane, 2, server.url()));
  EXPECT_EQ(server.asked_in_the_end(2), 2);

  std::vector<ports::Request> taken_back;
  client.transport().take_back(kLane, taken_back);
  EXPECT_THAT(tickets_of(taken_back), ElementsAre(1001, 1002, 1003));
  EXPECT_EQ(taken_back[0].url, server.url());
  EXPECT_EQ(client.transport().waiting(), 1u) << "the other flow's";

  server.let_go();
  EXPECT_THAT(client.collect(3), SizeIs(3));
  EXPECT_EQ(server.asked(), 3);
  client.submit(std::move(taken_back));
  EXPECT_THAT(client.collect(3), SizeIs(3)) << "and may be submitted again";
}

TEST(Waiting, AFailureBeginsNoneOfThem) {
  Client client;
  client.transport().limit(kLane, 1);
  client.submit(requests_for(kLane, 5, "ftp://127.0.0.1/"));
  EXPECT_THAT(client.collect(1), SizeIs(1));
  EXPECT_EQ(client.transport().waiting(), 4u);
  std::vector<ports::Request> taken_back;
  client.transport().take_back(kLane, taken_back);
  EXPECT_THAT(tickets_of(taken_back), ElementsAre(1001, 1002, 1003, 1004));
}

TEST(Waiting, AfterAFailureTheNextWordOfALimitBeginsThem) {
  Client client;
  client.transport().limit(kLane, 1);
  client.submit(requests_for(kLane, 3, "ftp://127.0.0.1/"));
  for (int left = 2; left >= 0; --left) {
    EXPECT_THAT(client.collect(1), SizeIs(1));
    EXPECT_EQ(client.transport().waiting(), static_cast<std::size_t>(left));
    client.transport().limit(kLane, 1);
  }
}

TEST(Waiting, DoesNotCountAsLatencyNorAgainstTheDeadline) {
  RawServer server([](Connection& connection) {
    connection.read_request();
    std::this_thread::sleep_for(60ms);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
  });
  Client client;
  client.transport().limit(kLane, 1);
  auto requests = requests_for(kLane, 10, server.url());
  for (auto& each : requests) each.timeout = 400ms;
  client.submit(std::move(requests));
  for (const auto& completion : client.collect(10)) {
    EXPECT_EQ(answer_of(completion.exchange).http_status, 200);
    EXPECT_LT(completion.latency, 400ms);
  }
}

TEST(Expected, OrNotARequestIsServed) {
  RawServer server([](Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
  });
  Client client;
  for (const int times_in_vain : {0, 1, 10}) {
    for (int i = 0; i < times_in_vain; ++i) {
      client.transport().expect();
      std::this_thread::sleep_for(1ms);
    }
    client.transport().expect();
    EXPECT_EQ(answer_of(client.get(server.url())).http_status, 200);
  }
}

/// Remembers what was kept.
class Shelf final : public ports::AckJournal {
 public:
  std::optional<ports::AckId> keep(const ports::Ack& receipt) noexcept override {
    const std::lock_guard lock(mutex_);
    kept_.emplace(++last_, receipt);
    return ports::AckId{last_};
  }
  void forget(ports::AckId number) noexcept override {
    const std::lock_guard lock(mutex_);
    kept_.erase(number.value);
  }
  std::map<std::uint32_t, ports::Ack> kept() const {
    const std::lock_guard lock(mutex_);
    return kept_;
  }

 private:
  mutable std::mutex mutex_;
  std::uint32_t last_ = 0;
  std::map<std::uint32_t, ports::Ack> kept_;
};

TEST(AckJournal, AreKeptOfWhatWasTakenInAndForgottenWhenAcknowledged) {
  struct Case {
    const char* what;
    std::string answer;
    std::string sentinel;
    bool kept;
  };
  const Case cases[] = {
      {"taken in", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", "", true},
      {"with the text asked for", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", "OK", true},
      {"without it", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nNo", "OK", false},
      {"refused", "HTTP/1.1 422 No\r\nContent-Length: 2\r\n\r\nOK", "", false},
      {"lost", "HTTP/1.1 200", "", false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    RawServer server([&](Connection& connection) {
      connection.read_request();
      connection.send(c.answer);
    });
    Shelf shelf;
    CurlTransportOptions options;
    options.receipts = &shelf;
    Client client(options);
    ports::Request asked = request(1, server.url());
    asked.row = {42};
    asked.version = 7;
    asked.sentinel = c.sentinel;
    client.submit(std::vector{asked});
    const auto completions = client.collect(1);
    ASSERT_THAT(completions, SizeIs(1));
    ASSERT_EQ(completions[0].receipt.has_value(), c.kept);
    if (!c.kept) {
      EXPECT_THAT(shelf.kept(), IsEmpty());
      continue;
    }
    ASSERT_THAT(shelf.kept(), SizeIs(1));
    const ports::Ack receipt = shelf.kept().begin()->second;
    EXPECT_EQ(receipt.row, core::OutboxId{42});
    EXPECT_EQ(receipt.version, 7u);
    EXPECT_EQ(receipt.http_status, 200);
    EXPECT_EQ(receipt.latency, completions[0].latency);
    client.transport().acknowledge(*completions[0].receipt);
    EXPECT_THAT(shelf.kept(), IsEmpty());
  }
}

}  // namespace
}  // namespace keitaro_outbox::http::test
