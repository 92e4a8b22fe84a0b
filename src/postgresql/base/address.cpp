#include "postgresql/base/address.hpp"

#include <libpq-fe.h>

#include "postgresql/base/connection_options.hpp"

namespace keitaro_outbox::postgresql {

bool is_address(std::string_view database) {
  return database.starts_with("postgresql://") || database.starts_with("postgres://");
}

std::string shown_address(const std::string& address) {
  const ConnectionOptions options = ConnectionOptions::parse(address);
  const auto value = [&](std::string_view keyword) { return options.value(keyword).value_or(""); };
  std::string text = "postgresql://";
  if (const std::string user = value("user"); !user.empty()) text += user + "@";
  std::string host = value("host").empty() ? value("hostaddr") : value("host");
  // A folder with a socket is written as a parameter in an address.
  const bool folder = host.starts_with("/") || host.starts_with("@");
  if (!folder) {
    text += host;
    if (const std::string port = value("port"); !port.empty()) text += ":" + port;
  }
  text += "/" + value("dbname");
  if (folder) text += "?host=" + host;
  return text;
}

}  // namespace keitaro_outbox::postgresql
