#include "transport/transport_conformance.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

namespace keitaro_outbox::transport_tests {

using namespace std::chrono_literals;
using ports::Completion;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::optional<ports::AckId> Shelf::keep(const ports::Ack& receipt) noexcept {
  const std::lock_guard lock(mutex_);
  kept_.emplace(++last_, receipt);
  return ports::AckId{last_};
}

void Shelf::forget(ports::AckId number) noexcept {
  const std::lock_guard lock(mutex_);
  kept_.erase(number.value);
}

std::vector<ports::Ack> Shelf::kept() const {
  const std::lock_guard lock(mutex_);
  std::vector<ports::Ack> out;
  for (const auto& [number, ack] : kept_) out.push_back(ack);
  return out;
}

std::vector<std::uint64_t> tickets_of(const std::vector<Completion>& completions) {
  std::vector<std::uint64_t> tickets;
  for (const Completion& each : completions) tickets.push_back(each.ticket);
  return tickets;
}

ports::Request TransportConformance::request(std::uint64_t ticket, ports::FlowId flow,
                                             std::uint64_t generation) const {
  ports::Request request;
  request.ticket = ticket;
  request.row = {static_cast<std::int64_t>(ticket)};
  request.flow = flow;
  request.url = world_->url_of(ticket);
  request.sentinel = "OK";
  request.timeout = 60s;
  request.allow_private = true;
  request.version = ticket * 7;
  request.generation = generation;
  return request;
}

void TransportConformance::submit(const std::vector<std::uint64_t>& tickets, ports::FlowId flow,
                                  std::uint64_t generation) {
  std::vector<ports::Request> requests;
  for (const std::uint64_t ticket : tickets) requests.push_back(request(ticket, flow, generation));
  transport_.submit(requests);
  EXPECT_THAT(requests, IsEmpty());
}

std::vector<std::uint64_t> TransportConformance::begun_in_the_end(std::size_t count) {
  world_->begun(count + canaries_);
  submit({canary_++}, {99});
  auto begun = world_->begun(count + ++canaries_);
  begun.erase(
      std::remove_if(begun.begin(), begun.end(), [](std::uint64_t ticket) { return ticket >= 1'000; }),
      begun.end());
  return begun;
}

Completion TransportConformance::end_one() {
  world_->end_oldest();
  auto completions = world_->collect(1);
  EXPECT_THAT(completions, SizeIs(1));
  return completions.empty() ? Completion{} : std::move(completions.front());
}

TEST_P(TransportConformance, WithoutAGateEverythingIsBegun) {
  submit({1, 2, 3});
  EXPECT_THAT(world_->begun(3), SizeIs(3));
}

TEST_P(TransportConformance, NoMoreAreUnderWayThanThereArePermits) {
  set_gate({.permits = 2});
  submit({1, 2, 3, 4});
  EXPECT_THAT(begun_in_the_end(2), testing::UnorderedElementsAre(1, 2));
}

TEST_P(TransportConformance, AWaitingRequestIsBegunAsAnotherIsTakenInWithoutACall) {
  set_gate({.permits = 1, .stops_at_failure = true});
  submit({1, 2, 3});
  for (std::size_t begun = 1; begun < 3; ++begun) {
    EXPECT_THAT(world_->begun(begun), SizeIs(begun));
    world_->end_oldest();
  }
  EXPECT_THAT(world_->begun(3), ElementsAre(1, 2, 3)) << "in order, though nothing was collected";
}

TEST_P(TransportConformance, MorePermitsBeginThoseThatWait) {
  set_gate({.permits = 1});
  submit({1, 2, 3});
  EXPECT_THAT(begun_in_the_end(1), ElementsAre(1));
  set_gate({.permits = 2});
  EXPECT_THAT(begun_in_the_end(2), ElementsAre(1, 2));
}

TEST_P(TransportConformance, FewerPermitsBeginNoneUntilEnoughHaveEnded) {
  set_gate({.permits = 2});
  submit({1, 2, 3});
  EXPECT_THAT(world_->begun(2), SizeIs(2));
  set_gate({.permits = 1});
  end_one();
  EXPECT_THAT(begun_in_the_end(2), SizeIs(2));
}

TEST_P(TransportConformance, AShutGateBeginsNothingAndReturnsNothing) {
  set_gate({.permits = 0});
  submit({1, 2});
  EXPECT_THAT(begun_in_the_end(0), IsEmpty());
  set_gate({.permits = 5});
  EXPECT_THAT(world_->begun(3), SizeIs(3)) << "with the canary";
}

TEST_P(TransportConformance, GatesAreOneForEachFlow) {
  set_gate({.permits = 0});
  submit({1, 2});
  submit({11, 12}, kOther);
  EXPECT_THAT(begun_in_the_end(2), testing::UnorderedElementsAre(11, 12));
}

TEST_P(TransportConformance, WhatWasNotBegunComesBackInOrderWhenItsGenerationHasPassed) {
  set_gate({.permits = 1});
  submit({1, 2, 3, 4});
  submit({11}, kOther);
  EXPECT_THAT(world_->begun(2), SizeIs(2));
  set_gate({.permits = 1, .generation = 1});
  const auto returned = world_->collect(3);
  EXPECT_THAT(tickets_of(returned), ElementsAre(2, 3, 4));
  for (const Completion& each : returned) {
    EXPECT_TRUE(each.not_started);
    EXPECT_FALSE(each.failed);
    EXPECT_FALSE(each.receipt);
    EXPECT_EQ(each.url, world_->url_of(each.ticket));
  }
  const Completion first = end_one();
  EXPECT_EQ(core::describe(first.exchange), "HTTP 200") << "what was begun goes on";
  EXPECT_FALSE(first.not_started);
}

TEST_P(TransportConformance, ARequestOfAnEarlierGenerationComesBackAtOnce) {
  set_gate({.generation = 2});
  submit({1}, kFlow, 1);
  submit({2}, kFlow, 2);
  const auto returned = world_->collect(1);
  EXPECT_THAT(tickets_of(returned), ElementsAre(1));
  EXPECT_TRUE(returned[0].not_started);
  EXPECT_THAT(world_->begun(1), ElementsAre(2));
}

TEST_P(TransportConformance, AReturnedRequestCanBeSubmittedAgain) {
  set_gate({.permits = 0});
  submit({1});
  set_gate({.permits = 1, .generation = 1});
  EXPECT_THAT(world_->collect(1), SizeIs(1));
  submit({1}, kFlow, 1);
  EXPECT_THAT(world_->begun(1), ElementsAre(1));
  EXPECT_FALSE(end_one().not_started);
}

TEST_P(TransportConformance, AfterAFailureNothingIsBegunUntilItWasRead) {
  for (const Script& failure : {Script{.http_status = 503}, Script{.cut = true}}) {
    world_ = GetParam().make();
    ports::Transport& transport = world_->transport();
    canaries_ = 0;
    world_->script(2, failure);
    transport.set_gate(kFlow, {.permits = 2, .stops_at_failure = true});
    std::vector<ports::Request> requests;
    for (const std::uint64_t ticket : {1U, 2U, 3U, 4U, 5U}) requests.push_back(request(ticket));
    transport.submit(requests);
    EXPECT_THAT(world_->begun(2), SizeIs(2));
    world_->end_oldest();  // 1 or 2, whichever came first
    world_->end_oldest();
    std::vector<Completion> ended = world_->collect(2);
    const auto failed = [](const Completion& each) { return each.failed; };
    EXPECT_EQ(std::count_if(ended.begin(), ended.end(), failed), 1);
    const auto begun = world_->begun(2);
    EXPECT_LE(begun.size(), 3U) << "what succeeded before the failure may have begun one";

    // More permits, yet the failure was not read as far as the gate tells.
    transport.set_gate(kFlow, {.permits = 3, .stops_at_failure = true});
    transport.set_gate({98}, {.permits = 1});
    std::vector<ports::Request> canary{request(1'000, {98})};
    transport.submit(canary);
    // The one that a success began may arrive as late as this.
    std::vector<std::uint64_t> later = world_->begun(begun.size() + 1);
    if (std::ranges::find(later, 1'000U) == later.end()) later = world_->begun(later.size() + 1);
    EXPECT_THAT(later, AllOf(Contains(1'000U), Not(Contains(4U)), Not(Contains(5U))));

    transport.set_gate(kFlow, {.permits = 3, .stops_at_failure = true, .failures_read = 1});
    EXPECT_THAT(world_->begun(6), SizeIs(6));
  }
}

TEST_P(TransportConformance, AGateThatGoesOnBeginsTheNextAfterAFailure) {
  world_->script(1, {.http_status = 503});
  world_->script(2, {.cut = true});
  set_gate({.permits = 1, .stops_at_failure = false});
  submit({1, 2, 3});
  EXPECT_THAT(world_->begun(1), SizeIs(1));
  world_->end_oldest();
  EXPECT_THAT(world_->begun(2), SizeIs(2));
  world_->end_oldest();
  EXPECT_THAT(world_->begun(3), ElementsAre(1, 2, 3));
}

TEST_P(TransportConformance, AGateThatBeginsToStopKnowsOfFailuresBefore) {
  world_->script(1, {.http_status = 503});
  set_gate({.permits = 1, .stops_at_failure = false});
  submit({1});
  EXPECT_THAT(world_->begun(1), SizeIs(1));
  EXPECT_TRUE(end_one().failed);
  set_gate({.permits = 1, .stops_at_failure = true});
  submit({2});
  EXPECT_THAT(begun_in_the_end(1), ElementsAre(1));
  set_gate({.permits = 1, .stops_at_failure = true, .failures_read = 1});
  EXPECT_THAT(begun_in_the_end(2), ElementsAre(1, 2));
}

TEST_P(TransportConformance, OwnTroubleIsNeitherAttemptNorFailureAndNothingTakesItsPlace) {
  if (!world_->can_lack_resources()) GTEST_SKIP() << "a sanitizer needs the descriptors";
  set_gate({.permits = 1, .stops_at_failure = true});
  std::vector<ports::Request> requests;
  requests.push_back(request(1));
  requests.push_back(request(2));
  world_->lack_resources(true);
  world_->transport().submit(requests);
  const auto ended = world_->collect(1);
  world_->lack_resources(false);
  ASSERT_THAT(tickets_of(ended), ElementsAre(1));
  EXPECT_TRUE(std::holds_alternative<core::OwnTrouble>(ended[0].exchange))
      << core::describe(ended[0].exchange);
  EXPECT_TRUE(ended[0].not_started);
  EXPECT_FALSE(ended[0].failed);
  EXPECT_EQ(ended[0].url, world_->url_of(1));
  EXPECT_THAT(begun_in_the_end(0), IsEmpty());
  set_gate({.permits = 2, .stops_at_failure = true});
  EXPECT_THAT(begun_in_the_end(1), ElementsAre(2)) << "no failure has to be read";
}

TEST_P(TransportConformance, EachRequestEndsInExactlyOneCompletion) {
  constexpr std::uint64_t kRequests = 60;
  std::vector<std::uint64_t> all;
  for (std::uint64_t ticket = 1; ticket <= kRequests; ++ticket) {
    all.push_back(ticket);
    if (ticket % 3 == 0) world_->script(ticket, {.http_status = 503});
    if (ticket % 7 == 0) world_->script(ticket, {.cut = true});
  }
  set_gate({.permits = 4});
  submit(all);
  std::vector<std::uint64_t> seen;
  for (std::size_t begun = 0; begun < 20; ++begun) {
    world_->begun(begun + 1);
    world_->end_oldest();
  }
  for (const Completion& each : world_->collect(20)) seen.push_back(each.ticket);
  world_->begun(24);
  set_gate({.permits = 4, .generation = 1});
  for (const Completion& each : world_->collect(36)) seen.push_back(each.ticket);
  for (int i = 0; i < 4; ++i) world_->end_oldest();
  for (const Completion& each : world_->collect(4)) seen.push_back(each.ticket);
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, all);
  EXPECT_THAT(world_->collect(0), IsEmpty());
}

TEST_P(TransportConformance, AnAnswerThatSaysAllIsKeptUntilItIsAcknowledged) {
  submit({1});
  EXPECT_THAT(world_->begun(1), SizeIs(1));
  const Completion completion = end_one();
  EXPECT_FALSE(completion.failed);
  ASSERT_TRUE(completion.receipt);
  const auto kept = world_->shelf().kept();
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept[0].row, core::OutboxId{1});
  EXPECT_EQ(kept[0].version, 7U);
  EXPECT_EQ(kept[0].http_status, 200);
  EXPECT_EQ(kept[0].latency, completion.latency);
  EXPECT_EQ(kept[0].started_at, completion.started_at);
  transport_.acknowledge(*completion.receipt);
  EXPECT_THAT(world_->shelf().kept(), IsEmpty());
}

TEST_P(TransportConformance, WhereNoTextIsAskedForEveryAnswerThatTakesInIsKept) {
  world_->script(1, {.body = "whatever"});
  std::vector<ports::Request> requests{request(1)};
  requests[0].sentinel.clear();
  transport_.submit(requests);
  EXPECT_THAT(world_->begun(1), SizeIs(1));
  EXPECT_TRUE(end_one().receipt);
  EXPECT_THAT(world_->shelf().kept(), SizeIs(1));
}

TEST_P(TransportConformance, NoOtherAnswerIsKept) {
  world_->script(1, {.body = "a page of somebody else's"});
  world_->script(2, {.http_status = 422});
  world_->script(3, {.cut = true});
  set_gate({.permits = 1});
  submit({1, 2, 3});
  for (std::size_t begun = 1; begun <= 3; ++begun) {
    EXPECT_THAT(world_->begun(begun), SizeIs(begun));
    const Completion completion = end_one();
    EXPECT_FALSE(completion.receipt);
    EXPECT_EQ(completion.failed, begun > 1) << "a 2xx is taken in, whatever it says";
  }
  EXPECT_THAT(world_->shelf().kept(), IsEmpty());
}

TEST_P(TransportConformance, AnAnswerIsKeptBeforeItIsCollected) {
  set_gate({.permits = 1});
  submit({1, 2});
  EXPECT_THAT(world_->begun(1), SizeIs(1));
  world_->end_oldest();
  EXPECT_THAT(world_->begun(2), SizeIs(2));
  EXPECT_THAT(world_->shelf().kept(), SizeIs(1));
}

}  // namespace keitaro_outbox::transport_tests
