#pragma once

#include "files/import_source.hpp"
#include "files/json_line.hpp"

namespace keitaro_outbox::files {

/// JSON lines: an object a line, its keys the columns of the outbox. Numbers count as they are written;
/// `params` may be an object, or a text that holds one.
class JsonSource final : public ImportSource {
 public:
  JsonSource(LineReader reader, ImportOptions options)
      : ImportSource(std::move(reader)), options_(std::move(options)) {}

  bool next(ImportRecord& record) override;
  std::string rejected(const ImportRecord& record, const std::string& reason) const override;

 private:
  ImportOptions options_;
};

}  // namespace keitaro_outbox::files
