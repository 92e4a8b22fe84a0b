#include "app/status_watcher.hpp"

#include <algorithm>

#include "ports/outbox_store.hpp"

namespace keitaro_outbox::app {
namespace {

/// Of the time between two looks, what may be spent on reading rows: a screen must not take a core.
constexpr int kShareOfInterval = 10;
constexpr core::Millis kLeastTime{20};
constexpr core::Millis kMostTime{250};

}  // namespace

Watcher::Watcher(std::string database, const config::Settings& settings, core::Millis interval)
    : database_(std::move(database)),
      settings_(settings),
      time_(std::clamp(interval / kShareOfInterval, kLeastTime, kMostTime)) {}

Overview Watcher::look(core::WallTime now) {
  if (!backlog_reader_ || backlog_reader_->is_of_another_file()) {
    backlog_reader_.reset();
    backlog_reader_ = std::make_unique<sqlite::BacklogReader>(database_);
    meter_ = PaceMeter();
  }
  try {
    const BesideDatabase beside(database_);
    const sqlite::StatusSnapshot& snapshot = backlog_reader_->look(now, time_);
    meter_.take(snapshot, std::chrono::steady_clock::now());
    Overview overview =
        overview_of(snapshot, backlog_reader_->pending(), backlog_reader_->finished(), settings_, now);
    meter_.fill(overview);
    beside.add_to(overview, snapshot);
    return overview;
  } catch (const ports::StoreError&) {
    backlog_reader_.reset();
    throw;
  }
}

}  // namespace keitaro_outbox::app
