#include "core/text/secrets.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/url/percent.hpp"

namespace keitaro_outbox::core {
namespace {

/// Where `spelling` ends in `text` when it begins at `start`, each byte plain or percent-encoded; `start`
/// itself when it does not.
std::size_t end_of_match(std::string_view text, std::size_t start, std::string_view spelling) {
  std::size_t at = start;
  for (const char c : spelling) {
    if (at >= text.size()) return start;
    if (text[at] == c || (c == ' ' && text[at] == '+')) {
      ++at;
    } else if (percent_encoded_byte_at(text, at) == static_cast<unsigned char>(c)) {
      at += 3;
    } else {
      return start;
    }
  }
  return at;
}

}  // namespace

void Secrets::add(std::string_view word) {
  const std::string decoded = percent_decode(word);
  add_spelling(std::string(word));
  add_spelling(decoded);
  // A '%' within a word can be read in two ways; these two settle it. The second is the URL itself standing
  // in a query value.
  add_spelling(percent_encode(decoded));
  add_spelling(percent_encode(word));
}

void Secrets::add(const Secrets& other) {
  for (const std::string& spelling : other.spellings_) add_spelling(spelling);
}

void Secrets::add_spelling(std::string spelling) {
  if (spelling.empty() || std::find(spellings_.begin(), spellings_.end(), spelling) != spellings_.end())
    return;
  spellings_.push_back(std::move(spelling));
}

std::string Secrets::scrub(std::string_view text) const {
  if (spellings_.empty()) return std::string(text);
  std::string out;
  std::size_t hidden_to = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool inside = i < hidden_to;
    for (const std::string& spelling : spellings_) {
      hidden_to = std::max(hidden_to, end_of_match(text, i, spelling));
    }
    if (i >= hidden_to) {
      out += text[i];
    } else if (!inside) {
      out += "***";
    }
  }
  return out;
}

}  // namespace keitaro_outbox::core
