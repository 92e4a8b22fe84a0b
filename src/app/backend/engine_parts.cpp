#include "app/backend/engine_parts.hpp"

#include <memory>
#include <utility>

#include "app/backend/stores.hpp"
#include "http/client/curl_transport.hpp"
#include "ports/outbox_store.hpp"

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

worker::EngineParts engine_parts(const std::string& database, WorkerContext* context) {
  const auto may_lead = [database] {
    try {
      outbox_at(database)->require_not_moved();
    } catch (const ports::StoreError& error) {
      // A store that cannot be read now is waited for, and asked then.
      if (error.kind() == ports::StoreError::Kind::schema) throw;
    }
  };
  return {.open_backend =
              [database, context, may_lead] {
                auto backend = backend_at(database, context);
                may_lead();
                return backend;
              },
          .may_lead = may_lead,
          .make_transport = curl_transport};
}

}  // namespace keitaro_outbox::app
