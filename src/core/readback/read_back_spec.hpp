#pragma once

#include <string>

#include "core/readback/schedule.hpp"

namespace keitaro_outbox::core {

/// How a tracker's own records are read, where it has an Admin API that we may use.
struct ReadBackSpec {
  std::string admin_url;  ///< The panel's address, without a path: `https://panel.example`.
  std::string admin_key;  ///< Secret.
  double rate = 1;        ///< Requests a second, at most.
  ReadBackPolicy policy;
  friend bool operator==(const ReadBackSpec&, const ReadBackSpec&) = default;
};

}  // namespace keitaro_outbox::core
