#include "schedules/book.hpp"

#include <utility>

namespace keitaro_outbox::simulation {

const TakenIn* Book::last_taken_in(const Facts& row) const {
  const auto found = taken_in.find({row.tracker, row.subid, row.tid});
  return found == taken_in.end() ? nullptr : &found->second;
}

BookKeeper::BookKeeper(SimDatabase& database)
    : version_(database.connection(), "PRAGMA data_version"),
      rows_(database.connection(),
            "SELECT id, state, attempts, strikes, due_at, waits_for, reason, refusals "
            "FROM outbox ORDER BY id"),
      facts_(database.connection(),
             "SELECT id, tracker, subid, status, tid, payout, currency, params FROM outbox WHERE id = ?"),
      taken_in_(
          database.connection(),
          "SELECT tracker, subid, tid, status, sent_status, payout, currency, params, rebilled_by, outbox_id"
          "  FROM conversions") {
  worker_has_committed();
}

bool BookKeeper::worker_has_committed() {
  version_.reset();
  version_.executeStep();
  const std::int64_t version = version_.getColumn(0);
  version_.reset();
  return std::exchange(last_version_, version) != version;
}

std::shared_ptr<const Book> BookKeeper::read(const Book& before) {
  auto book = std::make_shared<Book>();
  rows_.reset();
  auto known = before.rows.begin();
  while (rows_.executeStep()) {
    const std::int64_t id = rows_.getColumn(0);
    while (known != before.rows.end() && known->first < id) ++known;
    const bool is_known = known != before.rows.end() && known->first == id;
    BookedRow row{is_known ? known->second.facts : read_facts(id), {}};
    row.standing.state = rows_.getColumn(1).getText();
    row.standing.attempts = rows_.getColumn(2);
    row.standing.strikes = rows_.getColumn(3);
    row.standing.due_at = rows_.getColumn(4);
    if (!rows_.isColumnNull(5)) row.standing.waits_for = rows_.getColumn(5).getInt64();
    row.standing.reason = rows_.getColumn(6).getText();
    row.standing.refusals = rows_.getColumn(7);
    book->rows.emplace_hint(book->rows.end(), id, std::move(row));
  }
  rows_.reset();

  taken_in_.reset();
  while (taken_in_.executeStep()) {
    const auto text = [&](int column) { return std::string(taken_in_.getColumn(column).getText()); };
    book->taken_in.insert_or_assign(
        {text(0), text(1), text(2)},
        TakenIn{.status = text(3),
                .sent_status = text(4),
                .payout = text(5),
                .currency = text(6),
                .params = text(7),
                .rebilled_by = taken_in_.isColumnNull(8) ? std::nullopt
                                                         : std::optional(taken_in_.getColumn(8).getInt64()),
                .outbox_id = taken_in_.getColumn(9)});
  }
  taken_in_.reset();
  return book;
}

std::shared_ptr<const Facts> BookKeeper::read_facts(std::int64_t id) {
  facts_.reset();
  facts_.bind(1, id);
  facts_.executeStep();
  const auto text = [&](int column) { return std::string(facts_.getColumn(column).getText()); };
  auto facts = std::make_shared<const Facts>(Facts{.id = id,
                                                   .tracker = text(1),
                                                   .subid = text(2),
                                                   .status = text(3),
                                                   .tid = text(4),
                                                   .payout = text(5),
                                                   .currency = text(6),
                                                   .params = text(7)});
  facts_.reset();
  return facts;
}

}  // namespace keitaro_outbox::simulation
