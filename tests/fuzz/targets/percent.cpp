#include "core/url/percent.hpp"

#include <algorithm>
#include <string>

#include "target.hpp"

namespace core = keitaro_outbox::core;

FUZZ_TARGET(percent, bytes) {
  const std::string encoded = core::percent_encode(bytes);
  MUST_HOLD(core::percent_decode(encoded) == bytes);
  MUST_HOLD(encoded.find_first_not_of(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%") == std::string::npos);
  MUST_HOLD(encoded.size() == bytes.size() + 2 * static_cast<std::size_t>(std::ranges::count(encoded, '%')));
  MUST_HOLD(core::percent_encode(core::percent_decode(encoded)) == encoded);

  std::string appended = "x";
  core::append_percent_encoded(appended, bytes);
  MUST_HOLD(appended == "x" + encoded);

  const std::string decoded = core::percent_decode(bytes);
  MUST_HOLD(decoded.size() <= bytes.size());
  MUST_HOLD((decoded.size() - bytes.size()) % 2 == 0);
  for (std::size_t i = 0; i < bytes.size() + 3; ++i) {
    const int byte = core::percent_encoded_byte_at(bytes, i);
    MUST_HOLD(byte >= -1 && byte <= 255);
    MUST_HOLD(byte < 0 ||
              core::percent_decode(bytes.substr(i, 3)) == std::string(1, static_cast<char>(byte)));
  }
}
