#pragma once

#include <cstdint>

namespace keitaro_outbox::faults {

/// Where calls can be made to fail, one place at a time.
enum class Place : std::uint8_t { nowhere, sqlite_io, sqlite_memory, cpp_memory, curl_memory, sockets };

/// From now on the n-th call (from 1) of any thread that is not exempt fails at `place`; `for_good`: and all
/// that come after it.
void arm(Place place, long n, bool for_good);

/// Nothing fails any more. Gives how many calls there were since arm().
long disarm();

/// Calls so far.
long calls_so_far();

/// Called at each place before it does its work: whether it must fail now.
bool must_fail(Place place) noexcept;

/// The calls of this thread neither fail nor count, for as long as one of these lives in it.
class Spared {
 public:
  Spared() noexcept;
  ~Spared();
  Spared(const Spared&) = delete;
  Spared& operator=(const Spared&) = delete;
};

}  // namespace keitaro_outbox::faults
