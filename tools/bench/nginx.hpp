#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace keitaro_outbox::bench {

class Child;

/// The path of an nginx on this machine, where there is one.
std::optional<std::string> find_nginx();

/// A port of the loopback interface that nothing listens on now.
std::uint16_t free_port();

/// An nginx of one process on the loopback interface: answers `200`, body `OK`, to everything; or takes TLS
/// off and passes all on.
class Nginx {
 public:
  /// Starts it with its files in `folder`, which must exist; returns when it answers. Throws
  /// std::runtime_error with the end of its log when it does not.
  Nginx(const std::string& program, const std::filesystem::path& folder);
  /// The same, speaking TLS before the server with the URL `backend`. Makes the certificate by `openssl`.
  static std::unique_ptr<Nginx> with_tls(const std::string& program, const std::filesystem::path& folder,
                                         const std::string& backend);
  ~Nginx();
  /// Of with_tls(): trusting this file (PEM) is trusting the server.
  static std::filesystem::path certificate(const std::filesystem::path& folder) {
    return folder / "server.pem";
  }

  std::string url() const;
  double cpu_seconds() const;  ///< So far.

 private:
  Nginx(const std::string& program, const std::filesystem::path& folder, const std::string& backend);

  std::uint16_t port_;
  bool tls_;
  std::unique_ptr<Child> process_;
};

}  // namespace keitaro_outbox::bench
