#include "bench/receiver.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nOK";

std::string get(const std::string& subid) {
  return "GET /bench/postback?subid=" + subid + "&status=sale HTTP/1.1\r\nHost: x\r\n\r\n";
}

/// A connection whose reads give up after ten seconds.
class Client {
 public:
  explicit Client(const Receiver& receiver) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const std::string url = receiver.url();
    const auto port = std::stoi(url.substr(url.rfind(':') + 1));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    error_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
    const timeval limit{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  int error() const { return error_; }  ///< Of connect.
  void send(const std::string& text) { ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }

  /// So many bytes, or fewer where the connection ended or nothing came.
  std::string receive(std::size_t size) {
    std::string text(size, '\0');
    std::size_t got = 0;
    while (got < size) {
      const ssize_t more = recv(fd_, text.data() + got, size - got, 0);
      if (more <= 0) break;
      got += static_cast<std::size_t>(more);
    }
    text.resize(got);
    return text;
  }

 private:
  int fd_;
  int error_;
};

TEST(Receiver, AnswersEveryRequestOfAPipelineAndKeepsTheConnection) {
  Receiver receiver;
  Client client(receiver);
  client.send(get("a") + get("b"));
  client.send(get("c").substr(0, 10));
  EXPECT_EQ(client.receive(2 * kOk.size()), std::string(kOk) + std::string(kOk));
  client.send(get("c").substr(10));
  EXPECT_EQ(client.receive(kOk.size()), kOk);
  EXPECT_EQ(receiver.requests(), 3);
  EXPECT_EQ(receiver.taken_in(), 3);
  EXPECT_EQ(receiver.connections(), 1);
}

TEST(Receiver, AnswersAfterItsLatencyAndKnowsHowManyWaitedAtOnce) {
  Receiver receiver({.latency = 30ms});
  Client one(receiver);
  Client other(receiver);
  const auto begun = std::chrono::steady_clock::now();
  one.send(get("a"));
  other.send(get("b"));
  EXPECT_EQ(one.receive(kOk.size()), kOk);
  EXPECT_EQ(other.receive(kOk.size()), kOk);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 30ms);
  EXPECT_EQ(receiver.most_in_flight(), 2);
}

TEST(Receiver, LogsTheSubidsTakenInInOrder) {
  Receiver receiver({.keep_log = true});
  Client client(receiver);
  client.send(get("a") + get("b") + get("a"));
  client.receive(3 * kOk.size());
  EXPECT_EQ(receiver.log(),
            (std::vector<std::uint64_t>{Receiver::hash("a"), Receiver::hash("b"), Receiver::hash("a")}));
}

TEST(Receiver, TurnsAwayWhatIsBeyondItsCapacity) {
  Receiver receiver({.capacity = 0.001, .beyond_capacity = 503, .keep_log = true});
  Client client(receiver);
  client.send(get("a") + get("b") + get("c"));
  const std::string answers = client.receive(12);
  EXPECT_EQ(answers, "HTTP/1.1 503");  // It takes one in a quarter of an hour.
  while (receiver.requests() < 3) std::this_thread::yield();
  EXPECT_EQ(receiver.taken_in(), 0);
  EXPECT_TRUE(receiver.log().empty());
}

TEST(Receiver, WithOneHandAnswersInTurnAndTellsTheLongestWait) {
  Receiver receiver({.latency = 1ms, .each = 10ms});
  Client client(receiver);
  client.send(get("a") + get("b") + get("c"));
  EXPECT_EQ(client.receive(3 * kOk.size()).size(), 3 * kOk.size());
  EXPECT_GT(receiver.longest_wait(), 20ms) << "the third waits for two others, and for itself";
  receiver.forget_waits();
  EXPECT_EQ(receiver.longest_wait(), 0ms);
}

TEST(Receiver, WhileDownRefusesConnectionsAndComesBackOnTheSamePort) {
  Receiver receiver;
  Client before(receiver);
  before.send(get("a"));
  ASSERT_EQ(before.receive(kOk.size()), kOk);
  for (int i = 0; i < 3; ++i) {
    receiver.go_down();
    EXPECT_EQ(before.receive(1), "");
    EXPECT_EQ(Client(receiver).error(), ECONNREFUSED);
    EXPECT_EQ(receiver.connections(), 0);
    receiver.come_back();
    Client after(receiver);
    after.send(get("b"));
    EXPECT_EQ(after.receive(kOk.size()), kOk);
  }
}

TEST(Receiver, CountsArrivalsByTheSlotOfTime) {
  Receiver receiver;
  Client client(receiver);
  client.send(get("a"));
  client.receive(kOk.size());
  const std::size_t slot = receiver.slot_now();
  while (receiver.slot_now() == slot) std::this_thread::yield();
  std::uint32_t all = 0;
  for (const auto count : receiver.arrivals()) all += count;
  EXPECT_EQ(all, 1);
}

}  // namespace
}  // namespace keitaro_outbox::bench
