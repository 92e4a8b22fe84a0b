#include "schedules/sabotage.hpp"

#include <algorithm>
#include <limits>

#include "schedules/hooked_store.hpp"

namespace keitaro_outbox::simulation {
namespace {

PortHooks& no_hooks() {
  static PortHooks none;
  return none;
}

class Forwarding : public HookedStore {
 public:
  explicit Forwarding(ports::OutboxStore& inner) : HookedStore(inner, no_hooks()), inner_(inner) {}

 protected:
  ports::OutboxStore& inner_;
};

/// Takes something out of every row that is loaded.
template <typename Change>
class WithoutPart final : public Forwarding {
 public:
  using Forwarding::Forwarding;
  void load_rows(std::span<const core::OutboxId> ids, const ports::InProgressSlot& in_progress,
                 std::vector<ports::LoadedRow>& out) override {
    Forwarding::load_rows(ids, in_progress, out);
    Change{}(out);
  }
};

struct DropOrder {
  void operator()(std::vector<ports::LoadedRow>& rows) const {
    for (ports::LoadedRow& row : rows) row.other_waiting.reset();
  }
};

struct DropSomeRows {
  void operator()(std::vector<ports::LoadedRow>& rows) const {
    std::erase_if(rows, [](const ports::LoadedRow& row) { return row.row.id.value % 10 == 3; });
  }
};

using WithoutOrder = WithoutPart<DropOrder>;
using WithoutSomeRows = WithoutPart<DropSomeRows>;

class WithoutLedger final : public Forwarding {
 public:
  using Forwarding::Forwarding;
  void ledger_entries(std::string_view, std::span<const ports::LedgerLookup> lookups,
                      const ports::InProgressSlot&,
                      std::vector<std::optional<core::LedgerEntry>>& out) override {
    out.resize(out.size() + lookups.size());
  }
};

class WithoutJournal final : public Forwarding {
 public:
  using Forwarding::Forwarding;
  using OutboxStore::commit;
  void record(std::span<ports::OutcomeRecord> records, const ports::InProgressSlot& in_progress) override {
    has_outcome_ = has_outcome_ || !records.empty();
    Forwarding::record(records, in_progress);
  }
  void commit(const std::function<void()>& visible) override {
    const bool drop = has_outcome_ && ++commits_ % 5 == 0;
    has_outcome_ = false;
    if (!drop) return inner_.commit(visible);
    inner_.rollback();
    visible();
  }

 private:
  bool has_outcome_ = false;
  int commits_ = 0;
};

class WithoutRelease final : public Forwarding {
 public:
  using Forwarding::Forwarding;
  void record(std::span<ports::OutcomeRecord> records, const ports::InProgressSlot& in_progress) override {
    for (ports::OutcomeRecord& record : records) record.unblock_next = false;
    Forwarding::record(records, in_progress);
  }
};

}  // namespace

std::optional<Sabotage> sabotage_named(std::string_view name) {
  constexpr std::string_view kNames[] = {"none",    "order",   "ledger",  "journal",
                                         "breaker", "loading", "release", "acks"};
  const auto found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<Sabotage>(found - std::begin(kNames));
}

std::function<std::unique_ptr<ports::OutboxStore>(ports::OutboxStore&)> sabotaged_store(Sabotage sabotage) {
  switch (sabotage) {
    case Sabotage::none:
    case Sabotage::breaker:
    case Sabotage::acks:
      return {};
    case Sabotage::order:
      return [](ports::OutboxStore& real) { return std::make_unique<WithoutOrder>(real); };
    case Sabotage::ledger:
      return [](ports::OutboxStore& real) { return std::make_unique<WithoutLedger>(real); };
    case Sabotage::journal:
      return [](ports::OutboxStore& real) { return std::make_unique<WithoutJournal>(real); };
    case Sabotage::loading:
      return [](ports::OutboxStore& real) { return std::make_unique<WithoutSomeRows>(real); };
    case Sabotage::release:
      return [](ports::OutboxStore& real) { return std::make_unique<WithoutRelease>(real); };
  }
  return {};
}

bool is_found_out(Sabotage sabotage, std::string_view complaint) {
  const auto says = [&](std::string_view words) { return complaint.find(words) != std::string_view::npos; };
  switch (sabotage) {
    case Sabotage::none:
      return true;
    case Sabotage::order:
      return says("was sent before row");
    case Sabotage::ledger:
      return says("against the rules");
    case Sabotage::journal:
    case Sabotage::acks:
      return says("was sent again after its success was known");
    case Sabotage::breaker:
      return says("while its breaker was open");
    case Sabotage::loading:
    case Sabotage::release:
      return says("is still pending");
  }
  return false;
}

void sabotage_tracker(Sabotage sabotage, delivery::TrackerSpec& spec) {
  if (sabotage != Sabotage::breaker) return;
  spec.breaker.first_pause = spec.breaker.max_pause = core::Millis{1};
}

}  // namespace keitaro_outbox::simulation
