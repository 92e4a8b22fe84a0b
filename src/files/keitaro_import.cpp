#include "files/keitaro_import.hpp"

#include "core/text/amount.hpp"
#include "core/text/printable.hpp"

namespace keitaro_outbox::files {
namespace {

std::optional<core::Status> status_of(const ports::RowRecord& row, const core::StatusMap& statuses) {
  if (row.sent_as) {
    if (const auto status = core::status_named(*row.sent_as)) return status;
  }
  return statuses.find(core::normalized_status(row.status));
}

bool can_stand(std::string_view field) {
  return field.find_first_of(",;\"\t\r\n") == std::string_view::npos && core::printable(field) == field;
}

}  // namespace

KeitaroImportLine keitaro_import_line(const ports::RowRecord& row, const core::StatusMap& statuses) {
  const auto status = status_of(row, statuses);
  if (!status) {
    return {{},
            "its status '" + core::cut_to_width(core::printable(row.status), 40) +
                "' is none that Keitaro knows"};
  }
  const std::string tid = row.tid.value_or("");
  if (!can_stand(row.subid)) return {{}, "its subid holds a character that the tool's lines cannot carry"};
  if (!can_stand(tid)) return {{}, "its tid holds a character that the tool's lines cannot carry"};
  std::string payout;
  if (row.payout && !row.payout->empty()) {
    const auto amount = core::Amount::parse(*row.payout);
    if (!amount) return {{}, "its payout is no plain decimal"};
    payout = amount->text();
  }
  return {row.subid + "," + payout + "," + tid + "," + std::string(core::name_of(*status)) + "\n", {}};
}

}  // namespace keitaro_outbox::files
