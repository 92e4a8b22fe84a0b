#include "intake/front_door.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/text/ascii.hpp"
#include "core/text/secrets.hpp"
#include "core/url/percent.hpp"
#include "intake/client_address.hpp"
#include "intake/key.hpp"
#include "intake/parameters.hpp"
#include "intake/request_rate.hpp"
#include "intake/signature.hpp"

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
    42);

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

HttpResponse not_now() {
  HttpResponse response = text(503, "the request cannot be kept now\n");
  response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
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

std::string_view name_of(Fate fate) {
  switch (fate) {
    case Fate::accepted:
      return "accepted";
    case Fate::event_known:
      return "event_known";
    case Fate::ignored:
      return "ignored";
    case Fate::rejected:
      return "rejected";
    case Fate::unreadable:
      return "unreadable";
    case Fate::above_rate:
      return "above_rate";
    case Fate::spooled:
      return "spooled";
    case Fate::not_kept:
      return "not_kept";
    case Fate::reject_not_kept:
      break;
  }
  return "reject_not_kept";
}

std::string_view name_of(TurnedAway cause) {
  constexpr std::array<std::string_view, kTurnedAway> kNames{"other_path", "unknown_key", "address",
                                                             "signature"};
  return kNames.at(static_cast<std::size_t>(cause));
}

/// What is in force until the next reconfigure(), and what goes with it.
struct FrontDoor::Setup {
  explicit Setup(Options given) : options(std::move(given)) {
    for (const Source& source : options.sources) {
      secrets.add(source.key);
      if (source.signing) secrets.add(source.signing->secret);
      rates.emplace_back(source.rate);
    }
  }

  /// nullptr for a key, a path or an address that is nobody's; `cause` then tells which.
  const Source* source_of(const HttpRequest& request, TurnedAway& cause) const {
    cause = TurnedAway::other_path;
    const auto key = key_in(request.path);
    if (!key) return nullptr;
    cause = TurnedAway::unknown_key;
    const Source* const source = source_with_key(options.sources, *key);
    if (source == nullptr) return nullptr;
    cause = TurnedAway::address;
    if (!is_allowed(*source, request)) return nullptr;
    cause = TurnedAway::signature;
    return source->signing && !is_signed(request, *source->signing) ? nullptr : source;
  }

  bool is_allowed(const Source& source, const HttpRequest& request) const {
    if (source.allow.empty()) return true;
    const auto client = client_address(request, options.trusted_proxies);
    const auto allowed = [&](const core::IpNetwork& network) { return client && network.contains(*client); };
    return std::ranges::any_of(source.allow, allowed);
  }

  /// On the server's thread alone.
  bool take_from_rate(const Source& source) {
    const auto index = static_cast<std::size_t>(&source - options.sources.data());
    return rates[index].take(std::chrono::steady_clock::now());
  }

  const Options options;
  core::Secrets secrets;
  std::vector<RequestRate> rates;
};

/// A request of a known source, until it is answered.
struct FrontDoor::Asked {
  std::shared_ptr<Setup> setup;  ///< Keeps `source`.
  const Source& source;
  HttpRequest request;
  HttpReply reply;
  bool image = false;
  core::SteadyTime since{};
};

FrontDoor::FrontDoor(Options options, GroupCommitter& committer) : committer_(committer) {
  take_over(std::make_shared<Setup>(std::move(options)));
}

void FrontDoor::reconfigure(Options options) {
  take_over(std::make_shared<Setup>(std::move(options)));
}

void FrontDoor::take_over(std::shared_ptr<Setup> setup) {
  const std::lock_guard lock(mutex_);
  setup_ = std::move(setup);
  for (const Source& source : setup_->options.sources) figures_[source.name];
}

std::shared_ptr<FrontDoor::Setup> FrontDoor::setup() const {
  const std::lock_guard lock(mutex_);
  return setup_;
}

std::map<std::string, SourceFigures> FrontDoor::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

std::array<std::uint64_t, kTurnedAway> FrontDoor::turned_away() const {
  const std::lock_guard lock(mutex_);
  return turned_away_;
}

void FrontDoor::note(const Asked& asked, Fate fate, std::string_view reason) {
  {
    const std::lock_guard lock(mutex_);
    ++figures_[asked.source.name][static_cast<std::size_t>(fate)];
  }
  if (const auto& tell = asked.setup->options.on_fate)
    tell(asked.source, fate, reason, std::chrono::steady_clock::now() - asked.since);
}

void FrontDoor::note_call(const Asked& asked) {
  {
    const std::lock_guard lock(mutex_);
    if (!called_.insert(asked.source.name).second) return;
  }
  if (const auto& tell = asked.setup->options.on_first_call) tell(asked.source, asked.request.method);
}

void FrontDoor::note_turned_away(TurnedAway cause, const Setup& setup, const HttpRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    ++turned_away_[static_cast<std::size_t>(cause)];
  }
  if (const auto& tell = setup.options.on_turned_away)
    tell(cause, client_address(request, setup.options.trusted_proxies));
}

