// Memory that runs out at a call of the test's choosing: operator new for the whole process, and what SQLite
// and libcurl take by their own ways.
#include "faults/memory_faults.hpp"

#include <curl/curl.h>
#include <sqlite3.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

#include "faults/fault_points.hpp"

namespace keitaro_outbox::faults {
namespace {

sqlite3_mem_methods usual_sqlite_memory;

void* sqlite_malloc(int size) {
  return must_fail(Place::sqlite_memory) ? nullptr : usual_sqlite_memory.xMalloc(size);
}
void* sqlite_realloc(void* memory, int size) {
  return must_fail(Place::sqlite_memory) ? nullptr : usual_sqlite_memory.xRealloc(memory, size);
}

void* curl_malloc(std::size_t size) {
  return must_fail(Place::curl_memory) ? nullptr : std::malloc(size);
}
void* curl_realloc(void* memory, std::size_t size) {
  return must_fail(Place::curl_memory) ? nullptr : std::realloc(memory, size);
}
void* curl_calloc(std::size_t count, std::size_t size) {
  return must_fail(Place::curl_memory) ? nullptr : std::calloc(count, size);
}
char* curl_strdup(const char* text) {
  return must_fail(Place::curl_memory) ? nullptr : ::strdup(text);
}

bool watch_sqlite_and_curl() {
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual_sqlite_memory) != SQLITE_OK) return false;
  static sqlite3_mem_methods ours = usual_sqlite_memory;
  ours.xMalloc = sqlite_malloc;
  ours.xRealloc = sqlite_realloc;
  if (sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) != SQLITE_OK) return false;
  // Without a store of its own for small things: these may run out as well.
  if (sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK) return false;
  return curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, std::free, curl_realloc, curl_strdup,
                              curl_calloc) == CURLE_OK;
}

void* allot(std::size_t size, std::size_t alignment) noexcept {
  if (must_fail(Place::cpp_memory)) return nullptr;
  if (alignment <= alignof(std::max_align_t)) return std::malloc(size == 0 ? 1 : size);
  return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void* allot_or_throw(std::size_t size, std::size_t alignment) {
  void* memory = allot(size, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void watch_memory() {
  static const bool watched = watch_sqlite_and_curl();
  if (!watched) throw std::runtime_error("memory was used before it could be watched");
}

}  // namespace keitaro_outbox::faults

namespace faults = keitaro_outbox::faults;

void* operator new(std::size_t size) {
  return faults::allot_or_throw(size, 1);
}
void* operator new[](std::size_t size) {
  return faults::allot_or_throw(size, 1);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return faults::allot_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return faults::allot_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return faults::allot(size, 1);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return faults::allot(size, 1);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
