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

/// A form of the page for people; without one no body is of use.
constexpr std::size_t kLargestForm = 16 * 1024;
constexpr std::size_t kLargestBody = 1024;

ServerOptions options_for(const ListenAddress& address, bool takes_forms) {
  ServerOptions options;
  options.host = address.host;
  options.port = address.port;
  options.limits.connections = kConnections;
  options.limits.connections_per_client = kConnectionsPerClient;
  options.largest_body = takes_forms ? kLargestForm : kLargestBody;
  options.methods = {"GET", "HEAD"};
  if (takes_forms) options.methods.emplace_back("POST");
  return options;
}

Response response_of(const std::optional<Page>& page) {
  if (!page) return {404, "not found\n"};
  return {page->http_status, page->body, page->type};
}

}  // namespace

class HttpListener::Impl {
 public:
  Impl(const ListenAddress& address, Asked asked) : asked_of_(std::move(asked)), address_(address) {
    const process::SignalsBlocked blocked;
    thread_ = std::thread([this] { answer_slow_ones(); });
    try {
      server_ = std::make_unique<Server>(
          options_for(address, static_cast<bool>(asked_of_.rest)),
          [this](Request&& request, Reply reply) { handle(std::move(request), std::move(reply)); });
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
  struct Waiting {
    std::string path;
    Reply reply;
  };

  void handle(Request&& request, Reply reply) {
    const bool reads = request.method != "POST";
    if (reads) {
      if (const auto page = asked_of_.quick(request.path)) return reply.send(response_of(page));
    }
    if (asked_of_.rest && !(reads && asked_of_.is_slow(request.path)))
      return asked_of_.rest(std::move(request), std::move(reply));
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
      Waiting asked = std::move(asked_.front());
      asked_.pop_front();
      lock.unlock();
      try {
        asked.reply.send(response_of(asked_of_.slow(asked.path)));
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

  const Asked asked_of_;
  ListenAddress address_;

  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Waiting> asked_;  ///< As many as there are connections at most.
  bool ending_ = false;

  std::thread thread_;
  std::unique_ptr<Server> server_;
};

HttpListener::HttpListener(const ListenAddress& address, Asked asked)
    : impl_(std::make_unique<Impl>(address, std::move(asked))) {}

HttpListener::~HttpListener() = default;

const ListenAddress& HttpListener::address() const {
  return impl_->address();
}

}  // namespace keitaro_outbox::http
