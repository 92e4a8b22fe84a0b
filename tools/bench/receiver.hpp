#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace keitaro_outbox::bench {

/// A part of the requests, and what they take.
struct LatencyShare {
  double share = 0;
  std::chrono::microseconds latency{0};
};

struct ReceiverOptions {
  std::chrono::microseconds latency{0};  ///< Between a request and its answer.
  /// What each request takes of its only hand: those that come meanwhile wait in a line at its door. 0 for
  /// none.
  std::chrono::microseconds each{0};
  double capacity = 0;           ///< Requests a second that it takes in; 0 is no limit.
  int beyond_capacity = 429;     ///< The status of the answer to those beyond it.
  double failing = 0;            ///< Share of requests that are answered 503, by chance, whatever they ask.
  bool failing_in_turn = false;  ///< Every second one is, strictly.
  std::vector<LatencyShare> latencies{};  ///< By chance one of these, in place of `latency`.
  bool keep_log = false;                  ///< Remember the subid of each request that was taken in.
};

/// A tracker that answers as fast as one thread can: `200`, body `OK`, whatever is asked. HTTP/1.1 on the
/// loopback interface, connections kept, requests may be pipelined. All calls from any thread.
class Receiver {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kSlot{100};  ///< The grain of arrivals().

  /// Listens, on a port that the system picks. Throws std::system_error.
  explicit Receiver(const ReceiverOptions& options = {});
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  std::string url() const;  ///< `http://127.0.0.1:PORT/bench/postback`

  /// From the next request on: as ReceiverOptions has them.
  void set_failing(double share) { failing_ = share; }
  void set_capacity(double per_second) { capacity_ = per_second; }

  /// Closes every connection and refuses new ones, until come_back(). Both return when it is done.
  void go_down();
  void come_back();

  std::uint64_t requests() const { return requests_; }  ///< All that came.
  std::uint64_t taken_in() const { return taken_in_; }  ///< Those answered, or to be answered, with 200.
  std::uint64_t in_flight() const { return in_flight_now_; }  ///< Requests that wait for an answer.
  std::uint64_t most_in_flight() const {
    return most_in_flight_;
  }  ///< Requests that waited for an answer at once.
  /// The longest that a request has waited for its answer, `latency` apart, since forget_waits().
  std::chrono::microseconds longest_wait() const { return std::chrono::microseconds{longest_wait_}; }
  void forget_waits() { longest_wait_ = 0; }
  double cpu_seconds() const;                                           ///< Of its thread.
  std::uint64_t connections() const { return connections_; }            ///< Open now.
  std::uint64_t most_connections() const { return most_connections_; }  ///< Open at once.
  Clock::time_point last_arrival() const { return Clock::time_point(Clock::duration(last_arrival_)); }

  /// Requests in each slot of time since the start, up to and without the current one. The first hour only.
  std::vector<std::uint32_t> arrivals() const;
  std::size_t slot_now() const;

  /// Hashes of the subids taken in, in order.
  std::vector<std::uint64_t> log() const;
  static std::uint64_t hash(std::string_view subid);

 private:
  class Loop;
  enum class State : std::uint8_t { up, down, ended };
  void change_to(State state);

  static constexpr std::size_t kSlots = 36'000;

  const Clock::time_point started_ = Clock::now();
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> taken_in_{0};
  std::atomic<std::uint64_t> most_in_flight_{0};
  std::atomic<std::uint64_t> in_flight_now_{0};
  std::atomic<double> failing_{0};
  std::atomic<double> capacity_{0};
  std::atomic<std::uint64_t> connections_{0};
  std::atomic<std::uint64_t> most_connections_{0};
  std::atomic<Clock::rep> last_arrival_{0};
  std::atomic<std::int64_t> longest_wait_{0};
  std::vector<std::atomic<std::uint32_t>> slots_ = std::vector<std::atomic<std::uint32_t>>(kSlots);
  std::atomic<State> wanted_{State::up};
  std::atomic<State> state_{State::up};
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace keitaro_outbox::bench
