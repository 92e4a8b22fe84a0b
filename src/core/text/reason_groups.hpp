#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace keitaro_outbox::core {

/// A row's reason without what differs from try to try: `HTTP 503; attempt 4 of 20, next try in 12s` and
/// `HTTP 503; given up after attempt 20 of 20` are both `HTTP 503`.
std::string_view cause_in(std::string_view reason);

/// What similar reasons have in common, the same for all of them: the cause with `…` for each number (that of
/// an HTTP answer apart) and each text in quotes. At most some 600 bytes.
std::string reason_kind(std::string_view reason);

/// The reasons of many rows, similar ones counted together: those with the same cause, but for numbers (that
/// of an HTTP answer apart) and what stands in quotes.
class ReasonGroups {
 public:
  struct Group {
    /// The cause; where causes differ, `…` stands for what does, and a text in quotes is named in all its
    /// spellings: `the status "sael", "x7" or others is unknown`.
    std::string text;
    std::int64_t rows = 0;
  };

  void add(std::string_view reason, std::int64_t rows = 1);

  /// Most rows first; what remains beyond `limit` groups is summed up in a last one, `other reasons`.
  std::vector<Group> top(std::size_t limit) const;

  bool empty() const { return groups_.empty() && others_ == 0; }

 private:
  struct Similar {
    std::string cause;  ///< Of the first; empty once another differed.
    std::int64_t rows = 0;
    std::vector<std::string> quoted;  ///< The different texts in the first quotes, the first few.
    bool more_quoted = false;
  };
  static std::string text_of(const std::string& common, const Similar& similar);

  std::map<std::string, Similar, std::less<>> groups_;  ///< By what they have in common.
  std::int64_t others_ = 0;                             ///< Rows whose group would have been one too many.
};

}  // namespace keitaro_outbox::core
