#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/rules/row.hpp"

namespace keitaro_outbox::delivery {

/// The rows of one tracker that are in memory, and their clicks. Rows of one click are sent one after
/// another, so at most one row holds a click: it is planned, in flight, or has an outcome that is not
/// committed yet. A row whose request names another click than its column does holds that one as well: what
/// the tracker took in is known for one request after another.
class ClickTable {
 public:
  /// The row now holds its click, and `sent_subid`, the one that its request names (its own where there is
  /// no request). `has_blocked` tells that another row of the click may wait in the store. Throws
  /// std::bad_alloc with nothing changed.
  void hold(const core::Row& row, const std::string& sent_subid, bool has_blocked) {
    const bool names_another = sent_subid != row.subid;
    rows_.emplace(row.id.value, names_another ? sent_subid : std::string());
    try {
      clicks_.emplace(row.subid, Click{row.id, has_blocked, false});
      if (names_another) clicks_.emplace(sent_subid, Click{row.id, false, true});
    } catch (const std::bad_alloc&) {
      release(row.id, row.subid);
      throw;
    }
  }

  /// The row is out of memory, and what it held is free. Returns whether another row waits for that.
  bool release(core::OutboxId id, const std::string& subid) {
    bool awaited = release_click(id, subid);
    const auto row = rows_.find(id.value);
    if (row == rows_.end()) return awaited;
    if (!row->second.empty()) awaited = release_click(id, row->second) || awaited;
    rows_.erase(row);
    return awaited;
  }

  /// The row of this click that holds it, which from now on knows that another waits for it; nullopt when
  /// there is none.
  std::optional<core::OutboxId> wait_for_holder(const std::string& subid) {
    const auto click = clicks_.find(subid);
    if (click == clicks_.end() || click->second.by_request) return std::nullopt;
    click->second.has_blocked = true;
    return click->second.holder;
  }

  /// Whether any row holds the click, by its column or by its request. It then knows that another waits for
  /// it, which is to be loaded again after release().
  bool wait_for_release(const std::string& subid) {
    const auto click = clicks_.find(subid);
    if (click == clicks_.end()) return false;
    click->second.has_blocked = true;
    return true;
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
    bool by_request = false;  ///< The holder's own click is another one.
  };

  bool release_click(core::OutboxId id, const std::string& subid) {
    const auto click = clicks_.find(subid);
    if (click == clicks_.end() || click->second.holder != id) return false;
    const bool awaited = click->second.has_blocked;
    clicks_.erase(click);
    return awaited;
  }

  std::unordered_map<std::string, Click> clicks_;       ///< By subid.
  std::unordered_map<std::int64_t, std::string> rows_;  ///< By id: what the request names, if another click.
};

}  // namespace keitaro_outbox::delivery
