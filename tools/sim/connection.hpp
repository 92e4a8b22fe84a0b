#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/text/time.hpp"

namespace keitaro_sim {

/// One accepted TCP connection: buffered both ways, so that an answer leaves in one piece or, when it is cut,
/// not at all. Closes the socket at the end.
class Connection {
 public:
  explicit Connection(int socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Waits for the first byte of a request; false when none comes in time or the peer is gone.
  bool await_request(keitaro_outbox::core::Millis idle_timeout);

  /// Reads at most `size` bytes, after sending what is waiting; 0 at the end, negative on an error.
  ssize_t read(char* to, std::size_t size);
  void write(const char* from, std::size_t size);

  /// Sends what is waiting, unless the connection is cut; false when that fails.
  bool flush();

  /// Waits, but no longer than the peer is there.
  void pause(keitaro_outbox::core::Millis time) const;

  /// From now on nothing is sent any more.
  void cut() { cut_ = ending_ = true; }
  bool is_cut() const { return cut_; }
  /// No further request is to be read.
  void end_after_answer() { ending_ = true; }
  bool is_ending() const { return ending_; }
  int socket() const { return socket_; }
  bool readable() const { return read_at_ < input_.size(); }

 private:
  int socket_;
  bool cut_ = false;
  bool ending_ = false;
  std::string input_;
  std::size_t read_at_ = 0;
  std::string output_;
};

}  // namespace keitaro_sim
