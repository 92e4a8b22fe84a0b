#pragma once

#include <memory>
#include <string>

#include "ports/backlog_reader.hpp"

namespace keitaro_outbox::sqlite {

/// BacklogReader on a database file: counts by the two small indexes of pending rows, and reads rows in
/// passes.
class BacklogReader final : public ports::BacklogReader {
 public:
  /// Opens an existing database file whose schema is the one we know.
  BacklogReader(const std::string& path, ports::BacklogScope scope);
  ~BacklogReader() override;
  BacklogReader(const BacklogReader&) = delete;
  BacklogReader& operator=(const BacklogReader&) = delete;

  const ports::StatusSnapshot& look(core::WallTime now, core::Millis time) override;
  void carry_on(core::Millis time) override;
  bool pass_under_way() const override;
  const ports::PartialCount<ports::PendingDetails>& pending() const override;
  const ports::PartialCount<ports::FinishedCounts>& finished() const override;
  bool is_of_another_database() const override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
