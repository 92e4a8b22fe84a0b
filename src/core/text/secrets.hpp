#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keitaro_outbox::core {

/// Words that must not be shown, and the means to take them out of texts of others.
class Secrets {
 public:
  /// Adds a word as it stands in a URL, percent-encoded or not. An empty one is left out.
  void add(std::string_view word);

  /// Adds all words of `other`.
  void add(const Secrets& other);

  /// `text` with each stretch that spells a word replaced by `***`: as added, decoded, or with any of its
  /// bytes percent-encoded, or escaped as JSON (`\/`, `\u002f`) and HTML (`&#47;`, `&amp;`) do. A word of
  /// less than four bytes is taken out where it stands by itself only. Words that overlap in the text are
  /// taken out whole. What is put in is not looked at again.
  std::string scrub(std::string_view text) const;

 private:
  void add_spelling(std::string spelling);

  std::vector<std::string> spellings_;
};

}  // namespace keitaro_outbox::core
