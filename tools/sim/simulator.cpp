#include "sim/simulator.hpp"

#include <utility>

#include "sim/pages.hpp"
#include "sim/query_string.hpp"
#include "sim/text.hpp"
#include "sim/trouble_json.hpp"

namespace keitaro_sim {
namespace {

using keitaro_outbox::core::WallTime;

constexpr std::string_view kTransparentGif(
    "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xF9\x04\x01\x00\x00\x00\x00,"
    "\x00\x00\x00\x00\x01\x00\x01\x00"
    "\x00\x02\x02"
    "D\x01\x00;",
    43);

HttpAnswer plain(int status, std::string body) {
  HttpAnswer answer;
  answer.status = status;
  answer.body = std::move(body);
  return answer;
}

HttpAnswer json_page(std::string body) {
  HttpAnswer answer;
  answer.content_type = "application/json";
  answer.body = std::move(body) + '\n';
  return answer;
}

/// An `<img>` asks for images and not for a page, as a person's browser does.
bool wants_image(const HttpQuestion& question) {
  const std::string accept = lower_case(question.accept);
  return accept.find("image/") != std::string::npos && accept.find("text/html") == std::string::npos;
}

HttpAnswer cut(Millis delay) {
  HttpAnswer answer;
  answer.ending = HttpAnswer::Ending::cut;
  answer.delay = delay;
  return answer;
}

}  // namespace

Simulator::Simulator(SimulatorSettings settings, TrackerSettings tracker, ReceiptLog* log)
    : settings_(std::move(settings)), tracker_(std::move(tracker)), log_(log) {}

std::string Simulator::postback_path() const {
  return "/" + encode_component(settings_.key) + "/postback";
}

HttpAnswer Simulator::answer(const HttpQuestion& question, WallTime now) {
  const std::string_view target = std::string_view(question.target).substr(0, question.target.find('#'));
  const auto mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  Params query = mark == std::string_view::npos ? Params{} : parse_query(target.substr(mark + 1));

  const std::lock_guard lock(mutex_);
  const Door door = door_of(path);
  if (door != Door::elsewhere) return answer_postback(question, door, std::move(query), now);
  tracker_.process_due(now);
  if (path.starts_with("/admin_api/")) return answer_admin(question, path, query, tracker_, settings_.admin);
  return answer_page(question, path, query);
}

Simulator::Door Simulator::door_of(std::string_view path) const {
  const auto segments = split(path, '/');  // The first is what stands before the leading slash: nothing.
  if (segments.back() != "postback") return Door::elsewhere;
  if (segments.size() == 2) return settings_.postback_without_key ? Door::postback : Door::wrong_key;
  const bool right = segments.size() == 3 && decode_path(segments[1]) == settings_.key;
  return right ? Door::postback : Door::wrong_key;
}

/// Trouble comes first: a tracker in trouble does not look at keys.
HttpAnswer Simulator::answer_postback(const HttpQuestion& question, Door door, Params params, WallTime now) {
  const std::uint64_t n = ++counts_.received;
  const Fate fate = draw_fate(settings_.trouble, chance(settings_.seed, 0, n), chance(settings_.seed, 1, n));
  Ack receipt{n, now, question.method, {}, "not_taken_in", {}, std::nullopt};
  if (fate.kind != Fate::Kind::answered) receipt.trouble = name_of(fate.kind);

  HttpAnswer answer;
  if (fate.kind == Fate::Kind::hang || fate.kind == Fate::Kind::cut_before) {
    answer = cut(fate.delay);
  } else if (fate.kind == Fate::Kind::fail) {
    const bool bodiless = fate.code == 204 || fate.code == 304;
    answer = plain(fate.code, bodiless ? "" : "Trouble on demand: HTTP " + std::to_string(fate.code) + "\n");
    const bool says_when = settings_.trouble.retry_after && (fate.code == 429 || fate.code == 503);
    if (says_when) answer.headers.emplace_back("Retry-After", std::to_string(*settings_.trouble.retry_after));
  } else if (door == Door::wrong_key) {
    receipt.result = "wrong_key";
    answer = plain(settings_.wrong_key_code, "");
  } else {
    answer = take_in(question, params, now, receipt.result);
  }
  answer.delay = fate.delay;
  if (fate.kind == Fate::Kind::cut_after) answer.ending = HttpAnswer::Ending::cut;
  if (answer.ending == HttpAnswer::Ending::answered) receipt.http_status = answer.status;
  receipt.params = std::move(params);
  note(std::move(receipt));
  return answer;
}

HttpAnswer Simulator::take_in(const HttpQuestion& question, Params& params, WallTime now,
                              std::string_view& result) {
  if (question.method != "GET" && !(question.method == "POST" && settings_.post_allowed)) {
    result = "method_refused";
    HttpAnswer answer = plain(405, "Send the postback with GET.\n");
    answer.headers.emplace_back("Allow", settings_.post_allowed ? "GET, POST" : "GET");
    return answer;
  }
  if (question.method == "POST")
    for (auto& param : parse_query(question.body)) params.push_back(std::move(param));
  PostbackRequest request = read_postback(params, settings_.reading);
  const auto return_text = request.return_text;
  if (!tracker_.receive(std::move(request), now)) {
    result = "incorrect";
    return plain(settings_.incorrect_code, "Incorrect subid \"\". Postback ignored.");
  }
  result = "queued";
  return success(question, return_text);
}

HttpAnswer Simulator::success(const HttpQuestion& question,
                              const std::optional<std::string>& return_text) const {
  if (return_text) return plain(200, *return_text);
  if (!settings_.image_answered || !wants_image(question)) return plain(200, settings_.answer_text);
  HttpAnswer image;
  image.content_type = "image/gif";
  image.body = kTransparentGif;
  return image;
}

HttpAnswer Simulator::answer_page(const HttpQuestion& question, std::string_view path, const Params& query) {
  if (path == "/sim/trouble") return answer_trouble(question);
  const bool known = path == "/" || path == "/sim" || path == "/sim/conversions" || path == "/sim/stats";
  if (!known) return plain(404, "Nothing here. The postback is at /KEY/postback; see / for what arrived.\n");
  if (question.method != "GET" && question.method != "HEAD")
    return plain(405, "This page is only for GET.\n");
  if (path == "/sim/conversions") return json_page(conversions_page(tracker_, query));
  if (path == "/sim/stats") return json_page(stats_page(counts_, tracker_));
  return plain(200, summary_page(counts_, tracker_));
}

HttpAnswer Simulator::answer_trouble(const HttpQuestion& question) {
  if (question.method == "GET") return json_page(trouble_as_json(settings_.trouble));
  if (question.method != "POST") return plain(405, "GET shows the trouble, POST changes it.\n");
  if (!question.from_loopback && question.api_key != settings_.admin.api_key)
    return plain(403, "From another machine the trouble can be changed only with the header Api-Key.\n");
  const std::string problem = change_trouble(settings_.trouble, question.body);
  if (!problem.empty()) return plain(400, problem + "\n");
  return json_page(trouble_as_json(settings_.trouble));
}

void Simulator::note(Ack receipt) {
  ++counts_.results[std::string(receipt.result)];
  if (!receipt.trouble.empty()) ++counts_.troubles[std::string(receipt.trouble)];
  if (log_ != nullptr) log_->add(receipt);
}

}  // namespace keitaro_sim
