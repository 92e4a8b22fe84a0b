#include <algorithm>
#include <chrono>
#include <filesystem>

#include "app/check/check.hpp"
#include "app/check/check_space.hpp"
#include "core/text/database_name.hpp"
#include "core/text/printable.hpp"
#include "ports/outbox_store.hpp"
#include "report/status/status_overview.hpp"
#include "sqlite/lock/database_identity.hpp"

namespace keitaro_outbox::app {
namespace {

/// Rows that came later than this from now point to a clock that was set back.
constexpr std::chrono::minutes kClockSlack{5};

constexpr std::size_t kReasonsRead = 50;

std::string rows(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " row" : " rows");
}

void check_rows(const report::TrackerView& view, std::vector<Finding>& findings) {
  const std::int64_t pending = view.in(core::State::pending);
  const std::int64_t dead = view.in(core::State::dead);
  const std::int64_t refused = view.in(core::State::refused);
  const auto add = [&](Verdict verdict, const std::string& text) {
    findings.push_back({verdict, "rows", view.tracker, text});
  };
  if (pending > 0 && view.known == false) {
    add(Verdict::fail,
        rows(pending) + (pending == 1 ? " waits" : " wait") +
            " for this tracker, which the configuration lacks: add a [[tracker]] of this name");
  }
  for (const auto& group : view.pending_reasons.top(kReasonsRead)) {
    if (group.text.find("cannot be recorded") == std::string::npos) continue;
    add(Verdict::fail, rows(group.rows) + " pending though sent: " + group.text +
                           "; mend that trigger, then `keitaro-outbox retry --id N`");
  }
  if (dead > 0) {
    add(Verdict::warn,
        rows(dead) + " dead: `keitaro-outbox list --state dead` says why, `retry` sends again");
  }
  if (refused > 0)
    add(Verdict::warn, rows(refused) + " refused: `keitaro-outbox list --state refused` says why");
  if (view.without_sentinel > 0) {
    add(Verdict::warn,
        rows(view.without_sentinel) +
            " delivered to something that answered without the text asked for: is it Keitaro that answers?");
  }
  if (pending > 0 || dead + refused + view.without_sentinel > 0) return;
  add(Verdict::ok, "nothing is pending, dead or refused");
}

Verdict verdict_of(ports::SetupCheck::Result result) {
  switch (result) {
    case ports::SetupCheck::Result::ok:
      return Verdict::ok;
    case ports::SetupCheck::Result::doubtful:
      return Verdict::warn;
    case ports::SetupCheck::Result::wrong:
      break;
  }
  return Verdict::fail;
}

/// A database whose rows went elsewhere: nothing is delivered from it.
void check_moved(ports::Outbox& outbox, std::vector<Finding>& findings) {
  try {
    outbox.require_not_moved();
  } catch (const ports::StoreError& error) {
    if (error.kind() != ports::StoreError::Kind::schema) throw;
    findings.push_back({Verdict::fail, "database", {}, error.what()});
  }
}

void check_wake(const std::string& database, const config::Settings& settings,
                const std::vector<ports::SetupCheck>& setup, std::vector<Finding>& findings) {
  if (settings.wake != config::Wake::notify) return;
  if (!core::is_postgresql_address(database)) {
    findings.push_back(
        {Verdict::fail,
         "wake",
         {},
         "wake = \"notify\" is for a PostgreSQL database, no worker starts with it here: leave "
         "it out"});
  } else if (std::ranges::none_of(setup, [](const auto& check) { return check.subject == "notify"; })) {
    findings.push_back({Verdict::warn,
                        "wake",
                        {},
                        "wake = \"notify\", and no trigger tells of commits, so they are polled for: "
                        "schema/outbox.postgresql-notify.sql makes it"});
  }
}

void check_set_up(ports::OutboxReader& reader, const std::string& name, const config::Settings& settings,
                  std::vector<Finding>& findings) {
  const std::string database = core::shown_database(name);
  if (reader.can_write()) {
    findings.push_back({Verdict::ok, "database", {}, database + " can be read and written"});
  } else if (core::is_postgresql_address(name)) {
    findings.push_back({Verdict::fail,
                        "database",
                        {},
                        database + " can be read, and not written by this role: check with the worker's"});
  } else {
    findings.push_back({Verdict::fail,
                        "database",
                        {},
                        database +
                            " can be read, and not written by this user: check as the worker's user, or "
                            "the permissions of the file and its folder"});
  }
  const std::vector<ports::SetupCheck> checks = reader.setup();
  for (const ports::SetupCheck& setup : checks)
    findings.push_back({verdict_of(setup.result), setup.subject, {}, setup.text});
  check_wake(name, settings, checks, findings);
  if (reader.was_used_elsewhere())
    findings.push_back({Verdict::warn, "database", {}, std::string(kUsedElsewhere)});
}

void check_disk(const std::string& database, std::vector<Finding>& findings) {
  std::error_code unknown;
  const auto space = std::filesystem::space(database, unknown);
  if (unknown) return;
  if (auto finding = judge_space(space.available)) findings.push_back(std::move(*finding));
}

void check_pause(const report::TrackerView& view, std::vector<Finding>& findings) {
  if (!view.condition.paused_at) return;
  findings.push_back(
      {Verdict::warn, "pause", view.tracker,
       "nothing is sent to it until `keitaro-outbox resume " + core::quoted_if_needed(view.tracker) + "`"});
}

/// What the worker itself has found: this command may have another configuration, key or network.
void check_breaker(const report::TrackerView& view, const report::Overview& overview,
                   std::vector<Finding>& findings) {
  if (view.condition.breaker != "open" && view.condition.breaker != "probing") return;
  const std::string what =
      view.condition.reason && !view.condition.reason->empty() ? ": " + *view.condition.reason : "";
  const bool running = overview.worker_running.value_or(false);
  findings.push_back(
      {running ? Verdict::fail : Verdict::warn, "tracker", view.tracker,
       std::string(running ? "the worker finds" : "when a worker last ran, it found") +
           " that it fails for all" + core::printable(what) +
           "; where this check gets through, the worker has another key, configuration or network"});
}

void check_worker(const report::Overview& overview, const config::Settings& settings,
                  std::vector<Finding>& findings) {
  const auto worker = overview.worker_running;
  if (!worker) return;
  std::int64_t pending = 0;
  for (const report::TrackerView& view : overview.trackers) pending += view.in(core::State::pending);
  if (*worker) {
    findings.push_back({Verdict::ok, "worker", {}, "a worker is running, " + rows(pending) + " pending"});
  } else if (pending == 0 && settings.intake) {
    findings.push_back(
        {Verdict::warn,
         "worker",
         {},
         "none is running on this host: unless `keitaro-outbox intake` runs, the front door is closed, and "
         "calls are lost"});
  } else if (pending == 0) {
    findings.push_back({Verdict::ok, "worker", {}, "none is running on this host, and nothing is pending"});
  } else {
    findings.push_back({Verdict::warn,
                        "worker",
                        {},
                        rows(pending) + " pending and no worker on this host: start `keitaro-outbox run`"});
  }
}

void check_clock(const report::Overview& overview, std::vector<Finding>& findings) {
  for (const report::TrackerView& view : overview.trackers) {
    if (!view.oldest_pending_at || *view.oldest_pending_at <= overview.at + kClockSlack) continue;
    findings.push_back(
        {Verdict::warn,
         "clock",
         {},
         "every pending row was written later than this host's clock shows now: set the clock"});
    return;
  }
}

}  // namespace

void check_database(ports::Outbox& outbox, const cli::CheckOptions& options, const config::Settings& settings,
                    std::vector<Finding>& findings) {
  report::Overview overview;
  try {
    check_set_up(*outbox.reader(), options.database, settings, findings);
    check_moved(outbox, findings);
    check_disk(options.database, findings);
    overview = report::look_once(*outbox.backlog(ports::BacklogScope::everything), settings, options.now,
                                 std::nullopt);
    if (const std::int64_t missing = overview.groups_missing;
        missing > 0 && !core::is_postgresql_address(options.database)) {
      findings.push_back({Verdict::fail, "database", {}, sqlite::restored_text(options.database, missing)});
    }
  } catch (const ports::StoreError& error) {
    const bool schema =
        error.kind() == ports::StoreError::Kind::schema && std::filesystem::exists(options.database);
    findings.push_back({Verdict::fail, schema ? "schema" : "database", {}, error.what()});
    return;
  }
  check_worker(overview, settings, findings);
  check_clock(overview, findings);
  for (const report::TrackerView& view : overview.trackers) {
    check_pause(view, findings);
    check_breaker(view, overview, findings);
    check_rows(view, findings);
  }
}

}  // namespace keitaro_outbox::app
