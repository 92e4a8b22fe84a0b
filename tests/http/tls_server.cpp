#include "tls_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "raw_server.hpp"

namespace keitaro_outbox::http::test {
namespace {

using namespace std::chrono_literals;

template <typename Condition>
bool wait_until(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

bool accepts_connections(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return connected;
}

constexpr const char* kNginxConfiguration = R"(
daemon off;
master_process off;
pid @FOLDER/nginx.pid;
error_log @FOLDER/error.log;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path @FOLDER/body;
  proxy_temp_path @FOLDER/proxy;
  fastcgi_temp_path @FOLDER/fastcgi;
  uwsgi_temp_path @FOLDER/uwsgi;
  scgi_temp_path @FOLDER/scgi;
  keepalive_requests @REQUESTS;
  server {
    listen 127.0.0.1:@PORT ssl http2;
    ssl_certificate @CERTIFICATE;
    ssl_certificate_key @KEY;
    location / { return 200 "OK"; }
    location /connection { return 200 "$connection"; }
    location /hang { proxy_pass http://127.0.0.1:@UPSTREAM; }
  }
}
)";

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

Certificate::Certificate(const std::string& alternative_name) {
  const int result = run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                          "-nodes", "-keyout", key_file(), "-out", file(), "-days", "2", "-subj", "/CN=test",
                          "-addext", "subjectAltName=" + alternative_name});
  if (result != 0) throw std::runtime_error("openssl made no certificate");
}

void Certificate::expire() const {
  const int result = run({"openssl", "x509", "-in", file(), "-signkey", key_file(), "-days", "-1", "-out",
                          folder_.file("expired.pem")});
  if (result != 0) throw std::runtime_error("openssl did not sign the certificate again");
  std::filesystem::rename(folder_.file("expired.pem"), file());
}

OpensslServer::OpensslServer(const Certificate& certificate, const std::vector<std::string>& options) {
  std::vector<std::string> command = {"openssl", "s_server",         "-accept", "127.0.0.1:0",
                                      "-cert",   certificate.file(), "-key",    certificate.key_file(),
                                      "-www"};
  command.insert(command.end(), options.begin(), options.end());
  const std::string output = folder_.file("output");
  process_ = std::make_unique<ChildProcess>(command, output);
  const std::string announcement = "ACCEPT 127.0.0.1:";
  const bool ready = wait_until([&] {
    const std::string text = read_file(output);
    const auto at = text.find(announcement);
    const auto end = text.find('\n', at);
    if (at == std::string::npos || end == std::string::npos) return false;
    port_ = text.substr(at + announcement.size(), end - at - announcement.size());
    return true;
  });
  if (!ready) throw std::runtime_error("openssl s_server did not start: " + read_file(output));
}

NginxServer::NginxServer(const Certificate& certificate, int upstream_port, int requests_per_connection) {
  // Another process may take the port before nginx does.
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (start(certificate, upstream_port, requests_per_connection)) return;
  }
  throw std::runtime_error("nginx did not start: " + read_file(folder_.file("output")));
}

bool NginxServer::start(const Certificate& certificate, int upstream_port, int requests_per_connection) {
  port_ = unused_port();
  std::string configuration = kNginxConfiguration;
  replace_all(configuration, "@FOLDER", folder_.file(""));
  replace_all(configuration, "@PORT", std::to_string(port_));
  replace_all(configuration, "@CERTIFICATE", certificate.file());
  replace_all(configuration, "@KEY", certificate.key_file());
  replace_all(configuration, "@REQUESTS", std::to_string(requests_per_connection));
  replace_all(configuration, "@UPSTREAM", std::to_string(upstream_port));
  std::ofstream(folder_.file("nginx.conf")) << configuration;
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{"nginx", "-e", folder_.file("error.log"), "-p", folder_.file(""), "-c",
                               folder_.file("nginx.conf")},
      folder_.file("output"));
  return wait_until([&] { return !process_->running() || accepts_connections(port_); }) &&
         process_->running();
}

}  // namespace keitaro_outbox::http::test
