#pragma once

#include <poll.h>

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace keitaro_outbox::faults {

/// A tracker on a port of the loopback interface, on one thread that is exempt all faults. Kept alive over
/// many runs, as are its connections while the other side keeps them.
class LoopbackReceiver {
 public:
  /// What it answers to a query string: an HTTP status; the body is `OK` with 200.
  using Behaviour = std::function<int(const std::string& query)>;

  LoopbackReceiver();
  ~LoopbackReceiver();
  LoopbackReceiver(const LoopbackReceiver&) = delete;
  LoopbackReceiver& operator=(const LoopbackReceiver&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/secretkey/postback"; }

  /// From now on, with an empty list of what has come.
  void behave(Behaviour behaviour);

  /// The query strings that were answered with 200, in order, since behave().
  std::vector<std::string> taken_in() const;

 private:
  struct Peer {
    int fd;
    std::string unread;
  };
  void serve();
  bool hear(Peer& peer);
  void answer(Peer& peer, const std::string& request);

  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  Behaviour behaviour_;
  std::vector<std::string> taken_in_;
  std::list<Peer> peers_;  // the thread's own
  std::thread thread_;
};

}  // namespace keitaro_outbox::faults
