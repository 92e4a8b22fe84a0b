#include "web/context.hpp"

#include <cstdint>

namespace keitaro_outbox::web {
namespace {

/// FNV-1a: nothing is kept secret by it.
class Hash {
 public:
  void add(std::string_view text) {
    for (const char c : text) take(static_cast<unsigned char>(c));
    take(0);
  }
  void add(std::int64_t number) { add(std::to_string(number)); }

  std::string text() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (int shift = 28; shift >= 0; shift -= 4)
      out += kDigits[static_cast<std::size_t>(hash_ >> shift & 0xF)];
    return out;
  }

 private:
  void take(unsigned char byte) { hash_ = (hash_ ^ byte) * 16'777'619U; }
  std::uint32_t hash_ = 2'166'136'261U;
};

}  // namespace

std::string fingerprint_of(const config::Settings& settings) {
  if (settings.trackers.empty() && settings.sources.empty()) return {};
  Hash hash;
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    hash.add(spec.rules.name);
    hash.add(spec.rules.url.redacted());
    hash.add(spec.request_timeout.count());
    hash.add(spec.concurrency);
    hash.add(static_cast<std::int64_t>(spec.rate * 1000));
    hash.add(spec.retry.max_attempts);
    hash.add(spec.retry.first_delay.count());
    hash.add(spec.retry.max_delay.count());
    hash.add(spec.rules.sentinel);
  }
  for (const intake::Source& source : settings.sources) {
    hash.add(source.name);
    hash.add(source.tracker);
    hash.add(source.campaign);
  }
  return hash.text();
}

}  // namespace keitaro_outbox::web
