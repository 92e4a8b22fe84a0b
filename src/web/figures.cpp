#include "web/figures.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "core/text/printable.hpp"
#include "ports/clock.hpp"
#include "report/status/status_watcher.hpp"

namespace keitaro_outbox::web {
namespace {

using Steady = std::chrono::steady_clock;

/// Pages refresh each two seconds.
constexpr core::Millis kLeastPause{1500};
/// The pause after a look, as a multiple of what it took: watching takes a twentieth of a core at most.
constexpr int kPausePerLook = 20;
constexpr std::chrono::minutes kLookByItself{5};

/// A look from before then tells a viewer who comes too little.
constexpr std::chrono::seconds kOld{5};

/// What a list of failed rows may take of one look.
constexpr core::Millis kFailedListTime{250};

/// Rows of one tracker that are read, of those that are tried again.
constexpr std::size_t kRowsWaiting = 2'000;

/// Rows read for the history of a time that this process did not see.
constexpr std::size_t kRowsOfPast = 20'000;
constexpr std::chrono::minutes kReadPastEach{1};

}  // namespace

/// The thread's own: connections to the store, kept from look to look.
class Figures::Looker {
 public:
  Looker(ports::Outbox& outbox, DayHistory& history, bool counted_elsewhere)
      : outbox_(outbox), history_(history), counted_elsewhere_(counted_elsewhere) {}

  Picture look(const std::shared_ptr<const config::Settings>& settings) {
    if (settings != settings_) {
      watcher_.reset();
      settings_ = settings;
    }
    if (!watcher_) watcher_.emplace(outbox_, *settings_, core::Millis{1000});
    Picture picture;
    picture.at = ports::wall_now();
    picture.overview = watcher_->look(picture.at);
    const auto reader = outbox_.reader();
    read_problems(*reader, picture);
    for (const report::TrackerView& view : picture.overview.trackers) {
      for (const core::Verdict verdict : {core::Verdict::absent, core::Verdict::differs}) {
        if (auto group = verdict_group(*reader, view.tracker, verdict, kRowsGrouped))
          picture.verdicts.push_back(std::move(*group));
      }
    }
    read_past(*reader, picture.at);
    picture.rejects = outbox_.rejects()->groups();
    std::int64_t waiting = 0;
    for (const report::TrackerView& view : picture.overview.trackers)
      waiting += view.in(core::State::pending);
    history_.note_waiting(picture.at, waiting);
    return picture;
  }

 private:
  static void read_problems(ports::OutboxReader& reader, Picture& picture) {
    ProblemGroups groups;
    for (const core::State state : {core::State::dead, core::State::refused}) {
      if (!read_failed(reader, state, groups)) picture.problems_whole = false;
    }
    std::size_t waiting = 0;
    for (const report::TrackerView& view : picture.overview.trackers) {
      if (view.in(core::State::pending) <= view.scheduled) continue;
      const std::size_t room = kRowsGrouped - std::min(waiting, kRowsGrouped);
      const std::vector<ports::RowRecord> rows =
          reader.rows_with_a_time(view.tracker, std::min(room, kRowsWaiting));
      for (const ports::RowRecord& row : rows) groups.add(row);
      waiting += rows.size();
      if (rows.size() >= kRowsWaiting) picture.problems_whole = false;
    }
    picture.problems = groups.groups();
  }

  /// Little by little, so that what is in memory at once stays little. False where there are more.
  static bool read_failed(ports::OutboxReader& reader, core::State state, ProblemGroups& groups) {
    constexpr std::size_t kAtOnce = 500;
    const auto end = Steady::now() + kFailedListTime;
    std::optional<core::OutboxId> below;
    ports::PageFilter filter;
    filter.state = state;
    for (std::size_t read = 0; read < kRowsGrouped && Steady::now() < end; read += kAtOnce) {
      const ports::RowPage page = reader.page(filter, below, kAtOnce, kFailedListTime);
      for (const ports::RowRecord& row : page.rows) groups.add(row);
      if (!page.below) return true;
      below = page.below;
    }
    return false;
  }

  void read_past(ports::OutboxReader& reader, core::WallTime now) {
    if (past_read_at_ && (counted_elsewhere_ || Steady::now() - *past_read_at_ < kReadPastEach)) return;
    if (!past_read_at_) begun_at_ = now;
    past_read_at_ = Steady::now();
    history_.read(reader.recent_past(kRowsOfPast), counted_elsewhere_ ? begun_at_ : now);
  }

  ports::Outbox& outbox_;
  DayHistory& history_;
  const bool counted_elsewhere_;
  std::shared_ptr<const config::Settings> settings_;
  std::optional<report::Watcher> watcher_;
  std::optional<Steady::time_point> past_read_at_;
  core::WallTime begun_at_{};
};

Figures::Figures(ports::Outbox& outbox, Settings settings, DayHistory& history, bool counted_elsewhere)
    : outbox_(outbox),
      settings_(std::move(settings)),
      history_(history),
      counted_elsewhere_(counted_elsewhere),
      thread_([this] { run(); }) {}

Figures::~Figures() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::shared_ptr<const Picture> Figures::picture(core::Millis patience) {
  std::unique_lock lock(mutex_);
  ++asked_;
  // Where the next look must not begin yet, nobody waits for it.
  const bool comes_now = looking_ || Steady::now() >= not_before_;
  if (!picture_ || (comes_now && ports::wall_now() - picture_->at > kOld)) wanted_ = asked_;
  changed_.notify_all();
  changed_.wait_for(lock, patience, [&] { return (picture_ && answered_ >= wanted_) || stop_; });
  return picture_;
}

void Figures::forget() {
  {
    const std::lock_guard lock(mutex_);
    hurry_ = true;
    wanted_ = ++asked_;
  }
  changed_.notify_all();
}

void Figures::run() {
  Looker looker(outbox_, history_, counted_elsewhere_);
  std::unique_lock lock(mutex_);
  bool first = true;
  while (!stop_) {
    if (!first) changed_.wait_for(lock, kLookByItself, [this] { return stop_ || asked_ > answered_; });
    if (!first && picture_) changed_.wait_until(lock, not_before_, [this] { return stop_ || hurry_; });
    if (stop_) return;
    first = false;
    hurry_ = false;
    const std::uint64_t question = asked_;
    looking_ = true;
    lock.unlock();
    const auto begun = Steady::now();
    auto picture = std::make_shared<Picture>();
    try {
      *picture = looker.look(settings_());
    } catch (const std::exception& error) {
      picture->trouble = core::printable(error.what());
      picture->at = ports::wall_now();
    }
    lock.lock();
    if (!picture->trouble.empty() && picture_) {
      auto last = std::make_shared<Picture>(*picture_);
      last->trouble = picture->trouble;
      picture = std::move(last);
    }
    const auto end = Steady::now();
    looking_ = false;
    not_before_ = end + std::max<Steady::duration>(kLeastPause, (end - begun) * kPausePerLook);
    picture_ = std::move(picture);
    answered_ = question;
    changed_.notify_all();
  }
}

}  // namespace keitaro_outbox::web
