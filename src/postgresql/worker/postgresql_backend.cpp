#include "postgresql/worker/postgresql_backend.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>

#include "core/text/database_name.hpp"
#include "postgresql/admin/pruner.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using namespace std::chrono_literals;

/// A server that is away is asked for again so often.
constexpr core::Millis kTryAgain = 500ms;

}  // namespace

/// By a new name, whatever came before. A server that is away is waited for.
bool LeaseLeadership::try_acquire() {
  if (lease_.held() && !lease_.taken_over()) return true;
  lease_.release();
  try {
    lease_.acquire();
    was_held_ = true;
    return true;
  } catch (const ConnectionLost&) {
    return false;
  } catch (const ports::StoreError& error) {
    // A worker that has run waits for a server that takes writes: a standby becomes one.
    if (was_held_ && error.kind() == ports::StoreError::Kind::read_only) return false;
    throw;
  }
}

bool LeaseLeadership::acquire_within(core::Millis limit, int stop_fd) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (true) {
    if (try_acquire()) return true;
    const auto left = std::chrono::ceil<core::Millis>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd stop{stop_fd, POLLIN, 0};
    if (::poll(&stop, 1, static_cast<int>(std::min(left, kTryAgain).count())) > 0) return false;
  }
}

PostgresqlBackend::PostgresqlBackend(const std::string& address, BackendOptions options)
    : address_(address),
      options_(std::move(options)),
      watch_(core::shown_database(address)),
      store_(address),
      lease_(address),
      leadership_(lease_) {
  store_.require_transactions();
  lease_.set_watch(watch_);
  store_.set_watch(watch_);
  store_.count_in(options_.share);
  lease_.tell(options_.share);
  if (options_.listens) store_.take_hints_from([this] { return signal_.take_ring(); });
  store_.set_share([this] { return lease_.share(); });
  store_.on_next_look([this](core::SteadyTime at) { signal_.set(at); });
}

/// Others have the lanes when nothing of this worker touches the database any more.
PostgresqlBackend::~PostgresqlBackend() {
  store_.rollback();
  lease_.release();
}

void PostgresqlBackend::start_upkeep(const ports::TimingListener&) {
  upkeep_runs_ = true;
  if (!options_.listens || listener_) return;
  listener_.emplace(address_, CommitListener::Options{.on_commit = [this] { signal_.ring(); },
                                                      .on_change =
                                                          [this](const std::string& why_not) {
                                                            if (options_.on_listening)
                                                              options_.on_listening(why_not);
                                                          }});
}

void PostgresqlBackend::stop_upkeep() noexcept {
  listener_.reset();
  upkeep_runs_ = false;
}

std::unique_ptr<ports::Pruner> PostgresqlBackend::pruner(const ports::PruningOptions& options) {
  return std::make_unique<Pruner>(address_, options);
}

}  // namespace keitaro_outbox::postgresql
