#pragma once

#include <memory>
#include <string>

#include "sim/simulator.hpp"

namespace keitaro_sim {

/// Serves a simulator over HTTP/1.1: a thread for each open connection, up to 1,024; further ones wait their
/// turn. Connections are kept alive without a limit to their requests.
class Server {
 public:
  /// Listens at once; throws std::runtime_error with one plain sentence when it cannot. `port` 0 picks a free
  /// one. `simulator` must outlive the server.
  Server(Simulator& simulator, const std::string& host, int port);
  /// Ends all connections; an answer that is being given out is finished, one that is being delayed is not
  /// waited for.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keitaro_sim
