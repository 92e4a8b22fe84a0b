#pragma once

namespace keitaro_outbox::faults {

/// Has SQLite and libcurl take their memory from where it can be made to run out (Place::sqlite_memory,
/// curl_memory); that of C++ (Place::cpp_memory) comes from there in any case. Before the first use of
/// either; further calls do nothing.
void watch_memory();

}  // namespace keitaro_outbox::faults
