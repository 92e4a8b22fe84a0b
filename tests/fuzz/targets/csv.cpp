#include "files/csv.hpp"

#include <string>
#include <vector>

#include "target.hpp"

namespace files = keitaro_outbox::files;

namespace {

std::string joined(const std::vector<std::string>& fields, char separator) {
  std::string record;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) record += separator;
    record += files::csv_field(fields[i], separator);
  }
  return record;
}

}  // namespace

FUZZ_TARGET(csv, bytes) {
  std::vector<std::string> fields;
  std::vector<std::string> again;
  for (const char separator : {',', ';', '\t'}) {
    // Any text is a field, and comes back as it was.
    MUST_HOLD(files::split_csv(files::csv_field(bytes, separator) + "\r\n", separator, fields) ==
              files::CsvEnd::complete);
    MUST_HOLD(fields.size() == 1 && fields[0] == bytes);

    if (files::split_csv(bytes, separator, fields) != files::CsvEnd::complete) continue;
    MUST_HOLD(!fields.empty());
    MUST_HOLD(files::split_csv(joined(fields, separator), separator, again) == files::CsvEnd::complete);
    MUST_HOLD(again == fields);
    const std::string_view rest = files::without_first_fields(bytes, 1, separator);
    if (fields.size() == 1) continue;
    MUST_HOLD(files::split_csv(rest, separator, again) == files::CsvEnd::complete);
    MUST_HOLD(again == std::vector<std::string>(fields.begin() + 1, fields.end()));
  }
}
