#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/rules/row.hpp"

namespace keitaro_outbox::delivery {

/// The rows of one tracker that are in memory, and their clicks. Rows of one click are sent one after
/// another, so at most one row holds a click: it is planned, in flight, or has an outcome that is not
/// committed yet.
class ClickTable {
 public:
  /// The row now holds its click. `has_blocked` tells that another row of the click may wait in the store.
  /// Throws std::bad_alloc with nothing changed.
  void hold(const core::Row& row, bool has_blocked) {
    const auto [click, added] = clicks_.emplace(row.subid, Click{row.id, has_blocked});
    try {
      rows_.insert(row.id.value);
    } catch (const std::bad_alloc&) {
      if (added) clicks_.erase(click);
      throw;
    }
  }

  /// The row is out of memory, and its click is free. Returns has_blocked() as it was.
  bool release(core::OutboxId id, const std::string& subid) {
    rows_.erase(id.value);
    const bool blocked = has_blocked(id, subid);
    if (const auto click = clicks_.find(subid); click != clicks_.end() && click->second.holder == id)
      clicks_.erase(click);
    return blocked;
  }

  /// The row that holds the click, which from now on knows that another waits for it; nullopt when it is
  /// free.
  std::optional<core::OutboxId> wait_for_holder(const std::string& subid) {
    const auto click = clicks_.find(subid);
    if (click == clicks_.end()) return std::nullopt;
    click->second.has_blocked = true;
    return click->second.holder;
  }

  /// Whether another row may wait for this one: it must be unblocked when this one is done.
  bool has_blocked(core::OutboxId id, const std::string& subid) const {
    const auto click = clicks_.find(subid);
    return click != clicks_.end() && click->second.holder == id && click->second.has_blocked;
  }

  bool contains(core::OutboxId id) const { return rows_.contains(id.value); }
  std::size_t rows() const { return rows_.size(); }

 private:
  struct Click {
    core::OutboxId holder;
    bool has_blocked = false;
  };
  std::unordered_map<std::string, Click> clicks_;  ///< By subid.
  std::unordered_set<std::int64_t> rows_;          ///< Their ids.
};

}  // namespace keitaro_outbox::delivery
