#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/readback/conclusion.hpp"
#include "core/readback/sent_conversion.hpp"
#include "core/readback/verdict.hpp"
#include "core/rules/row.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::ports {

/// A conversion with the verdict that stands.
struct LedgerConversion {
  core::SentConversion sent;
  core::Verdict verdict = core::Verdict::unchecked;
};

/// What a look at the tracker's records says of a conversion.
struct ConcludedConversion {
  core::SentConversion sent;
  core::Conclusion conclusion;
};

/// The conversions of an outbox as reading back sees them. Works in short transactions beside delivery, which
/// it never holds up. All calls throw StoreError; one thread at a time.
class ReadBackStore {
 public:
  virtual ~ReadBackStore() = default;

  /// The conversions of a tracker that are to be asked after at `now`, oldest `check_at` first.
  virtual std::vector<core::SentConversion> due(std::string_view tracker, core::WallTime now,
                                                std::size_t limit) = 0;
  /// When the next one is; nullopt where none will be.
  virtual std::optional<core::WallTime> next_check(std::string_view tracker) = 0;

  /// Writes the conclusions, in few transactions. One of which the tracker has taken in another postback
  /// since it was read is left alone. Gives how many were written.
  virtual std::int64_t write(std::string_view tracker, std::span<const ConcludedConversion> concluded,
                             core::WallTime now) = 0;

  /// When the tracker's key last showed one of ours; it survives a restart.
  virtual std::optional<core::WallTime> shown_at(std::string_view tracker) = 0;
  virtual void note_shown(std::string_view tracker, core::WallTime at) = 0;

  /// The next conversions of a tracker in order of click id and tid, behind `after`.
  virtual std::vector<LedgerConversion> walk(std::string_view tracker, const core::LedgerKey& after,
                                             std::size_t limit) = 0;
  virtual std::optional<LedgerConversion> find(std::string_view tracker, const core::LedgerKey& key) = 0;
  /// Has conversions asked after at `now` that never were, or of which nothing could be known. Gives how
  /// many.
  virtual std::int64_t ask(std::string_view tracker, std::span<const core::LedgerKey> keys,
                           core::WallTime now) = 0;

  /// How many conversions of a tracker are `differs`, `absent` and `unknowable`, by an index; the others
  /// stay 0.
  virtual std::array<std::int64_t, core::kVerdicts> in_doubt(std::string_view tracker) = 0;

  /// Whether the database was replaced by another under the same name: then open a new store.
  virtual bool is_of_another_database() const = 0;
};

}  // namespace keitaro_outbox::ports
