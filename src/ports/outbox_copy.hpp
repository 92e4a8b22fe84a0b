#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keitaro_outbox::ports {

/// What a column's values mean, for stores that have types of their own for it. All travel as text.
enum class CopiedType : std::uint8_t {
  number,    ///< A whole number.
  text,      ///< As it is.
  amount,    ///< A plain decimal.
  json,      ///< An object.
  time,      ///< Unix milliseconds.
  due_time,  ///< The same; 0 means now.
};

struct CopiedColumn {
  std::string_view name;
  CopiedType type = CopiedType::text;
};

/// A table that a move copies: its columns, first those of its key.
struct CopiedTable {
  std::string_view name;
  std::size_t keys = 1;
  bool numbered = false;  ///< Its key is an id that the store draws.
  std::string_view kind;  ///< Its rows are counted by the values of this column; empty for all together.
  std::span<const CopiedColumn> columns;
};

inline constexpr std::array kOutboxColumns{
    CopiedColumn{"id", CopiedType::number},          CopiedColumn{"tracker", CopiedType::text},
    CopiedColumn{"campaign", CopiedType::text},      CopiedColumn{"subid", CopiedType::text},
    CopiedColumn{"status", CopiedType::text},        CopiedColumn{"tid", CopiedType::text},
    CopiedColumn{"payout", CopiedType::amount},      CopiedColumn{"cost", CopiedType::amount},
    CopiedColumn{"currency", CopiedType::text},      CopiedColumn{"params", CopiedType::json},
    CopiedColumn{"event_id", CopiedType::text},      CopiedColumn{"due_at", CopiedType::due_time},
    CopiedColumn{"created_at", CopiedType::time},    CopiedColumn{"state", CopiedType::text},
    CopiedColumn{"attempts", CopiedType::number},    CopiedColumn{"strikes", CopiedType::number},
    CopiedColumn{"refusals", CopiedType::number},    CopiedColumn{"unrecorded", CopiedType::number},
    CopiedColumn{"waits_for", CopiedType::number},   CopiedColumn{"sent_as", CopiedType::text},
    CopiedColumn{"http_status", CopiedType::number}, CopiedColumn{"response", CopiedType::text},
    CopiedColumn{"reason", CopiedType::text},        CopiedColumn{"finished_at", CopiedType::time},
};

inline constexpr std::array kConversionsColumns{
    CopiedColumn{"tracker", CopiedType::text},
    CopiedColumn{"subid", CopiedType::text},
    CopiedColumn{"tid", CopiedType::text},
    CopiedColumn{"status", CopiedType::text},
    CopiedColumn{"sent_status", CopiedType::text},
    CopiedColumn{"payout", CopiedType::amount},
    CopiedColumn{"cost", CopiedType::amount},
    CopiedColumn{"currency", CopiedType::text},
    CopiedColumn{"params", CopiedType::text},
    CopiedColumn{"rebilled_by", CopiedType::number},
    CopiedColumn{"outbox_id", CopiedType::number},
    CopiedColumn{"taken_in_at", CopiedType::time},
    CopiedColumn{"verdict", CopiedType::text},
    CopiedColumn{"verdict_at", CopiedType::time},
    CopiedColumn{"verdict_note", CopiedType::text},
    CopiedColumn{"check_at", CopiedType::time},
    CopiedColumn{"first_taken_in_at", CopiedType::time},
};

inline constexpr std::array kAttemptsColumns{
    CopiedColumn{"id", CopiedType::number},         CopiedColumn{"outbox_id", CopiedType::number},
    CopiedColumn{"attempt", CopiedType::number},    CopiedColumn{"started_at", CopiedType::time},
    CopiedColumn{"latency_ms", CopiedType::number}, CopiedColumn{"http_status", CopiedType::number},
    CopiedColumn{"error", CopiedType::text},        CopiedColumn{"response", CopiedType::text},
};

inline constexpr std::array kTrackersColumns{
    CopiedColumn{"tracker", CopiedType::text},     CopiedColumn{"paused_at", CopiedType::time},
    CopiedColumn{"breaker", CopiedType::text},     CopiedColumn{"breaker_at", CopiedType::time},
    CopiedColumn{"next_try_at", CopiedType::time}, CopiedColumn{"reason", CopiedType::text},
};

inline constexpr std::array kRejectsColumns{
    CopiedColumn{"id", CopiedType::number},   CopiedColumn{"received_at", CopiedType::time},
    CopiedColumn{"source", CopiedType::text}, CopiedColumn{"method", CopiedType::text},
    CopiedColumn{"query", CopiedType::text},  CopiedColumn{"body", CopiedType::text},
    CopiedColumn{"reason", CopiedType::text}, CopiedColumn{"resolved_at", CopiedType::time},
};

