#include "log/log.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "log/log_observer.hpp"
#include "log/repeat_limit.hpp"

namespace keitaro_outbox::log {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const core::WallTime kTime = core::wall_time(1'769'850'307'042);

TEST(LogLine, TextIsAnEventAndItsFields) {
  const std::array fields{LogField{"id", std::int64_t{7}}, LogField{"subid", "abc"}, LogField{"known", false},
                          LogField{"reason", "HTTP 503"}};
  EXPECT_EQ(text_line(kTime, config::LogLevel::warn, "retry", fields),
            "2026-01-31T09:05:07.042Z warn retry id=7 subid=abc known=false reason=\"HTTP 503\"");
}

TEST(LogLine, ASubidWithANewlineForgesNoLine) {
  const std::array fields{LogField{"subid", "x\n2026-01-31T09:05:07.042Z info delivered id=1"}};
  const std::string line = text_line(kTime, config::LogLevel::info, "dead", fields);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_THAT(line, HasSubstr("dead subid=\"x\\n2026"));
}

TEST(LogLine, JsonHoldsTheValuesAsTheyWereOnOneLine) {
  const std::string subid = "q\"uote\\ and\nnewline and привет";
  const std::array fields{LogField{"id", std::int64_t{7}}, LogField{"subid", subid}, LogField{"known", true}};
  const std::string line = json_line(kTime, config::LogLevel::error, "dead", fields);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json, (nlohmann::json{{"time", "2026-01-31T09:05:07.042Z"},
                                  {"level", "error"},
                                  {"event", "dead"},
                                  {"id", 7},
                                  {"subid", subid},
                                  {"known", true}}));
}

TEST(LogLine, JsonTakesBytesThatAreNotUtf8) {
  const std::array fields{LogField{"subid", "\xff\xfe"}};
  EXPECT_NO_THROW(nlohmann::json::parse(json_line(kTime, config::LogLevel::info, "dead", fields)));
}

TEST(RepeatLimit, WritesSoManyASecondAndTellsOfTheRest) {
  RepeatLimit limit(2);
  const core::SteadyTime start{};
  EXPECT_TRUE(limit.judge("dead", start).write);
  EXPECT_TRUE(limit.judge("dead", start + 1ms).write);
  EXPECT_FALSE(limit.judge("dead", start + 2ms).write);
  EXPECT_FALSE(limit.judge("dead", start + 999ms).write);
  EXPECT_TRUE(limit.judge("refused", start + 999ms).write) << "events do not share a limit";
  const auto next = limit.judge("dead", start + 1000ms);
  EXPECT_TRUE(next.write);
  EXPECT_EQ(next.suppressed, 2);
  EXPECT_EQ(limit.judge("dead", start + 1001ms).suppressed, 0);
  EXPECT_THAT(limit.take_suppressed(), IsEmpty());
}

/// A pipe with the smallest buffer; reading begins when the test says so.
class UnreadPipe {
 public:
  UnreadPipe() {
    if (::pipe(ends_.data()) != 0) throw std::runtime_error("no pipe");
    ::fcntl(ends_[1], F_SETPIPE_SZ, 4096);
  }
  ~UnreadPipe() {
    for (const int end : ends_) ::close(end);
  }
  int write_end() const { return ends_[1]; }

