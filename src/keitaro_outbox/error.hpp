#pragma once

#include <stdexcept>
#include <string>

namespace keitaro_outbox {

/// Something could not be done; what() is one line that says what to do. Nothing was changed.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A conversion breaks a rule of the table. `rule()` is the name of the CHECK, such as
/// `subid_must_have_1_to_255_characters`.
class RuleError : public Error {
 public:
  RuleError(const std::string& rule, const std::string& message) : Error(message), rule_(rule) {}
  const std::string& rule() const { return rule_; }

 private:
  std::string rule_;
};

}  // namespace keitaro_outbox
