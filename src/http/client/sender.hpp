#pragma once

#include <curl/curl.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "http/client/admission_queue.hpp"
#include "http/client/transfer.hpp"
#include "ports/ack_journal.hpp"
#include "ports/in_progress_slot.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::http {

/// What a sender works with. All of it outlives the sender.
struct SenderSurroundings {
  AdmissionQueue& admission_queue;
  ports::AckJournal* receipts = nullptr;  ///< May be none.
  ports::InProgressSlot mark = {};
  /// Called from the thread when completions are there to be collected: at once where nothing else is in
  /// flight, otherwise for a batch of them, or within about a millisecond. Must not throw.
  std::function<void()> on_completion = {};
  /// Asked from the thread right before a request is begun that may take so long: where it says no the
  /// request ends in core::OwnTrouble. May be empty.
  std::function<bool(core::Millis)> may_begin = {};
};

/// One thread that sends, with its own connections: a loop over libcurl's multi interface. Where memory runs
/// out it waits for a little and goes on; requests that cannot be made for lack of it end in
/// core::OwnTrouble.
class Sender {
 public:
  /// Throws std::runtime_error or std::system_error where it cannot be set up.
  Sender(TransferOptions options, SenderSurroundings surroundings);
  /// Abandons what is in flight, without completions, and joins the thread.
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  /// Takes over the submissions (the vector is left empty). From one thread. As each ends, the next that its
  /// flow's gate lets through is begun.
  void submit(std::vector<Submission>& submissions);

  /// Something may well be submitted within half a millisecond: the thread stays awake for it, unless that
  /// was said in vain before.
  void expect() noexcept;

  /// Appends what has ended since the last call.
  void collect(std::vector<ports::Completion>& completions);

  /// Requests submitted whose completion is not there yet. From any thread.
  std::size_t load() const { return load_.load(std::memory_order_relaxed); }

 private:
  struct Exchange;
  struct MultiCleanup {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  void run();
  void start_submissions();
  void start(Submission& submission);
  Exchange& idle_exchange();
  void perform();
  void note_ended();
  void note_ended(Exchange& exchange, CURLcode result);
  void learn_of_http2(const Exchange& exchange);
  void finish(Exchange& exchange);
  void complete(const Submission& submission, core::Exchange outcome);
  std::optional<ports::AckId> keep_receipt(const ports::Request& request,
                                           const ports::Completion& completion) const noexcept;
  void abandon_all();
  void publish();
  bool worth_telling(std::size_t uncollected);
  bool stay_awake();
  void wait();
  int longest_wait_millis();

  const TransferOptions options_;
  const SenderSurroundings around_;
  std::unique_ptr<CURLM, MultiCleanup> multi_;
  std::atomic<std::size_t> load_ = 0;
  std::atomic<core::SteadyTime::rep> expected_until_ = 0;
  std::atomic<int> expected_in_vain_ = 0;

  // Handed over, under mutex_.
  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<Submission> inbox_;
  std::vector<ports::Completion> outbox_;
  bool told_ = false;  // of what is in outbox_

  // The thread's own.
  std::vector<Submission> starting_;
  std::size_t started_ = 0;       // of starting_
  std::vector<Submission> next_;  // to be started as others have ended
  std::vector<ports::Completion> ended_;
  std::optional<core::SteadyTime> untold_since_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::vector<Exchange*> idle_;
  std::vector<Exchange*> finishing_;  // ended, and to be completed
  std::size_t changes_ = 0;           // requests begun, started or ended since the last wait
  std::size_t over_tls_ = 0;          // of what is in flight
  std::set<std::string, std::less<>> http2_origins_;

  std::thread thread_;  // last: it uses all the others
};

}  // namespace keitaro_outbox::http
