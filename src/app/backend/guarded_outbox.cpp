#include "app/backend/guarded_outbox.hpp"

#include <string>
#include <utility>

#include "core/text/database_name.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::app {
namespace {

using ports::MoveMark;

std::string refusal(const std::string& name, const MoveMark& mark) {
  if (mark.role == MoveMark::Role::target) {
    return "a move from " + mark.other + " into " + name +
           " is not finished: run `keitaro-outbox move` there again, with the same --to";
  }
  if (mark.done)
    return name + " has moved to " + mark.other + ": name that as the database (--db, KEITARO_OUTBOX_DB)";
  return "the rows of " + name + " are being moved to " + mark.other +
         ": run `keitaro-outbox move` again, with the same --to, to finish it, or `keitaro-outbox move "
         "--give-up`";
}

class GuardedOutbox final : public ports::Outbox {
 public:
  GuardedOutbox(std::unique_ptr<ports::Outbox> outbox, const std::string& name)
      : outbox_(std::move(outbox)), name_(core::shown_database(name)) {}

  std::unique_ptr<ports::OutboxReader> reader() override { return outbox_->reader(); }
  std::unique_ptr<ports::BacklogReader> backlog(ports::BacklogScope scope) override {
    return outbox_->backlog(scope);
  }
  std::unique_ptr<ports::OutboxAdmin> admin() override {
    require_not_moved();
    return outbox_->admin();
  }
  std::unique_ptr<ports::BulkInsert> bulk_insert(ports::BulkInsert::Mode mode) override {
    require_not_moved();
    return outbox_->bulk_insert(mode);
  }
  std::unique_ptr<ports::IntakeRejects> rejects() override { return outbox_->rejects(); }
  std::unique_ptr<ports::ReadBackStore> read_back(core::Millis busy_limit) override {
    return outbox_->read_back(busy_limit);
  }
  std::unique_ptr<ports::Pruner> pruner(const ports::PruningOptions& options) override {
    require_not_moved();
    return outbox_->pruner(options);
  }
  std::unique_ptr<ports::OutboxCopy> copy() override { return outbox_->copy(); }
  ports::MigrationReport install() override { return outbox_->install(); }

  void require_not_moved() override {
    if (const auto mark = outbox_->copy()->mark())
      throw ports::StoreError(ports::StoreError::Kind::schema, refusal(name_, *mark));
  }

 private:
  const std::unique_ptr<ports::Outbox> outbox_;
  const std::string name_;
};

}  // namespace

std::unique_ptr<ports::Outbox> guarded(std::unique_ptr<ports::Outbox> outbox, const std::string& name) {
  return std::make_unique<GuardedOutbox>(std::move(outbox), name);
}

}  // namespace keitaro_outbox::app
