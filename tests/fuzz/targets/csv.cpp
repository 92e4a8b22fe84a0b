#include "app/csv.hpp"

#include <string>
#include <vector>

#include "target.hpp"

namespace app = keitaro_outbox::app;

namespace {

std::string joined(const std::vector<std::string>& fields, char separator) {
  std::string record;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) record += separator;
    record += app::csv_field(fields[i], separator);
  }
  return record;
}

}  // namespace

FUZZ_TARGET(csv, bytes) {
  std::vector<std::string> fields;
  std::vector<std::string> again;
  for (const char separator : {',', ';', '\t'}) {
    // Any text is a field, and comes back as it was.
    MUST_HOLD(app::split_csv(app::csv_field(bytes, separator) + "\r\n", separator, fields) ==
              app::CsvEnd::complete);
    MUST_HOLD(fields.size() == 1 && fields[0] == bytes);

    if (app::split_csv(bytes, separator, fields) != app::CsvEnd::complete) continue;
    MUST_HOLD(!fields.empty());
    MUST_HOLD(app::split_csv(joined(fields, separator), separator, again) == app::CsvEnd::complete);
    MUST_HOLD(again == fields);
    const std::string_view rest = app::without_first_fields(bytes, 1, separator);
    if (fields.size() == 1) continue;
    MUST_HOLD(app::split_csv(rest, separator, again) == app::CsvEnd::complete);
    MUST_HOLD(again == std::vector<std::string>(fields.begin() + 1, fields.end()));
  }
}
