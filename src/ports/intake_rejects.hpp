#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/text/time.hpp"
#include "keitaro_outbox/conversion.hpp"

namespace keitaro_outbox::ports {

/// A request of the front door that could not become a row.
struct IntakeReject {
  std::int64_t id = 0;
  core::WallTime received_at{};
  std::string source;
  std::string method;
  std::string query;  ///< As it was sent, without any key.
  std::string body;
  std::string reason;  ///< The rule that it breaks, in words.
  std::optional<core::WallTime> resolved_at;
};

/// Unresolved rejects of one source with one reason.
struct RejectGroup {
  std::string source;
  std::string reason;
  std::int64_t count = 0;
  core::WallTime first_at{};
  core::WallTime last_at{};
  std::int64_t newest_id = 0;
};

/// What became of a reject that was tried again.
struct Replayed {
  enum class Kind : std::uint8_t {
    added,          ///< It is a row now.
    already_there,  ///< A row has its event id.
    rejected,       ///< It still breaks a rule, and stays unresolved.
    gone            ///< Somebody resolved or deleted it meanwhile.
  };
  Kind kind = Kind::added;
  std::string reason;  ///< Of one that is rejected.
};

/// The rejects in an outbox. All calls throw StoreError.
class IntakeRejects {
 public:
  virtual ~IntakeRejects() = default;

  virtual std::int64_t count_open() = 0;

  /// Unresolved ones, those with most rejects first.
  virtual std::vector<RejectGroup> groups() = 0;

  virtual std::optional<IntakeReject> find(std::int64_t id) = 0;

  /// Unresolved ones behind an id, in order of id: the order in which they came.
  virtual std::vector<IntakeReject> open_after(std::int64_t id, std::int64_t limit) = 0;

  /// The newest unresolved ones, the newest first.
  virtual std::vector<IntakeReject> newest(std::int64_t limit) = 0;

  /// Appends the conversion and marks the reject as resolved, both or neither, in one transaction.
  virtual Replayed resolve(std::int64_t id, const Conversion& conversion, core::WallTime now) = 0;

  /// Marks it as resolved: nothing is to be kept of it. False where it was resolved or deleted before.
  virtual bool resolve(std::int64_t id, core::WallTime now) = 0;

  /// The reason that it has now, where another rule is broken than before.
  virtual void set_reason(std::int64_t id, const std::string& reason) = 0;
};

}  // namespace keitaro_outbox::ports
