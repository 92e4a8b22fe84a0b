#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keitaro_outbox::postgresql {

/// The part of the rows that a worker may deliver.
struct Share {
  /// As `outbox_workers` names it. Empty: nobody else delivers, and nothing is fenced off.
  std::string worker;
  /// nullopt: all of them.
  std::optional<std::vector<std::int16_t>> lanes;
};

/// Asked before each statement that depends on it; from the thread of the store.
using ShareSource = std::function<std::shared_ptr<const Share>()>;

}  // namespace keitaro_outbox::postgresql
