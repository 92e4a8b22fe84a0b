#include "sqlite/durability/write_coalescing_vfs.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "sqlite/base/errors.hpp"

namespace keitaro_outbox::sqlite {
namespace {

constexpr char kName[] = "keitaro-outbox-gathering-";
constexpr sqlite3_int64 kCapacity = 120 * 1024;  // SQLite's own VFS writes less than 128 KiB at once

/// A write-ahead log. What was gathered follows on `start_`, and is handed on before anything else is done.
class CoalescedLog {
 public:
  explicit CoalescedLog(sqlite3_file* file)
      : file_(file), gathered_(new (std::nothrow) char[static_cast<std::size_t>(kCapacity)]) {}

  sqlite3_file* file() const { return file_; }

  int write(const void* data, int size, sqlite3_int64 offset) {
    header_was_last_ = offset == 0;
    if (offset != start_ + size_ || size_ + size > kCapacity) {
      if (const int code = hand_on(); code != SQLITE_OK) return code;
      start_ = offset;
    }
    if (!gathered_ || size > kCapacity) return file_->pMethods->xWrite(file_, data, size, offset);
    std::memcpy(gathered_.get() + size_, data, static_cast<std::size_t>(size));
    size_ += size;
    return SQLITE_OK;
  }

  /// After a failure what was gathered is dropped, as SQLite then gives the transaction up.
  int hand_on() {
    const auto size = static_cast<int>(std::exchange(size_, 0));
    return size == 0 ? SQLITE_OK : file_->pMethods->xWrite(file_, gathered_.get(), size, start_);
  }

  /// The same where SQLite might go on in spite of a failure: the sync will fail then.
  int hand_on_before_look() {
    const int code = hand_on();
    if (code != SQLITE_OK) failure_ = code;
    return code;
  }

  int sync(int flags) {
    const int code = hand_on();
    if (const int failure = std::exchange(failure_, SQLITE_OK); failure != SQLITE_OK) return failure;
    if (code != SQLITE_OK) return code;
    // The header of a log that is begun anew must be on the disk before what follows it.
    if (syncs_later_ && !header_was_last_) {
      left_ = flags;
      return SQLITE_OK;
    }
    return file_->pMethods->xSync(file_, flags);
  }

  void sync_later(bool later) {
    syncs_later_ = later;
    left_.reset();
  }

  int sync_what_was_left() {
    const auto flags = std::exchange(left_, std::nullopt);
    return flags ? file_->pMethods->xSync(file_, *flags) : SQLITE_OK;
  }

  int last_errno() {
    int found = 0;
    file_->pMethods->xFileControl(file_, SQLITE_FCNTL_LAST_ERRNO, &found);
    return found;
  }

