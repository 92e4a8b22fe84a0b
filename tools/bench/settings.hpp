#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace keitaro_outbox::bench {

/// What one call of the bench does.
struct Settings {
  std::vector<std::string> cases;  ///< In the order in which they run.
  std::optional<int> runs;         ///< Rounds of each case, where not its own number.
  std::uint64_t rows = 100'000;    ///< Waiting rows of a usual round.
  std::uint64_t backlog = 1'000'000;
  std::uint64_t history = 10'000'000;  ///< Delivered rows, and as many ledger entries.
  std::chrono::seconds outage = std::chrono::seconds{20};
  bool short_run = false;  ///< Sizes so small that only "does it work" is learnt.
  bool own_receiver = false;
  std::string worker;               ///< Path of keitaro-outbox.
  std::filesystem::path dir;        ///< Where the databases go.
  std::filesystem::path plot;       ///< The SVG file of the case `growth`; empty for none.
  std::filesystem::path flow_plot;  ///< The SVG file of the case `flow`; empty for none.
  std::filesystem::path keep;  ///< Where databases with a long history are kept; empty to make them anew.
  std::filesystem::path save;  ///< A file for the JSON; empty for none.
  std::chrono::seconds time = std::chrono::minutes{20};  ///< For all of it; a round of each is made anyway.
  bool goals = false;                                    ///< Print the table of goals alone, in Markdown.
  bool json = false;                                     ///< Print JSON.
};

/// Reads the command line. Prints help and exits, or prints what is wrong and exits 2, where that is called
/// for.
Settings read_settings(int argc, char** argv);

}  // namespace keitaro_outbox::bench
