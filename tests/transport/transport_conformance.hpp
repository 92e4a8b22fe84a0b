#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <vector>

#include "ports/ack_journal.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::transport_tests {

/// How the receiver answers one request, once it is let.
struct Script {
  int http_status = 200;
  std::string body = "OK";
  bool cut = false;  ///< The connection is closed without an answer.
};

/// Remembers what was kept.
class Shelf final : public ports::AckJournal {
 public:
  std::optional<ports::AckId> keep(const ports::Ack& receipt) noexcept override;
  void forget(ports::AckId number) noexcept override;
  std::vector<ports::Ack> kept() const;

 private:
  mutable std::mutex mutex_;
  std::uint32_t last_ = 0;
  std::map<std::uint32_t, ports::Ack> kept_;
};

/// A transport, and a receiver that holds each request until it is let go. The subid of a request is its
/// ticket.
class TransportWorld {
 public:
  virtual ~TransportWorld() = default;
  virtual ports::Transport& transport() = 0;
  virtual std::string url_of(std::uint64_t ticket) = 0;

  /// To be said before the request is submitted; without it, it is taken in.
  virtual void script(std::uint64_t ticket, Script script) = 0;

  /// The tickets that have reached the receiver, sorted by when they were begun as far as that shows; waits
  /// until there are `count`.
  virtual std::vector<std::uint64_t> begun(std::size_t count) = 0;

  /// Has the receiver answer the request that reached it first of those it has not answered.
  virtual void end_oldest() = 0;

  /// False where a sanitizer needs descriptors of its own to look at memory.
  virtual bool can_lack_resources() const { return true; }
  /// Takes everything away that a new request needs of this host, and gives it back.
  virtual void lack_resources(bool lack) = 0;

  /// Collects until `count` have come.
  virtual std::vector<ports::Completion> collect(std::size_t count) = 0;

  virtual const Shelf& shelf() const { return shelf_; }

 protected:
  Shelf shelf_;
};

struct TransportFactory {
  std::string name;
  std::function<std::unique_ptr<TransportWorld>()> make;

  friend std::ostream& operator<<(std::ostream& out, const TransportFactory& factory) {
    return out << factory.name;
  }
};

/// What every transport must do. Instantiate it with a factory to hold a transport to it.
class TransportConformance : public testing::TestWithParam<TransportFactory> {
 protected:
  static constexpr ports::FlowId kFlow{1};
  static constexpr ports::FlowId kOther{2};

  TransportConformance() : world_(GetParam().make()), transport_(world_->transport()) {}

  ports::Request request(std::uint64_t ticket, ports::FlowId flow = kFlow,
                         std::uint64_t generation = 0) const;
  void submit(const std::vector<std::uint64_t>& tickets, ports::FlowId flow = kFlow,
              std::uint64_t generation = 0);
  void set_gate(const ports::Gate& gate, ports::FlowId flow = kFlow) { transport_.set_gate(flow, gate); }

  /// What has been begun of the flow, after an exchange of another flow's has had its time: what is begun by
  /// mistake shows.
  std::vector<std::uint64_t> begun_in_the_end(std::size_t count);

  /// Ends the oldest request and gives its completion; checks that it is the only one.
  ports::Completion end_one();

  std::unique_ptr<TransportWorld> world_;
  ports::Transport& transport_;
  std::uint64_t canary_ = 1'000;
  std::size_t canaries_ = 0;
};

std::vector<std::uint64_t> tickets_of(const std::vector<ports::Completion>& completions);

}  // namespace keitaro_outbox::transport_tests
