#include "app/backend/engine_parts.hpp"

#include <memory>
#include <utility>

#include "app/backend/stores.hpp"
#include "http/client/curl_transport.hpp"

namespace keitaro_outbox::app {
namespace {

std::unique_ptr<ports::Transport> curl_transport(worker::TransportParts parts) {
  http::CurlTransportOptions options;
  options.senders = parts.senders;
  options.on_completion = std::move(parts.on_completion);
  options.may_begin = std::move(parts.may_begin);
  options.marks = std::move(parts.slots);
  options.receipts = &parts.acks;
  return std::make_unique<http::CurlTransport>(std::move(options));
}

}  // namespace

worker::EngineParts engine_parts(const std::string& database, sqlite::VerdictInbox* verdicts) {
  return {.open_backend = [database, verdicts] { return backend_at(database, verdicts); },
          .make_transport = curl_transport};
}

}  // namespace keitaro_outbox::app
