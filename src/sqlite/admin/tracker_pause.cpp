#include "sqlite/admin/tracker_pause.hpp"

#include "sqlite/base/connection.hpp"
#include "sqlite/base/statement.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::sqlite {

struct TrackerPause::Parts {
  explicit Parts(const std::string& path) : connection(path) { check_schema(connection.handle()); }

  Statement prepare(std::string_view text) { return {connection.handle(), text}; }

  Connection connection;
};

TrackerPause::TrackerPause(const std::string& path) : parts_(std::make_unique<Parts>(path)) {}
TrackerPause::~TrackerPause() = default;

bool TrackerPause::pause(std::string_view tracker, core::WallTime now) {
  Statement statement = parts_->prepare(sql::pause_tracker);
  Statement::Run run(statement);
  return run.bind(":tracker", tracker).bind(":now", core::unix_millis(now)).execute() > 0;
}

bool TrackerPause::resume(std::string_view tracker) {
  Statement statement = parts_->prepare(sql::resume_tracker);
  Statement::Run run(statement);
  return run.bind(":tracker", tracker).execute() > 0;
}

std::optional<core::WallTime> TrackerPause::paused_since(std::string_view tracker) {
  Statement statement = parts_->prepare(sql::paused_since);
  Statement::Run run(statement);
  run.bind(":tracker", tracker);
  if (!run.step()) return std::nullopt;
  return core::wall_time(run.integer(0));
}

}  // namespace keitaro_outbox::sqlite
