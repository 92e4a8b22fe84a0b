#include "sqlite/readback/verdict_inbox.hpp"

#include <algorithm>

namespace keitaro_outbox::sqlite {

VerdictInbox::Taken VerdictInbox::offer(std::string_view tracker,
                                        std::span<const ports::ConcludedConversion> concluded,
                                        core::WallTime now, core::Millis patience) {
  Offer offer{.left = {tracker, concluded, now}};
  std::unique_lock lock(mutex_);
  offers_.push_back(&offer);
  std::size_t left_before = concluded.size();
  while (!offer.left.concluded.empty()) {
    const bool progress = news_.wait_for(
        lock, patience, [&] { return offer.left.concluded.size() < left_before && offer.in_hand == 0; });
    if (!progress && offer.in_hand == 0) break;
    left_before = offer.left.concluded.size();
  }
  std::erase(offers_, &offer);
  return offer.taken;
}

std::optional<VerdictInbox::Part> VerdictInbox::take(std::size_t limit) noexcept {
  const std::lock_guard lock(mutex_);
  if (offers_.empty()) return std::nullopt;
  Offer& offer = *offers_.front();
  offer.in_hand = std::min(limit, offer.left.concluded.size());
  if (offer.in_hand == 0) return std::nullopt;
  return Part{offer.left.tracker, offer.left.concluded.first(offer.in_hand), offer.left.now};
}

void VerdictInbox::written(std::int64_t changed) noexcept {
  {
    const std::lock_guard lock(mutex_);
    Offer& offer = *offers_.front();
    offer.taken.written += offer.in_hand;
    offer.taken.changed += changed;
    offer.left.concluded = offer.left.concluded.subspan(offer.in_hand);
    offer.in_hand = 0;
    if (!offer.left.concluded.empty()) return;
    offers_.pop_front();
  }
  news_.notify_all();
}

void VerdictInbox::give_back() noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (offers_.empty()) return;
    offers_.front()->in_hand = 0;
  }
  news_.notify_all();
}

}  // namespace keitaro_outbox::sqlite
