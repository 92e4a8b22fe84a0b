#include "bench/histories.hpp"

#include <SQLiteCpp/Database.h>

#include <utility>

#include "bench/files.hpp"
#include "bench/fill.hpp"

namespace keitaro_outbox::bench {
namespace {

/// The history's subids come from this seed, which no other lot has.
constexpr std::uint64_t kSeed = 1;

}  // namespace

Histories::Histories(std::filesystem::path kept, std::filesystem::path work, Init init, Told told)
    : kept_(std::move(kept)), work_(std::move(work)), init_(std::move(init)), told_(std::move(told)) {}

std::string Histories::with(std::uint64_t rows, std::uint64_t more) {
  const std::string copy = (work_ / "history.db").string();
  if (rows == rows_ && added_ + more <= rows / 20) {
    added_ += more;
    return copy;
  }
  const auto source = original(rows);
  rows_ = 0;
  remove_database(copy);
  told_("copying the history", 0, rows);
  copy_whole_file(source, copy);
  settle_on_disk(source, true);
  init_(copy);  // What was kept may be of an older version.
  settle_on_disk(copy);
  rows_ = rows;
  added_ = more;
  return copy;
}

std::filesystem::path Histories::original(std::uint64_t rows) {
  const auto file = kept_ / ("keitaro-bench-history-" + std::to_string(rows) + ".db");
  if (std::filesystem::exists(file)) return file;
  const auto unfinished = file.string() + ".unfinished";
  remove_database(unfinished);
  init_(unfinished);
  fill_history(unfinished, rows, kSeed, [&](std::uint64_t done) { told_("history", done, rows); });
  fill_ledger(unfinished, rows, kSeed, [&](std::uint64_t done) { told_("ledger", done, rows); });
  std::filesystem::rename(unfinished, file);
  remove_database(unfinished);
  return file;
}

}  // namespace keitaro_outbox::bench
