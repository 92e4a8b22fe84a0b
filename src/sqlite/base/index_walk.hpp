#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/base/run.hpp"

namespace keitaro_outbox::sqlite {

/// Walks through an index in the order of its key and, among equal keys, of the id, some rows at a time. It
/// takes two statements: one comparison of both columns would seek by the key alone, and read all rows with
/// the same key again at each step.
struct IndexWalk {
  SQLite::Statement same;  ///< The rest of the key that the walk has come to: rows behind `:id`.
  SQLite::Statement next;  ///< The keys after it.

  /// Calls `on_row` for each row behind the position until it returns false; whether it never did. `bind`
  /// gives a run all its parameters but `:id`. It is called twice: for the rest of the key, and for the keys
  /// after it.
  template <typename Bind, typename OnRow>
  bool go(const std::int64_t& id, Bind&& bind, OnRow&& on_row) {
    for (SQLite::Statement* statement : {&same, &next}) {
      Run run(*statement);
      if (statement == &same) run.bind(":id", id);
      bind(run);
      while (run.step()) {
        if (!on_row(run)) return false;
      }
    }
    return true;
  }
};

/// Up to `limit` names behind `from`. `next` gives the first name behind `:after`, so each name costs one
/// seek.
inline std::vector<std::string> seek_names(SQLite::Statement& next, std::size_t limit,
                                           std::string_view from = {}) {
  std::vector<std::string> names;
  std::string after(from);
  while (names.size() < limit) {
    Run run(next);
    run.bind(":after", after);
    if (!run.step()) break;
    names.push_back(run.text(0));
    after = names.back();
  }
  return names;
}

}  // namespace keitaro_outbox::sqlite
