#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keitaro_outbox::http {

/// Where to listen: `127.0.0.1:9464`, `localhost:0`, `[::1]:9464`. Port 0 takes any that is free.
struct ListenAddress {
  std::string host;  ///< Without brackets.
  int port = 0;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;

  static std::optional<ListenAddress> parse(std::string_view text);
  std::string text() const;
};

}  // namespace keitaro_outbox::http
