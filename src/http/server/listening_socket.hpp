#pragma once

#include <string>

namespace keitaro_outbox::http {

/// A socket that listens on `host` and `port`, not to be inherited by children. The port is ours alone: no
/// SO_REUSEPORT, with which a second process could share it unnoticed. `port` becomes the one taken where it
/// is 0. Throws std::runtime_error, in one line that says what to do.
int listen_on(const std::string& host, int& port);

}  // namespace keitaro_outbox::http
