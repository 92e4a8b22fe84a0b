#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/intake_rejects.hpp"

namespace keitaro_outbox::sqlite {

/// IntakeRejects in a database file.
class SqliteIntakeRejects final : public ports::IntakeRejects {
 public:
  /// Opens an existing database file whose schema is the one we know; throws StoreError.
  explicit SqliteIntakeRejects(const std::string& path);
  ~SqliteIntakeRejects() override;

  std::int64_t count_open() override;
  std::vector<ports::RejectGroup> groups() override;
  std::optional<ports::IntakeReject> find(std::int64_t id) override;
  std::vector<ports::IntakeReject> open_after(std::int64_t id, std::int64_t limit) override;
  std::vector<ports::IntakeReject> newest(std::int64_t limit) override;
  ports::Replayed resolve(std::int64_t id, const Conversion& conversion, core::WallTime now) override;
  bool resolve(std::int64_t id, core::WallTime now) override;
  void set_reason(std::int64_t id, const std::string& reason) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
