#include "sqlite/lock/recovery_journal.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string_view>
#include <system_error>

#include "sqlite/lock/ack_ring.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using core::OutboxId;
using Counter = std::atomic<std::int64_t>;

/// With the format's number at its end: another one is not read.
constexpr std::array<char, 8> kMagic{'k', 'o', 'u', 't', 'b', 'o', 'x', '1'};
constexpr std::size_t kIdBytes = 64;
constexpr std::size_t kCrashCounts = 32;
constexpr std::size_t kCacheLine = 64;

/// So many rows may be set aside with nothing delivered between; more would mean that the rows are innocent.
constexpr std::int64_t kQuarantinedInARow = 3;

constexpr long kZfsMagic = 0x2fc12fc1;
constexpr long kCifsMagic = 0xff534d42;
constexpr long kSmb2Magic = 0xfe534d42;

struct Head {
  std::array<char, 8> magic;
  std::array<char, kIdBytes> database_id;
  std::uint64_t id_check;
  std::int64_t recorded;
  std::int64_t alive;  ///< 1 from mark_started() to mark_stopped().

  std::string_view id() const {
    return {database_id.data(), ::strnlen(database_id.data(), database_id.size())};
  }
  std::uint64_t check_of_id() const {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const char byte : database_id) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    return hash;
  }
  std::optional<Identity> identity() const {
    if (magic != kMagic || id().empty() || id_check != check_of_id()) return std::nullopt;
    return Identity{std::string(id()), recorded};
  }
};

struct Accused {
  std::int64_t row;
  std::int32_t ends;
  std::int32_t sending;
};

/// Apart, so that threads do not write to each other's cache line.
struct alignas(kCacheLine) Slot {
  Counter row;
};

/// Which start of the machine this is; empty where the system does not say.
struct Boot {
  std::array<char, 40> id;

  static Boot now() noexcept {
    Boot boot{};
    const process::FileDescriptor file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    if (file && ::read(file.get(), boot.id.data(), boot.id.size() - 1) < 1) boot.id = {};
    return boot;
  }
  bool known() const { return id.front() != 0; }
  bool operator==(const Boot&) const = default;
};

/// Where a copy-on-write or a remote file system is full, it may refuse a write to a page that it had given
/// before, which ends the process.
bool keeps_its_word(int fd) {
  struct statfs info {};
  if (fstatfs(fd, &info) != 0) return false;
  constexpr std::array<long, 7> kOthers{BTRFS_SUPER_MAGIC, kZfsMagic,  NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,
                                        kCifsMagic,        kSmb2Magic, FUSE_SUPER_MAGIC};
  return std::ranges::find(kOthers, static_cast<long>(info.f_type)) == kOthers.end();
}

/// Mappings that absorb_fault() may repair.
constexpr std::size_t kMappings = 64;
std::array<std::atomic<void*>, kMappings> mappings{};
std::atomic<bool> faults_are_repaired = false;
std::atomic<int> faults_absorbed = 0;  ///< Of whichever mapping: each is looked after then.

void note_mapping(void* from, void* to) {
  for (std::atomic<void*>& mapping : mappings) {
    void* expected = from;
    if (mapping.compare_exchange_strong(expected, to)) return;
  }
}

/// A file that has another name too is somebody's, put in the lock's place: it is locked, and left as it is.
bool may_be_written(int fd) {
  struct stat file {};
  return fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_nlink <= 1;
}

}  // namespace

/// The file's format: little, fixed, and in the host's own byte order, as the file never leaves the host.
struct RecoveryJournal::Layout {
  Head head;
  std::int64_t quarantined_in_a_row;
  std::array<Accused, kCrashCounts> crash_counts;
  std::array<Slot, kThreads> slots;
  AckRing receipts;
  Boot started_in;  ///< Of mark_started(). All 0 where another version wrote the file.
};

static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::optional<Identity> RecoveryJournal::read(int fd) {
  Head head;
  if (pread(fd, &head, sizeof head, 0) != sizeof head) return std::nullopt;
  return head.identity();
}

void RecoveryJournal::repair_faults(bool they_are) noexcept {
  faults_are_repaired = they_are;
}

bool RecoveryJournal::absorb_fault(void* address) noexcept {
  for (const std::atomic<void*>& mapping : mappings) {
    auto* start = static_cast<char*>(mapping.load());
    if (start == nullptr || address < start || address >= start + sizeof(Layout)) continue;
    faults_absorbed.fetch_add(1);
    return mmap(start, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                0) != MAP_FAILED;
  }
  return false;
}

