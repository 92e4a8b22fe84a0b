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

class WithoutOrder final : public Forwarding {
 public:
  using Forwarding::Forwarding;
  std::optional<ports::LoadedRow> load_row(core::OutboxId id) override {
    auto loaded_row = Forwarding::load_row(id);
    if (loaded_row) loaded_row->other_waiting.reset();
    return loaded_row;
  }
};

class WithoutLedger final : public Forwarding {
 public:
  using Forwarding::Forwarding;
  std::optional<ports::LoadedRow> load_row(core::OutboxId id) override {
    auto loaded_row = Forwarding::load_row(id);
    if (loaded_row) loaded_row->taken_in.reset();
    return loaded_row;
  }
};

class WithoutJournal final : public Forwarding {
 public:
  using Forwarding::Forwarding;
  bool record(const ports::RowResult& result) override {
    has_outcome_ = true;
    return Forwarding::record(result);
  }
  void publish() override {
    const bool drop = has_outcome_ && ++commits_ % 5 == 0;
    has_outcome_ = false;
    drop ? inner_.rollback() : inner_.publish();
  }

 private:
  bool has_outcome_ = false;
  int commits_ = 0;
};

class WithoutSomeRows final : public Forwarding {
 public:
  using Forwarding::Forwarding;
  std::optional<ports::LoadedRow> load_row(core::OutboxId id) override {
    return id.value % 10 == 3 ? std::nullopt : Forwarding::load_row(id);
  }
};

class WithoutRelease final : public Forwarding {
 public:
  using Forwarding::Forwarding;
  void unblock_next(const ports::ClickKey&) override {}
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
  spec.breaker.failures = spec.breaker.failures_of_any = std::numeric_limits<int>::max();
}

}  // namespace keitaro_outbox::simulation