inline constexpr std::array kReadBackColumns{
    CopiedColumn{"tracker", CopiedType::text},
    CopiedColumn{"shown_at", CopiedType::time},
};

/// The tables of an outbox, but for what a store keeps about itself.
inline constexpr std::array kCopiedTables{
    CopiedTable{"outbox", 1, true, "state", kOutboxColumns},
    CopiedTable{"conversions", 3, false, "verdict", kConversionsColumns},
    CopiedTable{"delivery_attempts", 1, true, "", kAttemptsColumns},
    CopiedTable{"intake_rejects", 1, true, "", kRejectsColumns},
    CopiedTable{"outbox_trackers", 1, false, "", kTrackersColumns},
    CopiedTable{"outbox_readback", 1, false, "", kReadBackColumns},
};

/// A text as SQL writes it, on either store: `'it''s'`.
inline std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

/// Names, one after another, each with what stands before and behind it: `"a", "b"`.
template <typename Range, typename Text>
std::string listed(const Range& items, const Text& text) {
  std::string list;
  for (const auto& item : items) list += (list.empty() ? "" : ", ") + text(item);
  return list;
}

/// A value for each column, in the table's order; nullopt for NULL.
using CopiedRow = std::vector<std::optional<std::string>>;
/// How many rows there are of each kind.
using CopiedCounts = std::map<std::string, std::int64_t>;

/// The key of a row.
inline CopiedRow key_of(const CopiedTable& table, const CopiedRow& row) {
  return {row.begin(), row.begin() + static_cast<std::ptrdiff_t>(table.keys)};
}

/// What a store says of a move that it takes part in.
struct MoveMark {
  enum class Role : std::uint8_t { source, target };
  Role role = Role::source;
  std::string other;      ///< The other end, as people may see it.
  std::string source_id;  ///< OutboxCopy::id() of the source.
  bool done = false;      ///< Of a source: everything is at the other end.
};

/// One end of a move from one store to another, over a connection of its own. All calls throw StoreError.
///
/// The source's: begin_source(), read() to the end of each table, lock(), read() what came meanwhile,
/// close_source(). The target's: begin_target(), insert(), and position() to go on from after an
/// interruption, finish_target().
class OutboxCopy {
 public:
  virtual ~OutboxCopy() = default;

  /// Made by chance when the tables were; a copy of the database has the same.
  virtual std::string id() = 0;
  virtual std::optional<MoveMark> mark() = 0;
  virtual CopiedCounts count(const CopiedTable& table) = 0;
  /// The last one drawn, of a numbered table; 0 for none.
  virtual std::int64_t last_id(const CopiedTable& table) = 0;

  // --- the source
  /// From now on rows can be inserted, and neither changed nor deleted.
  virtual void begin_source(const std::string& other) = 0;
  /// Takes begin_source() back.
  virtual void give_up_source() = 0;
  /// Up to `most` rows behind the one with this key (none: from the beginning), in an order of the store's
  /// own.
  virtual std::vector<CopiedRow> read(const CopiedTable& table, const std::optional<CopiedRow>& after,
                                      int most) = 0;
  /// Waits for those who write, and lets nobody write until close_source() or the end of this object.
  virtual void lock() = 0;
  /// After lock(): from now on each INSERT is turned away by the trigger `outbox_has_moved`.
  virtual void close_source(const std::string& other) = 0;

  // --- the target
  virtual void begin_target(const std::string& other, const std::string& source_id) = 0;
  /// Deletes what an earlier move has brought, and its mark.
  virtual void clear_target() = 0;
  /// The key of the last row that was inserted into the table by this move; nullopt for none.
  virtual std::optional<CopiedRow> position(const CopiedTable& table) = 0;
  enum class IfThere : std::uint8_t { fail, keep };
  /// All rows in one transaction, and with it the position where `if_there` is `fail`.
  virtual void insert(const CopiedTable& table, std::span<const CopiedRow> rows, IfThere if_there) = 0;
  /// The next id that is drawn will be above this one.
  virtual void set_last_id(const CopiedTable& table, std::int64_t id) = 0;
  virtual void finish_target() = 0;
};

/// What the triggers of a moved store say.
inline std::string has_moved_words(const std::string& other) {
  return "this outbox has moved to " + other + ": write there";
}
inline std::string is_moving_words(const std::string& other) {
  return "the rows of this outbox are being moved to " + other +
         ": they can be changed there, once that is done";
}

}  // namespace keitaro_outbox::ports
