// Replays a target's seeds: `replay TARGET FOLDER` or `replay TARGET FILE…`. Each as it is, cut short at
// every place, and damaged at random, always in the same way. So what a fuzzer once found stays found, with
// any compiler.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "target.hpp"

namespace keitaro_outbox::fuzz {
namespace {

constexpr std::size_t kCuts = 200;
constexpr int kDamagedCopies = 200;

/// What is being tried, for keep_failed_input().
std::string_view current_input;

/// The input that broke something, kept to be looked at and to become a seed.
extern "C" void keep_failed_input(int signal) {
  constexpr std::string_view kSays = "the input is kept as failed-input\n";
  const int file = open("failed-input", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file >= 0 && write(file, current_input.data(), current_input.size()) >= 0) {
    static_cast<void>(write(STDERR_FILENO, kSays.data(), kSays.size()) >= 0);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

class Damage {
 public:
  explicit Damage(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  std::string copy_of(std::string text) {
    for (std::size_t i = pick(1, 4); i > 0; --i) damage(text);
    return text;
  }

 private:
  std::size_t pick(std::size_t low, std::size_t high) { return low + random_() % (high - low + 1); }

  void damage(std::string& text) {
    const std::size_t at = pick(0, text.size());
    const std::string& other = seeds_[pick(0, seeds_.size() - 1)];
    switch (pick(0, 3)) {
      case 0:
        text.insert(at, 1, static_cast<char>(pick(0, 255)));
        break;
      case 1:
        text.erase(at, pick(1, 3));
        break;
      case 2:
        text.insert(at, other.substr(pick(0, other.size())));
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(pick(0, 255));
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937 random_;
};

void attempt(const Target& target, std::string_view input) {
  current_input = input;
  target.function(input);
}

void replay(const Target& target, const std::string& seed, Damage& damage) {
  attempt(target, seed);
  const std::size_t step = seed.size() / kCuts + 1;
  for (std::size_t end = 0; end < seed.size(); end += step)
    attempt(target, std::string_view(seed).substr(0, end));
  for (int i = 0; i < kDamagedCopies; ++i) attempt(target, damage.copy_of(seed));
}

int main(int argc, char** argv) {
  const Target* target = argc > 1 ? target_named(argv[1]) : nullptr;
  if (target == nullptr || argc < 3) {
    std::fputs("usage: replay TARGET FOLDER|FILE…, where TARGET is one of\n", stderr);
    for (const Target* other : targets()) std::fprintf(stderr, "  %s\n", other->name);
    return 2;
  }
  std::vector<std::string> seeds;
  for (int i = 2; i < argc; ++i) {
    for (const auto& path : files_of(argv[i])) seeds.push_back(read_file(path));
  }
  if (seeds.empty()) {
    std::fprintf(stderr, "%s has no seeds\n", target->name);
    return 1;
  }
  std::signal(SIGABRT, keep_failed_input);
  std::signal(SIGSEGV, keep_failed_input);
  Damage damage(seeds);
  for (const std::string& seed : seeds) replay(*target, seed, damage);
  return 0;
}

}  // namespace
}  // namespace keitaro_outbox::fuzz

int main(int argc, char** argv) {
  return keitaro_outbox::fuzz::main(argc, argv);
}
