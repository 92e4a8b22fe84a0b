#include "bench/progress.hpp"

#include <unistd.h>

#include <iostream>

#include "bench/readable.hpp"

namespace keitaro_outbox::bench {

Progress::Progress() : on_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  clear();
}

void Progress::set_case(const std::string& name, std::size_t number, std::size_t of) {
  case_ = "[" + std::to_string(number) + "/" + std::to_string(of) + "] " + name;
  round_.clear();
  if (!on_) std::cerr << case_ << std::endl;
}

void Progress::set_round(int round, int of) {
  round_ = ", round " + std::to_string(round) + " of " + std::to_string(of);
}

void Progress::show(const std::string& what) {
  write(what);
}

void Progress::show(const std::string& what, std::uint64_t done, std::uint64_t of) {
  if (std::chrono::steady_clock::now() - written_ < std::chrono::milliseconds{200}) return;
  write(what + ": " + readable_count(done) + " of " + readable_count(of));
}

void Progress::write(const std::string& what) {
  if (!on_) return;
  written_ = std::chrono::steady_clock::now();
  std::cerr << "\r\x1b[K" << case_ << round_ << ": " << what << std::flush;
}

void Progress::clear() {
  if (on_) std::cerr << "\r\x1b[K" << std::flush;
}

}  // namespace keitaro_outbox::bench
