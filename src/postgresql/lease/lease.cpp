#include "postgresql/lease/lease.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <exception>
#include <random>
#include <utility>

#include "postgresql/embedded_sql.hpp"
#include "process/signals_blocked.hpp"

namespace keitaro_outbox::postgresql {
namespace {

constexpr std::size_t kLanes = ports::WorkerShare::kLanes;

std::string name_by_chance() {
  std::random_device chance;
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x%08x%08x", chance(), chance(), chance(), chance());
  return text.data();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

}  // namespace

LeaseClock::time_point LeaseClock::now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return time_point(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

Lease::Lease(std::string address, const LeaseTimes& times, const Limits& limits)
    : address_(std::move(address)), times_(times), limits_(limits) {}

Lease::~Lease() {
  end_thread();
}

void Lease::acquire() {
  if (held()) return;
  end_thread();
  {
    const std::lock_guard guard(connection_mutex_);
    connect();
    if (watch_ != nullptr) watch_->start(*connection_);
    {
      const std::lock_guard inner(mutex_);
      worker_ = name_by_chance();
      ending_ = false;
    }
    taken_over_ = false;
    take(true);
    held_ = true;
  }
  const process::SignalsBlocked inherited_by_the_thread;
  thread_ = std::thread([this] { work(); });
}

bool Lease::lasts_for(core::Millis span) const noexcept {
  const std::int64_t now = Clock::now().time_since_epoch().count();
  return held_ && !taken_over_ && now + std::chrono::nanoseconds(span).count() < deadline_;
}

bool Lease::lost() const noexcept {
  return held_ && !lasts_for(core::Millis{0});
}

std::shared_ptr<const Share> Lease::share() const {
  const std::lock_guard guard(mutex_);
  return share_;
}

bool Lease::has_surplus() const {
  const std::lock_guard guard(mutex_);
  return !surplus_.empty();
}

void Lease::give_away() {
  const std::lock_guard guard(connection_mutex_);
  std::vector<std::int16_t> surplus;
  std::string worker;
  {
    const std::lock_guard inner(mutex_);
    surplus = surplus_;
    worker = worker_;
  }
  if (surplus.empty() || !connection_) return;
  ArrayParameter lanes;
  for (const std::int16_t lane : surplus) lanes.add(lane);
  connection_->run({sql::lease_give, Parameters().add(worker).add(lanes)});
  const Result left = connection_->run({sql::lease_lanes, Parameters().add(worker)});
  const std::lock_guard inner(mutex_);
  surplus_.clear();
  set_lanes(left);
}

void Lease::release() noexcept {
  end_thread();
  if (!held_.exchange(false)) return;
  deadline_ = 0;
  if (told_ != nullptr) told_->lost();
  try {
    const std::lock_guard guard(connection_mutex_);
    if (connection_ && !connection_->lost()) connection_->run({sql::lease_leave, Parameters().add(worker_)});
  } catch (const std::exception&) {
    // It runs out by itself.
  }
}

bool Lease::accept_server() {
  const std::lock_guard guard(connection_mutex_);
  connect();
  return watch_ != nullptr && watch_->accept(*connection_);
}

void Lease::connect() {
  if (connection_ && !connection_->lost()) return;
  connection_.reset();
  connection_ = std::make_unique<Connection>(address_, limits_);
}

void Lease::end_thread() noexcept {
  {
    const std::lock_guard guard(mutex_);
    ending_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

/// Renews the lease and looks after the lanes until the end, or until others have taken them over. While the
/// database cannot be reached it tries again, as the lease may still last.
void Lease::work() {
  std::unique_lock lock(mutex_);
  while (!ending_ && !taken_over_) {
    woken_.wait_for(lock, times_.look, [this] { return ending_; });
    if (ending_) return;
    lock.unlock();
    try {
      const std::lock_guard guard(connection_mutex_);
      connect();
      if (Clock::now() >= next_renewal_) renew();
      if (!taken_over_) look();
    } catch (const std::exception&) {
      // The next round tries again.
    }
    lock.lock();
  }
}

void Lease::look_now() {
  const std::lock_guard guard(connection_mutex_);
  renew();
  if (!taken_over_) look();
}

/// The deadline counts from before the question: the answer may be late.
void Lease::renew() {
  const Clock::time_point asked = Clock::now();
  if (connection_->run({sql::lease_renew, Parameters().add(worker_).add(std::int64_t{times_.lease.count()})})
          .changed() == 0) {
    be_taken_over();
    return;
  }
  renewed(asked);
}

void Lease::renewed(Clock::time_point asked) {
  deadline_ = (asked + times_.lease - times_.margin).time_since_epoch().count();
  next_renewal_ = asked + times_.renew;
  if (told_ != nullptr) {
    told_->renewed(std::chrono::steady_clock::now() -
                   std::chrono::duration_cast<core::SteadyTime::duration>(Clock::now() - asked));
  }
}

void Lease::be_taken_over() {
  taken_over_ = true;
  if (told_ != nullptr) told_->lost();
}

/// Takes what is free, and finds out what is above a fair share.
void Lease::look() {
  const std::vector<Result> answers =
      connection_->pipeline({{sql::lease_look, Parameters().add(worker_)}, ServerWatch::question()});
  const Result& seen = answers.front();
  const bool joined = seen.boolean(0, 1);
  look_at_server(answers.back(), joined);
  if (!joined) {
    be_taken_over();
    return;
  }
  if (taken_over_ || server_in_doubt_) return;
  const auto workers = static_cast<std::size_t>(std::max<std::int64_t>(seen.integer(0, 0), 1));
  const std::size_t fair = (kLanes + workers - 1) / workers;
  std::size_t mine = 0;
  {
    const std::lock_guard guard(mutex_);
    mine = lanes_.size();
  }
  if (seen.boolean(0, 2) && mine < fair && Clock::now() >= take_nothing_until_) take(false);
  const std::lock_guard guard(mutex_);
  const std::size_t above = lanes_.size() > fair ? lanes_.size() - fair : 0;
  if (surplus_.size() == above) return;
  surplus_.assign(lanes_.end() - static_cast<std::ptrdiff_t>(above), lanes_.end());
  set_share();
}

void Lease::look_at_server(const Result& answer, bool joined) {
  if (watch_ == nullptr) return;
  std::vector<std::int16_t> known;
  {
    const std::lock_guard guard(mutex_);
    known = lanes_;
  }
  watch_->look(*connection_, answer, joined ? worker_ : std::string(), known);
  if (std::exchange(server_changes_, watch_->changes()) != server_changes_)
    take_nothing_until_ = Clock::now() + times_.lease;
  // What was given and taken last may be undone: begin again, by what the database says now.
  if (std::exchange(server_in_doubt_, watch_->in_doubt()) && !server_in_doubt_) taken_over_ = true;
}

void Lease::take(bool join) {
  const Clock::time_point asked = Clock::now();
  Transaction transaction(*connection_);
  connection_->run({sql::lease_lock});
  std::vector<Statement> statements{{sql::lease_reap}};
  if (join) {
    statements.push_back(
        {sql::lease_join,
         Parameters().add(worker_).add(host_name()).add(::getpid()).add(std::int64_t{times_.lease.count()})});
  }
  statements.push_back({sql::lease_take, Parameters().add(worker_)});
  statements.push_back({sql::lease_lanes, Parameters().add(worker_)});
  const std::vector<Result> results = connection_->pipeline(statements);
  transaction.commit();
  if (join) renewed(asked);
  const std::lock_guard guard(mutex_);
  set_lanes(results.back());
}

/// With `mutex_` locked.
void Lease::set_lanes(const Result& lanes) {
  lanes_.clear();
  surplus_.clear();
  for (int row = 0; row < lanes.rows(); ++row)
    lanes_.push_back(static_cast<std::int16_t>(lanes.integer(row, 0)));
  set_share();
}

/// The same.
void Lease::set_share() {
  const std::size_t kept = lanes_.size() - surplus_.size();
  Share share{worker_, std::nullopt};
  if (kept < kLanes) share.lanes.emplace(lanes_.begin(), lanes_.begin() + static_cast<std::ptrdiff_t>(kept));
  share_ = std::make_shared<const Share>(std::move(share));
  if (told_ == nullptr) return;
  ports::WorkerShare::Lanes mine;
  for (std::size_t lane = 0; lane < kept; ++lane) mine.set(static_cast<std::size_t>(lanes_[lane]));
  told_->set_lanes(mine);
}

}  // namespace keitaro_outbox::postgresql
