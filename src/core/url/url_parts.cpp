#include "core/url/url_parts.hpp"

#include <cstddef>

namespace keitaro_outbox::core {

std::string_view origin_of(std::string_view url) {
  constexpr std::string_view kEndsAHost = "/?#";
  std::size_t end = url.find_first_of(kEndsAHost);
  if (end != std::string_view::npos && url.substr(end).starts_with("//"))
    end = url.find_first_of(kEndsAHost, end + 2);
  return url.substr(0, end);
}

std::string request_target_of(std::string_view url) {
  std::string_view target = url.substr(origin_of(url).size());
  target = target.substr(0, target.find('#'));
  return target.starts_with('/') ? std::string(target) : "/" + std::string(target);
}

}  // namespace keitaro_outbox::core
