#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ports/intake_store.hpp"

namespace keitaro_outbox::sqlite {

/// The front door's hand on a database file: a connection of its own, beside that of a worker. Every commit
/// has reached the disk when it returns. What could not be opened for writing is opened again. A database
/// that was replaced by another file is opened again: what was committed to the old file alone is committed
/// to the new one too before a call returns. What the table's rules turn away becomes a reject in the same
/// commit; so does a row that a trigger of the application's turns away, with or without a word.
class SqliteIntakeStore final : public ports::IntakeStore {
 public:
  /// Opens an existing database file whose schema is the one we know; throws StoreError.
  explicit SqliteIntakeStore(const std::string& path);
  ~SqliteIntakeStore() override;

  std::vector<ports::IntakeOutcome> commit(std::span<const ports::IntakeItem> group, core::Millis wait,
                                           const std::optional<ports::SpoolPosition>& position) override;
  std::optional<ports::SpoolPosition> spool_position(std::string_view spool_id) override;

 private:
  struct Parts;
  Parts& open_file();
  template <typename Work>
  auto on_file(const Work& work);
  bool is_current() const;

  const std::string path_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
