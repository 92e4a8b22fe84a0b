#include "bench/loop.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <curl/curl.h>
#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "bench/subids.hpp"

namespace keitaro_outbox::bench {
namespace {

struct Job {
  std::int64_t id = 0;
  std::string subid;
};

struct NumberSource {
  std::uint64_t left;
  Subids subids{1};

  bool next(Job& job) {
    if (left == 0) return false;
    --left;
    job.subid = subids.next();
    return true;
  }
  void done(std::int64_t) {}
  void end_of_turn(bool) {}
};

class TableSource {
 public:
  explicit TableSource(const std::string& file) : db_(file, SQLite::OPEN_READWRITE) {
    db_.exec("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384;");
    // The checkpoint that SQLite makes when the last connection closes would count as the loop's; a worker's
    // time ends with the last outcome.
    sqlite3_db_config(db_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    select_.emplace(db_,
                    "SELECT id, subid FROM queue WHERE id > ? AND state = 'pending' ORDER BY id LIMIT 512");
    mark_.emplace(db_, "UPDATE queue SET state = 'delivered', finished_at = ? WHERE id = ?");
  }

  bool next(Job& job) {
    if (at_ == loaded_.size()) load();
    if (at_ == loaded_.size()) return false;
    std::swap(job, loaded_[at_++]);
    return true;
  }

  void done(std::int64_t id) { answered_.push_back(id); }

  void end_of_turn(bool all_done) {
    constexpr std::size_t kGroup = 64;
    if (answered_.empty() || (answered_.size() < kGroup && !all_done)) return;
    const auto now = std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds{1};
    db_.exec("BEGIN IMMEDIATE");
    for (const std::int64_t id : answered_) {
      mark_->bind(1, static_cast<std::int64_t>(now));
      mark_->bind(2, id);
      mark_->exec();
      mark_->reset();
    }
    db_.exec("COMMIT");
    answered_.clear();
  }

 private:
  void load() {
    loaded_.clear();
    at_ = 0;
    select_->bind(1, last_);
    while (select_->executeStep()) {
      loaded_.push_back({select_->getColumn(0).getInt64(), select_->getColumn(1).getString()});
    }
    select_->reset();
    if (!loaded_.empty()) last_ = loaded_.back().id;
  }

  SQLite::Database db_;
  std::optional<SQLite::Statement> select_;
  std::optional<SQLite::Statement> mark_;
  std::vector<Job> loaded_;
  std::size_t at_ = 0;
  std::int64_t last_ = 0;
  std::vector<std::int64_t> answered_;
};

std::size_t discard(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

/// libcurl's multi interface, kept busy from a source of jobs.
template <typename Source>
class Loop {
 public:
  Loop(const LoopOptions& options, Source& source) : options_(options), source_(source) {
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options.in_flight));
    for (int i = 0; i < options.in_flight; ++i) exchanges_.push_back(make_exchange());
  }

  void run() {
    for (auto& exchange : exchanges_) start(*exchange);
    while (active_ > 0) {
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      take_answers();
      source_.end_of_turn(active_ == 0);
      if (active_ > 0) curl_multi_poll(multi_.get(), nullptr, 0, 1000, nullptr);
    }
  }

 private:
  struct Exchange {
    CURL* easy;
    Job job;
    ~Exchange() { curl_easy_cleanup(easy); }
  };
  struct EndMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  std::unique_ptr<Exchange> make_exchange() {
    CURL* easy = curl_easy_init();
    auto exchange = std::make_unique<Exchange>(easy, Job{});
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &discard);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, static_cast<void*>(exchange.get()));
    return exchange;
  }

  void start(Exchange& exchange) {
    if (!source_.next(exchange.job)) return;
    url_ = options_.url;
    url_.append("?subid=")
        .append(exchange.job.subid)
        .append("&status=sale&payout=12.5&currency=usd&return=OK");
    curl_easy_setopt(exchange.easy, CURLOPT_URL, url_.c_str());
    curl_multi_add_handle(multi_.get(), exchange.easy);
    ++active_;
  }

  void take_answers() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      Exchange* exchange = nullptr;
      long status = 0;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
      curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
      if (message->data.result != CURLE_OK || status != 200) {
        throw std::runtime_error(std::string("a request failed: ") +
                                 curl_easy_strerror(message->data.result));
      }
      curl_multi_remove_handle(multi_.get(), exchange->easy);
      --active_;
      source_.done(exchange->job.id);
      start(*exchange);
    }
  }

  const LoopOptions& options_;
  Source& source_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::unique_ptr<CURLM, EndMulti> multi_{curl_multi_init()};
  std::string url_;
  int active_ = 0;
};

}  // namespace

void run_curl_loop(const LoopOptions& options, std::uint64_t requests) {
  NumberSource source{requests};
  Loop(options, source).run();
}

void run_bare_loop(const LoopOptions& options, const std::string& db) {
  TableSource source(db);
  Loop(options, source).run();
}

}  // namespace keitaro_outbox::bench
