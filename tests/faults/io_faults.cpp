#include "faults/io_faults.hpp"

#include <sqlite3.h>

#include "faults/fault_points.hpp"

namespace keitaro_outbox::faults {
namespace {

class IoFaults final : public IoListener {
 public:
  int before(const IoCall& call) override {
    if (!must_fail(Place::sqlite_io)) return SQLITE_OK;
    switch (call.what) {
      case Io::open:
        return SQLITE_CANTOPEN;
      case Io::remove:
        return SQLITE_IOERR_DELETE;
      case Io::exists:
        return SQLITE_IOERR_ACCESS;
      case Io::read:
        return SQLITE_IOERR_READ;
      case Io::write:
        return calls_so_far() % 2 == 0 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
      case Io::truncate:
        return SQLITE_IOERR_TRUNCATE;
      case Io::sync:
        return SQLITE_IOERR_FSYNC;
      case Io::size:
        return SQLITE_IOERR_FSTAT;
      case Io::lock:
        return calls_so_far() % 2 == 0 ? SQLITE_BUSY : SQLITE_IOERR_LOCK;
      case Io::shm_map:
        return SQLITE_IOERR_SHMMAP;
      case Io::shm_lock:
        return calls_so_far() % 2 == 0 ? SQLITE_BUSY : SQLITE_IOERR_SHMLOCK;
    }
    return SQLITE_IOERR;
  }
};

}  // namespace

IoListener& failing_io() {
  static IoFaults faults;
  return faults;
}

}  // namespace keitaro_outbox::faults
