#pragma once

#include <memory>
#include <string>

#include "core/text/time.hpp"
#include "ports/read_back_store.hpp"
#include "sqlite/readback/verdict_inbox.hpp"

namespace keitaro_outbox::sqlite {

/// Reading back in an application's SQLite file, on a connection of its own. Verdicts go through `inbox`,
/// where there is one, as long as delivery takes them from it.
class SqliteReadBackStore final : public ports::ReadBackStore {
 public:
  /// A call waits no longer than `busy_limit` for another's lock, and then throws `busy`. Throws StoreError.
  /// `inbox` may be null; else it must outlive this.
  SqliteReadBackStore(const std::string& path, core::Millis busy_limit, VerdictInbox* inbox = nullptr);
  ~SqliteReadBackStore() override;

  std::vector<core::SentConversion> due(std::string_view tracker, core::WallTime now,
                                        std::size_t limit) override;
  std::optional<core::WallTime> next_check(std::string_view tracker) override;
  std::int64_t write(std::string_view tracker, std::span<const ports::ConcludedConversion> concluded,
                     core::WallTime now) override;
  std::optional<core::WallTime> shown_at(std::string_view tracker) override;
  void note_shown(std::string_view tracker, core::WallTime at) override;
  std::vector<ports::LedgerConversion> walk(std::string_view tracker, const core::LedgerKey& after,
                                            std::size_t limit) override;
  std::optional<ports::LedgerConversion> find(std::string_view tracker, const core::LedgerKey& key) override;
  std::int64_t ask(std::string_view tracker, std::span<const core::LedgerKey> keys,
                   core::WallTime now) override;
  std::array<std::int64_t, core::kVerdicts> in_doubt(std::string_view tracker) override;
  bool is_of_another_database() const override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
