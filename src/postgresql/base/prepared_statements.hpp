#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/text/time.hpp"

namespace keitaro_outbox::postgresql {

/// What the server's session of a connection has prepared, or is to.
class PreparedStatements {
 public:
  struct Entry {
    std::string name;    ///< In the session.
    bool there = false;  ///< It was sent, and nothing before it has failed.
  };

  /// What an answer of the server is to.
  struct Answer {
    enum class To : std::uint8_t { statement, preparation, upkeep };
    To to = To::statement;
    Entry* entry = nullptr;  ///< That is prepared.
  };

  /// Null for a text that comes for the first time: most of those come once.
  Entry* find(std::string_view text) {
    const auto known = entries_.find(text);
    if (known != entries_.end()) return &known->second;
    entries_.emplace(text, Entry{.name = "outbox_" + std::to_string(entries_.size())});
    return nullptr;
  }

  /// Whether the plans are to be made again: that of an empty table is none for a full one.
  bool plans_are_old(core::SteadyTime now) {
    if (now < replan_at_) return false;
    replan_at_ = now + kPlansLast;
    return true;
  }

 private:
  static constexpr std::chrono::seconds kPlansLast{5};

  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
  core::SteadyTime replan_at_{};
};

}  // namespace keitaro_outbox::postgresql
