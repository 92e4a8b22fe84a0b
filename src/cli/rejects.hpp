#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/terminal/progress.hpp"
#include "core/text/reason_groups.hpp"
#include "files/import_source.hpp"
#include "files/output_file.hpp"

namespace keitaro_outbox::cli {

/// The lines of an import that were rejected: all of them into a file where one is named, else the first ones
/// for people.
class Rejects {
 public:
  struct Told {
    std::string file;
    std::int64_t line = 0;
    std::string reason;
  };
  static constexpr std::size_t kMostTold = 20;

  /// `path` is made anew; nullopt for no file. Throws files::FileError.
  explicit Rejects(const std::optional<std::string>& path, const std::string& header);

  void add(const files::ImportSource& source, const files::ImportRecord& record, const std::string& reason);

  /// Puts what was added to the disk, and on `err` where there is no file. Throws files::FileError.
  void flush(std::ostream& err, Progress& progress);

  std::int64_t count() const { return count_; }
  const std::vector<Told>& told() const { return told_; }         ///< The first ones.
  const core::ReasonGroups& reasons() const { return reasons_; }  ///< Of all.

 private:
  std::optional<files::OutputFile> file_;
  std::int64_t count_ = 0;
  std::vector<Told> told_;
  core::ReasonGroups reasons_;
  std::size_t printed_ = 0;
};

}  // namespace keitaro_outbox::cli
