#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/outbox_admin.hpp"
#include "postgresql/base/connection.hpp"

namespace keitaro_outbox::postgresql {

/// Deletes what is old, some thousand rows looked at a step. Rows that another table refers to stay.
class Pruner final : public ports::Pruner {
 public:
  Pruner(std::string address, const ports::PruningOptions& options);

  std::optional<ports::Pruned> rows(const ports::PruneFilter& filter) override;
  std::optional<ports::Pruned> attempts(core::WallTime before) override;
  std::optional<ports::Pruned> conversions(core::WallTime before) override;
  std::optional<ports::Pruned> rejects(core::WallTime before) override;
  std::optional<core::WallTime> known_time() override;
  void note_time(core::WallTime time) override;
  core::SteadyTime pause_until() const override { return pause_until_; }
  double rows_walked() const override;

 private:
  struct ConversionKey {
    std::string tracker;
    std::string subid;
    std::string tid;
  };
  /// Where walks have come to; nullopt where one is to begin.
  struct Looked {
    ArrayParameter old;
    std::int64_t count = 0;
    bool at_end = false;
  };

  Connection& connection();
  Looked look(const Statement& statement, std::optional<std::int64_t>& cursor);
  ports::Pruned delete_rows(const ArrayParameter& ids, core::WallTime before);
  void stepped(core::SteadyTime since, bool deleted);

  const std::string address_;
  const ports::PruningOptions options_;
  std::optional<Connection> connection_;
  std::optional<std::int64_t> row_cursor_;
  std::optional<std::int64_t> attempt_cursor_;
  std::optional<std::int64_t> reject_cursor_;
  std::optional<ConversionKey> conversion_cursor_;
  std::int64_t last_row_ = 0;
  core::SteadyTime pause_until_{};
};

}  // namespace keitaro_outbox::postgresql
