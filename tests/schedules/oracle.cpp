#include "schedules/oracle.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace keitaro_outbox::simulation {
namespace {

std::string name_of_row(const Facts& row) {
  return "row " + std::to_string(row.id) + " (" + row.tracker + " " + row.subid + " " + row.status + ")";
}

[[noreturn]] void complain(const Facts& row, const std::string& of) {
  throw Violation(name_of_row(row) + " " + of);
}

void demand(bool holds, const Facts& row, const std::string& otherwise) {
  if (!holds) complain(row, otherwise);
}

bool is_final(const Standing& standing) {
  return standing.state != "pending";
}

ConversionKey key_of(const Arrival& arrival) {
  return {arrival.tracker, arrival.param("subid"), arrival.param("tid")};
}

std::int64_t millis_of(core::WallTime time) {
  return time.time_since_epoch().count();
}

}  // namespace

Oracle::Oracle(const SimClock& clock, SimDatabase& database, const SimReceiver& receiver,
               const SimTransport& transport, std::vector<KnownTracker> trackers)
    : clock_(clock),
      receiver_(receiver),
      transport_(transport),
      trackers_(std::move(trackers)),
      keeper_(database),
      book_(std::make_shared<Book>()),
      look_(book_) {}

void Oracle::others_acted() {
  auto now = keeper_.read(*book_);
  for (const auto& [id, row] : now->rows) {
    const auto before = book_->rows.find(id);
    const bool was_final = before != book_->rows.end() && is_final(before->second.standing);
    if (was_final && !is_final(row.standing)) confirmed_.erase(id);
    // A row that others have changed is another try: an answer to the one before tells nothing of it.
    const bool changed = before == book_->rows.end() || !(before->second.standing == row.standing);
    if (changed && acked_.erase(id) > 0) confirmed_.erase(id);
  }
  book_ = std::move(now);
}

void Oracle::worker_started(const std::vector<core::OutboxId>& acked) {
  const auto before = std::exchange(given_, {});
  confirmed_.clear();
  acked_.clear();
  for (const core::OutboxId id : acked) {
    const auto given = before.find(id.value);
    if (given == before.end()) continue;
    Given& kept = given_[id.value] = given->second;
    kept.ended = kept.taken_in = true;
    const auto row = book_->rows.find(id.value);
    const bool as_it_was_sent = row != book_->rows.end() && row->second.standing.state == "pending" &&
                                row->second.standing.due_at == kept.due_at &&
                                row->second.standing.attempts + 1 == kept.attempts;
    if (!as_it_was_sent) continue;
    confirmed_.insert(id.value);
    acked_.insert(id.value);
  }
  met_.clear();
  store_in_trouble_ = false;
  latest_wall_ = clock_.wall();
}

/// Whatever was in flight, or known to the worker and not written down, is in doubt.
void Oracle::worker_killed() {
  for (const auto& [id, given] : given_) {
    if (!given.ended || (given.taken_in && !given.in_conversions)) doubtful_.insert(given.key);
  }
}

void Oracle::turn_begins() {
  turn_began_in_trouble_ = store_in_trouble_;
  latest_wall_ = std::max(latest_wall_, clock_.wall());
}

const KnownTracker* Oracle::known(const std::string& tracker) const {
  const auto found = std::find_if(trackers_.begin(), trackers_.end(), [&](const KnownTracker& due_row) {
    return due_row.spec.rules.name == tracker;
  });
  return found == trackers_.end() ? nullptr : &*found;
}

// --- requests and answers

