#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ports/outbox_admin.hpp"
#include "postgresql/base/connection.hpp"

namespace keitaro_outbox::postgresql {

/// What an operator changes, in transactions of some hundred rows.
class RowAdmin final : public ports::OutboxAdmin {
 public:
  /// Throws StoreError unless the outbox is there with the schema this program knows.
  explicit RowAdmin(const std::string& address);

  std::optional<std::int64_t> append(const Conversion& conversion) override;
  std::int64_t retry(const ports::RowFilterForAdmin& filter, const std::optional<ports::Pace>& pace) override;
  ports::RowAdminResult retry(core::OutboxId id, std::optional<core::WallTime> due_at) override;
  std::int64_t cancel(const ports::RowFilterForAdmin& filter) override;
  ports::RowAdminResult cancel(core::OutboxId id) override;
  std::int64_t count_for_retry(const ports::RowFilterForAdmin& filter) override;
  std::int64_t count_for_cancel(const ports::RowFilterForAdmin& filter) override;
  ports::RowAdminResult judge_retry(core::OutboxId id) override;
  ports::RowAdminResult judge_cancel(core::OutboxId id) override;
  ports::GroupCount count_group(const ports::ReasonGroupFilter& group, std::int64_t most,
                                core::Millis time) override;
  ports::GroupCount retry_group(const ports::ReasonGroupFilter& group,
                                const std::optional<ports::Pace>& pace) override;
  ports::GroupCount cancel_group(const ports::ReasonGroupFilter& group) override;
  bool pause(std::string_view tracker, core::WallTime now) override;
  bool resume(std::string_view tracker) override;
  std::optional<core::WallTime> paused_since(std::string_view tracker) override;

 private:
  template <typename Take>
  void find(const ports::RowFilterForAdmin& filter, bool spare_scheduled, const Take& take);
  template <typename Change>
  ports::GroupCount change_group(const ports::ReasonGroupFilter& group, const Change& change);
  std::optional<core::State> state_of(core::OutboxId id);

  Connection connection_;
};

}  // namespace keitaro_outbox::postgresql
