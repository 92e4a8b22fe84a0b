#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace keitaro_outbox::simulation {

/// A row as the application wrote it.
struct Facts {
  std::int64_t id = 0;
  std::string tracker;
  std::string subid;
  std::string status;
  std::string tid;  ///< Empty for none.
  std::string payout;
  std::string currency;
  std::string params;
};

/// A row of `conversions`.
struct TakenIn {
  std::string status;
  std::string sent_status;
  std::string payout;
  std::string currency;
  std::string params;
  std::optional<std::int64_t> rebilled_by;  ///< The row whose rebill was taken in.
  std::int64_t outbox_id = 0;
  friend bool operator==(const TakenIn&, const TakenIn&) = default;
};

/// How a tracker of the simulation differs from the usual one.
struct Manners {
  bool raw = false;            ///< Style raw.
  bool takes_returns = false;  ///< rejected->sale is allowed.
};

enum class Expected : std::uint8_t { send, duplicate, refused };

// What CONTRACT and KEITARO say of rows, in tables of the simulation's own: never by the code under test.

/// The Keitaro status of a status as written; empty for an unknown one.
std::string keitaro_status(const std::string& written);

/// What is to become of a row when the tracker has last taken in `last` (null for nothing) for its subid and
/// tid.
Expected expected_of(const Facts& row, const TakenIn* last, const Manners& manners);

/// What `conversions` is to say once the row has been taken in after `last`.
TakenIn expected_taken_in(const Facts& row, const TakenIn* last, const Manners& manners);

/// The same amount in one spelling: `1.50` and `1.5` are one.
std::string plain_amount(const std::string& written);

/// The whole query of its request.
std::map<std::string, std::string> expected_query(const Facts& row, const Manners& manners);

/// Parameters that the stories use: as written, one by one, and in the one form of `conversions`.
struct ParamsSpelling {
  std::string written;
  std::map<std::string, std::string> params;
  std::string canonical;
  bool usable = true;
};
const std::vector<ParamsSpelling>& params_spellings();

}  // namespace keitaro_outbox::simulation
