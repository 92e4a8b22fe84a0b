#include "postgresql/base/connection.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "core/text/database_name.hpp"
#include "core/text/readable.hpp"
#include "postgresql/base/connection_options.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using core::Millis;
using core::SteadyTime;
using Clock = std::chrono::steady_clock;
using Kind = ports::StoreError::Kind;

std::string text_of(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

/// What the server, or a pooler before it, will say again next time, and what is to be done then.
struct Refusal {
  std::string_view words;
  std::string_view advice = {};
};

constexpr std::string_view kPoolOfStatements = "statement pooling mode";

constexpr std::array<Refusal, 7> kRefusals{{
    {"authentication failed"},
    {"does not exist"},
    {"no pg_hba.conf entry"},
    {"is not permitted to log in"},
    {"no password supplied"},
    {kPoolOfStatements,
     "; keitaro-outbox needs transactions: set pool_mode = transaction in the pooler, or name the server"},
    {"unsupported startup parameter",
     "; a pooler takes no options from an address: leave them out, and name the schema by ALTER ROLE … IN "
     "DATABASE … SET search_path"},
}};

/// By its words, as libpq gives no code; in another language than English it is tried again.
const Refusal* refusal_in(std::string_view said) {
  const auto* const found = std::ranges::find_if(
      kRefusals, [&](const Refusal& refusal) { return said.find(refusal.words) != std::string_view::npos; });
  return found == kRefusals.end() ? nullptr : found;
}

/// Statements that begin a transaction.
constexpr std::ptrdiff_t kBegin = 2;

/// Notices of the server are for people at a prompt.
void ignore_notice(void*, const pg_result*) {}

/// For each of the hosts: libpq takes the next one only when its own limit for the last has run out.
std::string connect_timeout(const ConnectionOptions& options, Millis all_hosts) {
  const std::string hosts = options.value("hostaddr").value_or(options.value("host").value_or(""));
  const auto count = 1 + std::ranges::count(hosts, ',');
  constexpr std::int64_t kShortest = 2;  // Below that libpq takes 2 as well.
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(all_hosts / count).count();
  return std::to_string(std::max(seconds, kShortest));
}

ConnectionOptions with_defaults(const std::string& address, const Limits& limits) {
  ConnectionOptions options = ConnectionOptions::parse(address);
  options.set_default("connect_timeout", connect_timeout(options, limits.connecting));
  options.set_default("application_name", "keitaro-outbox");
  options.set("client_encoding", "UTF8");
  // A peer that is gone without a word is noticed in 15 s; libpq's own default is hours.
  options.set_default("keepalives_idle", "5");
  options.set_default("keepalives_interval", "3");
  options.set_default("keepalives_count", "3");
  options.set_default("tcp_user_timeout", std::to_string(std::min(limits.answer, Millis{15'000}).count()));
  return options;
}

}  // namespace

void Connection::Close::operator()(pg_conn* connection) const noexcept {
  PQfinish(connection);
}

Connection::Connection(const std::string& address, const Limits& limits)
    : limits_(limits), address_(address), name_(core::shown_database(address)) {
  connect();
}

Connection::~Connection() = default;

int Connection::server_version() const {
  return PQserverVersion(connection_.get());
}

void Connection::connect() {
  const ConnectionOptions options = with_defaults(address_, limits_);
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : options.all()) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  // Not step by step by PQconnectPoll(), which tries no further host where one does not answer.
  connection_.reset(PQconnectdbParams(keywords.data(), values.data(), 0));
  if (!connection_) throw std::bad_alloc();
  if (PQstatus(connection_.get()) == CONNECTION_BAD) lose(text_of(PQerrorMessage(connection_.get())));
  PQsetNoticeReceiver(connection_.get(), ignore_notice, nullptr);
  if (PQsetnonblocking(connection_.get(), 1) != 0) lose(text_of(PQerrorMessage(connection_.get())));
  if (server_version() < 150'000) {
    throw ports::StoreError(Kind::other, name_ + " is PostgreSQL " +
                                             std::to_string(server_version() / 10'000) +
                                             ": keitaro-outbox needs 15 or later");
  }
}

void Connection::lose(const std::string& why) {
  lost_ = true;
  in_transaction_ = false;
  // libpq's words hold neither the password nor, but for the host, anything of the address.
  std::string line = why.substr(0, why.find_last_not_of('\n') + 1);
  std::ranges::replace_if(
      line, [](char letter) { return letter == '\n' || letter == '\t'; }, ' ');
  const std::string said = core::readable(line, 300);
  const Refusal* const refusal = refusal_in(said);
  const std::string text = name_ + " cannot be reached: " + said;
  if (refusal == nullptr) throw ConnectionLost(Kind::io, text);
  // Not a lost connection to whoever would connect again: the next one does no better.
  if (refusal->words == kPoolOfStatements) {
    throw SqlError(Kind::other, name_ + ": " + said + std::string(refusal->advice), "08P01", {});
  }
  throw ConnectionLost(Kind::other, text + std::string(refusal->advice));
}

void Connection::await(short events, SteadyTime until) {
  while (true) {
    const auto left = std::chrono::ceil<Millis>(until - Clock::now());
    if (left.count() <= 0) lose("no answer in time");
    pollfd polled{PQsocket(connection_.get()), events, 0};
    const int ready = ::poll(&polled, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) lose(std::strerror(errno));
  }
}

/// Why the connection was ended: by the server's own words, where it said some before.
std::string Connection::last_words() {
  if (!server_said_.empty()) return server_said_;
  std::string said = text_of(PQerrorMessage(connection_.get()));
  constexpr int kMostResults = 8;  // Of statements that were sent before, with NULL between them.
  for (int seen = 0; seen < kMostResults; ++seen) {
    pg_result* const result = PQgetResult(connection_.get());
    if (result == nullptr) continue;
    const Result kept(result);
    if (PQresultErrorField(result, PG_DIAG_SQLSTATE) == nullptr) continue;
    if (PQresultStatus(result) == PGRES_FATAL_ERROR) return text_of(PQresultErrorMessage(result));
  }
  return said;
}

void Connection::flush(SteadyTime until) {
  while (true) {
    const int left = PQflush(connection_.get());
    if (left == 0) return;
    if (left < 0) lose(last_words());
    // What the server says meanwhile is read, or both would wait for the other.
    await(POLLIN | POLLOUT, until);
    if (PQconsumeInput(connection_.get()) == 0) lose(last_words());
  }
}

/// The next result, null at the end of a statement's results.
pg_result* Connection::next_result(SteadyTime until) {
  while (PQisBusy(connection_.get()) != 0) {
    await(POLLIN, until);
    if (PQconsumeInput(connection_.get()) == 0) lose(last_words());
  }
  return PQgetResult(connection_.get());
}

void Connection::fail(const pg_result* result) {
  const auto field = [&](int code) { return text_of(PQresultErrorField(result, code)); };
  const std::string sqlstate = field(PG_DIAG_SQLSTATE);
  const bool ended = sqlstate.empty() || sqlstate.starts_with("08") || sqlstate.starts_with("57P");
  if (ended || PQstatus(connection_.get()) == CONNECTION_BAD) lose(text_of(PQresultErrorMessage(result)));
  // What was prepared is gone, there already, or of a table that was changed: it goes on without.
  if (sqlstate == "26000" || sqlstate == "42P05" || sqlstate == "0A000") prepared_.reset();
  throw sql_error(name_, sqlstate, field(PG_DIAG_MESSAGE_PRIMARY), field(PG_DIAG_CONSTRAINT_NAME));
}

/// Reads all results of what was sent, and gives the last one. After an error the connection can be used
/// again.
Result Connection::finish(SteadyTime until) {
  ++round_trips_;
  std::optional<Result> last;
  std::optional<Result> failed;
  pg_result* failure = nullptr;
  while (pg_result* result = next_result(until)) {
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR && !failed) {
      server_said_ = text_of(PQresultErrorMessage(result));
      failure = result;
      failed.emplace(result);
    } else {
      last.emplace(result);
    }
  }
  if (PQstatus(connection_.get()) == CONNECTION_BAD && !failure)
    lose(text_of(PQerrorMessage(connection_.get())));
  if (failure != nullptr) fail(failure);
  if (!last) lose("it gave no result");
  return std::move(*last);
}

Result Connection::run(const std::string& statements) {
  if (lost_) lose("the connection was lost");
  server_said_.clear();
  const SteadyTime until = answer_until();
  if (PQsendQuery(connection_.get(), statements.c_str()) == 0)
    lose(text_of(PQerrorMessage(connection_.get())));
  flush(until);
  return finish(until);
}

namespace {

std::vector<const char*> values_of(const Statement& statement) {
  std::vector<const char*> values;
  for (const auto& value : statement.parameters.values()) values.push_back(value ? value->c_str() : nullptr);
  return values;
}

bool send_once(pg_conn* connection, const Statement& statement) {
  const std::vector<const char*> values = values_of(statement);
  const std::string text(statement.text);
  return PQsendQueryParams(connection, text.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                           nullptr, nullptr, 0) != 0;
}

bool send_prepared(pg_conn* connection, const std::string& name, const Statement& statement) {
  const std::vector<const char*> values = values_of(statement);
  return PQsendQueryPrepared(connection, name.c_str(), static_cast<int>(values.size()), values.data(),
                             nullptr, nullptr, 0) != 0;
}

}  // namespace

/// A pooler gives its clients another process id than that of whatever session it lends them.
void Connection::prepare_statements() {
  const Result session = run(std::string("SELECT pg_backend_pid()"));
  if (session.integer(0, 0) == PQbackendPID(connection_.get())) prepared_.emplace();
}

/// In a pipeline; adds what the answers to come are to.
void Connection::send(const Statement& statement, std::vector<PreparedStatements::Answer>& answers) {
  using To = PreparedStatements::Answer::To;
  pg_conn* const connection = connection_.get();
  auto* const prepared = prepared_ ? prepared_->find(statement.text) : nullptr;
  bool sent = true;
  if (prepared == nullptr) {
    sent = send_once(connection, statement);
  } else {
    if (!prepared->there) {
      const std::string text(statement.text);
      sent = PQsendPrepare(connection, prepared->name.c_str(), text.c_str(), 0, nullptr) != 0;
      answers.push_back({To::preparation, prepared});
      prepared->there = true;
    }
    sent = sent && send_prepared(connection, prepared->name, statement);
  }
  answers.push_back({});
  if (!sent) lose(text_of(PQerrorMessage(connection)));
}

Result Connection::run(const Statement& statement) {
  if (lost_) lose("the connection was lost");
  server_said_.clear();
  const SteadyTime until = answer_until();
  if (!send_once(connection_.get(), statement)) lose(text_of(PQerrorMessage(connection_.get())));
  flush(until);
  return finish(until);
}

std::vector<Result> Connection::pipeline(const std::vector<Statement>& statements) {
  if (lost_) lose("the connection was lost");
  server_said_.clear();
  const SteadyTime until = answer_until();
  pg_conn* const connection = connection_.get();
  if (PQenterPipelineMode(connection) == 0) lose(text_of(PQerrorMessage(connection)));
  using To = PreparedStatements::Answer::To;
  std::vector<PreparedStatements::Answer> answers;
  if (prepared_ && !in_transaction_ && prepared_->plans_are_old(Clock::now())) {
    if (!send_once(connection, {"DISCARD PLANS"})) lose(text_of(PQerrorMessage(connection)));
    answers.push_back({To::upkeep});
  }
  for (const Statement& statement : statements) send(statement, answers);
  if (PQpipelineSync(connection) == 0) lose(text_of(PQerrorMessage(connection)));
  flush(until);
  ++round_trips_;

  std::vector<Result> results;
  std::optional<Result> failed;
  pg_result* failure = nullptr;
  auto answer = answers.begin();
  for (bool synced = false; !synced;) {
    pg_result* const result = next_result(until);
    if (result == nullptr) {  // Between two statements.
      if (PQstatus(connection) == CONNECTION_BAD) break;
      continue;
    }
    Result kept(result);
    switch (PQresultStatus(result)) {
      case PGRES_PIPELINE_SYNC:
        synced = true;
        break;
      case PGRES_FATAL_ERROR:
        if (failure == nullptr) {
          server_said_ = text_of(PQresultErrorMessage(result));
          failure = result;
          failed.emplace(std::move(kept));
        }
        break;
      case PGRES_PIPELINE_ABORTED:
        break;
      default:
        if (answer->to == To::statement) results.push_back(std::move(kept));
        ++answer;
    }
  }
  if (PQstatus(connection) == CONNECTION_BAD) {
    lose(failure != nullptr ? text_of(PQresultErrorMessage(failure)) : text_of(PQerrorMessage(connection)));
  }
  if (PQexitPipelineMode(connection) == 0) lose(text_of(PQerrorMessage(connection)));
  for (; answer != answers.end(); ++answer) {  // Behind a failure nothing is done.
    if (answer->entry != nullptr) answer->entry->there = false;
  }
  if (failure != nullptr) fail(failure);
  return results;
}

void Connection::add_begin(Mode mode, std::vector<Statement>& statements) const {
  const std::array<Statement, kBegin> own{
      {{mode == Mode::read_only ? "BEGIN READ ONLY" : "BEGIN READ WRITE"},
       {"SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true),"
        " set_config('idle_in_transaction_session_timeout', $3, true)",
        Parameters()
            .add(limits_.statement.count())
            .add(limits_.lock.count())
            .add(limits_.idle_in_transaction.count())}}};
  statements.insert(statements.begin(), own.begin(), own.end());
}

std::vector<Result> Connection::begin_with(Mode mode, std::vector<Statement> statements) {
  add_begin(mode, statements);
  in_transaction_ = true;
  std::vector<Result> results = pipeline(statements);
  results.erase(results.begin(), results.begin() + kBegin);
  return results;
}

std::vector<Result> Connection::transact(std::vector<Statement> statements) {
  add_begin(Mode::read_write, statements);
  statements.push_back({"COMMIT"});
  in_transaction_ = true;
  std::vector<Result> results;
  try {
    results = pipeline(statements);
  } catch (const SqlError&) {
    rollback();
    throw;
  }
  in_transaction_ = false;
  results.erase(results.begin(), results.begin() + kBegin);
  results.pop_back();
  return results;
}

void Connection::commit() {
  in_transaction_ = false;
  // COMMIT of a transaction that has failed is a ROLLBACK, without an error.
  if (run(std::string("COMMIT")).command() == "ROLLBACK")
    throw SqlError(Kind::other, name_ + ": the transaction had failed and was undone", "25P02", {});
}

void Connection::rollback() noexcept {
  in_transaction_ = false;
  if (lost_) return;
  try {
    run(std::string("ROLLBACK"));
  } catch (const std::exception&) {
    // The connection is lost, and the transaction with it.
    lost_ = true;
  }
}

}  // namespace keitaro_outbox::postgresql
