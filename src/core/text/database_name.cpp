#include "core/text/database_name.hpp"

#include <algorithm>

namespace keitaro_outbox::core {

bool is_postgresql_address(std::string_view database) {
  return database.starts_with("postgresql://") || database.starts_with("postgres://");
}

std::string shown_database(std::string_view database) {
  if (!is_postgresql_address(database)) return std::string(database);
  std::string_view rest = database.substr(database.find("//") + 2);
  std::string_view parameters;
  if (const auto question = rest.find('?'); question != std::string_view::npos) {
    parameters = rest.substr(question + 1);
    rest = rest.substr(0, question);
  }
  std::string text = "postgresql://";
  // The last one: a password may hold others, though it should not.
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    text += rest.substr(0, std::min(rest.find(':'), at));
    text += rest.substr(at);
  } else {
    text += rest;
  }
  char separator = '?';
  while (!parameters.empty()) {
    const std::string_view parameter = parameters.substr(0, parameters.find('&'));
    parameters.remove_prefix(std::min(parameter.size() + 1, parameters.size()));
    // `sslpassword` as well.
    if (parameter.substr(0, parameter.find('=')).find("password") != std::string_view::npos) continue;
    text += separator;
    text += parameter;
    separator = '&';
  }
  return text;
}

}  // namespace keitaro_outbox::core
