// Requests that wait for a permit of their flow: what every transport must do is in tests/transport.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/client.hpp"
#include "http/raw_server.hpp"

namespace keitaro_outbox::http::test {
namespace {

using testing::SizeIs;

constexpr ports::FlowId kFlow{1};

std::vector<ports::Request> requests_for(ports::FlowId flow, std::size_t count, const std::string& url) {
  std::vector<ports::Request> requests;
  for (std::size_t i = 0; i < count; ++i) {
    requests.push_back(request(flow.value * 1000 + i, url));
    requests.back().flow = flow;
  }
  return requests;
}

TEST(Waiting, NoMoreOfAFlowAreUnderWayThanItHasPermitsWhateverTheSenders) {
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
  client.transport().set_gate(kFlow, {.permits = 4});
  client.submit(requests_for(kFlow, 60, server.url()));
  EXPECT_THAT(client.collect(60), SizeIs(60));
  EXPECT_LE(most, 4);
  EXPECT_GE(most, 2);
  EXPECT_EQ(client.transport().waiting(), 0u);
}

TEST(Waiting, DoesNotCountAsLatencyNorAgainstTheDeadline) {
  RawServer server([](Connection& connection) {
    connection.read_request();
    std::this_thread::sleep_for(60ms);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
  });
  Client client;
  client.transport().set_gate(kFlow, {.permits = 1});
  auto requests = requests_for(kFlow, 10, server.url());
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

}  // namespace
}  // namespace keitaro_outbox::http::test
