#pragma once

#include <string>

#include "ports/intake_rejects.hpp"
#include "postgresql/base/connection.hpp"

namespace keitaro_outbox::postgresql {

class IntakeRejects final : public ports::IntakeRejects {
 public:
  /// Throws StoreError unless the outbox is there with the schema this program knows.
  explicit IntakeRejects(const std::string& address);

  std::int64_t count_open() override;
  std::vector<ports::RejectGroup> groups() override;
  std::optional<ports::IntakeReject> find(std::int64_t id) override;
  std::vector<ports::IntakeReject> open_after(std::int64_t id, std::int64_t limit) override;
  std::vector<ports::IntakeReject> newest(std::int64_t limit) override;
  ports::Replayed resolve(std::int64_t id, const Conversion& conversion, core::WallTime now) override;
  bool resolve(std::int64_t id, core::WallTime now) override;
  void set_reason(std::int64_t id, const std::string& reason) override;

 private:
  Connection connection_;
};

}  // namespace keitaro_outbox::postgresql
