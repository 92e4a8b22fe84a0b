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

/// The same, of the trackers t1, t2, … in turn.
void fill_trackers(const std::string& db, std::uint64_t rows, int trackers, std::uint64_t seed,
                   const Told& told = {});

/// Rows of `outbox` that were delivered long ago, into an empty one that nobody else has open: ids from 1,
/// subids of SubidLot(seed, rows) by row.
void fill_history(const std::string& db, std::uint64_t rows, std::uint64_t seed, const Told& told = {});

/// The rows of `conversions` that go with fill_history() of the same seed, into an empty table.
void fill_ledger(const std::string& db, std::uint64_t rows, std::uint64_t seed, const Told& told = {});

/// A new file with the bare loop's table `queue (id, subid, state, finished_at)`: no rules, no index.
void make_queue(const std::string& db, std::uint64_t rows, std::uint64_t seed);

}  // namespace keitaro_outbox::bench
