#pragma once

#include <optional>

#include "core/text/time.hpp"
#include "ports/backend.hpp"
#include "ports/observer.hpp"

namespace keitaro_outbox::worker {

/// What a worker that stands by looks at meanwhile: whether its wait has an end. The one that has the lock
/// may itself be waiting for the operator, for ever.
class Standby {
 public:
  struct Wish {
    bool until_drained = false;
    bool resume_restored = false;  ///< Goes on with an older copy of the database.
  };

  /// The wait begins now.
  Standby(Wish wish, core::SteadyTime now) : wish_(wish), begun_(now) {}

  /// To be called about once a second. What is to be told, once for as long as it stays so. Throws StoreError
  /// where the database is an older copy and the wish was to drain it, with nothing said of going on with it:
  /// a script cannot wait for the operator.
  std::optional<ports::LongWait> look(core::SteadyTime now, ports::Backend& backend);

  /// How soon it is to be called again, or nullopt: nothing could be found.
  std::optional<core::Millis> look_every() const;

 private:
  std::optional<ports::LongWait> find(core::SteadyTime now, bool older_copy) const;

  Wish wish_;
  core::SteadyTime begun_;
  core::SteadyTime looked_at_{};
  bool older_before_ = false;
  std::optional<ports::LongWait> told_;
};

}  // namespace keitaro_outbox::worker
