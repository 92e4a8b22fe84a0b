#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "app/settings.hpp"
#include "core/row.hpp"
#include "core/time.hpp"
#include "keitaro_outbox/conversion.hpp"

namespace keitaro_outbox::cli {

/// The command line cannot be understood. what() is one line that says what to write.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One struct for each verb: what its flags say.

struct Init {};

struct Run {
  app::Overrides overrides;
  bool resume_restored = false;
};

struct Drain {
  app::Overrides overrides;
  bool resume_restored = false;
  std::optional<core::Millis> timeout;
};

struct Add {
  Conversion conversion;
  std::vector<std::string> params;  ///< `--param`: each `name=value`.
  std::optional<core::Millis> in;   ///< `--in`: due so long from now.
};

struct Status {
  app::Overrides overrides;
};

struct List {
  std::optional<core::State> state;
  std::optional<std::string> tracker;
  std::optional<std::int64_t> since;
  std::int64_t limit = 50;
};

struct Show {
  std::string subid;
  std::optional<std::string> tracker;
};

struct Preview {
  app::Overrides overrides;
  std::int64_t id = 0;
};

/// `retry` and `cancel`.
struct Mend {
  enum class What : std::uint8_t { retry, cancel };
  What what = What::retry;
  std::vector<std::int64_t> ids;
  std::optional<core::State> state;
  std::optional<std::string> tracker;
  std::optional<core::Millis> older_than;
};

struct Check {
  app::Overrides overrides;
  bool offline = false;
};

using Verb = std::variant<Init, Run, Drain, Add, Status, List, Show, Preview, Mend, Check>;

struct Command {
  std::string database;
  bool json = false;
  Verb verb;
};

}  // namespace keitaro_outbox::cli
