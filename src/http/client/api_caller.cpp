#include "http/client/api_caller.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

#include "core/text/ascii.hpp"
#include "http/client/curl_library.hpp"
#include "http/client/curl_transport.hpp"
#include "http/client/transfer.hpp"

namespace keitaro_outbox::http {
namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return c != ' ' && core::ascii::is_blank_or_control(c); });
}

/// A list of header lines that libcurl adds to its own.
class HeaderList {
 public:
  HeaderList() = default;
  ~HeaderList() { curl_slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  void add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(list_, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list_ = longer;
  }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

ports::HttpCallResult not_sent(std::string error) {
  return {core::NotSent{std::move(error), false}};
}

}  // namespace

class ApiCaller::Impl {
 public:
  explicit Impl(ApiCallerOptions options)
      : options_(std::move(options)),
        transfer_({CurlTransportOptions{}.user_agent, options_.body_ceiling, options_.ca_file}) {}

  ports::HttpCallResult call(const ports::HttpCall& call) {
    for (const auto& [name, value] : call.headers) {
      if (has_control(name) || has_control(value))
        return not_sent("the value for the header " + name + " holds a line end or a control character");
    }
    const TransferTarget target{call.url, options_.timeout, options_.timeout, options_.allow_private};
    if (!transfer_.prepare(target)) return not_sent("the URL is neither http nor https");
    transfer_.allow_resend(true);  // what is only read may be asked for twice
    if (options_.stop_asked) transfer_.give_up_when(options_.stop_asked);

    HeaderList headers;
    for (const auto& [name, value] : call.headers) headers.add(name + ": " + value);
    if (call.body) headers.add("Expect:");  // or libcurl may wait for a 100 that few send
    CURL* const easy = transfer_.easy();
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
    if (call.body) {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body->size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.body->c_str());
    } else {
      curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }

    const CURLcode code = curl_easy_perform(easy);
    ports::HttpCallResult result{transfer_.conclude(code)};
    const auto* const answer = std::get_if<core::Answer>(&result.exchange);
    result.whole = answer != nullptr && code == CURLE_OK;
    result.too_long =
        answer != nullptr && code == CURLE_WRITE_ERROR && answer->body.size() >= options_.body_ceiling;
    result.timed_out = code == CURLE_OPERATION_TIMEDOUT;
    result.stopped = code == CURLE_ABORTED_BY_CALLBACK && options_.stop_asked && options_.stop_asked();
    // These end with the call.
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, static_cast<char*>(nullptr));
    return result;
  }

 private:
  const ApiCallerOptions options_;
  Transfer transfer_;
};

ApiCaller::ApiCaller(ApiCallerOptions options) {
  ensure_curl();
  impl_ = std::make_unique<Impl>(std::move(options));
}

ApiCaller::~ApiCaller() = default;

ports::HttpCallResult ApiCaller::call(const ports::HttpCall& call) {
  return impl_->call(call);
}

}  // namespace keitaro_outbox::http
