#include "readback/admin_api_client.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "core/url/url_parts.hpp"
#include "ports/clock.hpp"
#include "readback/answer_meaning.hpp"
#include "readback/answer_reader.hpp"
#include "readback/columns.hpp"
#include "readback/page_collector.hpp"
#include "readback/redaction.hpp"
#include "readback/request_bodies.hpp"

namespace keitaro_outbox::readback {
namespace {

using ports::Asked;

constexpr std::int64_t kMostRequests = 50;          // for the conversions of some clicks
constexpr std::int64_t kMostRequestsOfAll = 2'000;  // for those of a range

std::string without_last_slashes(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::string_view user_information(std::string_view url) {
  const std::string_view origin = core::origin_of(url);
  const std::size_t begin = origin.find("://");
  const std::size_t at = origin.rfind('@');
  if (at == std::string_view::npos) return {};
  const std::size_t from = begin == std::string_view::npos ? 0 : begin + 3;
  return from < at ? origin.substr(from, at - from) : std::string_view{};
}

/// What one request came to.
struct Reply {
  CallMeaning meaning;
  int http_status = 0;  ///< 0 without an answer.
  std::string body;
};

}  // namespace

class AdminApiClient::Impl {
 public:
  Impl(AdminApiOptions options, ports::HttpCaller& http, RequestPace& pace)
      : base_(without_last_slashes(std::move(options.admin_url))),
        admin_key_(std::move(options.admin_key)),
        secrets_(std::move(options.secrets)),
        http_(http),
        pace_(pace) {
    own_secrets_.add(admin_key_);
    const std::string_view user = user_information(base_);
    own_secrets_.add(user);
    if (const std::size_t colon = user.find(':'); colon != std::string_view::npos)
      own_secrets_.add(user.substr(colon + 1));
    secrets_.add(own_secrets_);
  }

  ports::RecordsAnswer read(std::span<const std::string> subids, const ports::RecordRange& range) {
    ports::RecordsAnswer answer;
    bool probed = false;
    for (;;) {
      const bool again = read_once(subids, range, probed, answer);
      if (!again) return answer;
      answer = {Asked::failed, {}, answer.requests, {}, {}};
    }
  }

  ports::LogAnswer read_log(std::string_view subid) {
    ports::LogAnswer answer;
    const Reply reply = ask(postback_log_target(subid), std::nullopt, answer.requests);
    if (reply.meaning.asked != Asked::answered) {
      take(answer, reply.meaning);
      return answer;
    }
    LogPage page = read_log_page(reply.body);
    if (!page.problem.empty()) {
      answer.error = std::move(page.problem);
      return answer;
    }
    answer.asked = Asked::answered;
    answer.lines = lines_of(page.lines, subid);
    return answer;
  }

 private:
  /// Reads all pages; true: with other names of columns it may succeed, and is to be done once more.
  bool read_once(std::span<const std::string> subids, const ports::RecordRange& range, bool& probed,
                 ports::RecordsAnswer& answer) {
    const std::int64_t most = answer.requests + (subids.empty() ? kMostRequestsOfAll : kMostRequests);
    const std::unordered_set<std::string_view> wanted(subids.begin(), subids.end());
    PageCollector pages(kPageRows);
    PageCollector::Next next = PageCollector::Next::page;
    while (next == PageCollector::Next::page && answer.requests < most) {
      Reply reply =
          ask_for_conversions(conversions_body(columns_, subids, range, pages.offset()), answer.requests);
      if (reply.meaning.asked != Asked::answered) {
        const bool about_columns = reply.http_status == 400 || reply.http_status == 422;
        if (about_columns && !std::exchange(probed, true) && look_for_columns(reply, range, answer.requests))
          return true;
        answer.conversions = chosen(pages, wanted);
        take(answer, reply.meaning);
        return false;
      }
      ConversionsPage page = read_conversions_page(reply.body, columns_);
      if (!page.problem.empty()) {
        answer.conversions = chosen(pages, wanted);
        answer.error = std::move(page.problem);
        return false;
      }
      columns_known_ = true;
      next = pages.add(std::move(page));
    }
    answer.conversions = chosen(pages, wanted);
    switch (next) {
      case PageCollector::Next::end:
        answer.asked = Asked::answered;
        break;
      case PageCollector::Next::incomplete:
        answer.error = "the tracker gives fewer rows than it counts";
        break;
      case PageCollector::Next::repeated:
        answer.asked = Asked::too_much;
        answer.error = "the tracker gives the same page of rows again";
        break;
      case PageCollector::Next::page:
        answer.asked = Asked::too_much;
        answer.error = "the answer has too many pages";
        break;
    }
    return false;
  }

