#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/rules/row.hpp"
#include "core/text/amount.hpp"
#include "core/text/time.hpp"
#include "ports/outbox_reader.hpp"

namespace keitaro_outbox::web {

/// Rows of one tracker and state that ended, or wait, for the same reason.
struct ProblemGroup {
  core::State state = core::State::dead;
  std::string tracker;
  std::string kind = {};  ///< core::reason_kind() of their reasons: what the group is known by.
  std::string text;       ///< For people: the kind, or the reason itself where all have the same.
  std::int64_t rows = 0;
  std::map<std::string, core::AmountSum> money = {};  ///< Payouts by currency in lower case, '' for none.
  core::WallTime first_seen{};                        ///< The first of them was finished then, or written.
  core::WallTime last_seen{};
};

/// Conversions of one tracker that its own records do not have as they were sent.
struct VerdictGroup {
  core::Verdict verdict = core::Verdict::absent;
  std::string tracker;
  std::string text;      ///< What the records say; of several things the first.
  bool several = false;  ///< They say other things of others.
  std::int64_t conversions = 0;
  bool whole = true;                                  ///< false: there are more; the newest were counted.
  std::map<std::string, core::AmountSum> money = {};  ///< Payouts by currency in lower case, '' for none.
  core::WallTime first_seen{};                        ///< When the first was found so, or taken in.
  core::WallTime last_seen{};
};

/// nullopt where there are none. Of more than `most` the newest are counted.
std::optional<VerdictGroup> verdict_group(ports::OutboxReader& reader, const std::string& tracker,
                                          core::Verdict verdict, std::size_t most);

/// Puts rows into groups. Rows that are pending and were never tried, and rows that ended well, are left out.
class ProblemGroups {
 public:
  void add(const ports::RowRecord& row);
  /// Those with most rows first.
  std::vector<ProblemGroup> groups() const;

 private:
  std::map<std::tuple<core::State, std::string, std::string>, ProblemGroup> groups_;
};

}  // namespace keitaro_outbox::web
