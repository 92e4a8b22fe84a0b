#include "sqlite/lock/ack_ring.hpp"

namespace keitaro_outbox::sqlite {
namespace {

/// A slot that is being written. No right check is this.
constexpr std::uint64_t kBeingWritten = 1;

/// One that is in use is passed by; where so many are, the ring is as good as full.
constexpr int kTries = 8;

}  // namespace

std::uint64_t AckRing::Slot::right_check() const noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, a word at a time, each spread over all bits
  for (const std::uint64_t word :
       {static_cast<std::uint64_t>(row), version, static_cast<std::uint64_t>(started_at),
        static_cast<std::uint64_t>(latency), static_cast<std::uint64_t>(http_status)}) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  }
  return hash | 2;
}

std::optional<ports::AckId> AckRing::keep(const ports::Ack& receipt) noexcept {
  for (int tried = 0; tried < kTries; ++tried) {
    const auto number = static_cast<std::uint32_t>(next_.fetch_add(1, std::memory_order_relaxed) % kReceipts);
    Slot& slot = slots_[number];
    std::uint64_t free = 0;
    if (!slot.check.compare_exchange_strong(free, kBeingWritten, std::memory_order_acquire)) continue;
    slot.row = receipt.row.value;
    slot.version = receipt.version;
    slot.started_at = core::unix_millis(receipt.started_at);
    slot.latency = receipt.latency.count();
    slot.http_status = receipt.http_status;
    slot.check.store(slot.right_check(), std::memory_order_release);
    return ports::AckId{number};
  }
  return std::nullopt;
}

void AckRing::forget(ports::AckId number) noexcept {
  if (number.value < kReceipts) slots_[number.value].check.store(0, std::memory_order_release);
}

std::span<const std::byte> AckRing::bytes_of(ports::AckId number) const noexcept {
  if (number.value >= kReceipts) return {};
  return std::as_bytes(std::span(&slots_[number.value], 1));
}

void AckRing::clear() noexcept {
  for (Slot& slot : slots_) slot.check.store(0, std::memory_order_relaxed);
}

std::vector<std::pair<ports::AckId, ports::Ack>> AckRing::recover() {
  std::vector<std::pair<ports::AckId, ports::Ack>> found;
  for (std::uint32_t number = 0; number < kReceipts; ++number) {
    Slot& slot = slots_[number];
    const std::uint64_t check = slot.check.load(std::memory_order_acquire);
    if (check == 0) continue;
    if (check != slot.right_check()) {
      forget({number});
      continue;
    }
    found.push_back({{number},
                     {.row = {slot.row},
                      .version = slot.version,
                      .http_status = static_cast<int>(slot.http_status),
                      .started_at = core::wall_time(slot.started_at),
                      .latency = std::chrono::microseconds(slot.latency)}});
  }
  return found;
}

}  // namespace keitaro_outbox::sqlite
