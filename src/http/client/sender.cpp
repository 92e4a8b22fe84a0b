#include "http/client/sender.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "core/make_room.hpp"
#include "core/url/url_parts.hpp"
#include "http/client/curl_library.hpp"
#include "http/client/failure_text.hpp"
#include "process/signals_blocked.hpp"

namespace keitaro_outbox::http {
namespace {

using std::chrono::steady_clock;

/// Submissions wake the thread; this is for one whose wake-up failed.
constexpr int kIdleWaitMillis = 1'000;
constexpr int kWaitInFlightMillis = 100;
constexpr int kWaitAfterChangesMillis = 1;
constexpr core::Millis kUntilThereIsMemory{10};
constexpr std::size_t kFewestKeptConnections = 64;

/// Waking another thread for each answer would cost more than the answer: while others are under way, so many
/// are told of together, or those of so long a time.
constexpr std::size_t kToldTogether = 16;
constexpr std::chrono::microseconds kUntoldAtMost{500};
constexpr int kUntoldWaitMillis = 1;

/// So long a thread stays awake for what is expected, and so often in a row in vain.
constexpr std::chrono::microseconds kExpectedFor{500};
constexpr int kExpectedInVain = 4;

CURLM* new_multi() {
  ensure_curl();
  CURLM* multi = curl_multi_init();
  if (multi == nullptr) throw std::runtime_error("libcurl could not be set up: out of memory");
  // It says nothing when it has no descriptor to be woken by.
  if (curl_multi_wakeup(multi) != CURLM_OK) {
    curl_multi_cleanup(multi);
    throw std::runtime_error("libcurl could not be set up: no descriptors are left (see `ulimit -n`)");
  }
  return multi;
}

template <typename Item>
void move_all(std::vector<Item>& from, std::vector<Item>& to) {
  if (to.empty()) {
    to.swap(from);
  } else {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
  }
}

/// Room for `count` items in all.
template <typename Item>
void make_room_for(std::size_t count, std::vector<Item>& items) {
  if (items.capacity() < count) items.reserve(count * 2);
}

std::chrono::microseconds age(const Submission& submission) {
  return std::chrono::floor<std::chrono::microseconds>(steady_clock::now() - submission.submitted);
}

}  // namespace

struct Sender::Exchange {
  explicit Exchange(const TransferOptions& options) : transfer(options) {
    curl_easy_setopt(transfer.easy(), CURLOPT_PRIVATE, static_cast<void*>(this));
  }

  Transfer transfer;
  Submission submission;
  bool active = false;
  std::optional<CURLcode> ended;  // of an active one: it has ended, and its completion has not been made yet
};

Sender::Sender(TransferOptions options, SenderSurroundings surroundings)
    : options_(std::move(options)), around_(std::move(surroundings)), multi_(new_multi()) {
  const process::SignalsBlocked inherited_by_the_thread;
  thread_ = std::thread([this] { run(); });
}

Sender::~Sender() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(multi_.get());
  thread_.join();
  for (const auto& exchange : exchanges_) {
    if (exchange->active) curl_multi_remove_handle(multi_.get(), exchange->transfer.easy());
  }
}

void Sender::submit(std::vector<Submission>& submissions) {
  if (submissions.empty()) return;
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = inbox_.empty();
    const std::size_t count = submissions.size();
    move_all(submissions, inbox_);
    load_.fetch_add(count, std::memory_order_relaxed);
  }
  expected_in_vain_.store(0, std::memory_order_relaxed);
  if (was_empty) curl_multi_wakeup(multi_.get());
}

/// A thread that sleeps takes some 50 us to come back, on a core that sleeps too.
void Sender::expect() noexcept {
  if (expected_in_vain_.load(std::memory_order_relaxed) >= kExpectedInVain) return;
  expected_until_.store((steady_clock::now() + kExpectedFor).time_since_epoch().count(),
                        std::memory_order_relaxed);
  curl_multi_wakeup(multi_.get());
}

void Sender::collect(std::vector<ports::Completion>& completions) {
  const std::lock_guard lock(mutex_);
  move_all(outbox_, completions);
  told_ = false;
}

void Sender::run() {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (starting_.empty()) starting_.swap(inbox_);
    }
    try {
      start_submissions();
      perform();
      start_submissions();
      publish();
      wait();
    } catch (const std::bad_alloc&) {
      // What is not done yet is still where it was.
      std::this_thread::sleep_for(kUntilThereIsMemory);
    }
  }
}

