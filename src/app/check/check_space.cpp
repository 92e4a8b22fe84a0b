#include "app/check/check_space.hpp"

#include <string>

namespace keitaro_outbox::app {
namespace {

constexpr std::uintmax_t kMiB = 1024 * 1024;
/// Less than what a checkpoint may ask for at once.
constexpr std::uintmax_t kFull = kMiB;
/// A busy day's rows; SQLite's log alone may need as much.
constexpr std::uintmax_t kScarce = 128 * kMiB;

}  // namespace

std::optional<Finding> judge_space(std::uintmax_t available) {
  if (available >= kScarce) return std::nullopt;
  if (available < kFull)
    return Finding{Verdict::fail, "disk", {}, "it is full: nothing can be recorded, and nothing is sent"};
  return Finding{Verdict::warn,
                 "disk",
                 {},
                 std::to_string(available / kMiB) +
                     " MiB left: nothing is sent when it is full; make room, or `keitaro-outbox prune`"};
}

}  // namespace keitaro_outbox::app
