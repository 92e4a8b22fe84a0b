#include "core/rules/status.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

constexpr std::array<std::string_view, 4> kStatusNames{"lead", "sale", "rejected", "rebill"};

}  // namespace

std::string_view name_of(Status status) {
  return kStatusNames.at(static_cast<std::size_t>(status));
}

std::optional<Status> status_named(std::string_view name) {
  for (std::size_t i = 0; i < kStatusNames.size(); ++i) {
    if (kStatusNames[i] == name) return static_cast<Status>(i);
  }
  return std::nullopt;
}

std::string normalized_status(std::string_view written) {
  return ascii::lower(ascii::trim(written));
}

StatusMap::StatusMap()
    : names_{{"wait", Status::lead},
             {"hold", Status::lead},
             {"approve", Status::sale},
             {"cancel", Status::rejected},
             {"trash", Status::rejected}} {}

bool StatusMap::set(std::string_view name, Status status) {
  std::string normalized = normalized_status(name);
  // A comma would break the name in two where it stands in `lead_status` and its like.
  if (normalized.empty() || normalized.find(',') != std::string::npos) return false;
  if (const auto own = status_named(normalized)) return *own == status;
  names_.insert_or_assign(std::move(normalized), status);
  return true;
}

std::optional<Status> StatusMap::find(std::string_view name) const {
  if (const auto own = status_named(name)) return own;
  const auto found = names_.find(name);
  if (found == names_.end()) return std::nullopt;
  return found->second;
}

std::string StatusMap::list_for(Status status) const {
  std::string list;
  for (const auto& [name, meaning] : names_) {
    if (meaning != status) continue;
    if (!list.empty()) list += ',';
    list += name;
  }
  return list;
}

}  // namespace keitaro_outbox::core
