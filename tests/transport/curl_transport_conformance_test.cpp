// The transport on libcurl, against a receiver on the loopback interface.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <set>
#include <thread>
#include <utility>

#include "http/client/curl_transport.hpp"
#include "http/raw_server.hpp"
#include "transport/failing_memory.hpp"
#include "transport/transport_conformance.hpp"

namespace keitaro_outbox::transport_tests {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 20s;

class CurlWorld final : public TransportWorld {
 public:
  explicit CurlWorld(int senders) : transport_(options(senders)) {}
  ~CurlWorld() override {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }

  ports::Transport& transport() override { return transport_; }

  std::string url_of(std::uint64_t ticket) override {
    return server_.url("/key/postback?subid=" + std::to_string(ticket));
  }

  void script(std::uint64_t ticket, Script script) override {
    const std::lock_guard lock(mutex_);
    scripts_[ticket] = std::move(script);
  }

  std::vector<std::uint64_t> begun(std::size_t count) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return begun_.size() >= count; });
    return begun_;
  }

  void end_oldest() override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return begun_.size() > let_go_; });
    ++let_go_;
    changed_.notify_all();
  }

  /// What is open stays open; nothing more can be opened.
  bool can_lack_resources() const override {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return false;
#endif
#endif
    return true;
  }
  void lack_resources(bool lack) override {
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = lack ? 0 : limit.rlim_max;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }

  std::vector<ports::Completion> collect(std::size_t count) override {
    std::vector<ports::Completion> out;
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    while (true) {
      std::unique_lock lock(mutex_);
      const std::size_t told = told_;
      lock.unlock();
      transport_.collect(out);
      if (out.size() >= count) return out;
      lock.lock();
      if (!changed_.wait_until(lock, give_up, [&] { return told_ != told; })) return out;
    }
  }

 private:
  http::CurlTransportOptions options(int senders) {
    http::CurlTransportOptions options;
    options.senders = senders;
    options.receipts = &shelf_;
    options.on_completion = [this] {
      const std::lock_guard lock(mutex_);
      ++told_;
      changed_.notify_all();
    };
    return options;
  }

  void serve(http::test::Connection& connection) {
    while (const auto head = connection.read_request()) {
      const std::uint64_t ticket = std::stoull(head->substr(head->find("subid=") + 6));
      Script script;
      {
        std::unique_lock lock(mutex_);
        const std::size_t place = begun_.size();
        begun_.push_back(ticket);
        changed_.notify_all();
        changed_.wait(lock, [&] { return over_ || let_go_ > place; });
        if (over_) return;
        if (const auto found = scripts_.find(ticket); found != scripts_.end()) script = found->second;
      }
      if (script.cut || !connection.respond(script.body, std::to_string(script.http_status) + " Status"))
        return;
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Script> scripts_;
  std::vector<std::uint64_t> begun_;
  std::size_t let_go_ = 0;
  std::size_t told_ = 0;
  bool over_ = false;
  http::test::RawServer server_{[this](http::test::Connection& connection) { serve(connection); }};
  http::CurlTransport transport_;
};

/// Each allocation of the user's thread fails in turn.
TEST(CurlTransportMemory, WhereItRunsOutNothingIsLostAndNothingComesTwice) {
  bool failed = true;
  for (long allocation = 1; failed; ++allocation) {
    SCOPED_TRACE("allocation " + std::to_string(allocation));
    CurlWorld world(1);
    ports::Transport& transport = world.transport();
    std::vector<ports::Request> requests;
    for (std::uint64_t ticket = 1; ticket <= 6; ++ticket) {
      ports::Request& request = requests.emplace_back();
      request.ticket = ticket;
      request.flow = {1};
      request.url = world.url_of(ticket);
      request.timeout = 60s;
      request.allow_private = true;
    }
    std::vector<ports::Completion> completions;
    failed = false;
    FailingMemory memory(allocation);
    const auto until_it_works = [&](const auto& call) {
      while (true) {
        try {
          return call();
        } catch (const std::bad_alloc&) {
          failed = true;
        }
      }
    };
    until_it_works([&] { transport.set_gate({1}, {.permits = 2}); });
    until_it_works([&] { transport.submit(requests); });
    until_it_works([&] { transport.set_gate({1}, {.permits = 2, .generation = 1}); });
    until_it_works([&] { transport.submit(requests); });
    until_it_works([&] { transport.collect(completions); });
    memory.heal();
    EXPECT_EQ(completions.size(), 4U);
    world.end_oldest();
    world.end_oldest();
    for (ports::Completion& each : world.collect(2)) completions.push_back(std::move(each));
    std::vector<std::uint64_t> tickets = tickets_of(completions);
    std::sort(tickets.begin(), tickets.end());
    EXPECT_EQ(tickets, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
    ASSERT_LT(allocation, 1'000);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Curl, TransportConformance,
    testing::Values(TransportFactory{"OneSender", [] { return std::make_unique<CurlWorld>(1); }},
                    TransportFactory{"ThreeSenders", [] { return std::make_unique<CurlWorld>(3); }}),
    [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace keitaro_outbox::transport_tests
