#pragma once

#include <optional>
#include <string>

#include "core/text/time.hpp"
#include "ports/leadership.hpp"
#include "ports/read_back_store.hpp"
#include "postgresql/base/connection.hpp"

namespace keitaro_outbox::postgresql {

/// Reading back in a PostgreSQL database, on a connection of its own. Once that is lost every call throws.
class ReadBackStore final : public ports::ReadBackStore {
 public:
  /// A call waits no longer than `busy_limit` for another's lock, and then throws `busy`. With `share` only
  /// conversions of its lanes are due: of several workers each asks for its own. Throws StoreError.
  ReadBackStore(const std::string& address, core::Millis busy_limit,
                const ports::WorkerShare* share = nullptr);

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
  /// A server that was replaced has ended the connection.
  bool is_of_another_database() const override { return connection_.lost(); }

 private:
  std::optional<ArrayParameter> lanes() const;
  std::int64_t change(const Statement& statement);

  Connection connection_;
  const ports::WorkerShare* const share_;
};

}  // namespace keitaro_outbox::postgresql
