#include "bench/receiver.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <queue>
#include <random>
#include <string_view>
#include <system_error>

#include "bench/http_head.hpp"

namespace keitaro_outbox::bench {
namespace {

constexpr std::string_view kTakenIn =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nOK";

std::string refusal(int status) {
  return "HTTP/1.1 " + std::to_string(status) + " Not Now\r\nContent-Length: 0\r\n\r\n";
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/// A socket that listens on `port`, or on one that the system picks for 0.
int listening_socket(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = loopback(port);
  if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, SOMAXCONN) != 0) {
    fail("listen on the loopback interface");
  }
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
  return ntohs(address.sin_port);
}

/// Bound to a number that was named, not picked: only then does the socket keep it while it does not listen.
int listening_socket_that_keeps_its_port() {
  const int picked = listening_socket(0);
  const std::uint16_t port = port_of(picked);
  close(picked);
  return listening_socket(port);
}

}  // namespace

/// The thread's side.
class Receiver::Loop {
 public:
  Loop(Receiver& owner, const ReceiverOptions& options);
  ~Loop();
  void run();
  void wake();
  std::uint16_t port() const { return port_; }
  std::vector<std::uint64_t> log() const;

 private:
  struct Connection {
    std::uint64_t serial;  ///< Tells it from a later one on the same descriptor.
    HeadSplitter heads;
    std::string out;
    bool blocked = false;  ///< The other side does not read just now.
  };
  struct Held {
    Clock::time_point due;
    int fd;
    std::uint64_t serial;
    std::string_view reply;
    bool operator>(const Held& other) const { return due > other.due; }
  };

  void obey();
  int wait_millis() const;
  void accept_all();
  void read(int fd);
  void on_request(int fd, Connection& connection, std::string_view head);
  Clock::duration wait_in_line(Clock::time_point now);
  bool within_capacity(Clock::time_point now);
  bool fails();
  Clock::duration latency();
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  void count_in_flight(int change);
  void answer(Connection& connection, std::string_view reply);
  void answer_held();
  void flush(int fd);
  void drop(int fd);
  Connection* at(int fd);
  void watch(int fd, std::uint32_t events, int operation);

  Receiver& owner_;
  const ReceiverOptions options_;
  const std::string refusal_;
  const std::string failure_ = refusal(503);
  int listener_;
  std::uint16_t port_;
  int epoll_;
  int wake_;
  std::uint64_t next_serial_ = 1;
  std::uint64_t in_flight_ = 0;
  std::vector<std::optional<Connection>> connections_;  // by descriptor
  std::priority_queue<Held, std::vector<Held>, std::greater<>> held_;
  std::minstd_rand random_{1};
  bool failed_last_ = false;
  std::vector<char> buffer_ = std::vector<char>(65'536);
  Clock::time_point free_at_{};
  double tokens_ = 0;
  Clock::time_point tokens_at_ = Clock::now();
  mutable std::mutex log_mutex_;
  std::vector<std::uint64_t> log_;
};

Receiver::Loop::Loop(Receiver& owner, const ReceiverOptions& options)
    : owner_(owner),
      options_(options),
      refusal_(refusal(options.beyond_capacity)),
      listener_(listening_socket_that_keeps_its_port()),
      port_(port_of(listener_)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (epoll_ < 0 || wake_ < 0) fail("epoll");
  watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
  watch(wake_, EPOLLIN, EPOLL_CTL_ADD);
}

Receiver::Loop::~Loop() {
  for (std::size_t fd = 0; fd < connections_.size(); ++fd) drop(static_cast<int>(fd));
  for (const int fd : {listener_, epoll_, wake_}) close(fd);
}

void Receiver::Loop::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

void Receiver::Loop::run() {
  std::array<epoll_event, 256> events{};
  while (owner_.state_ != State::ended) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_millis());
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      const int fd = event.data.fd;
      if (fd == wake_) {
        std::uint64_t times = 0;
        [[maybe_unused]] const auto got = ::read(wake_, &times, sizeof times);
        continue;
      }
      if (fd == listener_) {
        accept_all();
        continue;
      }
      if ((event.events & EPOLLOUT) != 0 && at(fd) != nullptr) flush(fd);
      if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0 && at(fd) != nullptr) read(fd);
    }
    answer_held();
    obey();
  }
}

