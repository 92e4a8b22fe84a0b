#include "faults/disk_log.hpp"

#include <algorithm>
#include <string_view>

namespace keitaro_outbox::faults {
namespace {

constexpr std::size_t kSector = 512;

void put(std::string& content, std::size_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

void apply_whole(std::string& content, const DiskChange& change) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (change.kind == DiskChange::Kind::truncate) {
    content.resize(offset);
  } else {
    put(content, offset, change.bytes);
  }
}

/// Those sectors of a write for which `keep` is true, asked from the first on.
template <typename Keep>
void apply_sectors(std::string& content, const DiskChange& write, Keep&& keep) {
  const auto begin = static_cast<std::size_t>(write.offset);
  const std::size_t end = begin + write.bytes.size();
  for (std::size_t at = begin; at < end;) {
    const std::size_t next = std::min(end, (at / kSector + 1) * kSector);
    if (keep()) put(content, at, std::string_view(write.bytes).substr(at - begin, next - at));
    at = next;
  }
}

}  // namespace

void DiskLog::after(const IoCall& call) {
  if (!call.path.starts_with(folder_)) return;
  using Kind = DiskChange::Kind;
  const std::string file = call.path.substr(folder_.size());
  const std::lock_guard lock(mutex_);
  switch (call.what) {
    case Io::open:
      if (there_.emplace(file, true).second) changes_.push_back({.kind = Kind::create, .file = file});
      break;
    case Io::write:
      changes_.push_back(
          {.kind = Kind::write,
           .file = file,
           .offset = call.offset,
           .bytes = {static_cast<const char*>(call.bytes), static_cast<std::size_t>(call.size)}});
      break;
    case Io::truncate:
      changes_.push_back({.kind = Kind::truncate, .file = file, .offset = call.offset});
      break;
    case Io::sync:
      changes_.push_back({.kind = Kind::sync, .file = file, .syncs_folder = call.syncs_folder});
      break;
    case Io::remove:
      there_.erase(file);
      changes_.push_back({.kind = Kind::remove, .file = file, .syncs_folder = call.syncs_folder});
      break;
    default:
      break;
  }
}

std::size_t DiskLog::length() const {
  const std::lock_guard lock(mutex_);
  return changes_.size();
}

void Disk::apply(const DiskChange& change) {
  last_ = &change;
  switch (change.kind) {
    case DiskChange::Kind::create:
      now_[change.file] = std::make_shared<Inode>();
      unsynced_names_.push_back({change.file, now_[change.file]});
      break;
    case DiskChange::Kind::write:
    case DiskChange::Kind::truncate:
      now_.at(change.file)->unsynced.push_back(&change);
      break;
    case DiskChange::Kind::sync: {
      if (lies_) return;
      Inode& inode = *now_.at(change.file);
      for (const DiskChange* unsynced : inode.unsynced) apply_whole(inode.durable, *unsynced);
      inode.unsynced.clear();
      durable_[change.file] = now_.at(change.file);
      break;
    }
    case DiskChange::Kind::remove:
      now_.erase(change.file);
      unsynced_names_.push_back({change.file, nullptr});
      break;
  }
  if (change.syncs_folder && !lies_) {
    durable_ = now_;
    unsynced_names_.clear();
  }
}

Disk::Files Disk::after_power_cut(Leaves leaves, simulation::SimRandom& chance) const {
  Names names = durable_;
  std::size_t kept = unsynced_names_.size();
  if (leaves == Leaves::nothing) kept = 0;
  if (leaves == Leaves::some_sectors) kept = chance.below(kept + 1);
  for (std::size_t i = 0; i < kept; ++i) {
    const NameChange& change = unsynced_names_[i];
    if (change.inode) {
      names[change.file] = change.inode;
    } else {
      names.erase(change.file);
    }
  }
  Files files;
  for (const auto& [name, inode] : names) files.emplace(name, left_of(*inode, leaves, chance));
  return files;
}

std::string Disk::left_of(const Inode& inode, Leaves leaves, simulation::SimRandom& chance) const {
  std::string content = inode.durable;
  if (leaves == Leaves::nothing) return content;
  for (const DiskChange* change : inode.unsynced) {
    const bool is_write = change->kind == DiskChange::Kind::write;
    if (leaves == Leaves::some_sectors) {
      if (is_write) {
        apply_sectors(content, *change, [&] { return chance.happens(0.5); });
      } else if (chance.happens(0.5)) {
        apply_whole(content, *change);
      }
    } else if (leaves == Leaves::torn_last && change == last_ && is_write) {
      std::size_t sectors_left = chance.below(change->bytes.size() / kSector + 1);
      apply_sectors(content, *change, [&] { return sectors_left > 0 && sectors_left-- > 0; });
    } else {
      apply_whole(content, *change);
    }
  }
  return content;
}

}  // namespace keitaro_outbox::faults
