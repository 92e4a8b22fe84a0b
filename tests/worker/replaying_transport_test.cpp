// What an earlier worker was answered. That it is a transport like others is seen in tests/transport.
#include "worker/replaying_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace keitaro_outbox::worker {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Remembers what it was given, and answers nothing.
class Inner final : public ports::Transport {
 public:
  void submit(std::vector<ports::Request>& requests) override {
    for (ports::Request& request : requests) submitted.push_back(request.ticket);
    requests.clear();
  }
  void set_gate(ports::FlowId flow, const ports::Gate& gate) override {
    gates.emplace_back(flow.value, gate);
  }
  void collect(std::vector<ports::Completion>& completions) override {
    if (!answer) return;
    completions.push_back(*std::exchange(answer, std::nullopt));
  }
  void expect() noexcept override { ++expected; }
  void acknowledge(ports::AckId id) noexcept override { acknowledged.push_back(id.value); }

  std::vector<std::uint64_t> submitted;
  std::vector<std::pair<std::uint32_t, ports::Gate>> gates;
  std::vector<std::uint32_t> acknowledged;
  std::optional<ports::Completion> answer;
  int expected = 0;
};

ports::Request request(std::uint64_t ticket, std::int64_t row, std::uint64_t version) {
  ports::Request request;
  request.ticket = ticket;
  request.row = {row};
  request.version = version;
  request.sentinel = "OK";
  return request;
}

class Replaying : public testing::Test {
 protected:
  std::vector<ports::Completion> collected() {
    std::vector<ports::Completion> out;
    transport_.collect(out);
    return out;
  }

  const ports::Ack ack_{
      .row = {7}, .version = 70, .http_status = 201, .started_at = core::WallTime{5s}, .latency = 30ms};
  Inner inner_;
  int told_ = 0;
  ReplayingTransport transport_{inner_, {{ports::AckId{3}, ack_}}, [this] { ++told_; }};
};

TEST_F(Replaying, ARequestThatWasAnsweredEndsWithThatAnswerAndIsNotMadeAgain) {
  std::vector<ports::Request> requests;
  requests.push_back(request(1, 6, 60));
  requests.push_back(request(2, 7, 70));
  requests.push_back(request(3, 8, 80));
  transport_.submit(requests);
  EXPECT_THAT(requests, IsEmpty());
  EXPECT_THAT(inner_.submitted, ElementsAre(1, 3)) << "the others in their order";
  EXPECT_EQ(told_, 1);

  const auto completions = collected();
  ASSERT_THAT(completions, SizeIs(1));
  const ports::Completion& replayed = completions[0];
  EXPECT_EQ(replayed.ticket, 2U);
  EXPECT_TRUE(replayed.replayed);
  EXPECT_FALSE(replayed.failed);
  EXPECT_FALSE(replayed.not_started);
  const auto& answer = std::get<core::Answer>(replayed.exchange);
  EXPECT_EQ(answer.http_status, 201);
  EXPECT_TRUE(core::says(answer, "OK"));
  EXPECT_EQ(replayed.started_at, ack_.started_at);
  EXPECT_EQ(replayed.latency, ack_.latency);
  ASSERT_TRUE(replayed.receipt);
  EXPECT_EQ(replayed.receipt->value, 3U) << "it is acknowledged as the answer would have been";
  EXPECT_THAT(inner_.acknowledged, IsEmpty()) << "not before it is recorded";
  EXPECT_THAT(collected(), IsEmpty()) << "once";
}

TEST_F(Replaying, AnAnswerToAnotherTryOfTheRowIsForgottenAndTheRequestMade) {
  std::vector<ports::Request> requests{request(1, 7, 71)};
  transport_.submit(requests);
  EXPECT_THAT(inner_.submitted, ElementsAre(1));
  EXPECT_THAT(inner_.acknowledged, ElementsAre(3));
  EXPECT_THAT(collected(), IsEmpty());
  EXPECT_EQ(told_, 0);
  requests = {request(2, 7, 70)};
  transport_.submit(requests);
  EXPECT_THAT(inner_.submitted, ElementsAre(1, 2)) << "for good";
}

TEST_F(Replaying, EverythingElseIsPassedOn) {
  transport_.set_gate({4}, {.permits = 9, .generation = 2});
  transport_.expect();
  transport_.acknowledge({8});
  inner_.answer = ports::Completion{};
  EXPECT_THAT(collected(), SizeIs(1));
  ASSERT_THAT(inner_.gates, SizeIs(1));
  EXPECT_EQ(inner_.gates[0].first, 4U);
  EXPECT_EQ(inner_.gates[0].second, (ports::Gate{.permits = 9, .generation = 2}));
  EXPECT_EQ(inner_.expected, 1);
  EXPECT_THAT(inner_.acknowledged, ElementsAre(8));
}

}  // namespace
}  // namespace keitaro_outbox::worker
