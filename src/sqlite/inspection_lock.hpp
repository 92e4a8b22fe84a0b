#pragma once

#include <optional>
#include <string>

namespace keitaro_outbox::sqlite {

/// Whether a worker of this host drains the database now; nullopt when that cannot be told. Makes no file,
/// and takes no lock that would keep a worker out for longer than an instant.
std::optional<bool> worker_is_there(const std::string& database);

}  // namespace keitaro_outbox::sqlite
