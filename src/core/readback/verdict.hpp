#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace keitaro_outbox::core {

/// What the tracker's own records say of a conversion that it took in.
enum class Verdict : std::uint8_t {
  unchecked,  ///< Not asked after, or not for the last time.
  recorded,   ///< It is there as we sent it.
  differs,    ///< It is there with another status or amount.
  absent,     ///< It is not there, though the key can see.
  unknowable  ///< The key has not shown that it can see.
};

inline constexpr std::array kAllVerdicts{Verdict::unchecked, Verdict::recorded, Verdict::differs,
                                         Verdict::absent, Verdict::unknowable};
inline constexpr std::size_t kVerdicts = kAllVerdicts.size();

std::string_view name_of(Verdict verdict);
std::optional<Verdict> verdict_named(std::string_view name);

}  // namespace keitaro_outbox::core
