#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/time.hpp"
#include "core/url/ip_address.hpp"
#include "intake/group_committer.hpp"
#include "intake/read_conversion.hpp"
#include "intake/source.hpp"
#include "ports/http_exchange.hpp"

namespace keitaro_outbox::intake {

/// What became of a request of a known source.
enum class Fate : std::uint8_t {
  accepted,        ///< A row now.
  event_known,     ///< A row had its event id already.
  ignored,         ///< By its own `ignore`.
  rejected,        ///< Broke a rule: in `intake_rejects`.
  unreadable,      ///< 400.
  above_rate,      ///< 429.
  spooled,         ///< In the spool, to become a row.
  not_kept,        ///< 503.
  reject_not_kept  ///< 503: `intake_rejects` did not take it.
};
inline constexpr std::size_t kFates = 9;
std::string_view name_of(Fate fate);

/// Why a request was answered 404. Its sender is not told which.
enum class TurnedAway : std::uint8_t {
  other_path,   ///< Not `/KEY/postback`: robots, mostly.
  unknown_key,  ///< No source has this key: an old template, or a guess.
  address,      ///< The source does not allow the sender's address.
  signature     ///< It lacks the source's signature, or has a wrong one.
};
inline constexpr std::size_t kTurnedAway = 4;
std::string_view name_of(TurnedAway cause);

/// How many requests of one source met each fate.
using SourceFigures = std::array<std::uint64_t, kFates>;

/// Answers `/KEY/postback`: reads the request as a conversion, has it committed, and answers after that.
class FrontDoor {
 public:
  struct Options {
    std::vector<Source> sources;
    std::vector<core::IpNetwork> trusted_proxies;
    /// Whether the tracker of a source knows a status.
    std::function<bool(const Source&, std::string_view campaign, std::string_view status)> knows;
    std::function<core::WallTime()> wall_clock;
    /// Called once for each source, at its first request that is to be kept. May be empty.
    std::function<void(const Source&, std::string_view method)> on_first_call = {};
    /// Called for each request of a source, with the reason where there is one and how long it took to
    /// decide. May be empty.
    std::function<void(const Source&, Fate, std::string_view reason, std::chrono::nanoseconds took)> on_fate =
        {};
    /// Called for each request that is answered 404, with the sender's address, or nothing where that cannot
    /// be read. May be empty.
    std::function<void(TurnedAway, const std::optional<core::IpAddress>& client)> on_turned_away = {};
  };

  /// `committer` must outlive it, or be ended before it.
  FrontDoor(Options options, GroupCommitter& committer);

  /// On one thread at a time. Answers at once, or from the committer's thread.
  void handle(ports::HttpRequest&& request, ports::HttpReply reply);

  /// Other sources from now on; requests under way end as they began. What is left of a source's rate begins
  /// anew. From any thread.
  void reconfigure(Options options);

  /// By the source's name, those of the past included.
  std::map<std::string, SourceFigures> figures() const;
  std::array<std::uint64_t, kTurnedAway> turned_away() const;

 private:
  struct Setup;
  struct Asked;

  std::shared_ptr<Setup> setup() const;
  void take_over(std::shared_ptr<Setup> setup);
  void serve(Asked asked);
  void keep(Asked asked, ReadConversion read);
  ports::HttpResponse answer_to(const KeepResult& result, const Asked& asked, std::string_view answer);
  void note(const Asked& asked, Fate fate, std::string_view reason = {});
  void note_call(const Asked& asked);
  void note_turned_away(TurnedAway cause, const Setup& setup, const ports::HttpRequest& request);

  GroupCommitter& committer_;

  mutable std::mutex mutex_;
  std::shared_ptr<Setup> setup_;
  std::map<std::string, SourceFigures> figures_;
  std::set<std::string> called_;
  std::array<std::uint64_t, kTurnedAway> turned_away_{};
};

/// Whether a client can use nothing but an image: all that it accepts is one, or a browser says so.
bool wants_image(const ports::HttpRequest& request);

/// Whether a browser or a preview fetches the address without anybody having followed it.
bool is_prefetch(const ports::HttpRequest& request);

}  // namespace keitaro_outbox::intake
