#include "http/client/resolve.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "http/client/address_guard.hpp"
#include "http/client/failure_text.hpp"

namespace keitaro_outbox::http {
namespace {

Resolution ask_resolver(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int result = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const int error = errno;
  if (result != 0) return {{}, result == EAI_SYSTEM ? errno_text(error) : gai_strerror(result)};

  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  Resolution out;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    std::string address = numeric_address(entry->ai_addr);
    const bool known = std::find(out.addresses.begin(), out.addresses.end(), address) != out.addresses.end();
    if (!known && !address.empty()) out.addresses.push_back(std::move(address));
  }
  if (out.addresses.empty()) out.error = "it has no address";
  return out;
}

}  // namespace

Resolution resolve(const std::string& host, core::Millis timeout) {
  // getaddrinfo() cannot be interrupted: its thread goes on alone if it must.
  auto promise = std::make_shared<std::promise<Resolution>>();
  std::future<Resolution> answer = promise->get_future();
  std::thread([promise, host] { promise->set_value(ask_resolver(host)); }).detach();
  if (answer.wait_for(timeout) == std::future_status::ready) return answer.get();
  return {{}, "no answer within " + core::format_duration(timeout)};
}

}  // namespace keitaro_outbox::http
