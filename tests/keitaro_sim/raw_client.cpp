#include "keitaro_sim/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace keitaro_sim {

RawClient::RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{20, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    throw std::runtime_error("cannot connect");
  }
}

RawClient::~RawClient() {
  ::close(socket_);
}

void RawClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return;  // The peer has ended the connection: receive() tells.
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawClient::read_more() {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  input_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<RawClient::Response> RawClient::receive() {
  std::size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos)
    if (!read_more()) return std::nullopt;
  Response response;
  response.head = input_.substr(0, end);
  response.status = std::stoi(response.head.substr(9, 3));
  const auto length = response.head.find("Content-Length: ");
  const std::size_t size = length == std::string::npos ? 0 : std::stoul(response.head.substr(length + 16));
  while (input_.size() < end + 4 + size)
    if (!read_more()) return std::nullopt;
  response.body = input_.substr(end + 4, size);
  input_.erase(0, end + 4 + size);
  return response;
}

std::optional<RawClient::Response> RawClient::get(std::string_view target, std::string_view headers) {
  send("GET " + std::string(target) + " HTTP/1.1\r\nHost: sim\r\n" + std::string(headers) + "\r\n");
  return receive();
}

std::optional<RawClient::Response> RawClient::post(std::string_view target, std::string_view body,
                                                   std::string_view headers) {
  send("POST " + std::string(target) + " HTTP/1.1\r\nHost: sim\r\nContent-Length: " +
       std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" + std::string(body));
  return receive();
}

bool RawClient::ended() {
  if (!input_.empty()) return false;
  std::array<char, 1> buffer{};
  const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
  return got == 0 || (got < 0 && errno == ECONNRESET);
}

}  // namespace keitaro_sim
