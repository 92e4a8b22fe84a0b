#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ports/outbox_copy.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/transaction.hpp"

namespace keitaro_outbox::sqlite {

/// One end of a move: an outbox in a SQLite file.
class OutboxCopy final : public ports::OutboxCopy {
 public:
  /// Throws StoreError unless the file is there with the newest schema.
  explicit OutboxCopy(const std::string& path);

  std::string id() override;
  std::optional<ports::MoveMark> mark() override;
  ports::CopiedCounts count(const ports::CopiedTable& table) override;
  std::int64_t last_id(const ports::CopiedTable& table) override;

  void begin_source(const std::string& other) override;
  void give_up_source() override;
  std::vector<ports::CopiedRow> read(const ports::CopiedTable& table,
                                     const std::optional<ports::CopiedRow>& after, int most) override;
  void lock() override;
  void close_source(const std::string& other) override;

  void begin_target(const std::string& other, const std::string& source_id) override;
  void clear_target() override;
  std::optional<ports::CopiedRow> position(const ports::CopiedTable& table) override;
  void insert(const ports::CopiedTable& table, std::span<const ports::CopiedRow> rows,
              IfThere if_there) override;
  void set_last_id(const ports::CopiedTable& table, std::int64_t id) override;
  void finish_target() override;

 private:
  void write_mark(const char* role, const std::string& other, const std::string& source_id);
  void write_position(const ports::CopiedTable& table, const ports::CopiedRow& last);

  Connection connection_;
  SQLite::Database& db_ = connection_.database();
  std::optional<Transaction> locked_;
};

}  // namespace keitaro_outbox::sqlite