void Oracle::on_request(const Arrival& arrival) {
  const auto found = look_->rows.find(arrival.row.value);
  if (found == look_->rows.end()) throw Violation("a request for a row that was not in the database");
  const BookedRow& row = found->second;
  const Facts& facts = *row.facts;
  const KnownTracker* tracker = known(facts.tracker);
  demand(tracker != nullptr && arrival.tracker == facts.tracker, facts, "went to another tracker");

  demand(!is_final(row.standing), facts, "was sent though it was " + row.standing.state);
  demand(row.standing.due_at <= millis_of(latest_wall_), facts, "was sent before it was due");
  judge_order(row);
  demand(!confirmed_.contains(facts.id), facts, "was sent again after its success was known");
  const TakenIn* last = look_->last_taken_in(facts);
  demand(expected_of(facts, last, tracker->manners) == Expected::send, facts,
         "was sent after " + (last != nullptr ? last->status : "nothing") + ", against the rules");
  demand(arrival.params == expected_query(facts, tracker->manners), facts, "was sent in other words");

  demand(!turn_began_in_trouble_, facts, "was sent while the store was in trouble");
  Acquaintance& met = met_[facts.tracker];
  judge_pace(*tracker, met, row.standing.attempts == 0);
  met.last_request_at = clock_.steady();
  Given& given = given_[facts.id] = {};
  given.key = key_of(arrival);
  given.attempts = row.standing.attempts + 1;
  given.strikes = row.standing.strikes;
  given.refusals = row.standing.refusals;
  given.due_at = row.standing.due_at;
}

void Oracle::judge_order(const BookedRow& row) const {
  const Facts& facts = *row.facts;
  demand(transport_.in_flight_of_click(facts.tracker, facts.subid) == 0, facts,
         "was sent beside another row of its click");
  for (const auto& [id, other] : look_->rows) {
    if (id >= facts.id) break;
    const bool same_click = other.facts->tracker == facts.tracker && other.facts->subid == facts.subid;
    demand(!same_click || is_final(other.standing), facts, "was sent before " + name_of_row(*other.facts));
  }
}

/// Of a tracker that has failed before nobody knows here how long a streak is no chance.
int Oracle::failures_that_open_the_breaker(const KnownTracker& tracker, const Acquaintance& met) const {
  const int streak =
      met.has_failed_before ? core::CircuitBreaker::kLongestStreak : core::CircuitBreaker::kShortestStreak;
  return streak + core::CircuitBreaker::kTried + tracker.spec.concurrency;
}

void Oracle::judge_pace(const KnownTracker& tracker, Acquaintance& met, bool untried) const {
  const std::string& name = tracker.spec.rules.name;
  const int in_flight = transport_.in_flight(name);
  if (in_flight >= tracker.spec.concurrency)
    throw Violation(name + " was sent more at a time than it allows");

  // A row that was never tried may go at once, where only a few others have failed.
  if (!untried && met.failures_in_a_row >= failures_that_open_the_breaker(tracker, met)) {
    const core::CircuitBreakerPolicy usual;
    const auto since = clock_.steady() - *met.last_request_at;
    if (in_flight > 0 && since < usual.max_pause)
      throw Violation(name + " was sent more than a probe while its breaker was open");
    if (since < usual.first_pause * 3 / 4)
      throw Violation(name + " was sent a request while its breaker was open");
  }
  judge_rate(tracker, met);
}

/// A bucket of tokens that holds what 20 ms earn, one at least.
void Oracle::judge_rate(const KnownTracker& tracker, Acquaintance& met) const {
  const double rate = tracker.spec.rate;
  if (rate == 0) return;
  const double most = std::max(1.0, rate * 0.02);
  const double seconds = met.last_request_at
                             ? std::chrono::duration<double>(clock_.steady() - *met.last_request_at).count()
                             : 1e9;
  met.tokens = std::min(most, met.tokens + rate * seconds);
  if (met.tokens < 0.999) throw Violation(tracker.spec.rules.name + " was sent more a second than its rate");
  met.tokens -= 1;
}

