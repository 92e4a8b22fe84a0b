#include "faults/forwarding_vfs.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cstddef>
#include <new>
#include <stdexcept>

#include "faults/fault_points.hpp"

namespace keitaro_outbox::faults {
namespace {

std::atomic<IoListener*> current_listener{nullptr};

int before(const IoCall& call) {
  IoListener* listener = current_listener;
  return listener == nullptr ? SQLITE_OK : listener->before(call);
}

int after(const IoCall& call, int code) {
  IoListener* listener = current_listener;
  if (code == SQLITE_OK && listener != nullptr) listener->after(call);
  return code;
}

template <typename Work>
int around(const IoCall& call, Work&& work) {
  const int refused = before(call);
  return refused != SQLITE_OK ? refused : after(call, work());
}

/// SQLite allots the memory, the real file's behind it.
struct File {
  sqlite3_file base;
  std::string* path;
  bool syncs_folder;  // as SQLite does at the first sync of a journal that it made
};

constexpr std::size_t kOwnBytes =
    (sizeof(File) + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);

File& own(sqlite3_file* file) {
  return *reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kOwnBytes);
}
const sqlite3_io_methods& real_methods(sqlite3_file* file) {
  return *real(file)->pMethods;
}

int on_close(sqlite3_file* file) {
  const int code = real_methods(file).xClose(real(file));
  delete own(file).path;
  return code;
}
int on_read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
  const IoCall call{.what = Io::read, .path = *own(file).path, .offset = offset, .size = size};
  return around(call, [&] { return real_methods(file).xRead(real(file), bytes, size, offset); });
}
int on_write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const IoCall call{
      .what = Io::write, .path = *own(file).path, .offset = offset, .bytes = bytes, .size = size};
  return around(call, [&] { return real_methods(file).xWrite(real(file), bytes, size, offset); });
}
int on_truncate(sqlite3_file* file, sqlite3_int64 size) {
  const IoCall call{.what = Io::truncate, .path = *own(file).path, .offset = size};
  return around(call, [&] { return real_methods(file).xTruncate(real(file), size); });
}
int on_sync(sqlite3_file* file, int flags) {
  const IoCall call{.what = Io::sync, .path = *own(file).path, .syncs_folder = own(file).syncs_folder};
  const int code = around(call, [&] { return real_methods(file).xSync(real(file), flags); });
  if (code == SQLITE_OK) own(file).syncs_folder = false;
  return code;
}
int on_size(sqlite3_file* file, sqlite3_int64* size) {
  const IoCall call{.what = Io::size, .path = *own(file).path};
  return around(call, [&] { return real_methods(file).xFileSize(real(file), size); });
}
int on_lock(sqlite3_file* file, int level) {
  const IoCall call{.what = Io::lock, .path = *own(file).path};
  return around(call, [&] { return real_methods(file).xLock(real(file), level); });
}
int on_unlock(sqlite3_file* file, int level) {
  return real_methods(file).xUnlock(real(file), level);
}
int on_check_reserved(sqlite3_file* file, int* held) {
  return real_methods(file).xCheckReservedLock(real(file), held);
}
int on_control(sqlite3_file* file, int operation, void* argument) {
  return real_methods(file).xFileControl(real(file), operation, argument);
}
int on_sector_size(sqlite3_file* file) {
  return real_methods(file).xSectorSize(real(file));
}
int on_characteristics(sqlite3_file* file) {
  return real_methods(file).xDeviceCharacteristics(real(file));
}
int on_shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** memory) {
  const IoCall call{.what = Io::shm_map, .path = *own(file).path};
  return around(call, [&] { return real_methods(file).xShmMap(real(file), region, size, extend, memory); });
}
int on_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  const auto lock = [&] { return real_methods(file).xShmLock(real(file), offset, count, flags); };
  if ((flags & SQLITE_SHM_UNLOCK) != 0) return lock();
  return around({.what = Io::shm_lock, .path = *own(file).path}, lock);
}
void on_shm_barrier(sqlite3_file* file) {
  real_methods(file).xShmBarrier(real(file));
}
int on_shm_unmap(sqlite3_file* file, int remove) {
  return real_methods(file).xShmUnmap(real(file), remove);
}

// Version 2: without memory mapping, so that every byte passes through here.
constexpr sqlite3_io_methods kMethods{.iVersion = 2,
                                      .xClose = on_close,
                                      .xRead = on_read,
                                      .xWrite = on_write,
                                      .xTruncate = on_truncate,
                                      .xSync = on_sync,
                                      .xFileSize = on_size,
                                      .xLock = on_lock,
                                      .xUnlock = on_unlock,
                                      .xCheckReservedLock = on_check_reserved,
                                      .xFileControl = on_control,
                                      .xSectorSize = on_sector_size,
                                      .xDeviceCharacteristics = on_characteristics,
                                      .xShmMap = on_shm_map,
                                      .xShmLock = on_shm_lock,
                                      .xShmBarrier = on_shm_barrier,
                                      .xShmUnmap = on_shm_unmap,
                                      .xFetch = nullptr,
                                      .xUnfetch = nullptr};

/// Memory for what is the test's is there in any case.
std::string own_text(const char* text) {
  const Spared exempt;
  return text;
}

sqlite3_vfs& usual(sqlite3_vfs* vfs) {
  return *static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int on_open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  const std::string path = own_text(name == nullptr ? "" : name);
  const auto open = [&] { return usual(vfs).xOpen(&usual(vfs), name, real(file), flags, flags_out); };
  const int code = around({.what = Io::open, .path = path}, open);
  if (code != SQLITE_OK) return code;
  constexpr int kJournals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
  own(file).path = [&] {
    const Spared exempt;
    return new std::string(path);
  }();
  own(file).syncs_folder = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & kJournals) != 0;
  file->pMethods = &kMethods;
  return SQLITE_OK;
}

int on_delete(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  const std::string path = own_text(name);
  const IoCall call{.what = Io::remove, .path = path, .syncs_folder = sync_folder != 0};
  return around(call, [&] { return usual(vfs).xDelete(&usual(vfs), name, sync_folder); });
}

int on_access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
  const std::string path = own_text(name);
  const IoCall call{.what = Io::exists, .path = path};
  return around(call, [&] { return usual(vfs).xAccess(&usual(vfs), name, flags, result); });
}

bool install() {
  sqlite3_vfs* below = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs vfs = *below;
  vfs.pNext = nullptr;
  vfs.zName = "forwarding";
  vfs.szOsFile = static_cast<int>(kOwnBytes) + below->szOsFile;
  vfs.pAppData = below;
  vfs.xOpen = on_open;
  vfs.xDelete = on_delete;
  vfs.xAccess = on_access;
  return sqlite3_vfs_register(&vfs, 1) == SQLITE_OK;
}

}  // namespace

void listen_to_sqlite(IoListener* listener) {
  static const bool installed = install();
  if (!installed) throw std::runtime_error("the test's VFS cannot be registered");
  current_listener = listener;
}

}  // namespace keitaro_outbox::faults
