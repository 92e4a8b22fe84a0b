#include "core/text/column_values.hpp"

#include <gtest/gtest.h>

#include "core/readback/verdict.hpp"
#include "core/rules/row.hpp"

namespace keitaro_outbox::core {
namespace {

TEST(ColumnValues, AreNullForWhatIsNotThere) {
  EXPECT_EQ(unless_empty(""), std::nullopt);
  EXPECT_EQ(name_of(std::optional<State>()), std::nullopt);
  EXPECT_EQ(name_of(std::optional<Status>()), std::nullopt);
  EXPECT_EQ(name_of(std::optional<Verdict>()), std::nullopt);
  EXPECT_EQ(text_of(std::nullopt), std::nullopt);
}

TEST(ColumnValues, AreTheTextForWhatIs) {
  EXPECT_EQ(unless_empty(" "), " ");
  EXPECT_EQ(name_of(std::optional(State::dead)), "dead");
  EXPECT_EQ(name_of(std::optional(Status::rebill)), "rebill");
  EXPECT_EQ(name_of(std::optional(Verdict::differs)), "differs");
  EXPECT_EQ(text_of(Amount::parse("007.10")), "7.1");
}

}  // namespace
}  // namespace keitaro_outbox::core
