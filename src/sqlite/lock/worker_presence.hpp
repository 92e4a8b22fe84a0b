#pragma once

#include <optional>
#include <string>

#include "sqlite/lock/database_identity.hpp"

namespace keitaro_outbox::sqlite {

/// Whether a worker of this host drains the database now; nullopt when that cannot be told. Makes no file,
/// and takes no lock that would keep a worker out for longer than an instant.
std::optional<bool> worker_is_running(const std::string& database);

/// How far the worker had come by what the file beside the database remembers; nullopt where it remembers
/// nothing. To be read before the database is: a worker writes the database first.
std::optional<Identity> remembered_identity(const std::string& database);

}  // namespace keitaro_outbox::sqlite