 private:
  sqlite3_file* file_;
  std::unique_ptr<char[]> gathered_;
  sqlite3_int64 start_ = 0;
  sqlite3_int64 size_ = 0;
  int failure_ = SQLITE_OK;
  bool header_was_last_ = false;  ///< Of what was written.
  bool syncs_later_ = false;
  std::optional<int> left_;  ///< A sync that is still to be made, with these flags.
};

/// What SQLite holds of an open log; behind it lies the file of the VFS below.
struct File {
  sqlite3_file base;
  CoalescedLog* log;
};

constexpr std::size_t kFileSize =
    (sizeof(File) + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);

CoalescedLog& log_of(sqlite3_file* file) {
  return *reinterpret_cast<File*>(file)->log;
}

sqlite3_file* below(sqlite3_file* file) {
  return log_of(file).file();
}

/// What is left belongs to no commit: that would have ended with a sync.
int close(sqlite3_file* file) {
  const std::unique_ptr<CoalescedLog> log(&log_of(file));
  return log->file()->pMethods->xClose(log->file());
}

int read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  const int code = log_of(file).hand_on_before_look();
  return code != SQLITE_OK ? code : below(file)->pMethods->xRead(below(file), data, size, offset);
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  return log_of(file).write(data, size, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int code = log_of(file).hand_on_before_look();
  return code != SQLITE_OK ? code : below(file)->pMethods->xTruncate(below(file), size);
}

int sync(sqlite3_file* file, int flags) {
  return log_of(file).sync(flags);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  const int code = log_of(file).hand_on_before_look();
  return code != SQLITE_OK ? code : below(file)->pMethods->xFileSize(below(file), size);
}

int lock(sqlite3_file* file, int level) {
  return below(file)->pMethods->xLock(below(file), level);
}

int unlock(sqlite3_file* file, int level) {
  return below(file)->pMethods->xUnlock(below(file), level);
}

int check_reserved_lock(sqlite3_file* file, int* held) {
  return below(file)->pMethods->xCheckReservedLock(below(file), held);
}

int file_control(sqlite3_file* file, int operation, void* argument) {
  return below(file)->pMethods->xFileControl(below(file), operation, argument);
}

int sector_size(sqlite3_file* file) {
  return below(file)->pMethods->xSectorSize(below(file));
}

int device_characteristics(sqlite3_file* file) {
  return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

/// Version 1: what the later ones add is for the database's own file.
constexpr sqlite3_io_methods kLogMethods = {.iVersion = 1,
                                            .xClose = &close,
                                            .xRead = &read,
                                            .xWrite = &write,
                                            .xTruncate = &truncate,
                                            .xSync = &sync,
                                            .xFileSize = &file_size,
                                            .xLock = &lock,
                                            .xUnlock = &unlock,
                                            .xCheckReservedLock = &check_reserved_lock,
                                            .xFileControl = &file_control,
                                            .xSectorSize = &sector_size,
                                            .xDeviceCharacteristics = &device_characteristics,
                                            .xShmMap = nullptr,
                                            .xShmLock = nullptr,
                                            .xShmBarrier = nullptr,
                                            .xShmUnmap = nullptr,
                                            .xFetch = nullptr,
                                            .xUnfetch = nullptr};

sqlite3_vfs* below(sqlite3_vfs* vfs) {
  return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

/// Any other file is the VFS's below and nothing else.
int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* flags_out) {
  if ((flags & SQLITE_OPEN_WAL) == 0) return below(vfs)->xOpen(below(vfs), name, file, flags, flags_out);

  file->pMethods = nullptr;
  auto* real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kFileSize);
  std::unique_ptr<CoalescedLog> log(new (std::nothrow) CoalescedLog(real));
  if (!log) return SQLITE_NOMEM;
  const int code = below(vfs)->xOpen(below(vfs), name, real, flags, flags_out);
  if (code != SQLITE_OK) {
    if (real->pMethods != nullptr) real->pMethods->xClose(real);
    return code;
  }
  reinterpret_cast<File*>(file)->log = log.release();
  file->pMethods = &kLogMethods;
  return SQLITE_OK;
}

/// All its functions but open() call those of the VFS below, with that VFS.
sqlite3_vfs over(sqlite3_vfs* under, const char* name) {
  sqlite3_vfs vfs{};
  vfs.iVersion = 2;
  vfs.szOsFile = under->szOsFile + static_cast<int>(kFileSize);
  vfs.mxPathname = under->mxPathname;
  vfs.zName = name;
  vfs.pAppData = under;
  vfs.xOpen = &open;
  vfs.xDelete = [](sqlite3_vfs* v, const char* file, int sync_folder) {
    return below(v)->xDelete(below(v), file, sync_folder);
  };
  vfs.xAccess = [](sqlite3_vfs* v, const char* file, int flags, int* out) {
    return below(v)->xAccess(below(v), file, flags, out);
  };
  vfs.xFullPathname = [](sqlite3_vfs* v, const char* file, int size, char* out) {
    return below(v)->xFullPathname(below(v), file, size, out);
  };
  vfs.xDlOpen = [](sqlite3_vfs* v, const char* file) { return below(v)->xDlOpen(below(v), file); };
  vfs.xDlError = [](sqlite3_vfs* v, int size, char* out) { below(v)->xDlError(below(v), size, out); };
  vfs.xDlSym = [](sqlite3_vfs* v, void* library, const char* symbol) {
    return below(v)->xDlSym(below(v), library, symbol);
  };
  vfs.xDlClose = [](sqlite3_vfs* v, void* library) { below(v)->xDlClose(below(v), library); };
  vfs.xRandomness = [](sqlite3_vfs* v, int size, char* out) {
    return below(v)->xRandomness(below(v), size, out);
  };
  vfs.xSleep = [](sqlite3_vfs* v, int micros) { return below(v)->xSleep(below(v), micros); };
  vfs.xCurrentTime = [](sqlite3_vfs* v, double* out) { return below(v)->xCurrentTime(below(v), out); };
  vfs.xGetLastError = [](sqlite3_vfs* v, int size, char* out) {
    return below(v)->xGetLastError(below(v), size, out);
  };
  vfs.xCurrentTimeInt64 = [](sqlite3_vfs* v, sqlite3_int64* out) {
    if (below(v)->iVersion >= 2 && below(v)->xCurrentTimeInt64 != nullptr)
      return below(v)->xCurrentTimeInt64(below(v), out);
    double days = 0;
    const int code = below(v)->xCurrentTime(below(v), &days);
    *out = static_cast<sqlite3_int64>(days * 86'400'000);
    return code;
  };
  return vfs;
}

/// The write-ahead log that `db` has open; null where it is not one of ours.
CoalescedLog* open_log(sqlite3* db) {
  sqlite3_file* file = nullptr;
  const int code = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
  return code == SQLITE_OK && file != nullptr && file->pMethods == &kLogMethods ? &log_of(file) : nullptr;
}

struct Registered {
  std::string name;
  sqlite3_vfs vfs;
};

}  // namespace

std::string write_coalescing_vfs() {
  static std::mutex mutex;
  static std::map<sqlite3_vfs*, Registered> registered;  // SQLite's default VFS may be changed
  const std::lock_guard lock(mutex);
  sqlite3_vfs* under = sqlite3_vfs_find(nullptr);
  const auto [place, is_new] = registered.try_emplace(under);
  Registered& entry = place->second;
  if (!is_new) return entry.name;
  try {
    entry.name = kName + std::to_string(registered.size());
    entry.vfs = over(under, entry.name.c_str());
    if (sqlite3_vfs_register(&entry.vfs, 0) != SQLITE_OK) throw std::bad_alloc();
  } catch (const std::bad_alloc&) {
    registered.erase(place);
    throw;
  }
  return entry.name;
}

bool sync_log(sqlite3* db) noexcept {
  CoalescedLog* log = open_log(db);
  return log == nullptr || log->file()->pMethods->xSync(log->file(), SQLITE_SYNC_NORMAL) == SQLITE_OK;
}

DeferredSync::DeferredSync(sqlite3* db) : db_(db) {
  if (CoalescedLog* log = open_log(db_)) log->sync_later(true);
}

DeferredSync::~DeferredSync() {
  if (CoalescedLog* log = open_log(db_)) log->sync_later(false);
}

void DeferredSync::sync() {
  CoalescedLog* log = open_log(db_);
  const int code = log == nullptr ? SQLITE_OK : log->sync_what_was_left();
  if (code != SQLITE_OK) throw file_error(file_of(db_), code, log->last_errno());
}

}  // namespace keitaro_outbox::sqlite
