#include "report/verdict_words.hpp"

#include <chrono>

#include "report/time_words.hpp"

namespace keitaro_outbox::report {

using core::Verdict;

std::string verdict_words(const ports::ConversionRecord& conversion, core::WallTime now) {
  const std::string note = conversion.verdict_note.value_or("");
  const std::string looked =
      conversion.verdict_at ? " (looked at " + time_words(*conversion.verdict_at) + ")" : "";
  switch (conversion.verdict) {
    case Verdict::recorded:
      return "recorded by the tracker" +
             (conversion.verdict_at ? ", as seen at " + time_words(*conversion.verdict_at) : "");
    case Verdict::differs:
      return "the tracker has it differently: " + note + looked;
    case Verdict::absent:
      return "absent: " + note + looked;
    case Verdict::unknowable:
      return "whether the tracker has it cannot be known: " + note + looked;
    case Verdict::unchecked:
      break;
  }
  if (!conversion.check_at) return {};
  const std::string when =
      *conversion.check_at <= now ? "now" : "in " + until_words(*conversion.check_at, now);
  if (note.empty()) return "the tracker is asked whether it has recorded it " + when;
  return note + looked + "; asked again " + when;
}

VerdictTotals count_verdicts(ports::ReadBackStore& store, const std::string& tracker,
                             std::optional<core::Millis> time) {
  constexpr std::size_t kAtATime = 2000;
  const auto begun = std::chrono::steady_clock::now();
  VerdictTotals totals;
  core::LedgerKey after;
  while (true) {
    const auto some = store.walk(tracker, after, kAtATime);
    for (const ports::LedgerConversion& conversion : some)
      ++totals.of[static_cast<std::size_t>(conversion.verdict)];
    if (some.size() < kAtATime) return totals;
    after = {some.back().sent.subid, some.back().sent.tid};
    if (time && std::chrono::steady_clock::now() - begun >= *time) break;
  }
  // Those that people look for an index counts.
  totals.whole = false;
  const auto in_doubt = store.in_doubt(tracker);
  for (const Verdict verdict : {Verdict::differs, Verdict::absent, Verdict::unknowable})
    totals.of[static_cast<std::size_t>(verdict)] = in_doubt[static_cast<std::size_t>(verdict)];
  return totals;
}

}  // namespace keitaro_outbox::report