void FrontDoor::handle(HttpRequest&& request, HttpReply reply) {
  const std::shared_ptr<Setup> setup = this->setup();
  TurnedAway cause{};
  const Source* const source = setup->source_of(request, cause);
  if (source == nullptr) {
    note_turned_away(cause, *setup, request);
    return reply.send(not_found());
  }
  const bool image = wants_image(request);
  if (request.method == "HEAD" || is_prefetch(request)) return reply.send(success({}, image));
  Asked asked{setup, *source, std::move(request), std::move(reply), image, std::chrono::steady_clock::now()};
  if (!setup->take_from_rate(*source)) {
    note(asked, Fate::above_rate);
    HttpResponse response = text(429, "too many requests\n");
    response.headers.emplace_back("Retry-After", "1");
    return asked.reply.send(std::move(response));
  }
  serve(std::move(asked));
}

void FrontDoor::serve(Asked asked) {
  Parameters sent = read_request(asked.request);
  if (!sent.readable()) {
    sent.error = asked.setup->secrets.scrub(sent.error);  // It may name a parameter, as the sender wrote it.
    note(asked, Fate::unreadable, sent.error);
    return asked.reply.send(text(400, sent.error + "\n"));
  }
  const Options& options = asked.setup->options;
  const TrackerKnows knows = [&](std::string_view campaign, std::string_view status) {
    return options.knows && options.knows(asked.source, campaign, status);
  };
  ReadConversion read = read_conversion(sent.values, asked.source, knows);
  if (std::holds_alternative<Ignored>(read.outcome)) {
    note(asked, Fate::ignored);
    return asked.reply.send(success(read.answer, asked.image));
  }
  keep(std::move(asked), std::move(read));
}

void FrontDoor::keep(Asked asked, ReadConversion read) {
  note_call(asked);
  ports::IntakeItem item;
  if (auto* conversion = std::get_if<Conversion>(&read.outcome)) {
    item.conversion = std::move(*conversion);
    if (!item.conversion->params.empty())
      item.conversion->params = asked.setup->secrets.scrub(item.conversion->params);
  }
  if (auto* broken = std::get_if<Broken>(&read.outcome))
    item.broken_rule = asked.setup->secrets.scrub(broken->rule);
  item.source = asked.source.name;
  item.method = asked.request.method;
  item.query = asked.setup->secrets.scrub(asked.request.query);
  item.body = asked.setup->secrets.scrub(body_without_type(asked.request));
  item.received_at = core::unix_millis(asked.setup->options.wall_clock());

  // std::function wants what can be copied.
  const auto shared = std::make_shared<Asked>(std::move(asked));
  const bool taken = committer_.submit(
      std::move(item), [this, shared, answer = std::move(read.answer)](const KeepResult& result) {
        shared->reply.send(answer_to(result, *shared, answer));
      });
  if (!taken) {
    shared->reply.send(answer_to(NotKept{"too many requests wait for the database"}, *shared, {}));
  }
}

HttpResponse FrontDoor::answer_to(const KeepResult& result, const Asked& asked, std::string_view answer) {
  if (const auto* rejected = std::get_if<ports::RowRejected>(&result)) {
    note(asked, Fate::rejected, rejected->rule);
    return text(asked.source.rejected_answer, rejected->rule + "\n");
  }
  if (const auto* not_kept = std::get_if<NotKept>(&result)) {
    note(asked, Fate::not_kept, not_kept->why);
    return not_now();
  }
  if (const auto* lost = std::get_if<ports::RejectNotKept>(&result)) {
    note(asked, Fate::reject_not_kept, lost->why);
    return not_now();
  }
  if (const auto* in_spool = std::get_if<Spooled>(&result)) {
    note(asked, Fate::spooled, in_spool->why);
  } else {
    note(asked, std::holds_alternative<ports::EventKnown>(result) ? Fate::event_known : Fate::accepted);
  }
  return success(answer, asked.image);
}

}  // namespace keitaro_outbox::intake
