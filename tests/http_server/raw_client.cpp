#include "http_server/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace keitaro_outbox::http_server_tests {
namespace {

constexpr int kPatienceMillis = 30'000;

sockaddr_in loopback(const char* address, int port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, address, &out.sin_addr);
  return out;
}

}  // namespace

RawClient::RawClient(int port, const std::string& from) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  if (!from.empty()) {
    const sockaddr_in own = loopback(from.c_str(), 0);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
      throw std::runtime_error("cannot bind to " + from);
  }
  const sockaddr_in address = loopback("127.0.0.1", port);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect");
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

RawClient::RawClient(RawClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), input_(std::move(other.input_)) {}

bool RawClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::read_more() {
  pollfd wanted{socket_, POLLIN, 0};
  if (::poll(&wanted, 1, kPatienceMillis) != 1) return false;
  std::array<char, 16'384> buffer{};
  const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (size <= 0) return false;
  input_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

std::optional<RawClient::Answer> RawClient::receive(bool with_body) {
  std::size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return std::nullopt;
  }
  Answer answer;
  answer.head = input_.substr(0, end + 2);
  input_.erase(0, end + 4);
  if (answer.head.size() > 12) answer.status = std::atoi(answer.head.c_str() + 9);
  if (answer.status == 100) return receive(with_body);
  if (!with_body) return answer;
  const std::size_t length_at = answer.head.find("Content-Length: ");
  const std::size_t length = length_at == std::string::npos
                                 ? 0
                                 : static_cast<std::size_t>(std::atoi(answer.head.c_str() + length_at +
                                                                      sizeof "Content-Length: " - 1));
  while (input_.size() < length) {
    if (!read_more()) return std::nullopt;
  }
  answer.body = input_.substr(0, length);
  input_.erase(0, length);
  return answer;
}

int RawClient::status_of(std::string_view request) {
  send(request);  // A refusal may come before all was sent.
  const auto answer = receive();
  return answer ? answer->status : 0;
}

bool RawClient::ended() {
  pollfd wanted{socket_, POLLIN, 0};
  std::array<char, 1> byte{};
  return input_.empty() && ::poll(&wanted, 1, kPatienceMillis) == 1 &&
         ::recv(socket_, byte.data(), 1, MSG_PEEK) <= 0;
}

bool RawClient::has_ended() const {
  std::array<char, 1> byte{};
  const ssize_t size = ::recv(socket_, byte.data(), 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && errno != EAGAIN);
}

std::string get(std::string_view target, std::string_view headers) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n";
}

std::string post(std::string_view target, std::string_view body, std::string_view headers) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace keitaro_outbox::http_server_tests
