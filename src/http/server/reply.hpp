#pragma once

#include <memory>

#include "http/server/request.hpp"

namespace keitaro_outbox::http {

/// The place where the answer to one request is awaited. Used once, from any thread, while the server lives
/// or after it. The request of one that is destroyed unused is answered with 500.
class Reply {
 public:
  /// Takes the answer over; called once, from any thread.
  class Receiver {
   public:
    virtual ~Receiver() = default;
    virtual void receive(Response&& response) noexcept = 0;
  };

  explicit Reply(std::shared_ptr<Receiver> receiver) : receiver_(std::move(receiver)) {}
  ~Reply() { drop(); }
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept {
    if (this == &other) return *this;
    drop();
    receiver_ = std::move(other.receiver_);
    return *this;
  }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  void send(Response response) {
    if (const auto receiver = std::move(receiver_)) receiver->receive(std::move(response));
  }

 private:
  void drop() noexcept {
    if (const auto receiver = std::move(receiver_)) receiver->receive({500, "internal error\n"});
  }

  std::shared_ptr<Receiver> receiver_;
};

}  // namespace keitaro_outbox::http
