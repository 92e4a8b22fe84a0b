#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/text/time.hpp"

namespace keitaro_outbox::sqlite {

/// An operator's switch for each tracker; the running worker notices at once. Any name will do: the database
/// does not know the configuration. All calls throw ports::StoreError.
class TrackerPause {
 public:
  /// Opens an existing database file whose schema is the one we know.
  explicit TrackerPause(const std::string& path);
  ~TrackerPause();
  TrackerPause(const TrackerPause&) = delete;
  TrackerPause& operator=(const TrackerPause&) = delete;

  /// False when it was paused already.
  bool pause(std::string_view tracker, core::WallTime now);

  /// False when it was not paused.
  bool resume(std::string_view tracker);

  std::optional<core::WallTime> paused_since(std::string_view tracker);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
