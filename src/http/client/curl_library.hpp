#pragma once

namespace keitaro_outbox::http {

/// Sets libcurl up for the process, once; from any thread. Throws std::runtime_error where it cannot be.
void ensure_curl();

}  // namespace keitaro_outbox::http
