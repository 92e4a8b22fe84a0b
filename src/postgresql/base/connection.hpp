#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/time.hpp"
#include "postgresql/base/errors.hpp"
#include "postgresql/base/parameters.hpp"
#include "postgresql/base/prepared_statements.hpp"
#include "postgresql/base/result.hpp"

struct pg_conn;
struct pg_result;

namespace keitaro_outbox::postgresql {

struct Statement {
  std::string_view text;
  Parameters parameters = {};
};

struct Limits {
  /// Shared by the hosts of the address, 2 s for each at least, unless it names a connect_timeout.
  core::Millis connecting{10'000};
  /// For each answer of the server, beyond which the connection counts as lost. Above `statement`.
  core::Millis answer{30'000};
  /// Asked of the server for each statement of a transaction.
  core::Millis statement{20'000};
  /// How long a statement may wait for another's lock.
  core::Millis lock{5'000};
  /// Asked of the server: how long a transaction may stand still, as it does when this process is frozen.
  core::Millis idle_in_transaction{10'000};
};

/// A connection. It keeps nothing in the server's session from one transaction to the next, so that a pooler
/// may give each of them to another: no setting but those of a transaction, and no prepared statement unless
/// prepare_statements() finds that the session is its own.
///
/// All calls throw ConnectionLost when the connection is lost, which it then stays, and SqlError for what the
/// server says. For one thread.
class Connection {
 public:
  explicit Connection(const std::string& address, const Limits& limits = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The address as people may see it.
  const std::string& name() const { return name_; }
  int server_version() const;  ///< 150004 for 15.4.
  bool lost() const { return lost_; }

  /// Has pipeline() prepare what it is given more than once, where no pooler lies between. Worth it where few
  /// statements are run all the time: to plan one takes the server longer than to find a row by an index.
  void prepare_statements();

  /// Several statements without parameters at once, or one, whose last result is given.
  Result run(const std::string& statements);
  Result run(const Statement& statement);

  /// Sends all statements before it waits for an answer: one round trip. A result for each. Where one fails,
  /// those behind it are not run. Outside of a transaction they are one.
  std::vector<Result> pipeline(const std::vector<Statement>& statements);

  // A transaction. Its time limits are set with its BEGIN, in the same round trip.
  enum class Mode : std::uint8_t { read_only, read_write };
  void begin(Mode mode) { begin_with(mode, {}); }
  /// Begins with these statements, all in one round trip; a result for each of them.
  std::vector<Result> begin_with(Mode mode, std::vector<Statement> statements);
  void commit();
  /// A whole transaction with these statements, in one round trip; a result for each of them. Where one fails
  /// it is undone.
  std::vector<Result> transact(std::vector<Statement> statements);
  void rollback() noexcept;
  bool in_transaction() const { return in_transaction_; }

  /// Round trips made so far.
  std::int64_t round_trips() const { return round_trips_; }

  pg_conn* handle() const { return connection_.get(); }

 private:
  struct Close {
    void operator()(pg_conn* connection) const noexcept;
  };
  void connect();
  void await(short events, core::SteadyTime until);
  void flush(core::SteadyTime until);
  pg_result* next_result(core::SteadyTime until);
  std::string last_words();
  [[noreturn]] void lose(const std::string& why);
  [[noreturn]] void fail(const pg_result* result);
  Result finish(core::SteadyTime until);
  void send(const Statement& statement, std::vector<PreparedStatements::Answer>& answers);
  void add_begin(Mode mode, std::vector<Statement>& statements) const;
  core::SteadyTime answer_until() const { return std::chrono::steady_clock::now() + limits_.answer; }

  const Limits limits_;
  const std::string address_;
  std::string name_;
  std::unique_ptr<pg_conn, Close> connection_;
  std::optional<PreparedStatements> prepared_;  ///< Where the session is this connection's own.
  std::string server_said_;  ///< The error of what was sent last, while the rest of its answer is read.
  bool lost_ = false;
  bool in_transaction_ = false;
  std::int64_t round_trips_ = 0;
};

/// A transaction that ends with its scope, undone unless commit() was called.
class Transaction {
 public:
  explicit Transaction(Connection& connection, Connection::Mode mode = Connection::Mode::read_write)
      : connection_(connection) {
    connection_.begin(mode);
  }
  ~Transaction() {
    if (connection_.in_transaction()) connection_.rollback();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit() { connection_.commit(); }

 private:
  Connection& connection_;
};

}  // namespace keitaro_outbox::postgresql
