#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ports/outbox_copy.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::copy_cases {

using ports::CopiedRow;
using ports::CopiedTable;
using ports::OutboxCopy;

inline const CopiedTable& outbox() {
  return ports::kCopiedTables[0];
}

inline CopiedRow row(int id, const std::string& subid) {
  return {std::to_string(id),
          "default",
          std::nullopt,
          subid,
          "sale",
          "order",
          "12.50",
          std::nullopt,
          "USD",
          "{}",
          std::nullopt,
          "0",
          "1700000000000",
          "pending",
          "0",
          "0",
          "0",
          "0",
          std::nullopt,
          std::nullopt,
          std::nullopt,
          std::nullopt,
          "it's \"so\", \\",
          std::nullopt};
}

/// What every store's end of a move does; `target` is empty.
inline void what_is_inserted_is_read_again_and_the_position_is_kept(OutboxCopy& target) {
  EXPECT_FALSE(target.mark());
  target.begin_target("elsewhere", "source-id");
  ASSERT_TRUE(target.mark());
  EXPECT_EQ(target.mark()->role, ports::MoveMark::Role::target);
  EXPECT_EQ(target.mark()->source_id, "source-id");
  EXPECT_FALSE(target.position(outbox()));
  const std::vector<CopiedRow> rows{row(3, "a"), row(7, "ü")};
  target.insert(outbox(), rows, OutboxCopy::IfThere::fail);
  EXPECT_EQ(target.position(outbox()), CopiedRow{"7"});
  EXPECT_EQ(target.read(outbox(), std::nullopt, 10), rows);
  EXPECT_EQ(target.read(outbox(), CopiedRow{"3"}, 10), std::vector<CopiedRow>{rows[1]});
  EXPECT_EQ(target.read(outbox(), std::nullopt, 1), std::vector<CopiedRow>{rows[0]});
  // A row that is there: an error that leaves nothing of its batch, or nothing at all.
  const std::vector<CopiedRow> overlapping{row(8, "b"), row(7, "c")};
  EXPECT_THROW(target.insert(outbox(), overlapping, OutboxCopy::IfThere::fail), ports::StoreError);
  EXPECT_EQ(target.count(outbox()), (ports::CopiedCounts{{"pending", 2}}));
  target.insert(outbox(), overlapping, OutboxCopy::IfThere::keep);
  EXPECT_EQ(target.count(outbox()), (ports::CopiedCounts{{"pending", 3}}));
  EXPECT_EQ(target.position(outbox()), CopiedRow{"7"});
  target.set_last_id(outbox(), 99);
  EXPECT_EQ(target.last_id(outbox()), 99);
  target.finish_target();
  EXPECT_FALSE(target.mark());
}

inline void a_target_is_cleared_of_an_earlier_move(OutboxCopy& target) {
  target.begin_target("elsewhere", "source-id");
  target.insert(outbox(), std::vector<CopiedRow>{row(3, "a")}, OutboxCopy::IfThere::fail);
  target.clear_target();
  EXPECT_FALSE(target.mark());
  EXPECT_TRUE(target.count(outbox()).empty());
}

/// `insert` writes a row as the application does; `cancel` changes one.
template <typename Insert, typename Cancel>
void a_source_takes_inserts_until_it_is_closed(OutboxCopy& source, const Insert& insert,
                                               const Cancel& cancel) {
  insert();
  source.begin_source("elsewhere");
  EXPECT_FALSE(source.mark()->done);
  EXPECT_EQ(source.mark()->source_id, source.id());
  insert();
  EXPECT_ANY_THROW(cancel());
  source.give_up_source();
  EXPECT_FALSE(source.mark());
  cancel();
  source.begin_source("elsewhere");
  source.lock();
  source.close_source("elsewhere");
  EXPECT_TRUE(source.mark()->done);
  EXPECT_ANY_THROW(insert());
  EXPECT_ANY_THROW(cancel());
}

}  // namespace keitaro_outbox::copy_cases
