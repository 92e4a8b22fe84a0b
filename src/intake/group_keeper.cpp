#include "intake/group_keeper.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace keitaro_outbox::intake {
namespace {

/// While the spool holds something, the database is in trouble: it is asked, and not waited for.
constexpr core::Millis kShortWait{100};

}  // namespace

GroupKeeper::Kept GroupKeeper::keep(const std::vector<ports::IntakeItem>& items, core::Millis wait) {
  Kept kept;
  kept.results.reserve(
      items.size());  // Once it is committed nothing may fail: it would be kept a second time.
  std::string trouble = commit(items, wait, kept);
  if (!kept.failed) return kept;
  if (spool_ != nullptr && !items.empty()) {
    const std::string spool_trouble = spool_->append(items);
    if (spool_trouble.empty()) {
      kept.results.assign(items.size(), Spooled{trouble});
    } else {
      trouble += "; " + spool_trouble;
    }
  }
  if (kept.results.empty()) kept.results.assign(items.size(), NotKept{trouble});
  return kept;
}

/// Why the database did not take it, where it did not.
std::string GroupKeeper::commit(const std::vector<ports::IntakeItem>& items, core::Millis wait, Kept& kept) {
  try {
    if (spool_ != nullptr && spool_->size() > 0) {
      wait = std::min(wait, kShortWait);
      const Spool::Drained drained = spool_->drain(store_, wait);
      kept.from_spool = drained.items;
      if (drained.set_aside > 0 && on_set_aside_) on_set_aside_(drained.set_aside);
    }
    if (items.empty()) return {};
    for (ports::IntakeOutcome& outcome : store_.commit(items, wait, std::nullopt)) {
      std::visit([&](auto& each) { kept.results.emplace_back(std::move(each)); }, outcome);
    }
    return {};
  } catch (const std::exception& error) {
    kept.failed = true;
    return error.what();
  }
}

std::int64_t GroupKeeper::spool_bytes() const {
  return spool_ == nullptr ? 0 : std::max<std::int64_t>(0, spool_->size());
}

}  // namespace keitaro_outbox::intake
