#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ports/outbox_admin.hpp"

namespace keitaro_outbox::sqlite {

/// BulkInsert on a database file. To try out, rows go to a temporary database, and the file is only read.
class BulkInsert final : public ports::BulkInsert {
 public:
  /// Opens an existing database file whose schema is the one we know.
  BulkInsert(const std::string& path, Mode mode);
  ~BulkInsert() override;
  BulkInsert(const BulkInsert&) = delete;
  BulkInsert& operator=(const BulkInsert&) = delete;

  std::vector<ports::ImportResult> add(std::span<const Conversion> rows) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
