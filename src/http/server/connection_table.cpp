#include "http/server/connection_table.hpp"

#include <tuple>
#include <utility>

namespace keitaro_outbox::http {

ConnectionTable::ConnectionTable(const ConnectionLimits& limits, BytesReceived bytes_received)
    : limits_(limits), bytes_received_(std::move(bytes_received)) {}

ConnectionTable::Connection* ConnectionTable::find(int socket) {
  const auto found = connections_.find(socket);
  return found == connections_.end() ? nullptr : &found->second;
}

std::optional<int> ConnectionTable::longest_waiting() const {
  std::optional<int> longest;
  const auto rank = [](const Connection& c) { return std::tuple(c.has_asked, c.since); };
  for (const auto& [socket, connection] : connections_) {
    if (connection.phase != Phase::reading && connection.phase != Phase::idle) continue;
    if (!longest || rank(connection) < rank(connections_.at(*longest))) longest = socket;
  }
  return longest;
}

ConnectionTable::Admission ConnectionTable::admit(const core::IpAddress& peer, bool trusted) {
  if (!trusted) {
    const auto of_client = per_client_.find(peer.client());
    if (of_client != per_client_.end() && of_client->second >= limits_.connections_per_client) return {};
  }
  if (size() < limits_.connections) return {true, std::nullopt};
  const auto evicted = longest_waiting();
  if (!evicted) return {};
  connections_.at(*evicted).phase = Phase::ending;
  return {true, evicted};
}

void ConnectionTable::opened(int socket, const core::IpAddress& peer, core::SteadyTime now) {
  Connection connection;
  connection.client = peer.client();
  connection.since = now;
  connection.deadline = now + limits_.request;
  if (connections_.emplace(socket, connection).second) ++per_client_[connection.client];
}

void ConnectionTable::head_begun(int socket, core::SteadyTime now) {
  Connection* const connection = find(socket);
  if (connection == nullptr || connection->phase != Phase::idle) return;
  connection->phase = Phase::reading;
  connection->since = now;
  connection->deadline = now + limits_.request;
}

void ConnectionTable::request_complete(int socket) {
  Connection* const connection = find(socket);
  if (connection == nullptr || connection->phase == Phase::ending) return;
  connection->phase = Phase::handling;
  connection->has_asked = true;
}

void ConnectionTable::answer_begun(int socket, core::SteadyTime now) {
  Connection* const connection = find(socket);
  if (connection == nullptr || connection->phase == Phase::ending) return;
  connection->phase = Phase::answering;
  connection->deadline = now + limits_.answer;
}

void ConnectionTable::answer_done(int socket, core::SteadyTime now) {
  Connection* const connection = find(socket);
  if (connection == nullptr || connection->phase == Phase::ending) return;
  connection->phase = Phase::idle;
  connection->since = now;
  connection->deadline = now + limits_.idle;
  connection->bytes_when_idle = bytes_received_(socket);
}

void ConnectionTable::closed(int socket) {
  const auto found = connections_.find(socket);
  if (found == connections_.end()) return;
  const auto of_client = per_client_.find(found->second.client);
  if (of_client != per_client_.end() && --of_client->second == 0) per_client_.erase(of_client);
  connections_.erase(found);
}

std::vector<int> ConnectionTable::overdue(core::SteadyTime now) {
  std::vector<int> sockets;
  sockets.reserve(connections_.size());  // None is marked that cannot be named.
  for (auto& [socket, connection] : connections_) {
    if (connection.phase == Phase::handling || connection.phase == Phase::ending) continue;
    if (connection.phase == Phase::idle && bytes_received_(socket) != connection.bytes_when_idle) {
      head_begun(socket, now);
    }
    if (now < connection.deadline) continue;
    connection.phase = Phase::ending;
    sockets.push_back(socket);
  }
  return sockets;
}

}  // namespace keitaro_outbox::http
