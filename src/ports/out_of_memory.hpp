#pragma once

#include <new>

namespace keitaro_outbox::ports {

/// For people; there may be no memory to put more words together.
inline constexpr const char* kOutOfMemory =
    "out of memory: end what else takes it on this host, or give the process more";

/// std::bad_alloc in words.
class OutOfMemory : public std::bad_alloc {
 public:
  const char* what() const noexcept override { return kOutOfMemory; }
};

}  // namespace keitaro_outbox::ports
