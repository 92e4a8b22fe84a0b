#pragma once

#include <string>

namespace keitaro_outbox::postgresql_tests {

/// A schema of a test's own on the server that the tests share, gone at its end. To those who connect with
/// its address it is the same as a database.
class TempSchema {
 public:
  enum class Content { nothing, outbox };

  explicit TempSchema(Content content = Content::outbox);
  ~TempSchema();
  TempSchema(const TempSchema&) = delete;
  TempSchema& operator=(const TempSchema&) = delete;

  const std::string& name() const { return name_; }
  const std::string& address() const { return address_; }

 private:
  std::string name_;
  std::string address_;
};

/// `postgresql://…` of the server. Fails the test where ctest has not started one.
std::string server_address();

}  // namespace keitaro_outbox::postgresql_tests
