#include "worker/office.hpp"

#include <algorithm>
#include <cstddef>
#include <new>

#include "ports/store.hpp"

namespace keitaro_outbox::worker {

void Office::take(sqlite::Store& store) {
  witness_ = std::make_unique<sqlite::Witness>(lock_.fd());
  // What the last worker had written, and perhaps not waited for, is on the disk before it is relied on.
  store.sync_log();
  if (const auto known = witness_->identity()) store.expect(*known);
  witness_->adopt(store.identity());
  witness_->begin_life();
  store.on_recorded([this](const sqlite::Identity& identity) {
    if (witness_->knows_a_database()) {
      witness_->recorded(identity.recorded);
    } else {
      witness_->adopt(identity);
    }
  });
}

bool Office::lacks_what_was_recorded(sqlite::Store& store) const {
  try {
    if (const auto known = sqlite::Witness::read(lock_.fd())) store.expect(*known);
  } catch (const std::bad_alloc&) {
    return false;  // The next look tells.
  }
  return store.groups_missing() > 0;
}

void Office::leave() noexcept {
  if (witness_ && lock_.held()) witness_->end_life();
  witness_.reset();
}

bool Office::keep() {
  if (!lock_.lost()) {
    if (!witness_->lasts()) witness_->move_to(lock_.fd());
    return true;
  }
  try {
    if (!lock_.take_again()) return false;
    witness_->move_to(lock_.fd());
  } catch (const ports::StoreError&) {
    // The database or its folder is gone, or full: the next call tries again.
  }
  return true;
}

std::vector<ports::HandlingMark> Office::marks(int senders) const {
  std::vector<ports::HandlingMark> marks;
  for (int thread = 0; thread <= senders; ++thread)
    marks.push_back(witness_->mark(static_cast<std::size_t>(thread)));
  return marks;
}

RedeemingTransport::Left Office::receipts_left(sqlite::Store& store) {
  RedeemingTransport::Left left = witness_->receipts_left();
  if (left.empty() || !store.usable()) return left;
  try {
    store.begin_read();
    const auto over = std::partition(left.begin(), left.end(),
                                     [&](const auto& entry) { return store.is_pending(entry.second.row); });
    store.commit();
    std::for_each(over, left.end(), [&](const auto& entry) { witness_->forget(entry.first); });
    left.erase(over, left.end());
  } catch (const ports::StoreError&) {
    store.rollback();  // None is redeemed for a row that is not sent again.
  }
  return left;
}

void Office::forget_receipts() {
  for (const auto& [number, receipt] : witness_->receipts_left()) witness_->forget(number);
}

std::vector<std::pair<core::OutboxId, std::string>> Office::rows_to_set_aside() const {
  std::vector<std::pair<core::OutboxId, std::string>> rows;
  for (const sqlite::Witness::Suspect& suspect : witness_->condemned()) {
    const char* doing = suspect.sending ? "sending this row or reading its answer"
                                        : "planning this row or recording what became of it";
    rows.emplace_back(
        suspect.row,
        "the worker ended " + std::to_string(suspect.ends) + " times while it was " + doing +
            ": set aside, so that the others go on; have it sent again to give it another chance");
  }
  return rows;
}

}  // namespace keitaro_outbox::worker
