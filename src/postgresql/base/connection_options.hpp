#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keitaro_outbox::postgresql {

/// What libpq is given to connect with, by keyword.
class ConnectionOptions {
 public:
  /// Throws ports::StoreError where libpq cannot read the address; its words do not hold the password.
  static ConnectionOptions parse(const std::string& address);

  std::optional<std::string> value(std::string_view keyword) const;
  void set(std::string_view keyword, std::string value);
  /// Unless the address, or libpq's environment, says something else.
  void set_default(std::string_view keyword, std::string value);

  const std::vector<std::pair<std::string, std::string>>& all() const { return options_; }

 private:
  std::vector<std::pair<std::string, std::string>> options_;
};

}  // namespace keitaro_outbox::postgresql
