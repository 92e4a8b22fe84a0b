#include "core/flow/share_window.hpp"

#include <gtest/gtest.h>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

const SteadyTime kStart{1h};

TEST(ShareWindow, AnUnknownTrackerIsHeldToBeWell) {
  EXPECT_EQ(ShareWindow(20).share(), 1);
}

TEST(ShareWindow, TheLastAnswersCountMost) {
  ShareWindow window(20);
  for (int i = 0; i < 1000; ++i) window.on_answer(true, kStart);
  EXPECT_GT(window.share(), 0.99);
  for (int i = 0; i < 20; ++i) window.on_answer(false, kStart);
  EXPECT_NEAR(window.share(), 0.39, 0.02);
  for (int i = 0; i < 80; ++i) window.on_answer(false, kStart);
  EXPECT_LT(window.share(), 0.06);
}

TEST(ShareWindow, WhatWasLongAgoCountsLittle) {
  ShareWindow window(100);
  for (int i = 0; i < 100; ++i) window.on_answer(false, kStart);
  window.on_answer(true, kStart + 10 * ShareWindow::kHalfLife);
  EXPECT_GT(window.share(), 0.9);
}

}  // namespace
}  // namespace keitaro_outbox::core
