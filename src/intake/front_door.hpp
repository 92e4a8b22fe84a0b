#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "core/text/secrets.hpp"
#include "core/text/time.hpp"
#include "intake/group_committer.hpp"
#include "intake/read_conversion.hpp"
#include "intake/request_rate.hpp"
#include "intake/source.hpp"
#include "ports/http_exchange.hpp"

namespace keitaro_outbox::intake {

/// What became of the requests of one source.
struct SourceFigures {
  std::uint64_t accepted = 0;
  std::uint64_t event_known = 0;  ///< A row had the event id already.
  std::uint64_t ignored = 0;      ///< By the request's own `ignore`.
  std::uint64_t rejected = 0;     ///< Broke a rule: in `intake_rejects`.
  std::uint64_t unreadable = 0;   ///< 400.
  std::uint64_t above_rate = 0;   ///< 429.
  std::uint64_t spooled = 0;
  std::uint64_t not_kept = 0;  ///< 503.
};

/// Answers `/KEY/postback`: reads the request as a conversion, has it committed, and answers after that.
class FrontDoor {
 public:
  struct Options {
    std::vector<Source> sources;
    std::vector<core::IpNetwork> trusted_proxies;
    /// Whether the tracker of a source knows a status.
    std::function<bool(const Source&, std::string_view campaign, std::string_view status)> knows;
    std::function<core::WallTime()> wall_clock;
    /// Called at the first request of a source that was kept. May be empty.
    std::function<void(const Source&)> on_first_call;
  };

  /// `committer` must outlive it, or be ended before it.
  FrontDoor(Options options, GroupCommitter& committer);

  /// On one thread at a time. Answers at once, or from the committer's thread.
  void handle(ports::HttpRequest&& request, ports::HttpReply reply);

  /// By source, in the order of the options.
  std::vector<SourceFigures> figures() const;

 private:
  struct Kept;

  const Source* source_of(const ports::HttpRequest& request) const;
  void serve(const Source& source, std::size_t index, ports::HttpRequest&& request, ports::HttpReply reply);
  void keep(const Source& source, std::size_t index, ReadConversion read, ports::HttpRequest&& request,
            ports::HttpReply reply);
  ports::HttpResponse answer_to(const KeepResult& result, const Source& source, std::size_t index,
                                std::string_view answer, bool image);
  void count(std::size_t index, std::uint64_t SourceFigures::*figure);

  const Options options_;
  GroupCommitter& committer_;
  core::Secrets keys_;
  std::vector<RequestRate> rates_;

  mutable std::mutex mutex_;
  std::vector<SourceFigures> figures_;
};

/// Whether a client can use nothing but an image: all that it accepts is one, or a browser says so.
bool wants_image(const ports::HttpRequest& request);

/// Whether a browser or a preview fetches the address without anybody having followed it.
bool is_prefetch(const ports::HttpRequest& request);

}  // namespace keitaro_outbox::intake