void Receiver::Loop::obey() {
  const State wanted = owner_.wanted_;
  if (wanted == owner_.state_) return;
  if (wanted == State::down) {
    // It leaves the listening state and keeps its port, which nobody can take meanwhile.
    watch(listener_, 0, EPOLL_CTL_DEL);
    shutdown(listener_, SHUT_RD);
    for (std::size_t fd = 0; fd < connections_.size(); ++fd) drop(static_cast<int>(fd));
  } else if (wanted == State::up) {
    if (listen(listener_, SOMAXCONN) != 0) fail("listen again");
    watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
  }
  owner_.state_ = wanted;
  owner_.state_.notify_all();
}

int Receiver::Loop::wait_millis() const {
  if (held_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(held_.top().due - Clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void Receiver::Loop::watch(int fd, std::uint32_t events, int operation) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  epoll_ctl(epoll_, operation, fd, &event);
}

Receiver::Loop::Connection* Receiver::Loop::at(int fd) {
  const auto place = static_cast<std::size_t>(fd);
  return place < connections_.size() && connections_[place] ? &*connections_[place] : nullptr;
}

void Receiver::Loop::accept_all() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const auto place = static_cast<std::size_t>(fd);
    if (place >= connections_.size()) connections_.resize(place + 1);
    connections_[place].emplace(Connection{next_serial_++, {}, {}});
    owner_.connections_ += 1;
    owner_.most_connections_ = std::max(owner_.most_connections_.load(), owner_.connections_.load());
    watch(fd, EPOLLIN, EPOLL_CTL_ADD);
  }
}

void Receiver::Loop::drop(int fd) {
  if (at(fd) == nullptr) return;
  connections_[static_cast<std::size_t>(fd)].reset();
  owner_.connections_ -= 1;
  close(fd);
}

