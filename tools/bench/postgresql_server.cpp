#include "bench/postgresql_server.hpp"

#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "bench/files.hpp"
#include "bench/interrupt.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;
constexpr auto kServerStartLimit = 60s;

/// PostgreSQL refuses to run as root: then it runs as `nobody`.
const passwd* other_user() {
  return geteuid() == 0 ? getpwnam("nobody") : nullptr;
}

}  // namespace

PostgresqlClient::PostgresqlClient(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
  if (PQstatus(connection_) == CONNECTION_OK) {
    PQsetNoticeReceiver(
        connection_, [](void*, const PGresult*) {}, nullptr);
    return;
  }
  const std::string said = PQerrorMessage(connection_);
  PQfinish(connection_);
  throw std::runtime_error(said);
}

PostgresqlClient::~PostgresqlClient() {
  PQfinish(connection_);
}

std::string PostgresqlClient::run(const std::string& statements) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_, statements.c_str()),
                                                             PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(connection_));
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

std::optional<std::filesystem::path> PostgresqlServer::find_programs() {
  std::optional<std::filesystem::path> newest;
  int newest_version = 0;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    const int version = std::atoi(entry.path().filename().c_str());
    if (version < 15 || version < newest_version || !std::filesystem::exists(entry.path() / "bin" / "initdb"))
      continue;
    newest_version = version;
    newest = entry.path() / "bin";
  }
  if (newest) return newest;
  const auto initdb = find_in_path("initdb");
  return initdb ? std::optional(std::filesystem::path(*initdb).parent_path()) : std::nullopt;
}

PostgresqlServer::PostgresqlServer(const std::filesystem::path& programs, std::filesystem::path folder)
    : folder_(std::move(folder)) {
  std::filesystem::create_directory(folder_);
  if (const passwd* user = other_user()) {
    // The folders above it are the bench's own and hold nothing secret.
    std::filesystem::permissions(folder_.parent_path(),
                                 std::filesystem::perms::others_exec | std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    if (chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0)
      throw std::runtime_error(folder_.string() + " cannot be given to nobody");
  }
  const std::string data = (folder_ / "data").string();
  Child initdb(command(programs / "initdb", {"-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                                             "--locale=C.UTF-8", "--no-instructions"}));
  if (initdb.wait(kServerStartLimit).exit_code != 0) {
    throw std::runtime_error("initdb failed (may `nobody` reach the folder of --dir?): " +
                             end_of_file(folder_.string() + ".log"));
  }
  process_ = std::make_unique<Child>(
      command(programs / "postgres", {"-D", data, "-k", folder_.string(), "-c", "listen_addresses="}));
  const auto until = std::chrono::steady_clock::now() + kServerStartLimit;
  while (PQping(url("postgres").c_str()) != PQPING_OK) {
    if (!process_->running() || std::chrono::steady_clock::now() > until)
      throw std::runtime_error("PostgreSQL does not start: " + end_of_file(folder_.string() + ".log"));
    pause_for(10ms);
  }
}

PostgresqlServer::~PostgresqlServer() {
  try {
    process_->signal(SIGQUIT);  // At once: nothing of it is kept.
    process_->wait(kServerStartLimit);
  } catch (const std::exception&) {
    // Interrupted: it is ended with its Child.
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string PostgresqlServer::url(const std::string& database) const {
  return "postgresql://postgres@/" + database + "?host=" + folder_.string();
}

Command PostgresqlServer::command(const std::filesystem::path& program,
                                  std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), program.string());
  if (const passwd* user = other_user()) {
    // From a folder that it may enter; and ended with us, as all children are.
    const std::vector<std::string> as_other{"/usr/bin/env",
                                            "--chdir=/",
                                            "/usr/bin/setpriv",
                                            "--reuid=" + std::to_string(user->pw_uid),
                                            "--regid=" + std::to_string(user->pw_gid),
                                            "--clear-groups",
                                            "--pdeathsig=keep"};
    arguments.insert(arguments.begin(), as_other.begin(), as_other.end());
  }
  return {arguments, {}, folder_.string() + ".log"};
}

}  // namespace keitaro_outbox::bench
