#include "worker/office.hpp"

#include <cstddef>
#include <new>

#include "ports/store.hpp"

namespace keitaro_outbox::worker {

void Office::take(sqlite::Store& store) {
  witness_ = std::make_unique<sqlite::Witness>(lock_.fd());
  if (const auto known = witness_->identity()) store.expect(*known);
  witness_->adopt(store.identity());
  witness_->begin_life();
  store.on_recorded([this](const sqlite::Identity& identity) { witness_->recorded(identity.recorded); });
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
  auto left = witness_->receipts_left();
  if (left.empty() || !store.usable()) return left;
  try {
    store.begin_read();
    std::erase_if(left, [&](const auto& entry) {
      const auto& [number, receipt] = entry;
      const bool over = !store.contender(receipt.row);
      if (over) witness_->forget(number);
      return over;
    });
    store.commit();
  } catch (const ports::StoreError&) {
    store.rollback();  // None is redeemed for a row that is not sent again.
  }
  return left;
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
