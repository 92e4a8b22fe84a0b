#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/child.hpp"

struct pg_conn;

namespace keitaro_outbox::bench {

/// A connection to a PostgreSQL server. Every call throws std::runtime_error with the server's words.
class PostgresqlClient {
 public:
  explicit PostgresqlClient(const std::string& url);
  ~PostgresqlClient();
  PostgresqlClient(const PostgresqlClient&) = delete;
  PostgresqlClient& operator=(const PostgresqlClient&) = delete;

  /// Runs one or more statements. The first value of the last one's result; empty where it has none.
  std::string run(const std::string& statements);
  std::int64_t number(const std::string& statement) { return std::stoll(run(statement)); }

 private:
  pg_conn* connection_;
};

/// A server of the bench's own, reached by a unix socket only, with the settings that Debian gives it, fsync
/// included. Ended, and its folder removed, with this object.
class PostgresqlServer {
 public:
  /// The folder of `initdb` and `postgres`, of the newest version that is installed.
  static std::optional<std::filesystem::path> find_programs();

  /// Throws std::runtime_error when it does not start.
  PostgresqlServer(const std::filesystem::path& programs, std::filesystem::path folder);
  ~PostgresqlServer();
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;

  std::string url(const std::string& database) const;

 private:
  Command command(const std::filesystem::path& program, std::vector<std::string> arguments) const;

  std::filesystem::path folder_;
  std::unique_ptr<Child> process_;
};

}  // namespace keitaro_outbox::bench
