#include <signal.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "sim/options.hpp"
#include "sim/receipt_log.hpp"
#include "sim/server.hpp"
#include "sim/simulator.hpp"

namespace {

using namespace keitaro_sim;

/// Blocked in every thread, so that only the wait below sees them.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void await_stop(const sigset_t& signals, std::optional<Millis> quit_after) {
  if (!quit_after) {
    int signal = 0;
    sigwait(&signals, &signal);
    return;
  }
  timespec time{};
  time.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(*quit_after).count();
  time.tv_nsec = static_cast<long>((*quit_after % std::chrono::seconds{1}).count()) * 1'000'000;
  sigtimedwait(&signals, nullptr, &time);
}

/// In one step, so that whoever sees the file can read the whole number.
void write_port_file(const std::string& file, int port) {
  const std::string unfinished = file + ".tmp";
  std::ofstream(unfinished) << port << '\n';
  if (std::rename(unfinished.c_str(), file.c_str()) != 0)
    throw std::runtime_error("cannot write the port file " + file);
}

void serve(const Options& options) {
  const sigset_t signals = block_stop_signals();
  std::optional<ReceiptLog> log;
  if (!options.log_file.empty()) log.emplace(options.log_file);
  Simulator simulator(options.simulator, options.tracker, log ? &*log : nullptr);
  const Server server(simulator, options.host, options.port);
  if (!options.port_file.empty()) write_port_file(options.port_file, server.port());
  const bool v6 = options.host.find(':') != std::string::npos;
  std::cout << "keitaro-sim listens on http://" << (v6 ? "[" + options.host + "]" : options.host) << ":"
            << server.port() << simulator.postback_path() << std::endl;
  await_stop(signals, options.quit_after);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto parsed = parse_options(std::vector<std::string>(argv + 1, argv + argc));
    if (const auto* ending = std::get_if<Ending>(&parsed)) {
      (ending->code == 0 ? std::cout : std::cerr)
          << (ending->code == 0 ? "" : "keitaro-sim: ") << ending->text << "\n";
      return ending->code;
    }
    serve(std::get<Options>(parsed));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "keitaro-sim: " << error.what() << "\n";
    return 1;
  }
}
