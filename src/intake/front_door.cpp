#include "intake/front_door.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/text/ascii.hpp"
#include "core/url/percent.hpp"
#include "intake/client_address.hpp"
#include "intake/key.hpp"
#include "intake/parameters.hpp"

namespace keitaro_outbox::intake {
namespace {

namespace ascii = core::ascii;
using ports::HttpReply;
using ports::HttpRequest;
using ports::HttpResponse;

constexpr std::string_view kAction = "/postback";
constexpr std::size_t kLongestAnswer = 1000;
constexpr const char* kRetryAfterSeconds = "5";

/// A transparent pixel.
constexpr std::string_view kGif(
    "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    "\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01"
    "D\x00;",
    43);

HttpResponse text(int status, std::string_view body) {
  HttpResponse response;
  response.status = status;
  response.body = body;
  // A cache on the way must not answer for us.
  response.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
  return response;
}

HttpResponse success(std::string_view answer, bool image) {
  HttpResponse response = text(200, answer.empty() ? "OK" : answer.substr(0, kLongestAnswer));
  if (image) {
    response.type = "image/gif";
    response.body = kGif;
  }
  return response;
}

HttpResponse not_found() {
  return text(404, "not found\n");
}

/// `/KEY/postback`: the key, decoded; nullopt for another path.
std::optional<std::string> key_in(std::string_view path) {
  if (!path.starts_with('/') || !path.ends_with(kAction)) return std::nullopt;
  const std::string_view key = path.substr(1, path.size() - 1 - std::min(path.size() - 1, kAction.size()));
  if (key.empty() || key.find('/') != std::string_view::npos) return std::nullopt;
  return core::percent_decode(key);
}

bool starts_with_word(std::string_view value, std::string_view word) {
  return value.size() >= word.size() && ascii::equal_ignoring_case(value.substr(0, word.size()), word);
}

/// What a content type names, without its parameters.
std::string media_type(const HttpRequest& request) {
  const std::string_view type = request.header("Content-Type").value_or("");
  return ascii::lower(ascii::trim(type.substr(0, type.find(';'))));
}

Parameters parameters_of(const HttpRequest& request) {
  Parameters query = read_form(request.query);
  if (request.body.empty()) return query;
  const std::string type = media_type(request);
  if (type.starts_with("multipart/")) {
    return {{}, "a multipart body is not read: send a form (application/x-www-form-urlencoded) or flat JSON"};
  }
  const bool json =
      type == "application/json" || type.ends_with("+json") || type == "text/json" ||
      (type != "application/x-www-form-urlencoded" && ascii::trim(request.body).starts_with('{'));
  return merged(std::move(query), json ? read_json(request.body) : read_form(request.body));
}

}  // namespace

bool wants_image(const HttpRequest& request) {
  if (request.header("Sec-Fetch-Dest") == "image") return true;
  std::string_view accepted = request.header("Accept").value_or("");
  bool any = false;
  while (!accepted.empty()) {
    const std::string_view range = accepted.substr(0, accepted.find(','));
    accepted.remove_prefix(std::min(range.size() + 1, accepted.size()));
    const std::string_view type = ascii::trim(range.substr(0, range.find(';')));
    if (type.empty()) continue;
    if (!starts_with_word(type, "image/")) return false;
    any = true;
  }
  return any;
}

bool is_prefetch(const HttpRequest& request) {
  for (const char* name : {"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"}) {
    const std::string_view purpose = ascii::trim(request.header(name).value_or(""));
    for (const char* word : {"prefetch", "prerender", "preview"}) {
      if (starts_with_word(purpose, word)) return true;
    }
  }
  return false;
}

FrontDoor::FrontDoor(Options options, GroupCommitter& committer)
    : options_(std::move(options)), committer_(committer), figures_(options_.sources.size()) {
  for (const Source& source : options_.sources) {
    keys_.add(source.key);
    rates_.emplace_back(source.rate);
  }
}

std::vector<SourceFigures> FrontDoor::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void FrontDoor::count(std::size_t index, std::uint64_t SourceFigures::*figure) {
  const std::lock_guard lock(mutex_);
  ++(figures_[index].*figure);
}

const Source* FrontDoor::source_of(const HttpRequest& request) const {
  const auto key = key_in(request.path);
  if (!key) return nullptr;
  const Source* const source = source_with_key(options_.sources, *key);
  if (source == nullptr || source->allow.empty()) return source;
  const auto client = client_address(request, options_.trusted_proxies);
  const auto allowed = [&](const core::IpNetwork& network) { return client && network.contains(*client); };
  return std::ranges::any_of(source->allow, allowed) ? source : nullptr;
}

void FrontDoor::handle(HttpRequest&& request, HttpReply reply) {
  const Source* const source = source_of(request);
  if (source == nullptr) return reply.send(not_found());
  const auto index = static_cast<std::size_t>(source - options_.sources.data());
  if (request.method == "HEAD" || is_prefetch(request)) return reply.send(success({}, wants_image(request)));
  if (!rates_[index].take(std::chrono::steady_clock::now())) {
    count(index, &SourceFigures::above_rate);
    HttpResponse response = text(429, "too many requests\n");
    response.headers.emplace_back("Retry-After", "1");
    return reply.send(std::move(response));
  }
  serve(*source, index, std::move(request), std::move(reply));
}

void FrontDoor::serve(const Source& source, std::size_t index, HttpRequest&& request, HttpReply reply) {
  const Parameters sent = parameters_of(request);
  if (!sent.readable()) {
    count(index, &SourceFigures::unreadable);
    return reply.send(text(400, sent.error + "\n"));
  }
  const TrackerKnows knows = [&](std::string_view campaign, std::string_view status) {
    return options_.knows && options_.knows(source, campaign, status);
  };
  ReadConversion read = read_conversion(sent.values, source, knows);
  if (std::holds_alternative<Ignored>(read.outcome)) {
    count(index, &SourceFigures::ignored);
    return reply.send(success(read.answer, wants_image(request)));
  }
  keep(source, index, std::move(read), std::move(request), std::move(reply));
}

void FrontDoor::keep(const Source& source, std::size_t index, ReadConversion read, HttpRequest&& request,
                     HttpReply reply) {
  ports::IntakeItem item;
  if (auto* conversion = std::get_if<Conversion>(&read.outcome)) item.conversion = std::move(*conversion);
  if (auto* broken = std::get_if<Broken>(&read.outcome)) item.broken_rule = std::move(broken->rule);
  item.source = source.name;
  item.method = request.method;
  item.query = keys_.scrub(request.query);
  item.body = keys_.scrub(request.body);
  item.received_at = core::unix_millis(options_.wall_clock());

  // std::function wants what can be copied.
  const auto shared = std::make_shared<HttpReply>(std::move(reply));
  const bool taken =
      committer_.submit(std::move(item), [this, &source, index, shared, answer = std::move(read.answer),
                                          image = wants_image(request)](const KeepResult& result) {
        shared->send(answer_to(result, source, index, answer, image));
      });
  if (!taken)
    shared->send(answer_to(NotKept{"too many requests wait for the database"}, source, index, {}, false));
}

HttpResponse FrontDoor::answer_to(const KeepResult& result, const Source& source, std::size_t index,
                                  std::string_view answer, bool image) {
  if (const auto* rejected = std::get_if<ports::RowRejected>(&result)) {
    count(index, &SourceFigures::rejected);
    return text(source.rejected_answer, rejected->rule + "\n");
  }
  if (std::holds_alternative<NotKept>(result)) {
    count(index, &SourceFigures::not_kept);
    HttpResponse response = text(503, "the request cannot be kept now\n");
    response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
    return response;
  }
  const bool spooled = std::holds_alternative<Spooled>(result);
  const bool known = std::holds_alternative<ports::EventKnown>(result);
  count(index, spooled ? &SourceFigures::spooled
               : known ? &SourceFigures::event_known
                       : &SourceFigures::accepted);
  return success(answer, image);
}

}  // namespace keitaro_outbox::intake
