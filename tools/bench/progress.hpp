#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace keitaro_outbox::bench {

/// One line on stderr that says what goes on, written over again and again. Where stderr is no terminal, a
/// line for each case.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void set_case(const std::string& name, std::size_t number, std::size_t of);
  void set_round(int round, int of);
  void show(const std::string& what);
  void show(const std::string& what, std::uint64_t done,
            std::uint64_t of);  ///< A few times a second at most.
  void clear();

 private:
  void write(const std::string& what);

  const bool on_;
  std::string case_;
  std::string round_;
  std::chrono::steady_clock::time_point written_{};
};

}  // namespace keitaro_outbox::bench
