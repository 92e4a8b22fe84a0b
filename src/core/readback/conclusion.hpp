#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/readback/log_meaning.hpp"
#include "core/readback/records.hpp"
#include "core/readback/schedule.hpp"
#include "core/readback/seen_amounts.hpp"
#include "core/readback/sent_conversion.hpp"
#include "core/readback/verdict.hpp"

namespace keitaro_outbox::core {

/// A key that has shown one of ours within this time can see.
inline constexpr Millis kSightProves = std::chrono::hours{24};

/// What the records hold of one conversion.
struct Finding {
  enum class Kind : std::uint8_t {
    equal,      ///< As it was sent.
    different,  ///< With another status or amount; `note` says which.
    missing,    ///< Nothing.
    unsure      ///< Something of the click, which may be this conversion or another.
  };
  Kind kind = Kind::missing;
  std::string note;            ///< `status: sent sale, the tracker has lead`.
  bool click_is_seen = false;  ///< The key shows something of this click.
};

/// Whether two statuses are the same to Keitaro: it books a further sale of a click as a rebill.
bool same_status(const SentConversion& sent, const RecordedConversion& recorded);

/// Compares a conversion with what was answered for its click. `tids_given` says whether the answer names any
/// tid at all: some builds leave the column out. Amounts of a rejected conversion, and a lead without
/// revenue, say nothing.
Finding find_in(const SentConversion& sent, std::span<const RecordedConversion* const> of_click,
                bool tids_given, const SeenAmounts& amounts);

/// Whether an earlier look has found another amount.
bool may_differ_in_amount(const SentConversion& sent);

/// What follows from a look.
struct Conclusion {
  Verdict verdict = Verdict::unchecked;
  std::string note;
  std::optional<WallTime> check_at;  ///< When to ask again; set exactly where it stays unchecked.
};

/// What a look settles, and nullopt where the tracker's log has to be read first: that is where nothing was
/// found at the last look, by a key that has shown one of ours at `shown_at`.
std::optional<Conclusion> conclude(const SentConversion& sent, const Finding& finding,
                                   const ReadBackPolicy& policy, std::optional<WallTime> shown_at,
                                   WallTime now);

/// The same where the log was read; `story` is nullopt where it could not be.
Conclusion conclude_by_log(const Finding& finding, const std::optional<LogStory>& story);

/// For a conversion that could not be asked after for kGiveUpAfter; `why` is the last trouble.
Conclusion give_up(const std::string& why);

}  // namespace keitaro_outbox::core
