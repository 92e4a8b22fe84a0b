#include "web/comparison.hpp"

#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>

#include "core/text/printable.hpp"

namespace keitaro_outbox::web {

Comparison::Comparison(Compare compare, log::Log& log) : compare_(std::move(compare)), log_(log) {}

Comparison::~Comparison() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Comparison::start(int days, const Actor& actor, core::WallTime now) {
  const std::lock_guard lock(mutex_);
  if (going_on_since_) return;
  if (thread_.joinable()) thread_.join();
  log_.write(config::LogLevel::info, "page_compares",
             {{"days", std::int64_t{days}},
              {"address", std::string_view(actor.address)},
              {"user", std::string_view(actor.user)}});
  thread_ = std::thread([this, days, now] { run(days, now); });
  going_on_since_ = now;
}

void Comparison::run(int days, core::WallTime now) {
  auto compared = std::make_shared<Compared>();
  compared->at = now;
  compared->days = days;
  try {
    compared->trackers = compare_(days, now, [this] { return stop_.load(); });
  } catch (const std::exception& error) {
    compared->trouble = core::printable(error.what());
  }
  log_.write(config::LogLevel::info, "page_compared",
             {{"days", std::int64_t{days}}, {"error", std::string_view(compared->trouble)}});
  {
    const std::lock_guard lock(mutex_);
    last_ = std::move(compared);
    going_on_since_.reset();
  }
  ended_.notify_all();
}

void Comparison::wait_for(core::Millis patience) {
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, patience, [this] { return !going_on_since_; });
}

Comparison::Standing Comparison::standing() const {
  const std::lock_guard lock(mutex_);
  return {going_on_since_, last_};
}

}  // namespace keitaro_outbox::web
