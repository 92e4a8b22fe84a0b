#pragma once

#include <string>
#include <string_view>

namespace keitaro_outbox::core {

/// Whether a database is named by an address of PostgreSQL (`postgresql://…` or `postgres://…`), and not by
/// the path of a file.
bool is_postgresql_address(std::string_view database);

/// A database's name as people may see it: of an address everything but its passwords.
std::string shown_database(std::string_view database);

}  // namespace keitaro_outbox::core
