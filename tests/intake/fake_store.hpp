#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "intake_items.hpp"
#include "ports/intake_store.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::intake {

using intake_items::item;

/// The click id of an item that becomes neither a row nor a reject.
inline constexpr const char* kUnkeepable = "unkeepable";

/// Keeps rows in memory, and can be held up or in trouble.
class FakeStore final : public ports::IntakeStore {
 public:
  std::vector<ports::IntakeOutcome> commit(std::span<const ports::IntakeItem> group, core::Millis wait,
                                           const std::optional<ports::SpoolPosition>& position) override {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    waits_.push_back(wait);
    if (failures_left_ != 0) {
      --failures_left_;
      throw ports::StoreError(ports::StoreError::Kind::busy, "locked");
    }
    groups_.push_back(group.size());
    std::vector<ports::IntakeOutcome> outcomes;
    for (const ports::IntakeItem& item : group) outcomes.push_back(keep(item));
    if (position) position_ = position;
    if (fails_after_commit_) {
      fails_after_commit_ = false;
      throw std::runtime_error("the process ends here");
    }
    return outcomes;
  }

  std::optional<ports::SpoolPosition> spool_position(std::string_view spool_id) override {
    return position_ && position_->spool_id == spool_id ? position_ : std::nullopt;
  }

  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  /// Waits until that many commits were begun.
  void await_commits(int count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return begun_ >= count; }))
      throw std::runtime_error("no commit was begun");
  }
  /// -1 for all that come.
  void fail(int times) {
    const std::lock_guard lock(mutex_);
    failures_left_ = times;
  }

  // Read while nothing is being committed.
  std::vector<std::string> rows_;  ///< Click ids.
  std::vector<std::string> rejects_;
  std::vector<std::size_t> groups_;
  std::vector<core::Millis> waits_;
  std::vector<ports::IntakeItem> items_;
  bool fails_after_commit_ = false;

 private:
  ports::IntakeOutcome keep(const ports::IntakeItem& item) {
    items_.push_back(item);
    if (!item.conversion || item.conversion->subid.empty()) {
      rejects_.push_back(item.conversion ? "subid must have 1 to 255 characters" : item.broken_rule);
      return ports::RowRejected{rejects_.back()};
    }
    if (item.conversion->subid == kUnkeepable) return ports::RejectNotKept{"no reject is taken"};
    const std::string& event = item.conversion->event_id;
    if (!event.empty() && !events_.insert(event).second) return ports::EventKnown{};
    rows_.push_back(item.conversion->subid);
    return ports::RowStored{};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> events_;
  std::optional<ports::SpoolPosition> position_;
  int failures_left_ = 0;
  int begun_ = 0;
  bool held_ = false;
};

}  // namespace keitaro_outbox::intake
