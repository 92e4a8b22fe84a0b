#include "schedules/owners/owners_oracle.hpp"

#include <algorithm>
#include <variant>

namespace keitaro_outbox::simulation {
namespace {

bool is_final(const BookedRow& row) {
  return row.standing.state != "pending";
}

std::string name_of_row(const Facts& row) {
  return "row " + std::to_string(row.id) + " (" + row.tracker + " " + row.subid + " " + row.status + ")";
}

void demand(bool holds, const Facts& row, const std::string& otherwise) {
  if (!holds) throw Violation(name_of_row(row) + " " + otherwise);
}

}  // namespace

OwnersOracle::OwnersOracle(SimDatabase& database, const SimClock& clock, const SimReceiver& receiver,
                           std::set<std::string> trackers, std::function<int(const Click&)> in_flight,
                           std::function<bool(const std::string&)> has_its_share)
    : clock_(clock),
      receiver_(receiver),
      trackers_(std::move(trackers)),
      in_flight_(std::move(in_flight)),
      has_its_share_(std::move(has_its_share)),
      keeper_(database) {}

const Book& OwnersOracle::book() {
  if (keeper_.worker_has_committed()) book_ = keeper_.read(*book_);
  return *book_;
}

void OwnersOracle::written(std::int64_t begun) {
  keeper_.worker_has_committed();
  book_ = keeper_.read(*book_);
  const std::int64_t now = moment();
  for (const auto& [id, row] : book_->rows) written_.try_emplace(id, Written{begun, now});
}

void OwnersOracle::touched(core::OutboxId row) {
  book_ = keeper_.read(*book_);
  const auto found = book_->rows.find(row.value);
  if (found == book_->rows.end()) return;
  touched_.emplace(found->second.facts->tracker, found->second.facts->subid);
  confirmed_.erase(row.value);
}

bool OwnersOracle::is_strict(const Facts& facts) const {
  return !touched_.contains({facts.tracker, facts.subid});
}

void OwnersOracle::on_request(const Arrival& arrival) {
  const auto found = book().rows.find(arrival.row.value);
  if (found == book_->rows.end()) throw Violation("a request for a row that is not in the database");
  const BookedRow& row = found->second;
  const Facts& facts = *row.facts;
  demand(trackers_.contains(facts.tracker) && arrival.tracker == facts.tracker, facts,
         "went to another tracker");
  demand(in_flight_({facts.tracker, facts.subid}) == 0, facts,
         "was sent beside another request of its click");
  if (!is_strict(facts)) return;
  demand(!is_final(row), facts, "was sent though it was " + row.standing.state);
  demand(row.standing.due_at <= core::unix_millis(clock_.wall()), facts, "was sent before it was due");
  const auto known_to = confirmed_.find(facts.id);
  demand(known_to == confirmed_.end() || !has_its_share_(known_to->second), facts,
         "was sent again after its success was known");
  judge_order(row);
  const TakenIn* last = book_->last_taken_in(facts);
  demand(expected_of(facts, last, {}) == Expected::send, facts,
         "was sent after " + (last != nullptr ? last->status : "nothing") + ", against the rules");
  demand(arrival.params == expected_query(facts, {}), facts, "was sent in other words");
}

/// A row whose INSERT began after another's commit goes after it; of overlapping transactions either may.
void OwnersOracle::judge_order(const BookedRow& row) {
  const Facts& facts = *row.facts;
  const std::int64_t begun = written_.at(facts.id).begun;
  for (const auto& [id, other] : book_->rows) {
    if (id == facts.id || is_final(other)) continue;
    const bool same_click = other.facts->tracker == facts.tracker && other.facts->subid == facts.subid;
    const bool goes_before = same_click && written_.at(id).committed < begun;
    demand(!goes_before, facts, "was sent before " + name_of_row(*other.facts));
  }
}

void OwnersOracle::on_completion(const std::string& worker, const Arrival& arrival,
                                 const core::Exchange& exchange) {
  if (core::is_taken_in(exchange)) {
    confirmed_[arrival.row.value] = worker;
  } else {
    confirmed_.erase(arrival.row.value);
  }
}

void OwnersOracle::worker_gone(const std::string& worker) {
  std::erase_if(confirmed_, [&](const auto& entry) { return entry.second == worker; });
}

bool OwnersOracle::all_are_final() {
  return std::ranges::all_of(book().rows, [&](const auto& entry) {
    return is_final(entry.second) || !trackers_.contains(entry.second.facts->tracker);
  });
}

void OwnersOracle::everything_is_finished() {
  for (const auto& [id, row] : book().rows) {
    const Facts& facts = *row.facts;
    if (!trackers_.contains(facts.tracker)) continue;
    demand(is_final(row), facts, "is still pending: " + row.standing.reason);
    demand(row.standing.state != "delivered" || receiver_.times_taken_in({id}) > 0, facts,
           "is delivered, yet the tracker knows nothing of it");
    demand(row.standing.state != "cancelled" || !is_strict(facts), facts, "is cancelled by nobody");
  }
  judge_the_receivers_order();
  judge_conversions();
}

void OwnersOracle::judge_the_receivers_order() const {
  std::map<Click, std::int64_t> last;
  for (const Arrival& arrival : receiver_.taken_in()) {
    const Facts& facts = *book_->rows.at(arrival.row.value).facts;
    if (!is_strict(facts)) continue;
    std::int64_t& before = last[{facts.tracker, facts.subid}];
    if (before != 0) {
      demand(written_.at(facts.id).committed >= written_.at(before).begun, facts,
             "was taken in after row " + std::to_string(before));
    }
    before = facts.id;
  }
}

/// But where an answer was lost for good: then the tracker knows more.
void OwnersOracle::judge_conversions() const {
  std::set<ConversionKey> in_doubt;
  std::map<ConversionKey, std::string> last_status;
  for (const Arrival& arrival : receiver_.taken_in()) {
    const BookedRow& row = book_->rows.at(arrival.row.value);
    const ConversionKey key{arrival.tracker, arrival.param("subid"), arrival.param("tid")};
    if (!is_strict(*row.facts) || row.standing.state != "delivered") in_doubt.insert(key);
    last_status[key] = keitaro_status(arrival.param("status"));
  }
  for (const auto& [key, status] : last_status) {
    if (in_doubt.contains(key)) continue;
    const auto ours = book_->taken_in.find(key);
    if (ours != book_->taken_in.end() && ours->second.status == status) continue;
    throw Violation("conversions and the tracker differ about " + std::get<0>(key) + " " + std::get<1>(key) +
                    " " + std::get<2>(key) + ": the tracker has " + status);
  }
}

}  // namespace keitaro_outbox::simulation
