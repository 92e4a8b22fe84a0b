#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/row.hpp"
#include "postgresql/base/connection.hpp"

namespace keitaro_outbox::postgresql {

/// What a worker has recorded of a row.
struct RecordedRow {
  core::OutboxId id;
  int attempts = 0;
  bool pending = false;  ///< It is to be sent again.
};

/// Notices when the server is another one than before: a standby was promoted, or a copy restored. It may
/// lack the last commits, and rows that were delivered may be pending in it. A worker that has run goes on by
/// itself where all that it recorded last is there; else nothing is sent until an operator says so, by any of
/// the workers.
///
/// The database says which server the workers last ran on (`outbox_worker.server`); where a role may not
/// know which one it is, nothing is noticed.
class ServerWatch {
 public:
  /// `name` is the address as people may see it.
  explicit ServerWatch(std::string name) : name_(std::move(name)) {}

  /// A worker starts, or takes a new lease.
  void start(Connection& connection);
  /// What look() is to be given the answer of.
  static Statement question();
  /// To be called now and then, and after each connecting. `lanes` are those that `worker` believes to have;
  /// an empty `worker` has none.
  void look(Connection& connection, const Result& answer, const std::string& worker,
            const std::vector<std::int16_t>& lanes);
  /// Goes on with the server that is there. Gives whether there was any doubt.
  bool accept(Connection& connection);

  /// Notes what was committed last. From any thread, as all below.
  void recorded(const RecordedRow& row);
  /// Throws StoreError where the server of a new connection is one that look() has not seen yet.
  void require_seen(Connection& connection) const;
  /// Throws StoreError, of the kind `restored`, while the server is in doubt.
  void require_no_doubt() const;
  bool in_doubt() const;
  /// How often the server has changed with nothing missing.
  int changes() const;

 private:
  struct Answer {
    std::string noted;
    std::string here;  ///< Empty where it is not to be known.
    std::int64_t starts = 0;
  };
  static Answer answer_in(const Result& found);
  void judge(Connection& connection, const Answer& answer, const std::string& worker,
             const std::vector<std::int16_t>& lanes);
  bool lacks_nothing(Connection& connection, const Answer& answer, const std::string& worker,
                     const std::vector<std::int16_t>& lanes) const;

  const std::string name_;
  mutable std::mutex mutex_;
  std::string trusted_;      ///< The server that this worker runs on, or ran on before the doubt.
  std::string doubtful_;     ///< The server in its place that may lack something; empty for none.
  std::int64_t starts_ = 0;  ///< Counted by the start of this worker.
  int changes_ = 0;
  std::optional<RecordedRow> recorded_;
};

/// What people are told of it.
std::string doubt_text(const std::string& database);

}  // namespace keitaro_outbox::postgresql
