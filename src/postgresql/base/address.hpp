#pragma once

#include <string>
#include <string_view>

namespace keitaro_outbox::postgresql {

/// Whether a database's name is the address of one in PostgreSQL: `postgresql://…` or `postgres://…`.
bool is_address(std::string_view database);

/// An address as people may see it: without its password, wherever it stands. One that libpq cannot read is
/// shown as its scheme alone.
std::string shown_address(const std::string& address);

}  // namespace keitaro_outbox::postgresql
