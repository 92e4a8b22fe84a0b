#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "bench/report.hpp"

namespace keitaro_outbox::bench {

/// A figure that a line of the table of goals shows, under the name that its case gives it.
struct Shown {
  std::string_view case_name;
  std::string_view figure;
  std::string_view label;    ///< What stands before the number in the table.
  std::optional<Goal> goal;  ///< None where it only explains the others.
};

/// A line of the table of goals.
struct GoalLine {
  std::string_view what;
  std::string_view asked;  ///< The goal in words.
  std::vector<Shown> shown;
};

/// Every goal that there is. What is judged anywhere is judged by this table.
std::span<const GoalLine> goal_lines();

/// The goal of a figure, where it has one.
std::optional<Goal> goal_of(std::string_view case_name, std::string_view figure);

/// The sizes that the goals are meant for.
inline constexpr std::uint64_t kGoalRows = 100'000;
inline constexpr std::uint64_t kGoalBacklog = 1'000'000;
inline constexpr std::uint64_t kGoalHistory = 10'000'000;

}  // namespace keitaro_outbox::bench
