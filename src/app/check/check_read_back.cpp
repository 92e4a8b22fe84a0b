#include <algorithm>
#include <exception>
#include <set>
#include <string>
#include <vector>

#include "app/check/check.hpp"
#include "app/readback/busy_limit.hpp"
#include "app/readback/tracker_api.hpp"
#include "core/readback/schedule.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::app {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLookedAt = 2000;
constexpr std::size_t kAskedFor = 50;
/// Enough for a tracker to have recorded what it took in.
constexpr core::Millis kRecordedBy = 2min;
constexpr core::Millis kRecent = 24h * 30;

/// Click ids of ours that the tracker should have.
std::vector<std::string> some_of_ours(ports::Outbox& outbox, const std::string& tracker, core::WallTime now) {
  std::set<std::string> subids;
  for (const ports::LedgerConversion& conversion :
       outbox.read_back(kBusyLimitForPeople)->walk(tracker, {}, kLookedAt)) {
    const core::Millis age = now - conversion.sent.taken_in_at;
    const bool was_shown =
        conversion.verdict == core::Verdict::recorded || conversion.verdict == core::Verdict::differs;
    if ((age >= kRecordedBy || was_shown) && age <= kRecent && conversion.verdict != core::Verdict::absent &&
        subids.size() < kAskedFor)
      subids.insert(conversion.sent.subid);
  }
  return {subids.begin(), subids.end()};
}

std::string what_it_sees(const std::vector<std::string>& asked, const ports::RecordsAnswer& answer) {
  std::set<std::string> seen;
  for (const ports::RecordedConversion& conversion : answer.conversions) seen.insert(conversion.subid);
  const auto shown =
      std::ranges::count_if(asked, [&](const std::string& subid) { return seen.contains(subid); });
  return "shows " + std::to_string(shown) + " of " + std::to_string(asked.size()) +
         (asked.size() == 1 ? " click" : " clicks") + " of ours";
}

}  // namespace

void check_read_back(ports::Outbox& outbox, const delivery::TrackerSpec& spec,
                     const cli::CheckOptions& options, std::vector<Finding>& findings) {
  if (!spec.read_back) return;
  const std::string& name = spec.rules.name;
  const std::string subject = "read-back";
  if (spec.read_back->admin_url.starts_with("http://") && !spec.allow_private) {
    findings.push_back(
        {Verdict::warn, subject, name, "admin_url is http: the key goes over the net readable by all"});
  }
  if (options.offline) return;
  try {
    std::vector<std::string> asked = some_of_ours(outbox, name, options.now);
    const bool has_ours = !asked.empty();
    if (!has_ours) asked.emplace_back(kCheckSubid);
    TrackerApi api(spec, {});
    const ports::RecordsAnswer answer = api.records().conversions(
        asked, {options.now - core::kLongestReach, options.now + core::kRangeMargin});
    if (answer.asked == ports::Asked::answered) {
      if (!has_ours) {
        findings.push_back(
            {Verdict::ok, subject, name,
             "the Admin API answers; there is no conversion of ours yet, 2 minutes old or more, to see "
             "whether the key shows it"});
      } else if (answer.conversions.empty()) {
        findings.push_back({Verdict::warn, subject, name,
                            "the Admin API answers, and " + what_it_sees(asked, answer) +
                                ": the key may see other campaigns only; give its user access to these"});
      } else {
        findings.push_back(
            {Verdict::ok, subject, name, "the Admin API answers, and " + what_it_sees(asked, answer)});
      }
      return;
    }
    const bool is_wrong =
        answer.asked == ports::Asked::wrong_path || answer.asked == ports::Asked::key_refused;
    findings.push_back(
        {is_wrong ? Verdict::fail : Verdict::warn, subject, name, trouble_words(answer.asked, answer.error)});
  } catch (const std::exception& error) {
    findings.push_back({Verdict::warn, subject, name, error.what()});
  }
}

}  // namespace keitaro_outbox::app
