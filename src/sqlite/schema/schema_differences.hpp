#pragma once

#include <string>
#include <vector>

namespace SQLite {
class Database;
}

namespace keitaro_outbox::sqlite {

/// In what the tables, indexes, triggers and the view differ from those that the migrations make, a few words
/// each; empty where they do not. What somebody added is no difference: a column more, another index. Tells a
/// schema that a tool has copied table by table, without triggers, rules or STRICT. Throws SQLite::Exception.
std::vector<std::string> schema_differences(const SQLite::Database& db);

}  // namespace keitaro_outbox::sqlite
