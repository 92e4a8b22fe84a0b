#include "postgresql/lease/server_watch.hpp"

#include "postgresql/embedded_sql.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using ports::StoreError;

}  // namespace

std::string doubt_text(const std::string& database) {
  return database +
         ": this is another server than the workers last ran on (a standby that was promoted, or a copy that "
         "was "
         "restored), and it may lack what was recorded last: rows that were delivered may be pending in it, "
         "so "
         "nothing is sent; cancel those that must not go out twice, and start one worker with "
         "--resume-restored";
}

Statement ServerWatch::question() {
  return {sql::server_look};
}

ServerWatch::Answer ServerWatch::answer_in(const Result& found) {
  if (found.empty()) return {};  // Somebody has deleted the row: nothing is known.
  return {found.text(0, 0), found.text(0, 2), found.integer(0, 1)};
}

void ServerWatch::start(Connection& connection) {
  const Answer answer = answer_in(connection.run(question()));
  const std::lock_guard guard(mutex_);
  if (answer.here.empty()) return;
  if (trusted_.empty()) {
    trusted_ = answer.noted.empty() ? answer.here : answer.noted;
    if (trusted_ != answer.here) doubtful_ = answer.here;
  } else {
    judge(connection, answer, {}, {});
  }
  if (doubtful_.empty()) starts_ = connection.run({sql::server_start}).integer(0, 0);
}

void ServerWatch::look(Connection& connection, const Result& found, const std::string& worker,
                       const std::vector<std::int16_t>& lanes) {
  const Answer answer = answer_in(found);
  const std::lock_guard guard(mutex_);
  if (trusted_.empty() || answer.here.empty()) return;
  judge(connection, answer, worker, lanes);
}

/// With `mutex_` locked.
void ServerWatch::judge(Connection& connection, const Answer& answer, const std::string& worker,
                        const std::vector<std::int16_t>& lanes) {
  const bool noted = answer.noted.empty() || answer.noted == answer.here;
  if (!doubtful_.empty()) {
    doubtful_ = answer.here;
    if (!noted) return;
    // An operator goes on with it, by another worker.
    doubtful_.clear();
    trusted_ = answer.here;
    starts_ = answer.starts;
    recorded_.reset();
  } else if (answer.here == trusted_) {
    if (!noted) doubtful_ = answer.here;  // Another worker misses something.
  } else if (!lacks_nothing(connection, answer, worker, lanes)) {
    // Others may have found nothing missing: what each of them looks for is its own.
    connection.run({sql::server_settle, Parameters().add(answer.here).add(trusted_)});
    doubtful_ = answer.here;
  } else if (!noted && answer.noted != trusted_) {
    doubtful_ = answer.here;
  } else {
    connection.run({sql::server_settle, Parameters().add(trusted_).add(answer.here)});
    trusted_ = answer.here;
    ++changes_;
  }
}

/// Commits are lost from a moment on: where the last ones of this worker are there, all before them are.
bool ServerWatch::lacks_nothing(Connection& connection, const Answer& answer, const std::string& worker,
                                const std::vector<std::int16_t>& lanes) const {
  if (answer.starts < starts_) return false;
  if (recorded_) {
    const Parameters of_row =
        Parameters().add(recorded_->id.value).add(recorded_->attempts).add(recorded_->pending);
    if (!connection.run({sql::server_has_row, of_row}).boolean(0, 0)) return false;
  }
  if (worker.empty()) return true;
  const Result own = connection.run({sql::lease_lanes, Parameters().add(worker)});
  if (static_cast<std::size_t>(own.rows()) != lanes.size()) return false;
  for (int row = 0; row < own.rows(); ++row) {
    if (own.integer(row, 0) != lanes[static_cast<std::size_t>(row)]) return false;
  }
  return true;
}

bool ServerWatch::accept(Connection& connection) {
  const std::lock_guard guard(mutex_);
  if (doubtful_.empty()) return false;
  starts_ = connection.run({sql::server_start}).integer(0, 0);
  trusted_ = std::exchange(doubtful_, {});
  recorded_.reset();
  return true;
}

void ServerWatch::recorded(const RecordedRow& row) {
  const std::lock_guard guard(mutex_);
  recorded_ = row;
}

void ServerWatch::require_seen(Connection& connection) const {
  const std::string here = connection.run({sql::server_here}).text(0, 0);
  const std::lock_guard guard(mutex_);
  if (trusted_.empty() || here.empty() || here == trusted_ || here == doubtful_) return;
  throw StoreError(StoreError::Kind::io,
                   name_ + ": this is another server than before: looking whether it lacks anything");
}

void ServerWatch::require_no_doubt() const {
  if (in_doubt()) throw StoreError(StoreError::Kind::restored, doubt_text(name_));
}

bool ServerWatch::in_doubt() const {
  const std::lock_guard guard(mutex_);
  return !doubtful_.empty();
}

int ServerWatch::changes() const {
  const std::lock_guard guard(mutex_);
  return changes_;
}

}  // namespace keitaro_outbox::postgresql
