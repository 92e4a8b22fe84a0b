#include "postgresql/schema/migrator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "postgresql/base/connection.hpp"
#include "postgresql/temp_schema.hpp"

namespace keitaro_outbox::postgresql_tests {
namespace {

using postgresql::Connection;
using testing::HasSubstr;

std::string refusal(Connection& connection) {
  try {
    postgresql::migrate(connection);
  } catch (const ports::StoreError& error) {
    EXPECT_EQ(error.kind(), ports::StoreError::Kind::schema);
    return error.what();
  }
  return {};
}

/// All of a schema in words: columns, constraints, indexes, triggers, functions and settings.
std::string description(Connection& connection) {
  const auto lines = connection.run(std::string(R"(
    SELECT line FROM (
      SELECT format('%s.%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                    pg_get_expr(d.adbin, d.adrelid)) AS line
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
       WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'v')
      UNION ALL SELECT format('%s %s', c.relname, c.reloptions) FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace
      UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
      UNION ALL SELECT replace(indexdef, current_schema(), '') FROM pg_indexes WHERE schemaname = current_schema()
      UNION ALL SELECT replace(pg_get_triggerdef(t.oid), current_schema(), '') FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
       WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
      UNION ALL SELECT prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
      UNION ALL SELECT format('migration %s %s %s', version, name, checksum) FROM outbox_migrations) AS all_of_it
    ORDER BY line)"));
  std::string text;
  for (int row = 0; row < lines.rows(); ++row) text += lines.text(row, 0) + "\n";
  return text;
}

TEST(PostgresqlMigrator, InstallsOnceAndDoesNothingTheSecondTime) {
  const TempSchema schema(TempSchema::Content::nothing);
  Connection connection(schema.address());
  EXPECT_THROW(postgresql::check_schema(connection), ports::StoreError);
  const auto newest = static_cast<int>(postgresql::sql::all_migrations.size());
  const auto first = postgresql::migrate(connection);
  EXPECT_EQ(first.from, 0);
  EXPECT_EQ(first.to, newest);
  connection.run(std::string("INSERT INTO outbox (subid, status) VALUES ('click', 'sale')"));
  const auto second = postgresql::migrate(connection);
  EXPECT_EQ(second.from, newest);
  EXPECT_EQ(connection.run(std::string("SELECT count(*) FROM outbox")).integer(0, 0), 1);
  postgresql::check_schema(connection);
}

TEST(PostgresqlMigrator, TheSchemaFileGivesExactlyTheSame) {
  const TempSchema by_file(TempSchema::Content::nothing);
  const TempSchema by_program;
  std::ifstream in(KEITARO_OUTBOX_SOURCE_DIR "/schema/outbox.postgresql.sql");
  Connection of_file(by_file.address());
  of_file.run(std::string{std::istreambuf_iterator<char>(in), {}});
  Connection of_program(by_program.address());
  EXPECT_EQ(description(of_file), description(of_program));
  EXPECT_THAT(description(of_file), HasSubstr("subid_must_have_1_to_255_characters"));
  postgresql::check_schema(of_file);
}

TEST(PostgresqlMigrator, ATableOfTheApplicationsUnderOneOfOurNamesIsLeftAlone) {
  const TempSchema schema(TempSchema::Content::nothing);
  Connection connection(schema.address());
  connection.run(std::string("CREATE TABLE conversions (id integer)"));
  EXPECT_THAT(refusal(connection), HasSubstr("something of its own named conversions"));
  EXPECT_EQ(connection.run(std::string("SELECT count(*) FROM conversions")).integer(0, 0), 0);
}

TEST(PostgresqlMigrator, ASearchPathWithoutASchemaIsToldOf) {
  const TempSchema schema(TempSchema::Content::nothing);
  Connection connection(schema.address() + "_that_is_not_there");
  EXPECT_THAT(refusal(connection), HasSubstr("search_path names none that exists"));
}

TEST(PostgresqlMigrator, ANewerSchemaAnotherTextAndALostRecordAreRefused) {
  const TempSchema schema;
  Connection connection(schema.address());
  connection.run(
      std::string("INSERT INTO outbox_migrations (version, name, checksum) VALUES (999, 'later', 'x')"));
  EXPECT_THAT(refusal(connection), HasSubstr("has schema version 999"));
  connection.run(std::string(
      "DELETE FROM outbox_migrations WHERE version = 999; UPDATE outbox_migrations SET checksum = 'y'"));
  EXPECT_THAT(refusal(connection), HasSubstr("applied from another text"));
  connection.run(std::string("DELETE FROM outbox_migrations"));
  EXPECT_THAT(refusal(connection), HasSubstr("empty table outbox_migrations"));
}

}  // namespace
}  // namespace keitaro_outbox::postgresql_tests
