#include "cli/terminal/watch.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "cli/terminal/screen.hpp"
#include "cli/terminal/status_page.hpp"
#include "core/text/printable.hpp"
#include "ports/clock.hpp"
#include "ports/outbox_store.hpp"
#include "process/signal_queue.hpp"
#include "report/row_json.hpp"
#include "report/status/status_json.hpp"
#include "report/status/status_watcher.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

/// A look that took long is not followed by the next one at once: what it costs stays a fifth of the time.
constexpr int kRestAfterLook = 4;

enum class Event : std::uint8_t { next_look, redraw, suspend, stop };

/// What a person or the system wants, while nothing else is done.
class Events {
 public:
  explicit Events(bool live)
      : live_(live), signals_({SIGINT, SIGTERM, SIGHUP, SIGWINCH, live ? SIGTSTP : SIGWINCH}) {}

  Event wait_until(core::SteadyTime time) {
    for (;;) {
      const auto left = std::chrono::ceil<core::Millis>(time - std::chrono::steady_clock::now());
      std::array<pollfd, 2> sources{{{signals_.fd(), POLLIN, 0}, {keys_ ? STDIN_FILENO : -1, POLLIN, 0}}};
      const auto timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
      const int ready = ::poll(sources.data(), sources.size(), timeout);
      if (ready == 0 && std::chrono::steady_clock::now() >= time) return Event::next_look;
      if (sources[1].revents != 0 && asks_to_quit()) return Event::stop;
      const auto signal = signals_.take();
      if (!signal) continue;
      if (*signal == SIGTSTP) return Event::suspend;
      if (*signal != SIGWINCH) return Event::stop;
      if (live_) return Event::redraw;
    }
  }

 private:
  bool asks_to_quit() {
    std::array<char, 64> keys{};
    const ssize_t count = ::read(STDIN_FILENO, keys.data(), keys.size());
    if (count <= 0) {
      keys_ = false;  // The keyboard is gone: signals are left.
      return false;
    }
    return std::any_of(keys.begin(), keys.begin() + count, [](char key) { return key == 'q' || key == 'Q'; });
  }

  const bool live_;
  process::SignalQueue signals_;
  bool keys_ = live_ && ::isatty(STDIN_FILENO) == 1;
};

/// What is shown: the last look that succeeded, and why the ones since did not.
struct Seen {
  std::optional<report::Overview> overview;
  std::string trouble;
};

class LivePage {
 public:
  LivePage(const Status& args, const Command& command, const Paint& paint)
      : database_(command.database), interval_(args.interval), paint_(paint) {}

  bool draw(const Seen& seen) {
    const ScreenSize size = Screen::size();
    // What may be long comes last: there a narrow terminal cuts.
    std::vector<Line> page{{{"keitaro-outbox status  ", Tone::strong},
                            report::time_words(ports::wall_now()),
                            {"  every " + core::format_duration(interval_) + ", q quits  ", Tone::faint},
                            database_}};
    if (!seen.trouble.empty()) page.push_back({{"trying again: " + seen.trouble, Tone::bad}});
    if (seen.overview)
      std::ranges::move(status_page(*seen.overview, size.columns, true), std::back_inserter(page));
    cut_to_height(page, size.rows);
    std::vector<std::string> lines;
    for (const Line& line : page) lines.push_back(paint_.text_of(line, size.columns));
    return screen_.draw(lines);
  }

  void resized() { screen_.forget(); }

  /// Until the shell lets the process go on.
  void suspend() {
    screen_.leave();
    ::raise(SIGSTOP);
  }

 private:
  static void cut_to_height(std::vector<Line>& page, std::size_t rows) {
    if (page.size() <= rows) return;
    const std::size_t left_out = page.size() - rows + 1;
    page.resize(rows - 1);
    page.push_back(
        {{"… " + report::count_words(static_cast<std::int64_t>(left_out), "more line", "more lines") +
              ": a taller window shows them",
          Tone::faint}});
  }

  const std::string& database_;
  const core::Millis interval_;
  const Paint paint_;
  Screen screen_;
};

void print_snapshot(const report::Overview& overview, const Command& command, const Surroundings& around,
                    const Paint& paint) {
  if (command.json) {
    report::print_json_line(around.out, report::status_json(overview));
  } else {
    around.out << report::time_words(overview.at) << '\n';
    paint.print(around.out, status_page(overview, around.line_width, true), std::nullopt);
    around.out << '\n';
  }
  around.out.flush();
}

class Watch {
 public:
  Watch(const Status& args, const Command& command, const Surroundings& around,
        const config::Settings& settings)
      : args_(args),
        command_(command),
        around_(around),
        live_(around.terminal && !command.json && around.environment("TERM").value_or("dumb") != "dumb"),
        paint_(Paint::for_output(command, around)),
        outbox_(around.services.outbox(command.database)),
        watcher_(*outbox_, settings, args.interval) {}

  ExitCode run() {
    seen_.overview = watcher_.look(ports::wall_now());  // What fails now is told as by any other verb.
    Events events(live_);
    LivePage page(args_, command_, paint_);
    core::Millis cost{0};
    for (;;) {
      if (!show(page)) return kDone;
      const auto next = std::chrono::steady_clock::now() + std::max(args_.interval, kRestAfterLook * cost);
      for (Event event = events.wait_until(next); event != Event::next_look;
           event = events.wait_until(next)) {
        if (event == Event::stop) return kDone;
        if (event == Event::suspend) page.suspend();
        page.resized();
        if (!show(page)) return kDone;
      }
      cost = look();
    }
  }

 private:
  /// How long it took.
  core::Millis look() {
    const auto start = std::chrono::steady_clock::now();
    try {
      seen_.overview = watcher_.look(ports::wall_now());
      seen_.trouble.clear();
    } catch (const ports::StoreError& error) {
      seen_.trouble = error.what();
    }
    return std::chrono::floor<core::Millis>(std::chrono::steady_clock::now() - start);
  }

  /// False when nobody is there to see it.
  bool show(LivePage& page) {
    if (live_) return page.draw(seen_);
    if (seen_.trouble.empty()) {
      print_snapshot(*seen_.overview, command_, around_, paint_);
    } else {
      around_.err << "keitaro-outbox: trying again: " << core::printable(seen_.trouble) << std::endl;
    }
    return static_cast<bool>(around_.out);
  }

  const Status& args_;
  const Command& command_;
  const Surroundings& around_;
  const bool live_;
  const Paint paint_;
  const std::unique_ptr<ports::Outbox> outbox_;
  report::Watcher watcher_;
  Seen seen_;
};

}  // namespace

ExitCode watch(const Status& args, const Command& command, const Surroundings& around,
               const config::Settings& settings) {
  return Watch(args, command, around, settings).run();
}

}  // namespace keitaro_outbox::cli
