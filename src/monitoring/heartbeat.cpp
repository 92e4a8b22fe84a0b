#include "monitoring/heartbeat.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "http/client/ping.hpp"

namespace keitaro_outbox::monitoring {
namespace {

using namespace std::chrono_literals;

constexpr core::Millis kLongestRequest = 10s;
constexpr auto kToldAgainAfter = 10min;

/// While something is wrong: to tell as soon as it is over.
constexpr core::Millis kLookAgain = 1s;

}  // namespace

Heartbeat::Heartbeat(Options options) : options_(std::move(options)), thread_([this] { run(); }) {}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Heartbeat::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const bool well = options_.all_is_well();
    if (well) {
      lock.unlock();
      beat();
      lock.lock();
    }
    const core::Millis pause = well ? options_.interval : std::min(options_.interval, kLookAgain);
    wake_.wait_for(lock, pause, [this] { return stop_.load(); });
  }
}

void Heartbeat::beat() {
  std::string failure;
  try {
    failure = http::ping(options_.url, std::min(options_.interval, kLongestRequest), stop_);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (stop_) return;
  if (failure.empty()) {
    if (std::exchange(failures_, 0) > 0) options_.on_recovery();
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (++failures_ > 1 && now - told_at_ < kToldAgainAfter) return;
  told_at_ = now;
  options_.on_failure(failure, failures_);
}

}  // namespace keitaro_outbox::monitoring