/// And what takes the place of those that end at once.
void Sender::start_submissions() {
  do {
    for (; started_ < starting_.size(); ++started_) start(starting_[started_]);
    starting_.clear();
    started_ = 0;
    starting_.swap(next_);
  } while (!starting_.empty());
}

/// Where memory runs out even for the completion that says so, it throws with nothing changed.
void Sender::start(Submission& submission) {
  core::make_room(ended_);
  core::make_room(next_);
  const ports::Request& request = submission.request;
  const ports::InProgressScope handling(around_.mark, request.row);
  const auto remaining = std::chrono::ceil<core::Millis>(request.timeout - age(submission));
  if (remaining <= core::Millis::zero()) {
    complete(submission, core::NotSent{never_tried_text(request.timeout)});
    return;
  }
  if (around_.may_begin && !around_.may_begin(remaining)) {
    complete(
        submission,
        core::OwnTrouble{"this worker's share of the rows may pass to another one before an answer comes"});
    return;
  }
  try {
    Exchange& exchange = idle_exchange();
    Transfer& transfer = exchange.transfer;
    transfer.set_in_progress_slot(around_.mark, request.row);
    if (!transfer.prepare({request.url, request.timeout, remaining, request.allow_private})) {
      complete(submission, core::NotSent{"the URL is neither http nor https"});
      return;
    }
    transfer.allow_resend(transfer.over_tls() && http2_origins_.contains(core::origin_of(request.url)));
    const CURLMcode result = curl_multi_add_handle(multi_.get(), transfer.easy());
    if (result != CURLM_OK) throw std::runtime_error(curl_multi_strerror(result));
    idle_.pop_back();
    exchange.active = true;
    ++changes_;
    if (transfer.over_tls()) ++over_tls_;
    exchange.submission = std::move(submission);
  } catch (const std::exception& error) {
    complete(submission, core::OwnTrouble{error.what()});
  }
}

/// The last of idle_, made when there is none; it stays there until it is in use.
Sender::Exchange& Sender::idle_exchange() {
  if (idle_.empty()) {
    // Enough for all of them, so that an exchange that ends finds its place.
    make_room_for(exchanges_.size() + 1, idle_);
    make_room_for(exchanges_.size() + 1, finishing_);
    exchanges_.push_back(std::make_unique<Exchange>(options_));
    exchanges_.back()->transfer.count_in(changes_);
    idle_.push_back(exchanges_.back().get());
    // Otherwise libcurl would keep no more connections than four times the transfers of the moment, and close
    // the rest.
    const std::size_t kept = std::max(kFewestKeptConnections, 2 * exchanges_.size());
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(kept));
  }
  return *idle_.back();
}

void Sender::perform() {
  int running = 0;
  if (curl_multi_perform(multi_.get(), &running) == CURLM_OK) {
    note_ended();
  } else {
    abandon_all();
  }
  while (!finishing_.empty()) {
    finish(*finishing_.back());
    finishing_.pop_back();
  }
}

/// libcurl tells of each but once.
void Sender::note_ended() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    Exchange* exchange = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
    note_ended(*exchange, message->data.result);
  }
}

void Sender::note_ended(Exchange& exchange, CURLcode result) {
  if (exchange.ended) return;
  exchange.ended = result;
  finishing_.push_back(&exchange);
}

/// See Transfer::allow_resend().
void Sender::learn_of_http2(const Exchange& exchange) {
  if (!exchange.transfer.over_tls()) return;
  long version = 0;
  curl_easy_getinfo(exchange.transfer.easy(), CURLINFO_HTTP_VERSION, &version);
  if (version != CURL_HTTP_VERSION_2_0) return;
  const std::string_view origin = core::origin_of(exchange.submission.request.url);
  if (!http2_origins_.contains(origin)) http2_origins_.emplace(origin);
}