void Receiver::Loop::read(int fd) {
  const ssize_t got = recv(fd, buffer_.data(), buffer_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return drop(fd);
  Connection& connection = *at(fd);
  connection.heads.feed({buffer_.data(), static_cast<std::size_t>(got)},
                        [&](std::string_view head) { on_request(fd, connection, head); });
  flush(fd);
}

void Receiver::Loop::on_request(int fd, Connection& connection, std::string_view head) {
  const auto now = Clock::now();
  const bool failing = fails();
  const bool taken_in = !failing && within_capacity(now);
  const std::string_view reply = failing ? std::string_view(failure_) : taken_in ? kTakenIn : refusal_;
  const auto slot = static_cast<std::size_t>((now - owner_.started_) / kSlot);
  if (slot < kSlots) owner_.slots_[slot].fetch_add(1, std::memory_order_relaxed);
  if (taken_in && options_.keep_log) {
    const std::lock_guard lock(log_mutex_);
    log_.push_back(hash(subid_of(head)));
  }
  owner_.taken_in_ += taken_in ? 1 : 0;
  owner_.last_arrival_ = now.time_since_epoch().count();
  owner_.requests_ += 1;  // Last: who waits for it finds the rest.
  count_in_flight(1);
  owner_.most_in_flight_ = std::max(owner_.most_in_flight_.load(), in_flight_);
  const auto wait = wait_in_line(now);
  const auto due_in = wait + latency();
  if (due_in == Clock::duration::zero()) {
    answer(connection, reply);
  } else {
    held_.push({now + due_in, fd, connection.serial, reply});
  }
}

bool Receiver::Loop::fails() {
  if (options_.failing_in_turn) return failed_last_ = !failed_last_;
  const double share = owner_.failing_;
  return share > 0 && chance() < share;
}

Receiver::Clock::duration Receiver::Loop::latency() {
  if (options_.latencies.empty()) return options_.latency;
  double at = chance();
  for (const LatencyShare& part : options_.latencies) {
    if (at < part.share) return part.latency;
    at -= part.share;
  }
  return options_.latencies.back().latency;
}

void Receiver::Loop::count_in_flight(int change) {
  in_flight_ += static_cast<std::uint64_t>(change);
  owner_.in_flight_now_ = in_flight_;
}

/// What passes until all who came before, and then this one, are done with.
Receiver::Clock::duration Receiver::Loop::wait_in_line(Clock::time_point now) {
  if (options_.each.count() == 0) return {};
  free_at_ = std::max(free_at_, now) + options_.each;
  const auto wait = free_at_ - now;
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(wait).count();
  owner_.longest_wait_ = std::max(owner_.longest_wait_.load(), static_cast<std::int64_t>(micros));
  return wait;
}

bool Receiver::Loop::within_capacity(Clock::time_point now) {
  const double capacity = owner_.capacity_;
  if (capacity <= 0) return true;
  const double seconds = std::chrono::duration<double>(now - tokens_at_).count();
  tokens_at_ = now;
  tokens_ = std::min(tokens_ + seconds * capacity, std::max(1.0, capacity / 100));
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void Receiver::Loop::answer(Connection& connection, std::string_view reply) {
  connection.out += reply;
  count_in_flight(-1);
}

void Receiver::Loop::answer_held() {
  const auto now = Clock::now();
  while (!held_.empty() && held_.top().due <= now) {
    const Held next = held_.top();
    held_.pop();
    Connection* connection = at(next.fd);
    if (connection == nullptr || connection->serial != next.serial) {
      count_in_flight(-1);
      continue;
    }
    answer(*connection, next.reply);
    flush(next.fd);
  }
}

void Receiver::Loop::flush(int fd) {
  Connection& connection = *at(fd);
  while (!connection.out.empty()) {
    const ssize_t sent = send(fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return drop(fd);
    if (sent < 0) break;
    connection.out.erase(0, static_cast<std::size_t>(sent));
  }
  const bool blocked = !connection.out.empty();
  if (blocked == connection.blocked) return;
  connection.blocked = blocked;
  watch(fd, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
}

std::vector<std::uint64_t> Receiver::Loop::log() const {
  const std::lock_guard lock(log_mutex_);
  return log_;
}

Receiver::Receiver(const ReceiverOptions& options)
    : failing_(options.failing), capacity_(options.capacity), loop_(std::make_unique<Loop>(*this, options)) {
  // Signals are for the main thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { loop_->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Receiver::~Receiver() {
  change_to(State::ended);
  thread_.join();
}

void Receiver::change_to(State state) {
  wanted_ = state;
  loop_->wake();
  for (State now = state_; now != state; now = state_) state_.wait(now);
}

void Receiver::go_down() {
  change_to(State::down);
}

void Receiver::come_back() {
  change_to(State::up);
}

double Receiver::cpu_seconds() const {
  clockid_t clock{};
  timespec time{};
  // The thread lives as long as this object.
  if (pthread_getcpuclockid(const_cast<std::thread&>(thread_).native_handle(), &clock) != 0 ||
      clock_gettime(clock, &time) != 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::string Receiver::url() const {
  return "http://127.0.0.1:" + std::to_string(loop_->port()) + "/bench/postback";
}

std::size_t Receiver::slot_now() const {
  return static_cast<std::size_t>((Clock::now() - started_) / kSlot);
}

std::vector<std::uint32_t> Receiver::arrivals() const {
  return {slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(std::min(slot_now(), kSlots))};
}

std::vector<std::uint64_t> Receiver::log() const {
  return loop_->log();
}

/// FNV-1a.
std::uint64_t Receiver::hash(std::string_view subid) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : subid) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211U;
  }
  return hash;
}

}  // namespace keitaro_outbox::bench
