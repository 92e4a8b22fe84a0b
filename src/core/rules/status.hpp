#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace keitaro_outbox::core {

/// What a conversion is to Keitaro. (A row's *state*, pending or delivered and so on, is another thing.)
enum class Status : std::uint8_t { lead, sale, rejected, rebill };

std::string_view name_of(Status status);

/// The status of exactly this lower-case name, or nullopt.
std::optional<Status> status_named(std::string_view name);

/// A status as applications write it (`Sale`, ` approve `) without surrounding white space and in ASCII lower
/// case.
std::string normalized_status(std::string_view written);

/// Which names count as which Keitaro status, for one tracker.
class StatusMap {
 public:
  /// Knows the four Keitaro statuses and AlterCPA TOP's five events: wait, hold → lead; approve → sale;
  /// cancel, trash → rejected.
  StatusMap();

  /// Adds a name, or gives it another meaning; `name` is normalized first. One of the four Keitaro names
  /// keeps its own meaning: giving it another changes nothing and answers false, as does an empty name or one
  /// with a comma.
  bool set(std::string_view name, Status status);

  /// `name` must be normalized.
  std::optional<Status> find(std::string_view name) const;

  /// The names that stand for `status`, Keitaro's own left out, comma-separated in alphabetical order
  /// (`hold,wait`): the value of `lead_status` and its like. Empty when there are none.
  std::string list_for(Status status) const;

  friend bool operator==(const StatusMap&, const StatusMap&) = default;

 private:
  std::map<std::string, Status, std::less<>> names_;
};

}  // namespace keitaro_outbox::core
