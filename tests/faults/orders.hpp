#pragma once

#include <sqlite3.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "keitaro_outbox/conversion.hpp"
#include "schedules/receiver.hpp"

namespace keitaro_outbox::faults {

/// An application's business, in the order in which it comes; each event has an `event_id`. Four clicks, with
/// a repeat, a move that is refused, a rebill that comes twice, a postback that the tracker never takes.
std::vector<Conversion> business(int rounds);

/// What a tracker makes of the business: takes all in, but for what must die and for trouble now and then.
/// `troubled`: some requests fail at first, in each way that is worth it.
simulation::SimReceiver::Behaviour tracker_of_business(bool troubled);

/// The application: an order and the postback that tells of it in one transaction.
class Shop {
 public:
  /// Opens the file, or makes it. `synchronous` as the PRAGMA takes it. Throws std::runtime_error.
  explicit Shop(const std::string& database, const std::string& synchronous = "FULL");

  void open_for_business();                 ///< Its own table, before there is an outbox.
  void sell(const Conversion& conversion);  ///< Does nothing when it is there already.

  std::string text(const std::string& query);                ///< Of the first row; "" where there is none.
  std::vector<std::string> lines(const std::string& query);  ///< Columns joined by `|`.
  sqlite3* handle() const { return db_.get(); }

 private:
  void run(const std::string& sql);
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace keitaro_outbox::faults
