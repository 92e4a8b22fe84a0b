// Preloaded into a process, makes each fsync and fdatasync of it take longer by
// KEITARO_BENCH_FSYNC_MICROSECONDS: a slow disk.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace {

void dawdle() {
  static const long microseconds = [] {
    const char* text = std::getenv("KEITARO_BENCH_FSYNC_MICROSECONDS");
    return text == nullptr ? 0 : std::strtol(text, nullptr, 10);
  }();
  const timespec wanted{microseconds / 1'000'000, microseconds % 1'000'000 * 1'000};
  nanosleep(&wanted, nullptr);
}

int slow(long call, int fd) {
  dawdle();
  return static_cast<int>(syscall(call, fd));
}

}  // namespace

extern "C" int fsync(int fd) {
  return slow(SYS_fsync, fd);
}
extern "C" int fdatasync(int fd) {
  return slow(SYS_fdatasync, fd);
}
