#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "ports/ack_journal.hpp"

namespace keitaro_outbox::simulation {

/// Acks that outlive the worker, as far as there is room.
class SimAckJournal final : public ports::AckJournal {
 public:
  explicit SimAckJournal(std::size_t room) : room_(room) {}

  std::optional<ports::AckId> keep(const ports::Ack& ack) noexcept override {
    if (acks_.size() >= room_) return std::nullopt;
    acks_.emplace(++last_, ack);
    return ports::AckId{last_};
  }
  void forget(ports::AckId id) noexcept override { acks_.erase(id.value); }

  std::vector<std::pair<ports::AckId, ports::Ack>> unrecorded() const {
    std::vector<std::pair<ports::AckId, ports::Ack>> out;
    for (const auto& [number, ack] : acks_) out.emplace_back(ports::AckId{number}, ack);
    return out;
  }

 private:
  std::size_t room_;
  std::uint32_t last_ = 0;
  std::map<std::uint32_t, ports::Ack> acks_;
};

}  // namespace keitaro_outbox::simulation
