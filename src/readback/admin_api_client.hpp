#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/text/secrets.hpp"
#include "ports/http_caller.hpp"
#include "ports/tracker_records.hpp"
#include "readback/request_pace.hpp"

namespace keitaro_outbox::readback {

struct AdminApiOptions {
  std::string admin_url;  ///< The panel's address: `https://panel.example`, with or without a last slash.
  std::string admin_key;
  core::Secrets secrets;  ///< What else no error and no log line may show: those of the postback URL.
};

/// Keitaro's records through its Admin API: `POST /admin_api/v1/conversions/log` and
/// `GET /admin_api/v1/logs/postbacks`, nothing else. Which names a tracker's columns have is found out at the
/// first request and kept. From one thread at a time.
class AdminApiClient final : public ports::TrackerRecords {
 public:
  /// `http` and `pace` outlive the client.
  AdminApiClient(AdminApiOptions options, ports::HttpCaller& http, RequestPace& pace);
  ~AdminApiClient() override;

  ports::RecordsAnswer conversions(std::span<const std::string> subids,
                                   const ports::RecordRange& range) override;
  ports::RecordsAnswer all_conversions(const ports::RecordRange& range) override;
  ports::LogAnswer postback_log(std::string_view subid) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keitaro_outbox::readback