void Oracle::on_completion(const Arrival& arrival, const core::Exchange& exchange) {
  Given& given = given_[arrival.row.value];
  Acquaintance& met = met_[arrival.tracker];
  given.ended = true;
  given.at = clock_.wall();
  given.certain_outage =
      met.failures_in_a_row >= failures_that_open_the_breaker(*known(arrival.tracker), met);
  if (const auto* answer = std::get_if<core::Answer>(&exchange)) {
    const int code = answer->http_status;
    given.taken_in = code >= 200 && code < 300;
    given.refused_the_row = code == 400 || code == 422;
    if (answer->retry_after) given.asked_to_wait = std::chrono::seconds{std::stoi(*answer->retry_after)};
  } else {
    doubtful_.insert(key_of(arrival));
  }
  if (given.taken_in && met.failures_in_a_row > 0) met.has_failed_before = true;
  met.failures_in_a_row = given.taken_in ? 0 : met.failures_in_a_row + 1;
  if (given.taken_in) confirmed_.insert(arrival.row.value);
}

// --- what the worker has written

void Oracle::worker_committed() {
  if (!keeper_.worker_has_committed()) return;
  const auto before = book_;
  const auto after = keeper_.read(*before);
  if (after->rows.size() != before->rows.size()) throw Violation("the worker has deleted or inserted rows");
  for (auto was = before->rows.begin(), is = after->rows.begin(); was != before->rows.end(); ++was, ++is) {
    if (was->first != is->first) throw Violation("the worker has deleted a row");
    if (!(was->second.standing == is->second.standing)) judge_row(was->second, is->second);
  }
  if (before->taken_in != after->taken_in) judge_taken_in(*before, *after);
  book_ = after;
}

void Oracle::judge_row(const BookedRow& before, const BookedRow& after) const {
  const Facts& facts = *after.facts;
  const Standing& was = before.standing;
  const Standing& is = after.standing;

  if (is_final(was)) {
    demand(is.state == was.state, facts, "changed from " + was.state + " to " + is.state + " by itself");
    demand(is.attempts > was.attempts, facts, "was touched though it was " + was.state);
  }
  demand(is.strikes <= is.attempts, facts, "has more strikes than attempts");
  if (is.attempts != was.attempts) return judge_answered(before, after);

  demand(is.strikes == was.strikes, facts, "was given a strike without an attempt");
  // Earlier it may be: the clock was set back, and what was put off by it is brought back.
  demand(is.due_at <= was.due_at, facts, "was put off without an attempt");
  if (is_final(is)) judge_unsent_end(before, after);
}

void Oracle::judge_answered(const BookedRow& before, const BookedRow& after) const {
  const Facts& facts = *after.facts;
  const Standing& was = before.standing;
  const Standing& is = after.standing;
  const auto found = given_.find(facts.id);
  demand(found != given_.end() && is.attempts == found->second.attempts, facts,
         "counts an attempt that was not made");
  if (is_final(was)) return;
  const Given& given = found->second;
  const core::RetryPolicy& retry = known(facts.tracker)->spec.retry;

  if (given.taken_in) {
    demand(is.state == "delivered", facts, "was taken in and is " + is.state);
    demand(receiver_.times_taken_in({facts.id}) > 0, facts,
           "is delivered, yet the tracker knows nothing of it");
    return;
  }
  demand(!is.reason.empty(), facts, "failed without a reason");
  const bool strike = is.strikes != given.strikes;
  demand(!strike || is.strikes == given.strikes + 1, facts, "got more than one strike");
  demand(!strike || !given.certain_outage, facts, "got a strike in an outage");
  const bool refusal = strike && given.refused_the_row;
  const bool used_up =
      is.strikes >= retry.max_attempts || (refusal && is.refusals >= std::min(3, retry.max_attempts));
  if (is.state == "dead") return demand(used_up, facts, "died too early");
  demand(is.state == "pending", facts, "failed and is " + is.state);
  demand(is.refusals == given.refusals + (refusal ? 1 : 0), facts, "has a wrong number of refusals");
  demand(!used_up || !strike, facts, "was tried too often");

  const core::Millis delay{is.due_at - millis_of(given.at)};
  const core::Millis asked = given.asked_to_wait.value_or(core::Millis{0});
  demand(delay >= std::max(core::Millis{1}, asked), facts, "comes back too soon");
  demand(delay <= std::max(retry.max_delay, asked), facts, "comes back too late");
}

