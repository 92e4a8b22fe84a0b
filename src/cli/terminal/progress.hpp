#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

namespace keitaro_outbox::cli {

/// What a progress line tells.
struct ProgressPoint {
  std::int64_t rows = 0;
  std::optional<double> part;  ///< Of the whole, from 0 to 1; nullopt where its size is not known.
};

/// `[=====>    ] 52%  123,456 rows  48,200/s  12s left`, without the bar where the whole is not known. `rate`
/// is rows a second. Fitted to `width` columns.
std::string progress_line(const ProgressPoint& point, double rate, std::optional<std::chrono::seconds> left,
                          std::size_t width);

/// One line on a terminal, drawn anew several times a second; nothing at all elsewhere.
class Progress {
 public:
  /// `width` is the terminal's; nullopt where there is none.
  Progress(std::ostream& terminal, std::optional<std::size_t> width);
  /// Takes the line away.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const ProgressPoint& point);

  /// Makes room for another line.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& terminal_;
  std::optional<std::size_t> width_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point shown_at_ = begun_;
  std::int64_t shown_rows_ = 0;
  double rate_ = 0;
  bool on_screen_ = false;
};

}  // namespace keitaro_outbox::cli
