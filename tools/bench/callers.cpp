#include "bench/callers.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "bench/interrupt.hpp"
#include "bench/subids.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (fd >= 0) close(fd);
    throw std::runtime_error("the front door takes no connection");
  }
  const int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return fd;
}

/// The status of a whole answer at the beginning of `bytes`; nullopt while it is not whole.
std::optional<int> whole_answer(std::string_view bytes) {
  const std::size_t head = bytes.find("\r\n\r\n");
  if (head == std::string_view::npos) return std::nullopt;
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const std::size_t at = bytes.find(kLength);
  std::size_t length = 0;
  if (at < head) std::from_chars(bytes.data() + at + kLength.size(), bytes.data() + head, length);
  if (bytes.size() < head + 4 + length) return std::nullopt;
  int status = 0;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, status);
  return status;
}

struct Caller {
  int fd = -1;
  Clock::time_point due{};
  std::string answer;
};

class Calling {
 public:
  explicit Calling(const CallPlan& plan)
      : plan_(plan), subids_(plan.seed), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    callers_.resize(static_cast<std::size_t>(plan.connections));
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      callers_[i].fd = connect_to(plan.port);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, callers_[i].fd, &event);
      idle_.push_back(i);
    }
  }
  ~Calling() {
    for (const Caller& caller : callers_) close(caller.fd);
    close(epoll_);
  }
  Calling(const Calling&) = delete;
  Calling& operator=(const Calling&) = delete;

  Calls run() {
    begun_ = Clock::now();
    const auto end = begun_ + plan_.length;
    while (Clock::now() < end || idle_.size() < callers_.size()) {
      throw_if_interrupted();
      if (Clock::now() < end) send_what_is_due();
      take_answers();
    }
    calls_.seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
    return std::move(calls_);
  }

 private:
  /// When the next request is due.
  Clock::time_point next_due() const {
    if (plan_.rate <= 0) return Clock::now();
    return begun_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(static_cast<double>(sent_) / plan_.rate));
  }

  void send_what_is_due() {
    while (!idle_.empty()) {
      const auto due = next_due();
      if (due > Clock::now()) return;
      Caller& caller = callers_[idle_.front()];
      idle_.pop_front();
      ++sent_;
      caller.due = due;
      const std::string request =
          "GET " + plan_.before + subids_.next() + plan_.after + " HTTP/1.1\r\nHost: bench\r\n\r\n";
      if (write(caller.fd, request.data(), request.size()) != static_cast<ssize_t>(request.size()))
        throw std::runtime_error("the front door took no request");
    }
  }

  void take_answers() {
    std::array<epoll_event, 64> events{};
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1);
    for (int i = 0; i < count; ++i) take_answer(events[static_cast<std::size_t>(i)].data.u64);
  }

  void take_answer(std::size_t index) {
    Caller& caller = callers_[index];
    std::array<char, 4096> bytes{};
    const ssize_t got = read(caller.fd, bytes.data(), bytes.size());
    if (got <= 0) throw std::runtime_error("the front door ended a connection");
    caller.answer.append(bytes.data(), static_cast<std::size_t>(got));
    const auto status = whole_answer(caller.answer);
    if (!status) return;
    ++(*status == 200 ? calls_.answered : calls_.failed);
    calls_.millis.add(std::chrono::duration<double, std::milli>(Clock::now() - caller.due).count());
    caller.answer.clear();
    idle_.push_back(index);
  }

  const CallPlan& plan_;
  Subids subids_;
  const int epoll_;
  std::vector<Caller> callers_;
  std::deque<std::size_t> idle_;
  std::uint64_t sent_ = 0;
  Clock::time_point begun_{};
  Calls calls_;
};

}  // namespace

Calls call_front_door(const CallPlan& plan) {
  return Calling(plan).run();
}

HeldConnections::HeldConnections(std::uint16_t port, int count, const std::string& sent) {
  for (int i = 0; i < count; ++i) {
    sockets_.push_back(connect_to(port));
    if (!sent.empty() && write(sockets_.back(), sent.data(), sent.size()) < 0)
      throw std::runtime_error("the front door took no byte");
  }
}

HeldConnections::~HeldConnections() {
  for (const int fd : sockets_) close(fd);
}

}  // namespace keitaro_outbox::bench
