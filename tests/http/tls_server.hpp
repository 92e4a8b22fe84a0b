#pragma once

#include <memory>
#include <string>
#include <vector>

#include "child_process.hpp"
#include "temp_folder.hpp"

namespace keitaro_outbox::http::test {

/// A self-signed certificate with its key, for one name: `IP:127.0.0.1`, `DNS:example.com`. Trusted where it
/// is the `ca_file`.
class Certificate {
 public:
  explicit Certificate(const std::string& alternative_name);
  /// Signs it again, so that it ended yesterday.
  void expire() const;
  std::string file() const { return folder_.file("certificate.pem"); }
  std::string key_file() const { return folder_.file("key.pem"); }

 private:
  TempFolder folder_;
};

/// `openssl s_server` on an ephemeral port of 127.0.0.1: answers each request with a page, by HTTP/1.0.
class OpensslServer {
 public:
  explicit OpensslServer(const Certificate& certificate, const std::vector<std::string>& options = {});
  std::string url() const { return "https://127.0.0.1:" + port_ + "/secretkey/postback"; }

 private:
  TempFolder folder_;
  std::unique_ptr<ChildProcess> process_;
  std::string port_;
};

/// nginx with HTTP/2 on an ephemeral port of 127.0.0.1. `/connection` answers with the connection's number,
/// `/hang` passes on to `upstream_port` of 127.0.0.1, all else is answered with `OK`.
class NginxServer {
 public:
  NginxServer(const Certificate& certificate, int upstream_port, int requests_per_connection = 1'000'000);
  ChildProcess& process() { return *process_; }
  std::string url(const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(port_) + path;
  }

 private:
  bool start(const Certificate& certificate, int upstream_port, int requests_per_connection);

  TempFolder folder_;
  std::unique_ptr<ChildProcess> process_;
  int port_ = 0;
};

}  // namespace keitaro_outbox::http::test
