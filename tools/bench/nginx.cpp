#include "bench/nginx.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "bench/child.hpp"
#include "bench/files.hpp"
#include "bench/interrupt.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;
constexpr auto kStartLimit = 10s;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool listens(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

/// `http://127.0.0.1:8080`, of a URL with a path.
std::string origin_of(const std::string& url) {
  return url.substr(0, url.find('/', url.find("//") + 2));
}

void make_certificate(const std::filesystem::path& folder) {
  const auto log = folder / "openssl.log";
  Child openssl(Command{{find_in_path("openssl").value_or("openssl"), "req", "-x509", "-newkey", "ec",
                         "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=bench",
                         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                         (folder / "server.key").string(), "-out", Nginx::certificate(folder).string()},
                        {},
                        log.string()});
  if (openssl.wait(kStartLimit).exit_code != 0)
    throw std::runtime_error("openssl makes no certificate: " + end_of_file(log));
}

std::string answering(std::uint16_t port) {
  return "  server { listen 127.0.0.1:" + std::to_string(port) +
         "; location / { return 200 \"OK\"; }\n"
         "    location /admin_api/ { default_type application/json; return 200 '{\"rows\":[],\"total\":0}'; "
         "} }\n";
}

std::string before(const std::string& backend, std::uint16_t port) {
  const std::string origin = origin_of(backend);
  return "  upstream backend { server " + origin.substr(origin.find("//") + 2) +
         "; keepalive 2000; keepalive_requests 1000000000; }\n  server { listen 127.0.0.1:" +
         std::to_string(port) +
         " ssl; ssl_certificate server.pem; ssl_certificate_key server.key;\n    location / { proxy_pass "
         "http://backend; proxy_http_version 1.1; proxy_set_header Connection \"\"; } }\n";
}

std::string configuration(const std::filesystem::path& folder, const std::string& server) {
  std::ostringstream text;
  text << "daemon off;\nmaster_process off;\nworker_processes 1;\npid nginx.pid;\nerror_log nginx.log;\n"
       << "events { worker_connections 8192; }\n"
       << "http {\n  access_log off;\n  keepalive_requests 1000000000;\n  keepalive_timeout 1h;\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    text << "  " << kind << "_temp_path " << (folder / kind).string() << ";\n";
  }
  text << "  default_type text/plain;\n" << server << "}\n";
  return text.str();
}

}  // namespace

std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool got = bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                   getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  if (!got) throw std::runtime_error("no free port on the loopback interface");
  return ntohs(address.sin_port);
}

std::optional<std::string> find_nginx() {
  if (auto program = find_in_path("nginx")) return program;
  const std::string usual = "/usr/sbin/nginx";  // Not in the PATH of everybody.
  return access(usual.c_str(), X_OK) == 0 ? std::optional(usual) : std::nullopt;
}

Nginx::Nginx(const std::string& program, const std::filesystem::path& folder) : Nginx(program, folder, {}) {}

std::unique_ptr<Nginx> Nginx::with_tls(const std::string& program, const std::filesystem::path& folder,
                                       const std::string& backend) {
  make_certificate(folder);
  return std::unique_ptr<Nginx>(new Nginx(program, folder, backend));
}

Nginx::Nginx(const std::string& program, const std::filesystem::path& folder, const std::string& backend)
    : port_(free_port()), tls_(!backend.empty()) {
  const auto config = folder / "nginx.conf";
  const auto log = folder / "nginx.log";
  std::ofstream(config) << configuration(folder, tls_ ? before(backend, port_) : answering(port_));
  process_ = std::make_unique<Child>(
      Command{{program, "-p", folder.string(), "-c", config.string(), "-e", log.string()}, {}, log.string()});
  const auto until = std::chrono::steady_clock::now() + kStartLimit;
  while (!listens(port_)) {
    if (!process_->running() || std::chrono::steady_clock::now() > until) {
      throw std::runtime_error("nginx does not start (try --receiver own): " + end_of_file(log));
    }
    pause_for(5ms);
  }
}

Nginx::~Nginx() = default;

double Nginx::cpu_seconds() const {
  return process_->cpu_seconds();
}

std::string Nginx::url() const {
  return (tls_ ? "https" : "http") + std::string("://127.0.0.1:") + std::to_string(port_) + "/bench/postback";
}

}  // namespace keitaro_outbox::bench
