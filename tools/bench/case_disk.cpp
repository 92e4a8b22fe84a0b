#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "bench/cases.hpp"
#include "bench/interrupt.hpp"

namespace keitaro_outbox::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Milliseconds for each of `count` pages appended and brought to the disk, as a commit does.
Samples time_syncs(const std::string& file, int count) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), file);
  const std::array<char, 4096> page{};
  Samples millis;
  for (int i = 0; i < count; ++i) {
    throw_if_interrupted();
    const auto begun = Clock::now();
    if (write(fd, page.data(), page.size()) < 0 || fdatasync(fd) != 0) {
      const int error = errno;
      close(fd);
      throw std::system_error(error, std::generic_category(), file);
    }
    millis.add(std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
  }
  close(fd);
  std::filesystem::remove(file);
  return millis;
}

}  // namespace

void run_disk(Bench& bench, CaseReport& report) {
  in_rounds(bench, [&] {
    bench.progress().show("fsync");
    const Samples millis = time_syncs(bench.path("sync"), bench.settings().short_run ? 50 : 500);
    report.add("write and fsync of 4 KiB, median", "ms", millis.median());
    report.add("write and fsync of 4 KiB, p99", "ms", millis.percentile(99));
  });
  if (is_in_memory(bench.settings().dir)) {
    report.note("the databases are in memory, where an fsync costs nothing: name a disk's folder with --dir");
  }
}

}  // namespace keitaro_outbox::bench
