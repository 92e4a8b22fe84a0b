#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "faults/forwarding_vfs.hpp"
#include "schedules/sim_random.hpp"

namespace keitaro_outbox::faults {

/// One change to a folder's files, or a sync.
struct DiskChange {
  enum class Kind : std::uint8_t { create, write, truncate, sync, remove };
  Kind kind;
  std::string file;  ///< Its name within the folder.
  std::int64_t offset = 0;
  std::string bytes = {};
  bool syncs_folder = false;
};

/// Writes down every change that SQLite makes to the files of a folder, in order.
class DiskLog final : public IoListener {
 public:
  explicit DiskLog(std::string folder) : folder_(std::move(folder) + "/") {}

  void after(const IoCall& call) override;

  /// Changes so far: what has happened by now happened at or before this place.
  std::size_t length() const;
  /// To be read when nothing writes any more.
  const std::vector<DiskChange>& changes() const { return changes_; }

 private:
  const std::string folder_;
  mutable std::mutex mutex_;
  std::map<std::string, bool> there_;
  std::vector<DiskChange> changes_;
};

/// What the power leaves of changes that were not synced.
enum class Leaves : std::uint8_t {
  nothing,       ///< Only what was synced is there.
  torn_last,     ///< All of it, but for the last write, of which a part is there.
  some_sectors,  ///< Some sectors, in no order, and some changes to the folder, in order.
  everything     ///< As after the mere end of the process.
};

/// A disk with a cache that a power cut empties. A sync makes a file's bytes and its own name durable; a sync
/// of the folder all names in it. Sectors are written whole or not at all, and a write touches no bytes
/// beside its own (SQLite's "powersafe overwrite").
class Disk {
 public:
  using Files = std::map<std::string, std::string>;  ///< Bytes by name.

  /// A disk that `lies` takes a sync for done and does nothing.
  explicit Disk(bool lies = false) : lies_(lies) {}

  /// The next change, which must outlive this object.
  void apply(const DiskChange& change);

  Files after_power_cut(Leaves leaves, simulation::SimRandom& chance) const;

 private:
  struct Inode {
    std::string durable;
    std::vector<const DiskChange*> unsynced;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  struct NameChange {
    std::string file;
    std::shared_ptr<Inode> inode;  // null: removed
  };

  std::string left_of(const Inode& inode, Leaves leaves, simulation::SimRandom& chance) const;

  const bool lies_;
  Names now_;
  Names durable_;
  std::vector<NameChange> unsynced_names_;
  const DiskChange* last_ = nullptr;
};

}  // namespace keitaro_outbox::faults
