#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "keitaro_outbox/error.hpp"

namespace keitaro_outbox {

/// One destination.
struct Tracker {
  std::string name = "default";
  std::string url;                              ///< `https://HOST/KEY/postback`; may be empty with templates.
  std::map<std::string, std::string> statuses;  ///< Further names: `{"paid", "sale"}`.
  std::vector<std::string> allow_transitions;   ///< Further moves: `"rejected->sale"`.
  bool raw_style = false;                       ///< Send the row's own status with lists that explain it.
  std::string sentinel = "OK";                  ///< Asked for with `return=`; empty for none.

  /// AlterCPA's templates by the row's status, `{"wait",
  /// "https://HOST/KEY/postback?subid={click}&status=lead"}`; an empty one means "send nothing". With any,
  /// rows go out by them alone, as they were pasted.
  std::map<std::string, std::string> templates;
  /// The same by campaign code: a campaign that has any uses its own alone.
  std::map<std::string, std::map<std::string, std::string>> campaign_templates;
  std::string template_sentinel;      ///< Asked for where a template has no `return=`; empty for nothing.
  bool click_dashes_to_dots = false;  ///< Send each `-` of a subid as `.`: click ids out of Telegram's links.

  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::milliseconds retry_first_delay{1'000};
  std::chrono::milliseconds retry_max_delay{3'600'000};
  int max_attempts = 20;
  int concurrency = 64;        ///< Requests in flight.
  double rate = 0;             ///< Requests a second; 0 is no limit.
  bool allow_private = false;  ///< Allow loopback, private and link-local addresses.
};

struct WorkerOptions {
  std::string database;  ///< Path of the application's SQLite file; the schema must be there.
  std::vector<Tracker> trackers;
  int senders = 1;                          ///< Threads that send.
  std::chrono::milliseconds grace{10'000};  ///< What requests in flight get at a stop.
  /// Go on with a database that was restored from an older copy; else nothing is sent, and on_trouble says
  /// so.
  bool resume_restored = false;

  // What is older is deleted in the background, a little at a time; 0 keeps it for ever.
  std::chrono::milliseconds keep_finished{0};     ///< Rows that are not pending any more, and their attempts.
  std::chrono::milliseconds keep_attempts{0};     ///< Failed attempts.
  std::chrono::milliseconds keep_conversions{0};  ///< What duplicates and moves are judged by.

  /// Told, in one line without the postback key, of what an operator should know (a tracker that is down, a
  /// database that cannot be written). Called from the worker's thread; may be empty.
  std::function<void(const std::string&)> on_trouble;
};

struct WorkerCounts {
  std::uint64_t delivered = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t refused = 0;
  std::uint64_t dead = 0;
  std::uint64_t retried = 0;
  std::uint64_t in_flight = 0;
  bool standing_by = false;  ///< Another worker drains this database; this one takes over when it is gone.
  bool running = false;
};

/// A worker inside the process. One drains a database at a time, over all processes of the host.
class Worker {
 public:
  /// Throws Error where an option is wrong. Opens nothing yet.
  explicit Worker(WorkerOptions options);
  /// Stops as stop() does. Not from a callback.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Starts the threads, which take no signals. Throws Error, and nothing else, when the database cannot be
  /// opened or lacks the schema, or for lack of threads or memory. Does nothing while running.
  void start();

  /// Sends nothing more, lets what is in flight finish within the grace, records it, and returns. Does
  /// nothing when not running. Throws Error when the worker had ended by itself, with the reason. From a
  /// callback it only asks for that, and returns at once: call it once more from another thread.
  void stop();

  /// From any thread.
  WorkerCounts counts() const;

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace keitaro_outbox
