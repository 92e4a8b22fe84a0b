#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace keitaro_outbox::bench {

using Told = std::function<void(std::uint64_t done)>;  ///< May be empty.

/// Each fills a database in bulk, at once and without waiting for the disk, then has all of it reach the
/// disk. The subids are random; `seed` tells one lot from another. All throw SQLite::Exception.

/// Rows of `outbox` that wait to be sent, with the schema that the file already has.
void fill_pending(const std::string& db, std::uint64_t rows, std::uint64_t seed, const Told& told = {});

/// Rows of `outbox` that were delivered long ago.
void fill_history(const std::string& db, std::uint64_t rows, std::uint64_t seed, const Told& told = {});

/// Rows of `conversions`, spread evenly over all possible subids.
void fill_ledger(const std::string& db, std::uint64_t rows, std::uint64_t seed, const Told& told = {});

/// A new file with the bare loop's table `queue (id, subid, state, finished_at)`: no rules, no index.
void make_queue(const std::string& db, std::uint64_t rows, std::uint64_t seed);

}  // namespace keitaro_outbox::bench
