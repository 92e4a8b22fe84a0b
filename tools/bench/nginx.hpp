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

/// An nginx of one process that answers `200`, body `OK`, to everything, on the loopback interface.
class Nginx {
 public:
  /// Starts it with its files in `folder`, which must exist; returns when it answers. Throws
  /// std::runtime_error with the end of its log when it does not.
  Nginx(const std::string& program, const std::filesystem::path& folder);
  ~Nginx();

  std::string url() const;
  double cpu_seconds() const;  ///< So far.

 private:
  std::uint16_t port_;
  std::unique_ptr<Child> process_;
};

}  // namespace keitaro_outbox::bench
