#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace keitaro_outbox::bench {

/// Databases with a history: so many delivered rows, each with its ledger entry. One of each length is made,
/// and copied for each use, as what is delivered in it makes it longer.
class Histories {
 public:
  using Told = std::function<void(const std::string& what, std::uint64_t done, std::uint64_t of)>;
  /// Gives a file the outbox's schema as it is now, where it has none or an older one.
  using Init = std::function<void(const std::string& file)>;

  /// `kept`: the folder for those that copies are made of; what is found there is used again.
  Histories(std::filesystem::path kept, std::filesystem::path work, Init init, Told told);

  /// Makes the one of this length, where it is not there yet.
  void prepare(std::uint64_t rows) { original(rows); }

  /// A database with `rows` rows of history and up to a twentieth more, to which the caller adds `more`. It
  /// is the one that was given last where that has room.
  std::string with(std::uint64_t rows, std::uint64_t more);

 private:
  std::filesystem::path original(std::uint64_t rows);

  const std::filesystem::path kept_;
  const std::filesystem::path work_;
  const Init init_;
  const Told told_;
  std::uint64_t rows_ = 0;
  std::uint64_t added_ = 0;
};

}  // namespace keitaro_outbox::bench
