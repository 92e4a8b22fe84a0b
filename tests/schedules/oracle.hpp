#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "delivery/tracker_spec.hpp"
#include "schedules/book.hpp"
#include "schedules/sim_transport.hpp"

namespace keitaro_outbox::simulation {

/// Something happened that must never happen.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct KnownTracker {
  delivery::TrackerSpec spec;
  Manners manners;
};

/// Watches the database, the requests and the answers, and knows what may follow from what. Every complaint
/// is a Violation.
class Oracle {
 public:
  Oracle(const SimClock& clock, SimDatabase& database, const SimReceiver& receiver,
         const SimTransport& transport, std::vector<KnownTracker> trackers);

  // What the others do is taken as it is.
  void others_acted();

  // What the worker does is judged.
  /// It is told of the answers that its predecessor had to those rows and did not record.
  void worker_started(const std::vector<core::OutboxId>& acked);
  void worker_killed();
  void turn_begins();
  void worker_looked() { look_ = book_; }
  void worker_committed();
  void store_failed() { store_in_trouble_ = true; }
  void store_worked() { store_in_trouble_ = false; }
  void on_request(const Arrival& arrival);
  void on_completion(const Arrival& arrival, const core::Exchange& exchange);
  void turn_ended(std::size_t rows_in_memory) const;

  /// With all faults healed and time given: nothing may be left undone.
  void everything_is_finished() const;
  bool all_known_rows_are_final() const;

  const Book& book() const { return *book_; }

 private:
  /// The last answer, or lack of one, that the worker was given for a row.
  struct Given {
    ConversionKey key;
    bool taken_in = false;
    bool refused_the_row = false;
    std::optional<core::Millis> asked_to_wait;
    core::WallTime at{};
    bool certain_outage = false;  ///< The tracker has failed so often before that the breaker must be open.
    int attempts = 0;             ///< The row's count, this one included.
    int strikes = 0;              ///< Those it had before.
    int refusals = 0;             ///< Of these, 400 and 422.
    std::int64_t due_at = 0;      ///< The row's, as it was sent.
    bool ended = false;
    bool in_conversions = false;  ///< The success has been written there.
  };
  /// The tracker as the present worker has met it.
  struct Acquaintance {
    double tokens = 0;  ///< Requests that the rate grants, as of the last one.
    int failures_in_a_row = 0;
    bool has_failed_before = false;  ///< Before those.
    std::optional<core::SteadyTime> last_request_at;
  };

  const KnownTracker* known(const std::string& tracker) const;
  int failures_that_open_the_breaker(const KnownTracker& tracker, const Acquaintance& met) const;
  void judge_order(const BookedRow& row) const;
  void judge_pace(const KnownTracker& tracker, Acquaintance& met, bool untried) const;
  void judge_rate(const KnownTracker& tracker, Acquaintance& met) const;
  void judge_row(const BookedRow& before, const BookedRow& after) const;
  void judge_answered(const BookedRow& before, const BookedRow& after) const;
  void judge_unsent_end(const BookedRow& before, const BookedRow& after) const;
  void judge_taken_in(const Book& before, const Book& after);

  const SimClock& clock_;
  const SimReceiver& receiver_;
  const SimTransport& transport_;
  std::vector<KnownTracker> trackers_;
  BookKeeper keeper_;
  std::shared_ptr<const Book> book_;  ///< As the database stands.
  std::shared_ptr<const Book> look_;  ///< As it stood when the worker last looked.

  std::map<std::int64_t, Given> given_;
  std::set<std::int64_t>
      confirmed_;  ///< Taken in, as the present worker was told, and not sent again by the operator.
  std::set<std::int64_t> acked_;  ///< Of those, the ones that an earlier worker was told of.
  std::map<std::string, Acquaintance> met_;
  core::WallTime latest_wall_{};
  bool store_in_trouble_ = false;
  bool turn_began_in_trouble_ = false;
  std::set<ConversionKey> doubtful_;  ///< An answer was lost: the tracker may know more than `conversions`.
};

}  // namespace keitaro_outbox::simulation
