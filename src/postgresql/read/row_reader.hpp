#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/outbox_reader.hpp"
#include "postgresql/base/connection.hpp"

namespace keitaro_outbox::postgresql {

/// Reads for people in one transaction, whose snapshot it keeps: it is not meant to live long.
class RowReader final : public ports::OutboxReader {
 public:
  /// Throws StoreError unless the outbox is there with the schema this program knows.
  explicit RowReader(const std::string& address);
  ~RowReader() override;

  std::vector<ports::RowRecord> rows(const ports::RowFilter& filter) override;
  std::vector<ports::RowRecord> rows_after(core::OutboxId after, const ports::WalkFilter& filter,
                                           std::int64_t limit) override;
  std::optional<ports::RowRecord> row(core::OutboxId id) override;
  std::optional<core::OutboxId> row_of_event(std::string_view event_id) override;
  std::optional<core::OutboxId> earlier_pending(const ports::RowRecord& row) override;
  std::int64_t rows_before(const ports::RowRecord& row) override;
  ports::TrackerCondition condition(const std::string& tracker) override;
  std::vector<std::string> tracker_names() override;
  bool has_row_of(std::string_view tracker) override;
  std::vector<ports::RowRecord> rows_of_click(std::string_view subid,
                                              const std::optional<std::string>& tracker) override;
  ports::RowPage page(const ports::PageFilter& filter, std::optional<core::OutboxId> below, std::size_t limit,
                      core::Millis time) override;
  std::vector<ports::RowRecord> rows_with_a_time(const std::string& tracker, std::size_t limit) override;
  std::vector<ports::RowRecord> rows_of_click_by_index(std::string_view subid) override;
  ports::RecentPast recent_past(std::size_t limit) override;
  std::vector<ports::AttemptRecord> failed_attempts(core::OutboxId id) override;
  std::vector<ports::ConversionRecord> conversions_of_click(
      std::string_view subid, const std::optional<std::string>& tracker) override;
  std::optional<ports::ConversionRecord> conversion(std::string_view tracker, std::string_view subid,
                                                    std::string_view tid) override;
  std::vector<ports::ConversionRecord> in_doubt(std::string_view tracker, core::Verdict verdict,
                                                std::optional<core::OutboxId> below,
                                                std::size_t limit) override;
  /// On whatever host.
  std::optional<bool> worker_is_running() override;
  /// 1 for a server that may lack something: how much is not to be known.
  std::int64_t groups_missing() override;
  bool can_write() override;
  std::string unsure() override { return {}; }
  std::vector<ports::SetupCheck> setup() override;
  bool was_used_elsewhere() override { return false; }

 private:
  Connection connection_;
};

}  // namespace keitaro_outbox::postgresql