RecoveryJournal::RecoveryJournal(int fd) : mapped_(faults_are_repaired) {
  void* memory = mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  layout_ = static_cast<Layout*>(memory);
  note_mapping(nullptr, layout_);
  if (!map(fd) || !mapped_) {
    [[maybe_unused]] const auto what_there_is = pread(fd, memory, sizeof(Layout), 0);
  }
  if (!layout_->head.identity()) std::memset(memory, 0, sizeof(Layout));
}

RecoveryJournal::~RecoveryJournal() {
  note_mapping(layout_, nullptr);
  munmap(layout_, sizeof(Layout));
}

bool RecoveryJournal::lasts() const noexcept {
  return lasts_.load(std::memory_order_relaxed) &&
         faults_before_.load(std::memory_order_relaxed) == faults_absorbed;
}

/// In the place of what is mapped now: marks stay good.
bool RecoveryJournal::map(int fd) {
  faults_before_ = faults_absorbed.load();
  if (!may_be_written(fd)) {
    write_to(-1);
    return lasts_ = false;
  }
  if (!mapped_) {
    const bool allocated = allocate(fd);
    lasts_ = write_to(fd) && allocated;
    return lasts_;
  }
  lasts_ = keeps_its_word(fd) && allocate(fd) &&
           mmap(layout_, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;
  write_to(lasts_ ? -1 : fd);
  return lasts_;
}

bool RecoveryJournal::allocate(int fd) {
  const int error = posix_fallocate(fd, 0, sizeof(Layout));
  lacks_space_ = error == ENOSPC || error == EDQUOT;
  return error == 0;
}

/// Senders may be writing to it: its number stays, and never leads to another file than a lock file.
bool RecoveryJournal::write_to(int fd) {
  if (fd < 0) {
    if (!file_) return false;
    const process::FileDescriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    return nowhere && dup3(nowhere.get(), file_.get(), O_CLOEXEC) >= 0;
  }
  if (!file_) {
    file_.reset(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    return static_cast<bool>(file_);
  }
  return dup3(fd, file_.get(), O_CLOEXEC) >= 0;
}

void RecoveryJournal::move_to(int fd) {
  if (!may_be_written(fd)) {
    write_to(-1);
    lasts_ = false;
    return;
  }
  if (is_of_another_database(fd)) {
    map(fd);
    if (!mapped_) {
      [[maybe_unused]] const auto what_there_is = pread(fd, static_cast<void*>(layout_), sizeof(Layout), 0);
    }
    return;
  }
  if ((mapped_ && !keeps_its_word(fd)) || !allocate(fd) ||
      pwrite(fd, static_cast<const void*>(layout_), sizeof(Layout), 0) != sizeof(Layout)) {
    write_to(fd);
    lasts_ = false;
    return write_head();
  }
  map(fd);
}

bool RecoveryJournal::is_of_another_database(int fd) const {
  const auto known = identity();
  const auto found = read(fd);
  return known && found && found->database_id != known->database_id;
}

/// Where the memory is mapped there is nothing to do.
void RecoveryJournal::write_part(const void* part, std::size_t size) noexcept {
  if (mapped_ || !lasts()) return;
  const auto offset = static_cast<const char*>(part) - reinterpret_cast<const char*>(layout_);
  if (pwrite(file_.get(), part, size, offset) != static_cast<ssize_t>(size)) lasts_ = false;
}

void RecoveryJournal::write_all() noexcept {
  write_part(layout_, sizeof(Layout));
}

/// The head at least is to last where the memory does not.
void RecoveryJournal::write_head() noexcept {
  if (!file_) return;
  [[maybe_unused]] const auto written = pwrite(file_.get(), &layout_->head, sizeof(Head), 0);
}

std::optional<Identity> RecoveryJournal::identity() const {
  return layout_->head.identity();
}

bool RecoveryJournal::knows_a_database() const noexcept {
  return layout_->head.magic == kMagic;
}

void RecoveryJournal::adopt(const Identity& identity) {
  Head& head = layout_->head;
  const std::string_view id = std::string_view(identity.database_id).substr(0, kIdBytes);
  const auto before = head.identity();
  const bool another = !before || before->database_id != id;
  const bool back = another || identity.recorded < before->recorded;
  head.magic = {};  // Half of it must not be taken for the whole.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  head.database_id = {};
  std::ranges::copy(id, head.database_id.begin());
  head.id_check = head.check_of_id();
  head.recorded = identity.recorded;
  if (another) forget_crash_counts();
  if (back) layout_->receipts.clear();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  head.magic = kMagic;
  write_head();
  if (back) write_all();
}

void RecoveryJournal::recorded(std::int64_t groups) noexcept {
  std::atomic_ref(layout_->head.recorded).store(groups, std::memory_order_relaxed);
  write_head();
}

void RecoveryJournal::mark_started() {
  const bool ended_without_a_word = layout_->head.alive != 0;
  const std::size_t quarantined_before = quarantined().size();
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    const OutboxId row{layout_->slots[thread].row.exchange(0)};
    if (row.value != 0 && ended_without_a_word) count(row, thread != 0);
  }
  const std::size_t quarantined_now = quarantined().size();
  if (quarantined_now > quarantined_before)
    layout_->quarantined_in_a_row += static_cast<std::int64_t>(quarantined_now - quarantined_before);
  has_crash_counts_ = layout_->quarantined_in_a_row != 0 || any_crash_count();
  const Boot boot = Boot::now();
  power_was_cut_ =
      ended_without_a_word && boot.known() && layout_->started_in.known() && layout_->started_in != boot;
  layout_->head.alive = 1;
  layout_->started_in = boot;
  write_head();
  write_all();
  sync();
}

/// Once, for a power cut to be told by.
void RecoveryJournal::sync() noexcept {
  if (!lasts()) return;
  [[maybe_unused]] const int error =
      mapped_ ? ::msync(layout_, sizeof(Layout), MS_SYNC) : ::fdatasync(file_.get());
}

/// The table is small. Where it is full the row with the fewest ends makes room: it is the likeliest to be
/// innocent.
void RecoveryJournal::count(OutboxId row, bool sending) {
  auto& crash_counts = layout_->crash_counts;
  auto entry = std::ranges::find(crash_counts, row.value, &Accused::row);
  if (entry == crash_counts.end()) {
    entry =
        std::ranges::min_element(crash_counts, {}, [](const Accused& a) { return a.row == 0 ? -1 : a.ends; });
    *entry = {.row = row.value, .ends = 0, .sending = 0};
  }
  ++entry->ends;
  entry->sending = sending ? 1 : 0;
}

void RecoveryJournal::mark_stopped() noexcept {
  for (Slot& slot : layout_->slots) slot.row = 0;
  forget_crash_counts();
  layout_->head.alive = 0;
  write_head();
  write_all();
}

void RecoveryJournal::forget_crash_counts() noexcept {
  layout_->crash_counts = {};
  layout_->quarantined_in_a_row = 0;
  has_crash_counts_ = false;
}

bool RecoveryJournal::any_crash_count() const noexcept {
  return std::ranges::any_of(layout_->crash_counts, [](const Accused& a) { return a.row != 0; });
}

std::vector<RecoveryJournal::CrashCount> RecoveryJournal::quarantined() const {
  std::vector<CrashCount> found;
  if (layout_->quarantined_in_a_row > kQuarantinedInARow) return found;
  for (const Accused& accused : layout_->crash_counts) {
    if (accused.row == 0 || accused.ends < kCrashesToQuarantine) continue;
    found.push_back({{accused.row}, accused.ends, accused.sending != 0});
  }
  return found;
}

void RecoveryJournal::finished(OutboxId row, bool delivered) noexcept {
  if (!has_crash_counts_) [[likely]]
    return;
  if (delivered) layout_->quarantined_in_a_row = 0;
  for (Accused& accused : layout_->crash_counts) {
    if (accused.row == row.value) accused = {};
  }
  write_part(&layout_->quarantined_in_a_row,
             sizeof layout_->quarantined_in_a_row + sizeof layout_->crash_counts);
  has_crash_counts_ = layout_->quarantined_in_a_row != 0 || any_crash_count();
}

std::optional<ports::AckId> RecoveryJournal::keep(const ports::Ack& receipt) noexcept {
  if (!lasts()) return std::nullopt;
  const auto kept = layout_->receipts.keep(receipt);
  if (kept) write_ack(*kept);
  return kept;
}

void RecoveryJournal::forget(ports::AckId number) noexcept {
  layout_->receipts.forget(number);
  write_ack(number);
}

std::vector<std::pair<ports::AckId, ports::Ack>> RecoveryJournal::unrecorded_acks() {
  return layout_->receipts.recover();
}

void RecoveryJournal::write_ack(ports::AckId number) noexcept {
  if (mapped_) return;
  const auto bytes = layout_->receipts.bytes_of(number);
  write_part(bytes.data(), bytes.size());
}

ports::InProgressSlot RecoveryJournal::mark(std::size_t thread) {
  if (thread >= kThreads) return {};
  auto& memory = layout_->slots[thread].row;
  if (mapped_ || !file_) return ports::InProgressSlot(memory);
  return ports::InProgressSlot(memory, file_.get(),
                               reinterpret_cast<char*>(&memory) - reinterpret_cast<char*>(layout_));
}

}  // namespace keitaro_outbox::sqlite
