// The power goes between any two calls that a spool makes; of what was not synced nothing, all but the end,
// or some sectors are there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "intake/fake_store.hpp"
#include "intake/spool.hpp"
#include "temp_folder.hpp"

namespace keitaro_outbox::intake {
namespace {

using namespace std::chrono_literals;

/// What happened, in order.
struct Event {
  enum class Kind : std::uint8_t { write, truncate, sync, name_synced, committed, promised };
  Kind kind;
  std::int64_t at = 0;  ///< Of a write; the size of a truncation.
  std::string bytes = {};
  std::vector<ports::IntakeItem> items = {};
  std::optional<ports::SpoolPosition> position = {};
};
using Events = std::vector<Event>;

class RecordingDisk final : public SpoolDisk {
 public:
  explicit RecordingDisk(Events& events) : events_(events) {}
  std::int64_t write(int file, const char* from, std::size_t size, std::int64_t at) override {
    events_.push_back({Event::Kind::write, at, std::string(from, size)});
    return SpoolDisk::write(file, from, size, at);
  }
  bool truncate(int file, std::int64_t size) override {
    events_.push_back({Event::Kind::truncate, size});
    return SpoolDisk::truncate(file, size);
  }
  bool sync(int file) override {
    events_.push_back({Event::Kind::sync});
    return SpoolDisk::sync(file);
  }
  bool sync_folder_of(const std::string& path) override {
    events_.push_back({Event::Kind::name_synced});
    return SpoolDisk::sync_folder_of(path);
  }

 private:
  Events& events_;
};

/// A database whose commits are durable.
class RecordingStore final : public ports::IntakeStore {
 public:
  explicit RecordingStore(Events& events) : events_(events) {}
  std::vector<ports::IntakeOutcome> commit(std::span<const ports::IntakeItem> group, core::Millis wait,
                                           const std::optional<ports::SpoolPosition>& position) override {
    events_.push_back({Event::Kind::committed,
                       0,
                       {},
                       std::vector<ports::IntakeItem>(group.begin(), group.end()),
                       position});
    return store_.commit(group, wait, position);
  }
  std::optional<ports::SpoolPosition> spool_position(std::string_view spool_id) override {
    return store_.spool_position(spool_id);
  }

 private:
  Events& events_;
  FakeStore store_;
};

Events record_life() {
  const TempFolder folder;
  Events events;
  RecordingStore store(events);
  Spool spool(folder.file("spool"), {}, std::make_shared<RecordingDisk>(events));
  const auto append = [&](const std::vector<std::string>& subids) {
    std::vector<ports::IntakeItem> items;
    for (const std::string& subid : subids) items.push_back(item(subid));
    if (!spool.append(items).empty()) throw std::runtime_error("nothing fails here");
    for (const std::string& subid : subids) events.push_back({Event::Kind::promised, 0, subid});
  };
  append({"a"});
  append({"b", "c"});
  spool.drain(store, 0ms);
  append({"d"});
  append({"e", "f", "g"});
  spool.drain(store, 0ms);
  append({"h"});
  return events;
}

enum class Leaves : std::uint8_t { nothing, all_but_the_end, some_sectors };

void write_at(std::string& file, std::int64_t at, std::string_view bytes) {
  const auto begin = static_cast<std::size_t>(at);
  if (file.size() < begin + bytes.size()) file.resize(begin + bytes.size(), '\0');
  file.replace(begin, bytes.size(), bytes);
}

/// The file that a power cut leaves of the first `count` events; nullopt where its name is gone.
std::optional<std::string> left_of(const Events& events, std::size_t count, Leaves leaves,
                                   std::mt19937& chance) {
  std::string durable;
  bool named = false;
  std::vector<const Event*> unsynced;
  const auto apply = [&](const Event& event) {
    if (event.kind == Event::Kind::truncate) {
      durable.resize(static_cast<std::size_t>(event.at));
    } else {
      write_at(durable, event.at, event.bytes);
    }
  };
  for (std::size_t i = 0; i < count; ++i) {
    switch (events[i].kind) {
      case Event::Kind::write:
      case Event::Kind::truncate:
        unsynced.push_back(&events[i]);
        break;
      case Event::Kind::sync:
        for (const Event* event : unsynced) apply(*event);
        unsynced.clear();
        break;
      case Event::Kind::name_synced:
        named = true;
        break;
      case Event::Kind::committed:
      case Event::Kind::promised:
        break;
    }
  }
  if (!named && leaves == Leaves::nothing) return std::nullopt;
  for (std::size_t i = 0; i < unsynced.size() && leaves != Leaves::nothing; ++i) {
    const Event& event = *unsynced[i];
    if (event.kind == Event::Kind::truncate ||
        (leaves == Leaves::all_but_the_end && i + 1 < unsynced.size())) {
      if (leaves == Leaves::all_but_the_end || chance() % 2 == 0) apply(event);
      continue;
    }
    constexpr std::size_t kSector = 64;  // Small, as the records are.
    for (std::size_t at = 0; at < event.bytes.size(); at += kSector) {
      const bool there =
          leaves == Leaves::some_sectors ? chance() % 2 == 0 : at + kSector < event.bytes.size();
      if (there) {
        write_at(durable, event.at + static_cast<std::int64_t>(at),
                 std::string_view(event.bytes).substr(at, kSector));
      }
    }
  }
  return durable;
}

TEST(SpoolPowerLoss, WhatWasPromisedIsARowOnceAndInItsOrder) {
  const Events events = record_life();
  const TempFolder folder;
  std::mt19937 chance(1);
  for (std::size_t count = 0; count <= events.size(); ++count) {
    for (int round = 0; round < 20; ++round) {
      const Leaves leaves = round == 0   ? Leaves::nothing
                            : round == 1 ? Leaves::all_but_the_end
                                         : Leaves::some_sectors;
      SCOPED_TRACE("after " + std::to_string(count) + " calls, round " + std::to_string(round));
      const std::string path = folder.file("spool");
      std::filesystem::remove(path);
      if (const auto file = left_of(events, count, leaves, chance))
        std::ofstream(path, std::ios::binary) << *file;
      FakeStore store;
      std::vector<std::string> promised;
      for (std::size_t i = 0; i < count; ++i) {
        if (events[i].kind == Event::Kind::committed) store.commit(events[i].items, 0ms, events[i].position);
        if (events[i].kind == Event::Kind::promised) promised.push_back(events[i].bytes);
      }
      Spool next_life(path, {});
      ASSERT_EQ(next_life.append({item("z")}), "");
      next_life.drain(store, 0ms);
      std::vector<std::string> kept;
      for (const std::string& row : store.rows_) {
        EXPECT_EQ(std::ranges::count(store.rows_, row), 1) << row << " is there twice";
        if (std::ranges::count(promised, row) > 0) kept.push_back(row);
      }
      EXPECT_EQ(kept, promised);
      EXPECT_EQ(store.rows_.back(), "z");
    }
  }
}

}  // namespace
}  // namespace keitaro_outbox::intake
