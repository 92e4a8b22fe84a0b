#include "postgresql/temp_schema.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "postgresql/base/connection.hpp"
#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox::postgresql_tests {

std::string server_address() {
  const char* const file = std::getenv("KEITARO_OUTBOX_TEST_POSTGRESQL");
  if (file == nullptr) {
    throw std::runtime_error(
        "no server to test with: run this by ctest, or start one by `tests/postgresql/cluster.py start FILE` "
        "and set KEITARO_OUTBOX_TEST_POSTGRESQL=FILE");
  }
  std::ifstream in(file, std::ios::binary);
  const std::string folder{std::istreambuf_iterator<char>(in), {}};
  return "postgresql://postgres@/postgres?host=" + folder;
}

TempSchema::TempSchema(Content content) {
  static int made = 0;
  name_ = "test_" + std::to_string(::getpid()) + "_" + std::to_string(++made);
  address_ = server_address() + "&options=-csearch_path%3D" + name_;
  postgresql::Connection(server_address()).run("CREATE SCHEMA " + name_);
  if (content == Content::nothing) return;
  postgresql::Connection connection(address_);
  postgresql::migrate(connection);
}

TempSchema::~TempSchema() {
  try {
    postgresql::Connection(server_address()).run("DROP SCHEMA " + name_ + " CASCADE");
  } catch (const std::exception&) {
    // The server is gone, and the schema with it.
  }
}

}  // namespace keitaro_outbox::postgresql_tests
