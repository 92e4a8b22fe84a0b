#include "sim/simulator.hpp"

#include <utility>

#include "sim/admin_json.hpp"
#include "sim/change_by_hand.hpp"
#include "sim/pages.hpp"
#include "sim/query_string.hpp"
#include "sim/text.hpp"
#include "sim/trouble_json.hpp"

namespace keitaro_sim {
namespace {

using keitaro_outbox::core::WallTime;

constexpr auto kKeyNeeded = "From another machine this can be changed only with the header Api-Key.\n";

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

HttpAnswer failed(int code, std::optional<int> retry_after) {
  const bool bodiless = code == 204 || code == 304;
  HttpAnswer answer = plain(code, bodiless ? "" : "Trouble on demand: HTTP " + std::to_string(code) + "\n");
  if (retry_after && (code == 429 || code == 503))
    answer.headers.emplace_back("Retry-After", std::to_string(*retry_after));
  return answer;
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
  if (path.starts_with("/admin_api/")) return answer_admin_call(question, path, query);
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
    answer = failed(fate.code, settings_.trouble.retry_after);
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

HttpAnswer Simulator::answer_admin_call(const HttpQuestion& question, std::string_view path,
                                        const Params& query) {
  const AdminSettings& admin = settings_.admin;
  const std::uint64_t n = ++counts_.admin_calls;
  const auto roll = [&](std::uint64_t stream) { return chance(settings_.seed, stream, n); };
  const Fate fate = draw_fate(admin.trouble, roll(2), roll(3));
  HttpAnswer answer;
  switch (fate.kind) {
    case Fate::Kind::hang:
    case Fate::Kind::cut_before:
    case Fate::Kind::cut_after:
      answer = cut(fate.delay);
      break;
    case Fate::Kind::fail:
      answer = failed(fate.code, admin.trouble.retry_after);
      break;
    case Fate::Kind::answered:
      answer = answer_admin(question, path, query, tracker_, admin,
                            {roll(4) < admin.html, roll(5) < admin.truncated, roll(6) < admin.repeat_page});
      break;
  }
  answer.delay = fate.delay;
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
  const std::string url =
      settings_.admin.log_urls ? "http://" + question.host + question.target : std::string();
  if (!tracker_.receive(std::move(request), now, url)) {
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
  if (path == "/sim/trouble" || path == "/sim/admin") return answer_trouble(question, path == "/sim/admin");
  if (path == "/sim/conversions" && question.method == "POST") return change_conversions(question);
  const bool known = path == "/" || path == "/sim" || path == "/sim/conversions" || path == "/sim/stats";
  if (!known) return plain(404, "Nothing here. The postback is at /KEY/postback; see / for what arrived.\n");
  if (question.method != "GET" && question.method != "HEAD")
    return plain(405, "This page is only for GET.\n");
  if (path == "/sim/conversions") return json_page(conversions_page(tracker_, query));
  if (path == "/sim/stats") return json_page(stats_page(counts_, tracker_));
  return plain(200, summary_page(counts_, tracker_));
}

/// From another machine a change needs the key.
bool Simulator::may_change(const HttpQuestion& question) const {
  return question.from_loopback || question.api_key == settings_.admin.api_key;
}

HttpAnswer Simulator::answer_trouble(const HttpQuestion& question, bool of_admin_api) {
  const auto shown = [&] {
    return json_page(of_admin_api ? admin_as_json(settings_.admin, tracker_.settings())
                                  : trouble_as_json(settings_.trouble));
  };
  if (question.method == "GET") return shown();
  if (question.method != "POST") return plain(405, "GET shows the trouble, POST changes it.\n");
  if (!may_change(question)) return plain(403, kKeyNeeded);
  TrackerSettings tracker = tracker_.settings();
  const std::string problem = of_admin_api ? change_admin(settings_.admin, tracker, question.body)
                                           : change_trouble(settings_.trouble, question.body);
  if (!problem.empty()) return plain(400, problem + "\n");
  tracker_.set_settings(std::move(tracker));
  return shown();
}

HttpAnswer Simulator::change_conversions(const HttpQuestion& question) {
  if (!may_change(question)) return plain(403, kKeyNeeded);
  const ChangedByHand done = change_by_hand(tracker_, question.body);
  if (!done.problem.empty()) return plain(400, done.problem + "\n");
  if (done.changed == 0) return plain(404, "There is no such conversion.\n");
  return json_page("{\"changed\":" + std::to_string(done.changed) + "}");
}

void Simulator::note(Ack receipt) {
  ++counts_.results[std::string(receipt.result)];
  if (!receipt.trouble.empty()) ++counts_.troubles[std::string(receipt.trouble)];
  if (log_ != nullptr) log_->add(receipt);
}

}  // namespace keitaro_sim
