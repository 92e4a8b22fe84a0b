// The simulated transport, alone and behind that which replays answers.
#include <chrono>
#include <set>
#include <utility>

#include "schedules/sim_transport.hpp"
#include "transport/transport_conformance.hpp"
#include "worker/replaying_transport.hpp"

namespace keitaro_outbox::transport_tests {
namespace {

using namespace std::chrono_literals;

/// Each request takes so long that none ends by itself, and one a little longer than those before it.
class SimWorld final : public TransportWorld, public simulation::Wiretap {
 public:
  SimWorld() {
    transport_.keep_acks(&shelf_);
    receiver_.behave("default", [this](const simulation::Arrival& arrival) { return reply_to(arrival); });
  }

  ports::Transport& transport() override { return transport_; }
  std::string url_of(std::uint64_t ticket) override {
    return "http://default.test/key/postback?subid=" + std::to_string(ticket);
  }
  void script(std::uint64_t ticket, Script script) override { scripts_[ticket] = std::move(script); }
  std::vector<std::uint64_t> begun(std::size_t) override { return begun_; }
  void end_oldest() override {
    clock_.advance_to(ends_.at(ended_++));
    transport_.catch_up();
  }
  void lack_resources(bool lack) override { lacking_ = lack; }
  std::vector<ports::Completion> collect(std::size_t) override {
    std::vector<ports::Completion> out;
    transport_.collect(out);
    return out;
  }

 private:
  simulation::Reply reply_to(const simulation::Arrival& arrival) {
    if (lacking_) return {false, 0ms, core::OwnTrouble{"no descriptors"}};
    const std::uint64_t ticket = std::stoull(arrival.param("subid"));
    begun_.push_back(ticket);
    const core::Millis latency = 1s + core::Millis{begun_.size()};
    ends_.push_back(clock_.steady() + latency);
    const Script script = scripts_[ticket];
    if (script.cut) return {false, latency, core::AnswerLost{"cut"}};
    return {script.http_status == 200, latency, core::Answer{script.http_status, script.body, {}}};
  }

  std::map<std::uint64_t, Script> scripts_;
  std::vector<std::uint64_t> begun_;
  std::vector<core::SteadyTime> ends_;
  std::size_t ended_ = 0;
  bool lacking_ = false;
  simulation::SimClock clock_;
  simulation::SimReceiver receiver_;
  simulation::PortHooks hooks_;
  simulation::SimTransport transport_{clock_, receiver_, hooks_, *this};
};

/// Behind a transport that has an answer left of another row's.
class ReplayingWorld final : public TransportWorld {
 public:
  ports::Transport& transport() override { return transport_; }
  std::string url_of(std::uint64_t ticket) override { return inner_.url_of(ticket); }
  void script(std::uint64_t ticket, Script script) override { inner_.script(ticket, std::move(script)); }
  std::vector<std::uint64_t> begun(std::size_t count) override { return inner_.begun(count); }
  void end_oldest() override { inner_.end_oldest(); }
  void lack_resources(bool lack) override { inner_.lack_resources(lack); }
  std::vector<ports::Completion> collect(std::size_t) override {
    std::vector<ports::Completion> out;
    transport_.collect(out);
    return out;
  }
  const Shelf& shelf() const override { return inner_.shelf(); }

 private:
  SimWorld inner_;
  worker::ReplayingTransport transport_{
      inner_.transport(), {{ports::AckId{77}, ports::Ack{.row = {500'000}, .version = 1}}}, {}};
};

INSTANTIATE_TEST_SUITE_P(
    Sim, TransportConformance,
    testing::Values(TransportFactory{"Alone", [] { return std::make_unique<SimWorld>(); }},
                    TransportFactory{"BehindReplays", [] { return std::make_unique<ReplayingWorld>(); }}),
    [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace keitaro_outbox::transport_tests
