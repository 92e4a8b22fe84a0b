#include "app/watcher.hpp"

#include <algorithm>

#include "ports/store.hpp"

namespace keitaro_outbox::app {
namespace {

/// Of the time between two looks, what may be spent on reading rows: a screen must not take a core.
constexpr int kShareOfInterval = 10;
constexpr core::Millis kLeastTime{20};
constexpr core::Millis kMostTime{250};

}  // namespace

Watcher::Watcher(std::string database, const Settings& settings, core::Millis interval)
    : database_(std::move(database)),
      settings_(settings),
      time_(std::clamp(interval / kShareOfInterval, kLeastTime, kMostTime)) {}

Overview Watcher::look(core::WallTime now) {
  if (!survey_ || survey_->is_of_another_file()) {
    survey_.reset();
    survey_ = std::make_unique<sqlite::Survey>(database_);
    meter_ = PaceMeter();
  }
  try {
    const BesideDatabase beside(database_);
    const sqlite::Glance& glance = survey_->look(now, time_);
    meter_.take(glance, std::chrono::steady_clock::now());
    Overview overview = overview_of(glance, survey_->pending(), survey_->finished(), settings_, now);
    meter_.fill(overview);
    beside.add_to(overview, glance);
    return overview;
  } catch (const ports::StoreError&) {
    survey_.reset();
    throw;
  }
}

}  // namespace keitaro_outbox::app
