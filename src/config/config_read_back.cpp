#include "config/config_read_back.hpp"

#include <algorithm>
#include <string_view>

#include "config/config_file.hpp"
#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"

namespace keitaro_outbox::config {
namespace {

core::ReadBackSpec& read_back_of(delivery::TrackerSpec& spec) {
  if (!spec.read_back) spec.read_back.emplace();
  return *spec.read_back;
}

std::string filled_text(const Entry& entry) {
  try {
    return fill_from_environment(entry.text(), entry.context().environment);
  } catch (const ConfigError& error) {
    entry.reject(error.what());
  }
}

constexpr const char* kUrlExample =
    "write the panel's address, without a path, as in \"https://panel.example.com\"";

}  // namespace

void read_admin_url(const Entry& entry, delivery::TrackerSpec& spec) {
  std::string url = filled_text(entry);
  while (url.ends_with('/')) url.pop_back();
  // What is pasted from the API's pages.
  constexpr std::string_view kApi = "/admin_api/v1";
  if (url.ends_with(kApi)) url.resize(url.size() - kApi.size());
  const std::size_t scheme = core::ascii::lower(url).starts_with("https://")  ? 8
                             : core::ascii::lower(url).starts_with("http://") ? 7
                                                                              : 0;
  const std::string_view host = std::string_view(url).substr(scheme);
  const bool plain = std::ranges::none_of(url, core::ascii::is_blank_or_control);
  if (scheme == 0 || host.empty() || !plain ||
      host.find_first_of("/?#@\"<>\\^`{|}") != std::string_view::npos)
    entry.reject(kUrlExample);
  read_back_of(spec).admin_url = std::move(url);
}

void read_admin_key(const Entry& entry, delivery::TrackerSpec& spec) {
  const std::string written = entry.text();
  const std::string key = filled_text(entry);
  const bool fits = !key.empty() && key.size() <= 256 && std::ranges::none_of(key, [](char c) {
    return core::ascii::is_blank_or_control(c) || (c & 0x80) != 0;
  });
  if (!fits) {
    entry.reject(
        "write a key that Keitaro's page of users has made (letters, digits, no blanks), or ${NAME} and set "
        "the "
        "variable");
  }
  entry.context().literal_key = entry.context().literal_key || written.find("${") == std::string::npos;
  read_back_of(spec).admin_key = key;
}

void read_admin_rate(const Entry& entry, delivery::TrackerSpec& spec) {
  const auto value = entry.node().is_number() ? entry.node().value<double>() : std::nullopt;
  if (!value || !(*value >= kLowestAdminRate && *value <= kHighestAdminRate))
    entry.reject("write a number from 0.1 to 10: requests a second");
  read_back_of(spec).rate = *value;
}

void read_verify_after(const Entry& entry, delivery::TrackerSpec& spec) {
  read_back_of(spec).policy.verify_after = entry.duration(kVerifyAfter);
}

void read_verify_again(const Entry& entry, delivery::TrackerSpec& spec) {
  constexpr const char* kExample = "[\"5m\", \"1h\", \"24h\"]";
  constexpr std::size_t kMostLooks = 10;
  std::vector<core::Millis> ages;
  for (const std::string& text : entry.texts(kExample))
    ages.push_back(entry.checked([&] { return duration_value(text, kVerifyAgain); }));
  if (ages.size() > kMostLooks) entry.reject("write at most 10 times");
  if (std::ranges::adjacent_find(ages, std::ranges::greater_equal{}) != ages.end())
    entry.reject(std::string("write growing times, such as ") + kExample);
  read_back_of(spec).policy.verify_again = std::move(ages);
}

void read_currency(const Entry& entry, delivery::TrackerSpec& spec) {
  const std::string currency = entry.text();
  if (currency.size() != 3 || !std::ranges::all_of(currency, core::ascii::is_letter))
    entry.reject("write the tracker's own currency in three letters, such as \"usd\"");
  read_back_of(spec).policy.currency = core::ascii::lower(currency);
}

std::string settle_read_back(delivery::TrackerSpec& spec) {
  if (!spec.read_back) return {};
  const core::ReadBackSpec& read_back = *spec.read_back;
  const std::string tracker = "the tracker '" + core::printable(spec.rules.name) + "' ";
  if (read_back.admin_url.empty() && read_back.admin_key.empty()) {
    spec.read_back.reset();
    return {};
  }
  if (read_back.admin_key.empty())
    return tracker + "has admin_url and no admin_key: add admin_key = \"${KEITARO_ADMIN_KEY}\"";
  if (read_back.admin_url.empty()) return tracker + "has admin_key and no admin_url: " + kUrlExample;
  const auto& again = read_back.policy.verify_again;
  if (!again.empty() && again.front() <= read_back.policy.verify_after) {
    return tracker + "is asked again (verify_again) no later than at first (verify_after, " +
           core::format_duration(read_back.policy.verify_after) + "): write later times";
  }
  return {};
}

}  // namespace keitaro_outbox::config
