#pragma once

namespace keitaro_outbox::sqlite {

/// Has SQLite count no memory: it takes a lock of the whole process for each allocation otherwise. Only for a
/// process that is ours alone, and before anything else of SQLite; later it changes nothing.
void forgo_memory_statistics() noexcept;

}  // namespace keitaro_outbox::sqlite
