#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/text/time.hpp"
#include "sim/admin_api.hpp"
#include "sim/http_words.hpp"
#include "sim/postback_request.hpp"
#include "sim/receipt_log.hpp"
#include "sim/tracker.hpp"
#include "sim/trouble.hpp"

namespace keitaro_sim {

struct SimulatorSettings {
  std::string key = "key";
  std::uint64_t seed = 1;
  Trouble trouble;
  ReadingRules reading;
  AdminSettings admin;
  bool postback_without_key = false;  ///< `/postback` is taken too.
  bool post_allowed = false;          ///< A POST with a form counts as a GET with these parameters.
  int wrong_key_code = 404;
  int incorrect_code = 200;             ///< For an empty subid.
  std::string answer_text = "Success";  ///< On success, when `return` asks for nothing else.
  bool image_answered = true;           ///< Who asks for an image, and not for `return`, gets a 1×1 GIF.
};

/// What reached the simulator, by what was done with it.
struct ReceiptCounts {
  std::uint64_t received = 0;
  std::uint64_t admin_calls = 0;
  std::map<std::string, std::uint64_t, std::less<>> results;   ///< As in Ack::result.
  std::map<std::string, std::uint64_t, std::less<>> troubles;  ///< As in Ack::trouble.
};

/// A simulated tracker behind its HTTP paths, without sockets and without a clock. Thread-safe.
class Simulator {
 public:
  /// `log` may be null; otherwise it must outlive the simulator.
  Simulator(SimulatorSettings settings, TrackerSettings tracker, ReceiptLog* log);

  HttpAnswer answer(const HttpQuestion& question, keitaro_outbox::core::WallTime now);

  /// The whole path of the postback, `/KEY/postback`, encoded.
  std::string postback_path() const;

 private:
  enum class Door : std::uint8_t { postback, wrong_key, elsewhere };

  Door door_of(std::string_view path) const;
  HttpAnswer answer_postback(const HttpQuestion& question, Door door, Params params,
                             keitaro_outbox::core::WallTime now);
  HttpAnswer take_in(const HttpQuestion& question, Params& params, keitaro_outbox::core::WallTime now,
                     std::string_view& result);
  HttpAnswer success(const HttpQuestion& question, const std::optional<std::string>& return_text) const;
  HttpAnswer answer_page(const HttpQuestion& question, std::string_view path, const Params& query);
  HttpAnswer answer_admin_call(const HttpQuestion& question, std::string_view path, const Params& query);
  bool may_change(const HttpQuestion& question) const;
  HttpAnswer answer_trouble(const HttpQuestion& question, bool of_admin_api);
  HttpAnswer change_conversions(const HttpQuestion& question);
  void note(Ack receipt);

  std::mutex mutex_;
  SimulatorSettings settings_;
  Tracker tracker_;
  ReceiptCounts counts_;
  ReceiptLog* log_;
};

}  // namespace keitaro_sim
