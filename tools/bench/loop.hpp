#pragma once

#include <cstdint>
#include <string>

namespace keitaro_outbox::bench {

struct LoopOptions {
  std::string url;
  int in_flight = 32;
};

/// What libcurl can do at all: one thread, one multi handle, `requests` GETs. Throws std::runtime_error when
/// one fails.
void run_curl_loop(const LoopOptions& options, std::uint64_t requests);

/// What libcurl and SQLite can do together: the same thread reads ids from make_queue()'s table, sends, and
/// marks what was answered, `synchronous=FULL`, in groups of 64 or more. No rules, no ledger, no order, no
/// retries. Ends when the table has no pending row.
void run_bare_loop(const LoopOptions& options, const std::string& db);

}  // namespace keitaro_outbox::bench
