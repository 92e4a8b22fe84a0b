#pragma once

#include <condition_variable>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "core/text/time.hpp"
#include "sim/query_string.hpp"

namespace keitaro_sim {

/// One postback as it reached the simulator, whatever became of it.
struct Ack {
  std::uint64_t n = 0;  ///< Counts all postbacks in order of receipt, from 1.
  keitaro_outbox::core::WallTime at{};
  std::string_view method;
  Params params;             ///< Decoded; of a name that occurs twice the last is logged.
  std::string_view result;   ///< `queued`, `incorrect`, `wrong_key`, `method_refused`, or `not_taken_in` for
                             ///< trouble that came first.
  std::string_view trouble;  ///< `fail`, `cut_before`, `cut_after`, `hang`; empty for none.
  std::optional<int> http_status;  ///< Of the answer; nullopt when there is none.
};

/// One line of JSON, without the newline:
/// `{"n":1,"at_ms":1714563000123,"method":"GET","path":"/***/postback","params":{"subid":"x"},"result":"queued","trouble":null,"http_status":200}`
std::string receipt_line(const Ack& receipt);

/// Appends a line for each receipt to a file: written within 50 ms, and at the end. Thread-safe.
class ReceiptLog {
 public:
  /// Appends to the file; throws std::runtime_error with one plain sentence when it cannot be opened.
  explicit ReceiptLog(const std::string& file);
  ~ReceiptLog();
  ReceiptLog(const ReceiptLog&) = delete;
  ReceiptLog& operator=(const ReceiptLog&) = delete;

  void add(const Ack& receipt);

 private:
  void write_in_batches();

  std::ofstream out_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string waiting_;
  bool stopping_ = false;
  std::thread writer_;
};

}  // namespace keitaro_sim