  /// The next line, without its end; waits for it.
  std::string read_line() {
    while (true) {
      if (const std::size_t end = read_.find('\n', at_); end != std::string::npos) {
        const std::size_t begin = std::exchange(at_, end + 1);
        return read_.substr(begin, end - begin);
      }
      read_.erase(0, std::exchange(at_, 0));
      std::array<char, 4096> part{};
      const ssize_t count = ::read(ends_[0], part.data(), part.size());
      if (count <= 0) return {};
      read_.append(part.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  std::array<int, 2> ends_{};
  std::string read_;
  std::size_t at_ = 0;
};

TEST(LogToAPipe, NobodyReadingStopsNothingAndDroppedLinesAreCounted) {
  UnreadPipe pipe;
  constexpr std::int64_t kLines = 40'000;
  Log log = Log::to_descriptor(pipe.write_end(), config::LogLevel::info, config::LogFormat::text);
  const std::array fields{
      LogField{"reason", "long enough that all lines together are more than the queue holds"}};
  for (std::int64_t i = 0; i < kLines; ++i) log.write(config::LogLevel::info, "dead", fields);
  // More than one gap is possible, where the first was told of before the pipe was full.
  std::int64_t written = 0;
  std::int64_t dropped = 0;
  while (written + dropped < kLines) {
    std::istringstream lines(pipe.read_line());
    std::string time;
    std::string level;
    std::string event;
    std::string count;
    ASSERT_TRUE(lines >> time >> level >> event >> count);
    if (event == "dead") ++written;
    if (event == "lines_dropped") dropped += std::stoll(count.substr(count.find('=') + 1));
  }
  EXPECT_GT(written, 0);
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(written + dropped, kLines);
}

TEST(LogToAPipe, ALogThatNobodyReadsIsLeftAtItsEnd) {
  const UnreadPipe pipe;
  Log log = Log::to_descriptor(pipe.write_end(), config::LogLevel::info, config::LogFormat::text);
  for (int i = 0; i < 1000; ++i) log.write(config::LogLevel::info, "dead");
  // Its destructor returns, or this test is ended by its time-out.
}

TEST(LogToAPipe, WhatIsReadArrivesInFullAndInOrder) {
  UnreadPipe pipe;
  std::thread writer([&] {
    Log log = Log::to_descriptor(pipe.write_end(), config::LogLevel::info, config::LogFormat::text);
    for (std::int64_t i = 0; i < 500; ++i) log.write(config::LogLevel::info, "row", {{"id", i}});
  });
  for (int i = 0; i < 500; ++i) EXPECT_THAT(pipe.read_line(), EndsWith(" row id=" + std::to_string(i)));
  writer.join();
}

class LogObserverTest : public testing::Test {
 protected:
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    std::istringstream text(out_.str());
    for (std::string line; std::getline(text, line);) out.push_back(line);
    return out;
  }

  static ports::RowEvent row(int attempts = 1) {
    return {.id = {7},
            .tracker = "default",
            .subid = "abc",
            .sent_as = core::Status::sale,
            .attempts = attempts,
            .http_status = 503,
            .latency = 12ms,
            .reason = "HTTP 503"};
  }

  std::ostringstream out_;
  core::SteadyTime now_{};
  LogObserver::Now clock_ = [this] { return now_; };
};

TEST_F(LogObserverTest, ARetryIsInfoAtFirstAndAWarningLater) {
  Log log = Log::to_stream(out_, config::LogLevel::debug, config::LogFormat::text);
  LogObserver observer(log, clock_);
  observer.on_retry(row(1), core::wall_time(5000));
  observer.on_retry(row(3), core::wall_time(5000));
  EXPECT_THAT(
      lines(),
      ElementsAre(AllOf(HasSubstr(" info retry id=7 tracker=default subid=abc sent_as=sale attempts=1 "
                                  "http_status=503 latency_ms=12 retry_at_ms=5000 reason=\"HTTP 503\"")),
                  HasSubstr(" warn retry ")));
}

TEST_F(LogObserverTest, DeliveriesAreForDebuggingUnlessTheyAreMarked) {
  Log log = Log::to_stream(out_, config::LogLevel::info, config::LogFormat::text);
  LogObserver observer(log, clock_);
  ports::RowEvent plain = row();
  plain.reason = "";
  observer.on_delivered(plain);
  EXPECT_THAT(lines(), IsEmpty());
  ports::RowEvent marked = row();
  marked.reason = "the answer lacked OK";
  observer.on_delivered(marked);
  EXPECT_THAT(lines(), ElementsAre(HasSubstr(" info delivered ")));
}

TEST_F(LogObserverTest, AnOutageFillsTheLogWithTenLinesASecondAndANumber) {
  Log log = Log::to_stream(out_, config::LogLevel::info, config::LogFormat::text);
  LogObserver observer(log, clock_);
  for (int i = 0; i < 1000; ++i) observer.on_dead(row());
  EXPECT_THAT(lines(), SizeIs(10));
  now_ += 1s;
  observer.on_dead(row());
  EXPECT_THAT(lines(), SizeIs(11));
  EXPECT_THAT(lines().back(), EndsWith(" suppressed=990"));
}

TEST_F(LogObserverTest, LinesLeftOutAreToldOfAtTheEnd) {
  Log log = Log::to_stream(out_, config::LogLevel::info, config::LogFormat::text);
  {
    LogObserver observer(log, clock_);
    for (int i = 0; i < 12; ++i) observer.on_dead(row());
  }
  EXPECT_THAT(lines().back(), HasSubstr(" info lines_left_out of=dead suppressed=2"));
}

TEST_F(LogObserverTest, WhoAsksForDebugLinesSeesEachRow) {
  Log log = Log::to_stream(out_, config::LogLevel::debug, config::LogFormat::text);
  LogObserver observer(log, clock_);
  ports::RowEvent plain = row();
  plain.reason = "";
  for (int i = 0; i < 100; ++i) observer.on_delivered(plain);
  EXPECT_THAT(lines(), SizeIs(100));
}

TEST_F(LogObserverTest, AnOpenBreakerIsAWarningAndStoreTroubleAnError) {
  Log log = Log::to_stream(out_, config::LogLevel::warn, config::LogFormat::text);
  LogObserver observer(log, clock_);
  observer.on_breaker("default", core::CircuitBreaker::Phase::open, "6 failures in a row");
  observer.on_breaker("default", core::CircuitBreaker::Phase::closed, "");
  observer.on_unknown_tracker("partner");
  observer.on_store_trouble("the disk is full", 250ms);
  EXPECT_THAT(lines(),
              ElementsAre(HasSubstr(" warn breaker tracker=default phase=open reason="),
                          HasSubstr(" warn unknown_tracker tracker=partner"),
                          HasSubstr(" error store_trouble error=\"the disk is full\" next_try_in_ms=250")));
}

TEST_F(LogObserverTest, StoreTroubleIsToldWhenItStartsAndWhenItEnds) {
  Log log = Log::to_stream(out_, config::LogLevel::info, config::LogFormat::text);
  LogObserver observer(log, clock_);
  for (int i = 0; i < 3; ++i) {
    observer.on_store_trouble("the disk is full", 250ms);
    now_ += 2s;
  }
  observer.on_store_trouble("the file is locked", 5s);
  observer.on_store_trouble("the disk is full", 5s);
  observer.on_store_recovered();
  observer.on_store_trouble("the disk is full", 50ms);
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("store_trouble error=\"the disk is full\" next_try_in_ms=250"),
                                   HasSubstr("store_trouble error=\"the file is locked\""),
                                   HasSubstr("store_recovered after_ms=6000"),
                                   HasSubstr("store_trouble error=\"the disk is full\" next_try_in_ms=50")));
}

}  // namespace
}  // namespace keitaro_outbox::log
