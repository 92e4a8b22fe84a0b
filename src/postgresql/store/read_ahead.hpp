#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "ports/outbox_store.hpp"

namespace keitaro_outbox::postgresql {

/// Rows that were read with their ids, and what the ledger holds of them: what load_rows() and
/// ledger_entries() are asked for next in the same transaction.
class ReadAhead {
 public:
  void clear() {
    rows_.clear();
    entries_.clear();
  }

  void add(ports::LoadedRow row, std::optional<core::LedgerEntry> entry) {
    entries_.insert_or_assign({row.row.tracker, row.row.subid, row.row.tid}, std::move(entry));
    const core::OutboxId id = row.row.id;
    rows_.insert_or_assign(id, std::move(row));
  }

  /// Moves the rows to the end of `out`, where all of them are here.
  bool take_rows(std::span<const core::OutboxId> ids, std::vector<ports::LoadedRow>& out) {
    for (const core::OutboxId id : ids) {
      if (!rows_.contains(id)) return false;
    }
    for (const core::OutboxId id : ids) out.push_back(std::move(rows_.extract(id).mapped()));
    return true;
  }

  /// Null where it is not here. A request may carry another subid or tid than its row has.
  const std::optional<core::LedgerEntry>* entry(std::string_view tracker, const core::LedgerKey& key) const {
    const auto found = entries_.find(Key(tracker, key.subid, key.tid));
    return found == entries_.end() ? nullptr : &found->second;
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string>;

  std::map<core::OutboxId, ports::LoadedRow> rows_;
  std::map<Key, std::optional<core::LedgerEntry>> entries_;
};

}  // namespace keitaro_outbox::postgresql
