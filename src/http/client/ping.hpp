#pragma once

#include <atomic>
#include <string>

#include "core/text/time.hpp"

namespace keitaro_outbox::http {

/// Makes one GET of the operator's own `url`, wherever it leads: private addresses are allowed, redirects are
/// not followed, TLS is verified. Blocks for no longer than `timeout`, and for a second or so once `give_up`
/// is set. Gives an empty text for a 2xx, else what went wrong, without the URL. Throws std::runtime_error
/// where libcurl cannot be set up.
std::string ping(const std::string& url, core::Millis timeout, const std::atomic<bool>& give_up);

}  // namespace keitaro_outbox::http
