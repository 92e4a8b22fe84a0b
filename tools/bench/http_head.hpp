#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace keitaro_outbox::bench {

/// Cuts a stream of bytes into the heads of HTTP requests, several in one piece or one in several. Requests
/// have no body.
class HeadSplitter {
 public:
  /// Calls `take` with each head that `bytes` completes, without its empty line.
  template <typename Take>
  void feed(std::string_view bytes, Take&& take);

 private:
  static constexpr std::string_view kEnd = "\r\n\r\n";
  std::string rest_;
};

/// The value of `subid` in a request line, as it stands there; empty when there is none.
inline std::string_view subid_of(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\r'));
  constexpr std::string_view kName = "subid=";
  std::size_t at = line.find(kName);
  while (at != std::string_view::npos && at > 0 && line[at - 1] != '?' && line[at - 1] != '&') {
    at = line.find(kName, at + 1);
  }
  if (at == std::string_view::npos) return {};
  const std::string_view value = line.substr(at + kName.size());
  return value.substr(0, value.find_first_of("& "));
}

template <typename Take>
void HeadSplitter::feed(std::string_view bytes, Take&& take) {
  if (!rest_.empty()) {
    rest_ += bytes;
    bytes = rest_;
  }
  std::size_t end = 0;
  while ((end = bytes.find(kEnd)) != std::string_view::npos) {
    take(bytes.substr(0, end));
    bytes.remove_prefix(end + kEnd.size());
  }
  rest_ = std::string(bytes);
}

}  // namespace keitaro_outbox::bench
