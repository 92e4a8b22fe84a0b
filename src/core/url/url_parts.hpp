#pragma once

#include <string>
#include <string_view>

namespace keitaro_outbox::core {

/// What stands before the path of a URL, `https://HOST:PORT`, along with a user name and password where it
/// has them. A URL without a scheme begins with its host.
std::string_view origin_of(std::string_view url);

/// The path and the query of a URL as they stand there, without what begins with `#`: what the request's
/// first line asks for. `/` stands for a path that is not there.
std::string request_target_of(std::string_view url);

}  // namespace keitaro_outbox::core
