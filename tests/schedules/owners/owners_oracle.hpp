#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "schedules/book.hpp"
#include "schedules/oracle.hpp"
#include "schedules/receiver.hpp"
#include "schedules/sim_clock.hpp"

namespace keitaro_outbox::simulation {

/// Watches the requests of all owners of one outbox. Every complaint is a Violation.
///
/// Of a click that the operator has touched only this is judged: that never two of its requests are in flight
/// at once, and that its rows come to an end.
class OwnersOracle {
 public:
  using Click = std::pair<std::string, std::string>;  ///< tracker, subid.

  /// `in_flight`: requests of a click that are under way, of all owners together. `has_its_share`: whether
  /// nobody has taken over from a worker.
  OwnersOracle(SimDatabase& database, const SimClock& clock, const SimReceiver& receiver,
               std::set<std::string> trackers, std::function<int(const Click&)> in_flight,
               std::function<bool(const std::string&)> has_its_share);

  /// A number that grows: for written().
  std::int64_t moment() { return ++moments_; }
  /// Rows that are there now and were not before. Their INSERT began at the `begun` moment.
  void written(std::int64_t begun);
  void touched(core::OutboxId row);

  void on_request(const Arrival& arrival);
  void on_completion(const std::string& worker, const Arrival& arrival, const core::Exchange& exchange);
  /// What it knew and did not record is lost.
  void worker_gone(const std::string& worker);

  bool all_are_final();
  /// With all faults healed and time given.
  void everything_is_finished();
  /// As the database stands.
  const Book& book();

 private:
  struct Written {
    std::int64_t begun = 0;
    std::int64_t committed = 0;
  };

  bool is_strict(const Facts& facts) const;
  void judge_order(const BookedRow& row);
  void judge_the_receivers_order() const;
  void judge_conversions() const;

  const SimClock& clock_;
  const SimReceiver& receiver_;
  std::set<std::string> trackers_;
  std::function<int(const Click&)> in_flight_;
  std::function<bool(const std::string&)> has_its_share_;
  BookKeeper keeper_;
  std::shared_ptr<const Book> book_ = std::make_shared<Book>();
  std::int64_t moments_ = 0;
  std::map<std::int64_t, Written> written_;
  std::set<Click> touched_;
  std::map<std::int64_t, std::string> confirmed_;  ///< Rows whose success a worker was told of, and which.
};

}  // namespace keitaro_outbox::simulation
