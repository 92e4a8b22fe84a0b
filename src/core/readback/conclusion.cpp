#include "core/readback/conclusion.hpp"

#include "core/text/ascii.hpp"
#include "core/text/readable.hpp"

namespace keitaro_outbox::core {
namespace {

constexpr std::size_t kMostOfLogLine = 200;

constexpr const char* kNotFoundYet = "not found in the tracker's records yet";
constexpr const char* kUnsureYet = "the records do not say which transaction they are of";
constexpr const char* kDiffersSoFar = "differs so far: ";

bool is_sold(Status status) {
  return status == Status::sale || status == Status::rebill;
}

/// Whether the amounts can be compared, and differ.
bool other_amount(const SentConversion& sent, const RecordedConversion& recorded,
                  const SeenAmounts& amounts) {
  if (!recorded.revenue || sent.status == Status::rejected) return false;
  const auto revenue = Amount::parse(*recorded.revenue);
  if (!revenue) return false;
  if (sent.status == Status::lead && revenue->ten_thousandths() == 0) return false;
  return amounts.differs(sent, *revenue);
}

std::string amount_note(const SentConversion& sent, const RecordedConversion& recorded) {
  std::string text = "amount: sent " + sent.payout->text();
  if (!sent.currency.empty()) text += " " + ascii::lower(sent.currency);
  return text + ", the tracker has " + Amount::parse(*recorded.revenue)->text();
}

std::string status_note(const SentConversion& sent, const RecordedConversion& recorded) {
  const bool raw = sent.sent_status != name_of(sent.status);
  std::string text = "status: sent " + std::string(name_of(sent.status));
  if (raw) text += " (" + sent.sent_status + ")";
  return text + ", the tracker has " +
         readable(recorded.status.empty() ? recorded.original_status : recorded.status, 60);
}

}  // namespace

bool same_status(const SentConversion& sent, const RecordedConversion& recorded) {
  const auto theirs = status_named(normalized_status(recorded.status));
  if (theirs) return *theirs == sent.status || (is_sold(*theirs) && is_sold(sent.status));
  // A status that Keitaro's own names do not cover, or none: the name that came in decides.
  if (!recorded.original_status.empty())
    return ascii::equal_ignoring_case(recorded.original_status, sent.sent_status) ||
           ascii::equal_ignoring_case(recorded.original_status, name_of(sent.status));
  return recorded.status.empty() || ascii::equal_ignoring_case(recorded.status, sent.sent_status);
}

Finding find_in(const SentConversion& sent, std::span<const RecordedConversion* const> of_click,
                bool tids_given, const SeenAmounts& amounts) {
  Finding finding;
  finding.click_is_seen = !of_click.empty();
  for (const RecordedConversion* const recorded : of_click) {
    if (tids_given && recorded->tid != sent.tid) continue;
    const bool other_status = !same_status(sent, *recorded);
    const bool amount_is_other = other_amount(sent, *recorded, amounts);
    if (!other_status && !amount_is_other) return {Finding::Kind::equal, {}, true};
    // Without tids it may be any conversion of the click.
    if (!tids_given && (!sent.tid.empty() || of_click.size() > 1)) {
      finding.kind = Finding::Kind::unsure;
      continue;
    }
    finding.kind = Finding::Kind::different;
    finding.note = other_status ? status_note(sent, *recorded) : amount_note(sent, *recorded);
  }
  return finding;
}

bool may_differ_in_amount(const SentConversion& sent) {
  return sent.note.starts_with(std::string(kDiffersSoFar) + "amount");
}

std::optional<Conclusion> conclude(const SentConversion& sent, const Finding& finding,
                                   const ReadBackPolicy& policy, std::optional<WallTime> shown_at,
                                   WallTime now) {
  if (finding.kind == Finding::Kind::equal) return Conclusion{Verdict::recorded, {}, std::nullopt};
  std::string so_far;
  switch (finding.kind) {
    case Finding::Kind::different:
      so_far = kDiffersSoFar + finding.note;
      break;
    case Finding::Kind::unsure:
      so_far = kUnsureYet;
      break;
    case Finding::Kind::missing:
    case Finding::Kind::equal:
      so_far = kNotFoundYet;
      break;
  }
  if (!is_last_look(sent, policy, now, so_far))
    return Conclusion{Verdict::unchecked, std::move(so_far), next_look(sent, policy, now)};
  if (finding.kind == Finding::Kind::different)
    return Conclusion{Verdict::differs, finding.note, std::nullopt};
  if (finding.kind == Finding::Kind::unsure) return Conclusion{Verdict::unknowable, so_far, std::nullopt};
  if (!shown_at || now - *shown_at > kSightProves) {
    return Conclusion{Verdict::unknowable,
                      "not found, and the key has shown none of our conversions within a day: it may not "
                      "see this campaign",
                      std::nullopt};
  }
  return std::nullopt;
}

Conclusion conclude_by_log(const Finding& finding, const std::optional<LogStory>& story) {
  if (!story) {
    if (finding.click_is_seen)
      return {Verdict::absent, "the tracker's records have the click, not this conversion of it",
              std::nullopt};
    return {Verdict::unknowable, "not found, and the tracker's log of received postbacks cannot be read",
            std::nullopt};
  }
  if (story->processed && !finding.click_is_seen) {
    return {Verdict::unknowable,
            "the tracker's log says that it was processed, and its records do not show it: it was deleted, "
            "or the key may not see it",
            std::nullopt};
  }
  if (!story->ignored.empty())
    return {Verdict::absent, "the tracker ignored it: " + readable(story->ignored, kMostOfLogLine),
            std::nullopt};
  if (story->click_unknown) return {Verdict::absent, "the tracker does not know this click", std::nullopt};
  return {Verdict::absent, "it is not in the tracker's records, and its log does not say why", std::nullopt};
}

Conclusion give_up(const std::string& why) {
  return {Verdict::unknowable, "could not be asked after for 48 hours: " + why, std::nullopt};
}

}  // namespace keitaro_outbox::core
