#include "sim/trouble.hpp"

#include <charconv>
#include <cmath>

namespace keitaro_sim {
namespace {

// So that a slip of the pen cannot tie up the simulator for hours.
constexpr Millis kLongestWait{600'000};
constexpr int kLongestRetryAfter = 86'400;

bool is_share(double share) {
  return std::isfinite(share) && share >= 0 && share <= 1;
}

std::uint64_t mixed(std::uint64_t value) {  // splitmix64
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

}  // namespace

Fate draw_fate(const Trouble& trouble, double roll, double jitter_roll) {
  const Millis latency =
      trouble.latency +
      Millis{static_cast<Millis::rep>(static_cast<double>(trouble.latency_jitter.count()) * jitter_roll)};
  const auto falls_in = [&roll](double share) {
    if (roll < share) return true;
    roll -= share;
    return false;
  };
  if (falls_in(trouble.hang)) return {Fate::Kind::hang, 0, trouble.hang_for};
  if (falls_in(trouble.cut_before)) return {Fate::Kind::cut_before, 0, Millis{0}};
  if (falls_in(trouble.cut_after)) return {Fate::Kind::cut_after, 0, latency};
  for (const Trouble::Fail& fail : trouble.fail)
    if (falls_in(fail.share)) return {Fate::Kind::fail, fail.code, latency};
  return {Fate::Kind::answered, 0, latency};
}

std::string_view name_of(Fate::Kind kind) {
  switch (kind) {
    case Fate::Kind::answered:
      return "answered";
    case Fate::Kind::fail:
      return "fail";
    case Fate::Kind::cut_before:
      return "cut_before";
    case Fate::Kind::cut_after:
      return "cut_after";
    case Fate::Kind::hang:
      return "hang";
  }
  return "unknown";
}

std::optional<Trouble::Fail> parse_fail(std::string_view text) {
  Trouble::Fail fail{0, 1};
  const char* const end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, fail.code);
  if (read.ec != std::errc{}) return std::nullopt;
  if (read.ptr == end) return fail;
  if (*read.ptr != ':') return std::nullopt;
  read = std::from_chars(read.ptr + 1, end, fail.share, std::chars_format::fixed);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return fail;
}

std::string problem_of(const Trouble& trouble) {
  double sum = trouble.cut_before + trouble.cut_after + trouble.hang;
  bool shares = is_share(trouble.cut_before) && is_share(trouble.cut_after) && is_share(trouble.hang);
  for (const Trouble::Fail& fail : trouble.fail) {
    if (fail.code < 200 || fail.code > 599) return "a code to fail with must be between 200 and 599";
    shares = shares && is_share(fail.share);
    sum += fail.share;
  }
  if (!shares) return "a share of trouble must be between 0 and 1";
  if (sum > 1 + 1e-9) return "all shares of trouble together must not exceed 1";
  for (const Millis wait : {trouble.latency, trouble.latency_jitter, trouble.hang_for})
    if (wait < Millis{0} || wait > kLongestWait)
      return "a latency or a hang must be between 0 and 10 minutes";
  if (trouble.retry_after && (*trouble.retry_after < 0 || *trouble.retry_after > kLongestRetryAfter))
    return "retry-after must be between 0 and 86400 seconds";
  return {};
}

double chance(std::uint64_t seed, std::uint64_t stream, std::uint64_t draw) {
  const std::uint64_t bits = mixed(mixed(mixed(seed) ^ stream) ^ draw);
  return static_cast<double>(bits >> 11U) * 0x1.0p-53;
}

}  // namespace keitaro_sim
