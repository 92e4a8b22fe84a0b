#include "report/status/status_watcher.hpp"

#include <algorithm>

#include "ports/outbox_store.hpp"

namespace keitaro_outbox::report {
namespace {

/// Of the time between two looks, what may be spent on reading rows: a screen must not take a core.
constexpr int kShareOfInterval = 10;
constexpr core::Millis kLeastTime{20};
constexpr core::Millis kMostTime{250};

}  // namespace

Watcher::Watcher(ports::Outbox& outbox, const config::Settings& settings, core::Millis interval)
    : outbox_(outbox),
      settings_(settings),
      time_(std::clamp(interval / kShareOfInterval, kLeastTime, kMostTime)) {}

Overview Watcher::look(core::WallTime now) {
  if (!reader_ || reader_->is_of_another_database()) {
    reader_.reset();
    reader_ = outbox_.backlog(ports::BacklogScope::everything);
    meter_ = PaceMeter();
  }
  try {
    const ports::StatusSnapshot& snapshot = reader_->look(now, time_);
    meter_.take(snapshot, std::chrono::steady_clock::now());
    Overview overview = overview_of(snapshot, *reader_, settings_, now);
    meter_.fill(overview);
    return overview;
  } catch (const ports::StoreError&) {
    reader_.reset();
    throw;
  }
}

}  // namespace keitaro_outbox::report
