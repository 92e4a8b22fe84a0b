#include "core/text/database_name.hpp"

#include <gtest/gtest.h>

namespace keitaro_outbox::core {
namespace {

TEST(DatabaseName, AnAddressOfPostgresqlIsToldFromAFile) {
  EXPECT_TRUE(is_postgresql_address("postgresql:///app"));
  EXPECT_TRUE(is_postgresql_address("postgres://host/app"));
  EXPECT_FALSE(is_postgresql_address("postgresql.db"));
  EXPECT_FALSE(is_postgresql_address("/var/lib/app.db"));
}

TEST(DatabaseName, IsShownWithoutPasswords) {
  const struct {
    const char* given;
    const char* shown;
  } cases[] = {
      {"/var/lib/a:b@c.db", "/var/lib/a:b@c.db"},
      {"postgresql:///app", "postgresql:///app"},
      {"postgres://ann@host/app", "postgresql://ann@host/app"},
      {"postgresql://ann:s3cret@db.example:6432/app?sslmode=require",
       "postgresql://ann@db.example:6432/app?sslmode=require"},
      {"postgresql://:s3cret@host/app", "postgresql://@host/app"},
      {"postgresql://ann:s3@cr:et@host/app", "postgresql://ann@host/app"},
      {"postgresql://ann:s3/cret@host/app", "postgresql://ann@host/app"},
      {"postgresql://host:5432/app?user=ann&password=s3cret", "postgresql://host:5432/app?user=ann"},
      {"postgresql://host/app?password=s3cret&sslpassword=s3cret&user=ann", "postgresql://host/app?user=ann"},
      {"postgresql://ann@/app?host=/run/pg", "postgresql://ann@/app?host=/run/pg"},
  };
  for (const auto& c : cases) EXPECT_EQ(shown_database(c.given), c.shown) << c.given;
}

}  // namespace
}  // namespace keitaro_outbox::core
