// What the delivery thread notes of the row that it is handling.
#include <atomic>
#include <set>

#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

/// Looks at the note at each call of a port.
class MarkWatch final : public PortHooks {
 public:
  void before(PortCall call) override {
    const std::int64_t row = note.load();
    if (row != 0) rows.insert(row);
    const bool may_wait = call == PortCall::begin_write || call == PortCall::commit || call == PortCall::sync;
    EXPECT_TRUE(!may_wait || row == 0);
    EXPECT_TRUE(call != PortCall::record || row != 0);
  }
  std::atomic<std::int64_t> note{0};
  std::set<std::int64_t> rows;
};

TEST(InProgressScope, TheRowIsNotedWhileItIsHandledAndNotWhileAnythingIsWaitedFor) {
  MarkWatch watch;
  World world({.hooks = &watch});
  for (int i = 0; i < 5; ++i) world.database.insert({.subid = "c" + std::to_string(i)});
  world.start_worker();
  world.cycle().set_in_progress_slot(ports::InProgressSlot(watch.note));
  ASSERT_TRUE(world.run_until_drained());
  EXPECT_THAT(watch.rows, testing::ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(watch.note, 0);
}

}  // namespace
}  // namespace keitaro_outbox::simulation
