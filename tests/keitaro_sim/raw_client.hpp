#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keitaro_sim {

/// One TCP connection to 127.0.0.1 that speaks HTTP by hand, so that a test sees just what came over it.
class RawClient {
 public:
  explicit RawClient(int port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) const;

  struct Response {
    int status = 0;
    std::string head;
    std::string body;
  };
  /// The next whole response; nullopt when the connection ends, or nothing comes for 20 seconds.
  std::optional<Response> receive();

  std::optional<Response> get(std::string_view target, std::string_view headers = "");
  std::optional<Response> post(std::string_view target, std::string_view body, std::string_view headers = "");

  /// Whether the peer ended the connection, after at most 20 seconds, with nothing left to read.
  bool ended();

 private:
  bool read_more();

  int socket_;
  std::string input_;
};

}  // namespace keitaro_sim
