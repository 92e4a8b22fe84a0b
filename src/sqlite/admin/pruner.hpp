#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ports/outbox_admin.hpp"

namespace keitaro_outbox::sqlite {

/// Pruner on a database file.
class Pruner final : public ports::Pruner {
 public:
  /// Opens an existing database file whose schema is the one we know. `on_wal_growth` is told after each
  /// commit how many pages the write-ahead log has; where it is empty the pruner makes checkpoints of its
  /// own.
  Pruner(const std::string& path, const ports::PruningOptions& options,
         std::function<void(int pages)> on_wal_growth = {});
  ~Pruner() override;
  Pruner(const Pruner&) = delete;
  Pruner& operator=(const Pruner&) = delete;

  std::optional<ports::Pruned> rows(const ports::PruneFilter& filter) override;
  std::optional<ports::Pruned> attempts(core::WallTime before) override;
  std::optional<ports::Pruned> conversions(core::WallTime before) override;
  std::optional<ports::Pruned> rejects(core::WallTime before) override;
  std::optional<core::WallTime> known_time() override;
  void note_time(core::WallTime time) override;
  core::SteadyTime pause_until() const override;
  double rows_walked() const override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