  /// After a refusal: finds out what the tracker calls its columns. True: there are other names to ask by.
  /// Otherwise `reply` says what to tell.
  bool look_for_columns(Reply& reply, const ports::RecordRange& range, std::int64_t& requests) {
    if (columns_known_ && !names_one_of(reply.body, columns_)) return false;
    Reply probe = ask_for_conversions(unknown_column_body(range), requests);
    const bool refused = probe.http_status == 400 || probe.http_status == 422;
    if (!refused) {
      if (probe.meaning.asked != Asked::answered) reply = std::move(probe);
      return false;
    }
    const std::optional<Columns> named = columns_named_in(probe.body);
    if (!named && columns_known_) return false;
    // Where it names nothing, the other way that is known of is tried.
    const Columns other = named ? *named : columns_ == Columns{} ? event_columns() : Columns{};
    columns_known_ = named.has_value();
    return std::exchange(columns_, other) != other;
  }

  std::vector<ports::RecordedConversion> chosen(PageCollector& pages,
                                                const std::unordered_set<std::string_view>& wanted) const {
    std::vector<ports::RecordedConversion> conversions = pages.take();
    if (!wanted.empty())
      std::erase_if(conversions, [&](const auto& conversion) { return !wanted.contains(conversion.subid); });
    for (ports::RecordedConversion& conversion : conversions) {
      // A tracker that repeats what it is sent must not bring the key into a database.
      for (std::string* text : {&conversion.subid, &conversion.tid, &conversion.status,
                                &conversion.original_status, &conversion.recorded_at})
        *text = own_secrets_.scrub(*text);
    }
    return conversions;
  }

  /// Those that speak of the click, or belong to a postback of which one does.
  std::vector<ports::PostbackLogLine> lines_of(const std::vector<LogPageLine>& lines,
                                               std::string_view subid) const {
    const auto names_it = [&](const LogPageLine& line) {
      return line.message.find(subid) != std::string::npos;
    };
    std::unordered_set<std::string_view> jobs;
    for (const LogPageLine& line : lines)
      if (!line.job.empty() && names_it(line)) jobs.insert(line.job);
    std::vector<ports::PostbackLogLine> chosen;
    for (const LogPageLine& line : lines) {
      if (!names_it(line) && !jobs.contains(line.job)) continue;
      chosen.push_back({redact_log_message(line.at, secrets_), redact_log_message(line.message, secrets_)});
    }
    // The stamps sort as texts do.
    if (!chosen.empty() && chosen.front().at < chosen.back().at) std::reverse(chosen.begin(), chosen.end());
    return chosen;
  }

  Reply ask_for_conversions(std::string body, std::int64_t& requests) {
    return ask("/admin_api/v1/conversions/log", std::move(body), requests);
  }

  Reply ask(const std::string& target, std::optional<std::string> body, std::int64_t& requests) {
    ports::HttpCall call{
        base_ + target, {{"Api-Key", admin_key_}, {"Accept", "application/json"}}, std::move(body)};
    if (call.body) call.headers.emplace_back("Content-Type", "application/json");
    if (!pace_.await_turn()) return {{Asked::failed, {}, "given up, as the process stops"}, 0, {}};
    try {
      ++requests;
      ports::HttpCallResult result = http_.call(call);
      Reply reply{meaning_of(result, secrets_, ports::wall_now()), 0, {}};
      if (auto* answer = std::get_if<core::Answer>(&result.exchange)) {
        reply.http_status = answer->http_status;
        reply.body = std::move(answer->body);
      }
      return reply;
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      return {{Asked::failed, {}, secrets_.scrub(error.what())}, 0, {}};
    }
  }

  template <typename Result>
  static void take(Result& answer, const CallMeaning& meaning) {
    answer.asked = meaning.asked;
    answer.retry_after = meaning.retry_after;
    answer.error = meaning.error;
  }

  const std::string base_;
  const std::string admin_key_;
  core::Secrets own_secrets_;
  core::Secrets secrets_;  // with those of the postback URL
  ports::HttpCaller& http_;
  RequestPace& pace_;
  Columns columns_;
  bool columns_known_ = false;  // the tracker took them, or named them
};

AdminApiClient::AdminApiClient(AdminApiOptions options, ports::HttpCaller& http, RequestPace& pace)
    : impl_(std::make_unique<Impl>(std::move(options), http, pace)) {}

AdminApiClient::~AdminApiClient() = default;

ports::RecordsAnswer AdminApiClient::conversions(std::span<const std::string> subids,
                                                 const ports::RecordRange& range) {
  if (subids.empty()) return {Asked::answered, {}, 0, {}, {}};
  return impl_->read(subids, range);
}

ports::RecordsAnswer AdminApiClient::all_conversions(const ports::RecordRange& range) {
  return impl_->read({}, range);
}

ports::LogAnswer AdminApiClient::postback_log(std::string_view subid) {
  return impl_->read_log(subid);
}

}  // namespace keitaro_outbox::readback
