#include "sqlite/base/memory_statistics.hpp"

#include <sqlite3.h>

namespace keitaro_outbox::sqlite {

void forgo_memory_statistics() noexcept {
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace keitaro_outbox::sqlite
