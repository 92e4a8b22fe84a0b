#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ports/intake_store.hpp"
#include "postgresql/base/connection.hpp"

namespace keitaro_outbox::postgresql {

/// The front door's hand on a PostgreSQL database, on a connection of its own that is made again once it is
/// lost. Several front doors on several machines may have one each. What the table's rules turn away becomes
/// a reject in the same commit; so does a row that a trigger of the application's turns away, with or without
/// a word. Where the connection is lost while it commits, the server is asked what became of that.
class IntakeStore final : public ports::IntakeStore {
 public:
  /// Throws StoreError unless the outbox is there with the schema this program knows.
  explicit IntakeStore(std::string address);

  std::vector<ports::IntakeOutcome> commit(std::span<const ports::IntakeItem> group, core::Millis wait,
                                           const std::optional<ports::SpoolPosition>& position) override;
  std::optional<ports::SpoolPosition> spool_position(std::string_view spool_id) override;

 private:
  Connection& connection();
  std::vector<Result> begin(core::Millis wait, std::vector<Statement> statements);
  std::optional<std::vector<ports::IntakeOutcome>> keep_all(
      std::span<const ports::IntakeItem> group, core::Millis wait,
      const std::optional<ports::SpoolPosition>& position);
  ports::IntakeOutcome keep(const ports::IntakeItem& item);
  ports::IntakeOutcome reject(const ports::IntakeItem& item, const std::string& reason);
  void commit_for_certain();

  const std::string address_;
  std::unique_ptr<Connection> connection_;
  std::string transaction_;  ///< Its number on the server.
};

}  // namespace keitaro_outbox::postgresql
