#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/http_exchange.hpp"

// Who may ask for a page, and whose forms are taken. Pure functions of a request.
namespace keitaro_outbox::web {

/// Whether a Host header names an address, localhost or one of `names` (in lower case), with a port or
/// without. A foreign name means that somebody else's name was made to point here.
bool is_served_host(std::string_view host, const std::vector<std::string>& names);

/// Whether a request comes from a page of ours: the browser says so (`Sec-Fetch-Site: same-origin`), or,
/// where it says nothing of the kind, its `Origin` is the `Host`.
bool comes_from_page(const ports::HttpRequest& request);

/// Of `Authorization: Basic …`.
struct Credentials {
  std::string user;
  std::string password;
};
/// nullopt where there are none, or they cannot be read.
std::optional<Credentials> credentials_of(const ports::HttpRequest& request);

}  // namespace keitaro_outbox::web