/// Where memory runs out, nothing has changed.
void Sender::finish(Exchange& exchange) {
  const CURLcode result = *exchange.ended;
  const ports::InProgressScope handling(around_.mark, exchange.submission.request.row);
  learn_of_http2(exchange);
  if (result == CURLE_OPERATION_TIMEDOUT)
    exchange.transfer.drop_connection_if_silent(std::chrono::floor<core::Millis>(age(exchange.submission)));
  complete(exchange.submission, exchange.transfer.conclude(result));
  curl_multi_remove_handle(multi_.get(), exchange.transfer.easy());
  exchange.active = false;
  exchange.ended.reset();
  idle_.push_back(&exchange);
  ++changes_;
  if (exchange.transfer.over_tls()) --over_tls_;
}

void Sender::complete(const Submission& submission, core::Exchange outcome) {
  core::make_room(ended_);
  core::make_room(next_);
  const ports::Request& request = submission.request;
  const bool own_trouble = std::holds_alternative<core::OwnTrouble>(outcome);
  std::string url = own_trouble ? request.url : std::string();
  ended_.push_back({request.ticket, std::move(outcome), submission.started_at, age(submission)});
  ports::Completion& completion = ended_.back();
  if (own_trouble) {
    completion.not_started = true;
    completion.url = std::move(url);
    return around_.admission_queue.end_in_own_trouble(request.flow);
  }
  completion.failed = !core::is_taken_in(completion.exchange);
  if (!completion.failed) completion.receipt = keep_receipt(request, completion);
  if (auto next = around_.admission_queue.end(request.flow, completion.failed)) {
    next_.push_back(*std::move(next));
    load_.fetch_add(1, std::memory_order_relaxed);
  }
}

/// Where the answer says all that is to be recorded: its body is what was asked for.
std::optional<ports::AckId> Sender::keep_receipt(const ports::Request& request,
                                                 const ports::Completion& completion) const noexcept {
  const auto& answer = std::get<core::Answer>(completion.exchange);
  if (around_.receipts == nullptr || !core::says(answer, request.sentinel)) return std::nullopt;
  return around_.receipts->keep(
      {request.row, request.version, answer.http_status, completion.started_at, completion.latency});
}

/// libcurl is out of memory, or broken: what is in flight has no other end.
void Sender::abandon_all() {
  for (const auto& exchange : exchanges_) {
    if (exchange->active) note_ended(*exchange, CURLE_OUT_OF_MEMORY);
  }
}

void Sender::publish() {
  bool tell = false;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t count = ended_.size();
    move_all(ended_, outbox_);
    load_.fetch_sub(count, std::memory_order_relaxed);
    tell = !told_ && worth_telling(outbox_.size());
    told_ |= tell;
  }
  if (tell && around_.on_completion) around_.on_completion();
}

bool Sender::worth_telling(std::size_t uncollected) {
  const bool all_of_it = uncollected >= kToldTogether || load() == 0;
  const auto now = steady_clock::now();
  if (uncollected > 0 && !all_of_it && now - untold_since_.value_or(now) < kUntoldAtMost) {
    if (!untold_since_) untold_since_ = now;
    return false;
  }
  untold_since_.reset();
  return uncollected > 0;
}

/// libcurl's own wake-ups cannot be relied on (7.88, and not it alone): curl_multi_perform() forgets, at its
/// end, each that came due before the last transfer it started, though the transfer that it was for may have
/// had its turn before. So an answer that was read along with another's, as HTTP/2 does, would lie until
/// something else happens, and a time-out would pass unnoticed. Only a call that starts nothing forgets
/// nothing: hence one more, soon, after each that may have.
int Sender::longest_wait_millis() {
  const bool changed = std::exchange(changes_, 0) > 0;
  if (untold_since_) return kUntoldWaitMillis;
  if (idle_.size() == exchanges_.size()) return kIdleWaitMillis;
  return changed && over_tls_ > 0 ? kWaitAfterChangesMillis : kWaitInFlightMillis;
}

/// Whether something was submitted while it was expected.
bool Sender::stay_awake() {
  const auto until = expected_until_.exchange(0, std::memory_order_relaxed);
  if (until == 0) return false;
  while (load() == 0) {
    if (steady_clock::now().time_since_epoch().count() >= until) {
      expected_in_vain_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

void Sender::wait() {
  if (stay_awake()) return;
  if (curl_multi_poll(multi_.get(), nullptr, 0, longest_wait_millis(), nullptr) == CURLM_OK) return;
  std::this_thread::sleep_for(kUntilThereIsMemory);  // without taking a whole core
}

}  // namespace keitaro_outbox::http
