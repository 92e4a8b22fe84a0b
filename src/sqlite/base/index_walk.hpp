#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sqlite/base/statement.hpp"

namespace keitaro_outbox::sqlite {

/// An index walked through in the order of its key and, among equal keys, of the id, some rows at a time. It
/// takes two statements: one comparison of both columns would seek by the key alone, and read all rows with
/// the same key once more at each step.
struct Walk {
  Statement same;  ///< The rest of the key that the walk has come to: those behind `:id`.
  Statement next;  ///< The keys after it.

  /// `on_row` for each row behind the position, until it gives false; whether it never did. `bind` gives a
  /// run its parameters, but for `:id`, and is asked twice: for what is left of the key, and for the rest.
  template <typename Bind, typename OnRow>
  bool go(const std::int64_t& id, Bind&& bind, OnRow&& on_row) {
    for (Statement* statement : {&same, &next}) {
      Statement::Run run(*statement);
      if (statement == &same) run.bind(":id", id);
      bind(run);
      while (run.step()) {
        if (!on_row(run)) return false;
      }
    }
    return true;
  }
};

/// Names, `limit` of them at the most: `next` gives the first one behind `:after`, which is as much as a seek
/// for each.
inline std::vector<std::string> seek_names(Statement& next, std::size_t limit) {
  std::vector<std::string> names;
  std::string after;
  while (names.size() < limit) {
    Statement::Run run(next);
    run.bind(":after", after);
    if (!run.step()) break;
    names.push_back(run.text(0));
    after = names.back();
  }
  return names;
}

}  // namespace keitaro_outbox::sqlite
