#include "web/page_server.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "core/text/same_secret.hpp"
#include "ports/clock.hpp"
#include "web/access.hpp"
#include "web/layout.hpp"

namespace keitaro_outbox::web {
namespace {

using ports::HttpReply;
using ports::HttpRequest;
using ports::HttpResponse;
using Steady = std::chrono::steady_clock;

/// Requests that wait for a thread; there are as many connections at most.
constexpr std::size_t kMostWaiting = 64;
/// Wrong passwords of one address that wait for their answer; its further ones are not looked at.
constexpr int kMostDelayed = 4;

HttpResponse plain(int status, std::string text) {
  return with_safe_headers({status, std::move(text)});
}

HttpResponse ask_for_password() {
  HttpResponse response = plain(401, "This page needs a password.\n");
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"keitaro-outbox\", charset=\"UTF-8\"");
  return response;
}

}  // namespace

class PageServer::Impl {
 public:
  Impl(Page& page, const config::PageSettings& settings, log::Log& log)
      : page_(page), settings_(settings), log_(log) {
    for (std::thread& thread : threads_) thread = std::thread([this] { run(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    for (Asked& asked : waiting_) asked.reply.send(plain(503, "stopping\n"));
    for (Delayed& delayed : delayed_) delayed.reply.send(plain(503, "stopping\n"));
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void handle(HttpRequest&& request, HttpReply reply) {
    if (!is_served_host(request.header("Host").value_or(""), settings_.hosts))
      return reply.send(plain(421, "This page is not served under that name: add it to page_hosts.\n"));
    Actor actor{.address = request.peer, .user = {}};
    if (!settings_.password.empty() && !admits(request, reply, actor)) return;
    std::unique_lock lock(mutex_);
    if (waiting_.size() >= kMostWaiting) {
      lock.unlock();
      return reply.send(plain(503, "busy\n"));
    }
    waiting_.push_back({std::move(request), std::move(actor), std::move(reply)});
    lock.unlock();
    changed_.notify_one();
  }

 private:
  struct Asked {
    HttpRequest request;
    Actor actor;
    HttpReply reply;
  };
  struct Delayed {
    Steady::time_point at;
    std::string address;
    HttpReply reply;
  };

  /// Where it gives false, the reply is taken care of.
  bool admits(const HttpRequest& request, HttpReply& reply, Actor& actor) {
    if (!request.header("Authorization")) {
      reply.send(ask_for_password());
      return false;
    }
    {
      const std::lock_guard lock(mutex_);
      if (delayed_of_[request.peer] >= kMostDelayed) {
        HttpResponse response = plain(429, "Too many wrong passwords: try again in some seconds.\n");
        response.headers.emplace_back("Retry-After", "3");
        reply.send(std::move(response));
        return false;
      }
      if (delayed_of_[request.peer] == 0) delayed_of_.erase(request.peer);
    }
    const auto credentials = credentials_of(request);
    if (credentials && core::same_secret(credentials->password, settings_.password)) {
      actor.user = credentials->user;
      return true;
    }
    log_.write(config::LogLevel::warn, "page_password_wrong", {{"address", std::string_view(request.peer)}});
    {
      const std::lock_guard lock(mutex_);
      ++delayed_of_[request.peer];
      delayed_.push_back({Steady::now() + kDelay, request.peer, std::move(reply)});
    }
    changed_.notify_one();
    return false;
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      if (!delayed_.empty() && delayed_.front().at <= Steady::now()) {
        Delayed due = std::move(delayed_.front());
        delayed_.pop_front();
        if (--delayed_of_[due.address] <= 0) delayed_of_.erase(due.address);
        lock.unlock();
        due.reply.send(ask_for_password());
        lock.lock();
        continue;
      }
      if (!waiting_.empty()) {
        Asked asked = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        answer(asked);
        lock.lock();
        continue;
      }
      if (delayed_.empty()) {
        changed_.wait(lock);
      } else {
        changed_.wait_until(lock, delayed_.front().at);
      }
    }
  }

  void answer(Asked& asked) {
    try {
      asked.reply.send(page_.answer(asked.request, asked.actor, ports::wall_now()));
    } catch (const std::exception& error) {
      log_.write(config::LogLevel::error, "page_failed",
                 {{"path", std::string_view(asked.request.path)}, {"error", std::string_view(error.what())}});
      asked.reply.send(plain(500, "This page could not be made; the log says why.\n"));
    }
  }

  Page& page_;
  const config::PageSettings settings_;
  log::Log& log_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Asked> waiting_;
  std::deque<Delayed> delayed_;  ///< The first one due comes first.
  std::map<std::string, int> delayed_of_;
  bool stop_ = false;
  std::array<std::thread, 3> threads_;
};

PageServer::PageServer(Page& page, const config::PageSettings& settings, log::Log& log)
    : impl_(std::make_unique<Impl>(page, settings, log)) {}

PageServer::~PageServer() = default;

void PageServer::handle(HttpRequest&& request, HttpReply reply) {
  impl_->handle(std::move(request), std::move(reply));
}

}  // namespace keitaro_outbox::web
