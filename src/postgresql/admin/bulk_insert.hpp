#pragma once

#include <span>
#include <string>
#include <vector>

#include "ports/outbox_admin.hpp"
#include "postgresql/base/connection.hpp"

namespace keitaro_outbox::postgresql {

/// Some hundred rows a transaction, in one round trip. Trying out does the same and takes it back.
class BulkInsert final : public ports::BulkInsert {
 public:
  BulkInsert(const std::string& address, Mode mode);
  std::vector<ports::ImportResult> add(std::span<const Conversion> rows) override;

 private:
  Connection connection_;
  const Mode mode_;
};

}  // namespace keitaro_outbox::postgresql
