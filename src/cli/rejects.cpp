#include "cli/rejects.hpp"

#include "core/text/printable.hpp"

namespace keitaro_outbox::cli {

Rejects::Rejects(const std::optional<std::string>& path, const std::string& header) {
  if (!path) return;
  file_.emplace(*path, files::OutputFile::Existing::overwrite);
  file_->write(header);
  file_->flush();
}

void Rejects::add(const files::ImportSource& source, const files::ImportRecord& record,
                  const std::string& reason) {
  ++count_;
  reasons_.add(reason);
  if (file_) file_->write(source.rejected(record, reason));
  if (told_.size() < kMostTold) told_.push_back({source.reader().name(), record.line, reason});
}

void Rejects::flush(std::ostream& err, Progress& progress) {
  if (file_) {
    file_->flush();
    return;
  }
  if (printed_ == told_.size()) return;
  progress.clear();
  for (; printed_ < told_.size(); ++printed_) {
    const Told& told = told_[printed_];
    err << told.file << ':' << told.line << ": " << core::printable(told.reason) << '\n';
  }
}

}  // namespace keitaro_outbox::cli
