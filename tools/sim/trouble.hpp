#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/time.hpp"

namespace keitaro_sim {

using keitaro_outbox::core::Millis;

/// Trouble on demand: what happens to which share of the postbacks. Shares are in [0, 1], all together at
/// most 1; the rest is answered.
struct Trouble {
  struct Fail {
    int code = 503;
    double share = 0;
    friend bool operator==(const Fail&, const Fail&) = default;
  };
  std::vector<Fail> fail;  ///< Answered with an HTTP status, not taken in.
  double cut_before = 0;   ///< The connection ends without an answer, not taken in.
  double cut_after = 0;    ///< Taken in, then the connection ends without an answer.
  double hang = 0;         ///< Not taken in, and not answered for `hang_for`; then the connection ends.
  Millis hang_for{60'000};
  Millis latency{0};         ///< Between the taking in and the answer, of every postback that is answered.
  Millis latency_jitter{0};  ///< Up to so much more.
  std::optional<int> retry_after;  ///< Seconds, sent with a 429 or 503.
  friend bool operator==(const Trouble&, const Trouble&) = default;
};

/// What happens to one postback.
struct Fate {
  enum class Kind : std::uint8_t { answered, fail, cut_before, cut_after, hang };
  Kind kind = Kind::answered;
  int code = 0;     ///< Of `fail`.
  Millis delay{0};  ///< Before the answer or the end.
};

/// `roll` in [0, 1) picks the trouble, `jitter_roll` in [0, 1) the point within the latency's jitter.
Fate draw_fate(const Trouble& trouble, double roll, double jitter_roll);

/// `answered`, `fail`, `cut_before`, `cut_after` or `hang`.
std::string_view name_of(Fate::Kind kind);

/// Reads `503:0.2`; without a share it is 1.
std::optional<Trouble::Fail> parse_fail(std::string_view text);

/// What is wrong with it in one sentence, or empty.
std::string problem_of(const Trouble& trouble);

/// Random that a seed repeats: the `draw`-th number of a `stream`, in [0, 1).
double chance(std::uint64_t seed, std::uint64_t stream, std::uint64_t draw);

}  // namespace keitaro_sim
