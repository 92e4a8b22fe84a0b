#include "app/intake/replay_rejects.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "app/intake/tracker_knowledge.hpp"
#include "intake/parameters.hpp"
#include "intake/read_conversion.hpp"

namespace keitaro_outbox::app {
namespace {

class Replay {
 public:
  Replay(ports::IntakeRejects& rejects, const cli::ReplayOptions& options, const config::Settings& settings)
      : rejects_(rejects), options_(options), settings_(settings), knows_(tracker_knowledge(settings)) {}

  cli::ReplayReport run() {
    if (options_.ids.empty()) {
      replay_all();
    } else {
      for (const std::int64_t id : options_.ids) {
        const auto reject = rejects_.find(id);
        if (!reject || reject->resolved_at) {
          report_.missing.push_back(id);
        } else {
          replay(*reject);
        }
      }
    }
    return std::move(report_);
  }

 private:
  void replay_all() {
    constexpr std::int64_t kAtOnce = 500;
    // What comes in meanwhile is for the next time.
    const auto newest = rejects_.newest(1);
    const std::int64_t last = newest.empty() ? 0 : newest.front().id;
    std::int64_t done = 0;
    while (done < last) {
      const auto next = rejects_.open_after(done, kAtOnce);
      if (next.empty()) return;
      for (const ports::IntakeReject& reject : next) {
        if (reject.id > last) return;
        if (options_.group &&
            (reject.source != options_.group->first || reject.reason != options_.group->second))
          continue;
        replay(reject);
      }
      done = next.back().id;
    }
  }

  void replay(const ports::IntakeReject& reject) {
    const auto source = std::ranges::find(settings_.sources, reject.source, &intake::Source::name);
    if (source == settings_.sources.end()) {
      ++report_.of_unknown_source;
      return;
    }
    ports::HttpRequest request;
    request.method = reject.method;
    request.query = reject.query;
    request.body = reject.body;
    const intake::Parameters sent = intake::read_request(request);
    if (!sent.readable()) return still_rejected(reject, sent.error);
    const auto knows = [&](std::string_view campaign, std::string_view status) {
      return knows_(*source, campaign, status);
    };
    intake::ReadConversion read = intake::read_conversion(sent.values, *source, knows);
    if (auto* broken = std::get_if<intake::Broken>(&read.outcome)) {
      still_rejected(reject, broken->rule);
    } else if (const auto* conversion = std::get_if<Conversion>(&read.outcome)) {
      count(reject, rejects_.resolve(reject.id, *conversion, options_.now));
    } else if (rejects_.resolve(reject.id, options_.now)) {
      ++report_.ignored;
    }
  }

  void count(const ports::IntakeReject& reject, const ports::Replayed& replayed) {
    switch (replayed.kind) {
      case ports::Replayed::Kind::added:
        ++report_.added;
        return;
      case ports::Replayed::Kind::already_there:
        ++report_.already_there;
        return;
      case ports::Replayed::Kind::rejected:
        return still_rejected(reject, replayed.reason);
      case ports::Replayed::Kind::gone:
        return;
    }
  }

  void still_rejected(const ports::IntakeReject& reject, const std::string& reason) {
    ++report_.rejected;
    report_.reasons.add(reason);
    if (reason != reject.reason) rejects_.set_reason(reject.id, reason);
  }

  ports::IntakeRejects& rejects_;
  const cli::ReplayOptions& options_;
  const config::Settings& settings_;
  const std::function<bool(const intake::Source&, std::string_view, std::string_view)> knows_;
  cli::ReplayReport report_;
};

}  // namespace

cli::ReplayReport replay_rejects(ports::IntakeRejects& rejects, const cli::ReplayOptions& options,
                                 const config::Settings& settings) {
  return Replay(rejects, options, settings).run();
}

}  // namespace keitaro_outbox::app
