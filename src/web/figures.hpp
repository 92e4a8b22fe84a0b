#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "config/settings.hpp"
#include "core/text/time.hpp"
#include "ports/intake_rejects.hpp"
#include "ports/outbox.hpp"
#include "report/status/status_overview.hpp"
#include "web/day_history.hpp"
#include "web/problems.hpp"

namespace keitaro_outbox::web {

/// What every screen is made of, as of one look.
struct Picture {
  core::WallTime at{};
  report::Overview overview;
  std::vector<ProblemGroup> problems;
  bool problems_whole = true;          ///< false: only the newest rows of each state were put into groups.
  std::vector<VerdictGroup> verdicts;  ///< `absent` and `differs`, of trackers in order.
  std::vector<ports::RejectGroup> rejects;
  std::string trouble;  ///< Why the store cannot be read, in one line; the rest is then as of before.
};

/// Looks at the outbox on a thread of its own, when somebody asks, and seldom enough that watching costs next
/// to nothing, however many watch. Between two looks everybody gets the last one. Looks by itself each five
/// minutes, for the history.
class Figures {
 public:
  using Settings = std::function<std::shared_ptr<const config::Settings>()>;

  /// Rows of each state that are put into groups at most.
  static constexpr std::size_t kRowsGrouped = 10'000;

  /// All must outlive it. `counted_elsewhere`: what happens is told to `history` as it happens, so that the
  /// store is read for it once only.
  Figures(ports::Outbox& outbox, Settings settings, DayHistory& history, bool counted_elsewhere);
  ~Figures();
  Figures(const Figures&) = delete;
  Figures& operator=(const Figures&) = delete;

  /// The last look. Where there is none, or it is old, or something was changed since, waits for a new one
  /// for up to `patience`. nullptr until the first one is done. From any thread.
  std::shared_ptr<const Picture> picture(core::Millis patience);

  /// Something was changed: the next picture is of a look that begins after this.
  void forget();

 private:
  class Looker;
  void run();

  ports::Outbox& outbox_;
  const Settings settings_;
  DayHistory& history_;
  const bool counted_elsewhere_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const Picture> picture_;
  std::uint64_t asked_ = 0;
  std::uint64_t answered_ = 0;  ///< Up to this question.
  std::uint64_t wanted_ = 0;    ///< Viewers wait for the answer to this one.
  bool hurry_ = false;
  bool looking_ = false;
  std::chrono::steady_clock::time_point not_before_{};  ///< The next look, unless there is a hurry.
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace keitaro_outbox::web
