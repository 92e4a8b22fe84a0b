#include "http/server/http_listener.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "http/server/server.hpp"
#include "process/signals_blocked.hpp"

namespace keitaro_outbox::http {
namespace {

/// Scrapes and probes come one at a time.
constexpr int kConnections = 64;

/// Those who ask at the same time are behind one proxy, or on this host: no limit for each.
constexpr int kConnectionsPerClient = std::numeric_limits<int>::max();

constexpr std::size_t kLargestBody = 1024;

ServerOptions options_for(const ListenAddress& address) {
  ServerOptions options;
  options.host = address.host;
  options.port = address.port;
  options.limits.connections = kConnections;
  options.limits.connections_per_client = kConnectionsPerClient;
  options.largest_body = kLargestBody;
  options.methods = {"GET", "HEAD"};
  return options;
}

Response response_of(const std::optional<Page>& page) {
  if (!page) return {404, "not found\n"};
  return {page->http_status, page->body, page->type};
}

}  // namespace

class HttpListener::Impl {
 public:
  Impl(const ListenAddress& address, Pages quick, Pages slow)
      : quick_(std::move(quick)), slow_(std::move(slow)), address_(address) {
    const process::SignalsBlocked blocked;
    thread_ = std::thread([this] { answer_slow_ones(); });
    try {
      server_ = std::make_unique<Server>(options_for(address), [this](Request&& request, Reply reply) {
        handle(std::move(request), std::move(reply));
      });
    } catch (...) {
      end();
      throw;
    }
    address_.port = server_->port();
  }

  ~Impl() {
    server_.reset();  // What waits is answered first.
    end();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const ListenAddress& address() const { return address_; }

 private:
  struct Asked {
    std::string path;
    Reply reply;
  };

  void handle(Request&& request, Reply reply) {
    if (const auto page = quick_(request.path)) return reply.send(response_of(page));
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back({std::move(request.path), std::move(reply)});
    }
    came_.notify_one();
  }

  void answer_slow_ones() {
    std::unique_lock lock(mutex_);
    for (;;) {
      came_.wait(lock, [this] { return ending_ || !asked_.empty(); });
      if (asked_.empty()) return;
      Asked asked = std::move(asked_.front());
      asked_.pop_front();
      lock.unlock();
      try {
        asked.reply.send(response_of(slow_(asked.path)));
      } catch (const std::exception&) {
        // The reply that is dropped says 500.
      }
      lock.lock();
    }
  }

  void end() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    came_.notify_one();
    thread_.join();
  }

  const Pages quick_;
  const Pages slow_;
  ListenAddress address_;

  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Asked> asked_;  ///< As many as there are connections at most.
  bool ending_ = false;

  std::thread thread_;
  std::unique_ptr<Server> server_;
};

HttpListener::HttpListener(const ListenAddress& address, Pages quick, Pages slow)
    : impl_(std::make_unique<Impl>(address, std::move(quick), std::move(slow))) {}

HttpListener::~HttpListener() = default;

const ListenAddress& HttpListener::address() const {
  return impl_->address();
}

}  // namespace keitaro_outbox::http
