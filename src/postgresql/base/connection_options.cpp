#include "postgresql/base/connection_options.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

#include "ports/outbox_store.hpp"

namespace keitaro_outbox::postgresql {

ConnectionOptions ConnectionOptions::parse(const std::string& address) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(address.c_str(), &error), &PQconninfoFree);
  // libpq's words quote the part that it does not understand, which may be the password.
  PQfreemem(error);
  if (!parsed) {
    throw ports::StoreError(ports::StoreError::Kind::other,
                            "the database's address cannot be read: write it as "
                            "postgresql://USER@HOST/NAME, with special characters percent-encoded");
  }
  ConnectionOptions options;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) options.set(option->keyword, option->val);
  }
  return options;
}

std::optional<std::string> ConnectionOptions::value(std::string_view keyword) const {
  const auto found = std::ranges::find(options_, keyword, [](const auto& option) { return option.first; });
  return found == options_.end() ? std::nullopt : std::optional(found->second);
}

void ConnectionOptions::set(std::string_view keyword, std::string value) {
  const auto found = std::ranges::find(options_, keyword, [](const auto& option) { return option.first; });
  if (found == options_.end()) {
    options_.emplace_back(keyword, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

void ConnectionOptions::set_default(std::string_view keyword, std::string value) {
  if (!this->value(keyword)) set(keyword, std::move(value));
}

}  // namespace keitaro_outbox::postgresql