void Oracle::judge_unsent_end(const BookedRow& before, const BookedRow& after) const {
  const Facts& facts = *after.facts;
  const Standing& is = after.standing;
  const KnownTracker* tracker = known(facts.tracker);
  demand(tracker != nullptr, facts, "ended though nobody knows its tracker");
  demand(!is.reason.empty(), facts, "ended without a reason");
  const Expected expected = expected_of(*before.facts, book_->last_taken_in(facts), tracker->manners);
  const bool right = (is.state == "duplicate" && expected == Expected::duplicate) ||
                     (is.state == "refused" && expected == Expected::refused);
  demand(right, facts, "ended " + is.state + " without a request, against the rules");
}

void Oracle::judge_taken_in(const Book& before, const Book& after) {
  for (const auto& [key, was] : before.taken_in) {
    if (!after.taken_in.contains(key))
      throw Violation("the worker has forgotten what " + std::get<1>(key) + " is");
  }
  for (const auto& [key, is] : after.taken_in) {
    const auto was = before.taken_in.find(key);
    const TakenIn* last = was == before.taken_in.end() ? nullptr : &was->second;
    if (last != nullptr && *last == is) continue;
    const auto given = given_.find(is.outbox_id);
    if (given == given_.end() || !given->second.taken_in) {
      throw Violation("conversions tells of row " + std::to_string(is.outbox_id) +
                      ", which was not taken in");
    }
    const auto row = after.rows.find(is.outbox_id);
    if (row == after.rows.end()) continue;  // Deleted by the operator meanwhile.
    const Facts& facts = *row->second.facts;
    demand(is == expected_taken_in(facts, last, known(facts.tracker)->manners), facts,
           "stands in conversions with other words");
  }
}

// --- at the end

void Oracle::turn_ended(std::size_t rows_in_memory) const {
  std::size_t most = 0;
  for (const KnownTracker& tracker : trackers_)
    most += static_cast<std::size_t>(tracker.spec.concurrency) * 12 + 130;
  if (rows_in_memory > most)
    throw Violation("the worker holds " + std::to_string(rows_in_memory) + " rows in memory");
}

bool Oracle::all_known_rows_are_final() const {
  return std::all_of(book_->rows.begin(), book_->rows.end(), [&](const auto& entry) {
    return is_final(entry.second.standing) || known(entry.second.facts->tracker) == nullptr;
  });
}

void Oracle::everything_is_finished() const {
  for (const auto& [id, row] : book_->rows) {
    const Facts& facts = *row.facts;
    if (known(facts.tracker) != nullptr) {
      demand(is_final(row.standing), facts, "is still pending: " + row.standing.reason);
      if (row.standing.state == "delivered") {
        demand(receiver_.times_taken_in({id}) > 0, facts,
               "is delivered, yet the tracker knows nothing of it");
      }
    } else if (!is_final(row.standing)) {
      demand(row.standing.reason.find(facts.tracker) != std::string::npos, facts,
             "does not say what tracker is missing");
    }
  }
  std::map<ConversionKey, std::string> last_status;
  for (const Arrival& arrival : receiver_.taken_in()) {
    const std::string status = arrival.param("status");
    last_status[key_of(arrival)] = keitaro_status(status);
  }
  for (const auto& [key, status] : last_status) {
    if (doubtful_.contains(key)) continue;
    const auto ours = book_->taken_in.find(key);
    if (ours == book_->taken_in.end() || ours->second.status != status) {
      const auto& [tracker, subid, tid] = key;
      throw Violation("conversions and the tracker differ about " + tracker + " " + subid + " " + tid +
                      ": the tracker has " + status);
    }
  }
}

}  // namespace keitaro_outbox::simulation
