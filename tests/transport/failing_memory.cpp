#include "transport/failing_memory.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace keitaro_outbox::transport_tests {
namespace {

thread_local long allocations_left = 0;  // until one fails; 0 for never

}  // namespace

FailingMemory::FailingMemory(long nth) noexcept {
  allocations_left = nth;
}

void FailingMemory::heal() noexcept {
  allocations_left = 0;
}

}  // namespace keitaro_outbox::transport_tests

void* operator new(std::size_t size) {
  using keitaro_outbox::transport_tests::allocations_left;
  if (allocations_left > 0 && --allocations_left == 0) throw std::bad_alloc();
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size == 0 ? 1 : size);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
