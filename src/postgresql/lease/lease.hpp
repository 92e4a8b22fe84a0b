#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/text/time.hpp"
#include "ports/leadership.hpp"
#include "postgresql/base/connection.hpp"
#include "postgresql/lease/lease_clock.hpp"
#include "postgresql/lease/server_watch.hpp"
#include "postgresql/store/share.hpp"

namespace keitaro_outbox::postgresql {

/// How long leases last. tests/model/lanes.pml shows why each of them is needed.
struct LeaseTimes {
  core::Millis lease{20'000};  ///< By the database's clock, from the renewal on.
  core::Millis renew{5'000};   ///< Between two renewals.
  core::Millis look{1'000};    ///< Between two looks at who else is there.
  /// What a worker's clock may be slow by in the time of a lease.
  core::Millis margin{1'000};
};

/// How long a request may take for a lease always to have that much left when it begins, between two
/// renewals.
constexpr core::Millis longest_request(const LeaseTimes& times = {}) {
  return times.lease - times.margin - times.renew - 2 * times.look;
}

/// For the connection that leases are renewed by: what takes longer is of no use.
inline constexpr Limits kLeaseLimits{.connecting = core::Millis{3'000},
                                     .answer = core::Millis{5'000},
                                     .statement = core::Millis{4'000},
                                     .lock = core::Millis{3'000},
                                     .idle_in_transaction = core::Millis{4'000}};

/// A worker's share of the lanes: a row in `outbox_workers`, renewed by a thread and connection of its own,
/// and the lanes that name it. Each worker takes what nobody has up to a fair share, and gives away what it
/// has above that.
class Lease {
 public:
  explicit Lease(std::string address, const LeaseTimes& times = {}, const Limits& limits = kLeaseLimits);
  /// Without release() it ends as by a crash: others wait until the lease has run out.
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  /// To be called before acquire(): tells it of the server that the lease is on. It must outlive this.
  void set_watch(ServerWatch& watch) { watch_ = &watch; }
  /// Goes on with a server that is in doubt; gives whether it was. Throws StoreError.
  bool accept_server();
  /// Tells there what it has; it must outlive this. Before acquire().
  void tell(ports::WorkerShare* share) { told_ = share; }

  /// Joins the workers by a name that was never used, takes what is free, and begins to renew. Throws
  /// StoreError.
  void acquire();
  bool held() const noexcept { return held_.load(); }

  /// Whether what is begun now and takes `span` ends while the lease lasts. From any thread.
  bool lasts_for(core::Millis span) const noexcept;
  /// Whether the lease has run out. It may be renewed yet, unless it is taken over.
  bool lost() const noexcept;

  /// Whether others have the lanes.
  bool taken_over() const noexcept { return taken_over_; }

  /// The lanes to deliver from, those to be given away left out. From any thread.
  std::shared_ptr<const Share> share() const;

  /// Whether lanes wait to be given away, which they are by give_away() once nothing of theirs is under way.
  bool has_surplus() const;
  void give_away();

  /// Gives everything back at once, if the database can be reached.
  void release() noexcept;

  /// A look and a renewal now, for tests.
  void look_now();

 private:
  using Clock = LeaseClock;

  void connect();
  void work();
  void look_at_server(const Result& answer, bool joined);
  void renew();
  void look();
  void take(bool join);
  void set_lanes(const Result& lanes);
  void set_share();
  void renewed(Clock::time_point asked);
  void be_taken_over();
  void end_thread() noexcept;

  const std::string address_;
  const LeaseTimes times_;
  const Limits limits_;
  ports::WorkerShare* told_ = nullptr;

  std::mutex connection_mutex_;  ///< Guards what stands below, and is locked before `mutex_`.
  std::unique_ptr<Connection> connection_;
  Clock::time_point next_renewal_{};
  ServerWatch* watch_ = nullptr;
  int server_changes_ = 0;
  bool server_in_doubt_ = false;
  /// After a change of the server: who has not noticed it yet may send, until its lease has run out.
  Clock::time_point take_nothing_until_{};

  mutable std::mutex mutex_;  ///< Guards what stands below.
  std::condition_variable woken_;
  bool ending_ = false;
  std::string worker_;
  std::vector<std::int16_t> lanes_;    ///< All of them, in order.
  std::vector<std::int16_t> surplus_;  ///< Of these, what is to be given away.
  std::shared_ptr<const Share> share_ = std::make_shared<const Share>();

  std::atomic<bool> held_{false};
  std::atomic<bool> taken_over_{false};
  std::atomic<std::int64_t> deadline_{0};  ///< Of LeaseClock, in nanoseconds.
  std::thread thread_;
};

}  // namespace keitaro_outbox::postgresql
