#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keitaro_outbox::http_server_tests {

/// One TCP connection to the loopback that speaks HTTP by hand, so that a test decides about each byte.
class RawClient {
 public:
  /// From another address of the loopback (`127.0.0.2`) where one is given.
  explicit RawClient(int port, const std::string& from = "");
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&&) = delete;
  RawClient(const RawClient&) = delete;

  /// Whether all bytes were taken.
  bool send(std::string_view bytes) const;

  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
  };
  /// The next whole answer; nullopt when the connection ends, or nothing comes for 30 seconds. `with_body` is
  /// false for that to a HEAD.
  std::optional<Answer> receive(bool with_body = true);

  /// Sends, and gives the status of the answer; 0 for none.
  int status_of(std::string_view request);

  /// Whether the peer ended the connection, after at most 30 seconds, with nothing left to read.
  bool ended();
  /// The same, without waiting.
  bool has_ended() const;

 private:
  bool read_more();

  int socket_ = -1;
  std::string input_;
};

/// `GET target` as a client sends it that keeps the connection.
std::string get(std::string_view target, std::string_view headers = "");
std::string post(std::string_view target, std::string_view body, std::string_view headers = "");

}  // namespace keitaro_outbox::http_server_tests
