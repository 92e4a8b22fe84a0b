#include "sim/receipt_log.hpp"

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace keitaro_sim {

std::string receipt_line(const Ack& receipt) {
  using Json = nlohmann::ordered_json;
  Json params = Json::object();
  for (const auto& [name, value] : receipt.params) params[name] = value;
  const Json line{{"n", receipt.n},
                  {"at_ms", keitaro_outbox::core::unix_millis(receipt.at)},
                  {"method", receipt.method},
                  {"path", "/***/postback"},
                  {"params", std::move(params)},
                  {"result", receipt.result},
                  {"trouble", receipt.trouble.empty() ? Json(nullptr) : Json(receipt.trouble)},
                  {"http_status", receipt.http_status ? Json(*receipt.http_status) : Json(nullptr)}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ReceiptLog::ReceiptLog(const std::string& file) : out_(file, std::ios::app | std::ios::binary) {
  if (!out_)
    throw std::runtime_error("cannot append to the log " + file +
                             ": check that the folder exists and is writable");
  writer_ = std::thread([this] { write_in_batches(); });
}

ReceiptLog::~ReceiptLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  writer_.join();
}

void ReceiptLog::add(const Ack& receipt) {
  const std::string line = receipt_line(receipt) + '\n';
  const std::lock_guard lock(mutex_);
  waiting_ += line;
}

void ReceiptLog::write_in_batches() {
  std::unique_lock lock(mutex_);
  bool failed = false;
  for (bool last = false; !last;) {
    wake_.wait_for(lock, std::chrono::milliseconds{20}, [this] { return stopping_; });
    last = stopping_;
    if (waiting_.empty()) continue;
    std::string batch;
    batch.swap(waiting_);
    lock.unlock();
    out_ << batch << std::flush;
    if (!out_ && !failed) std::cerr << "keitaro-sim: the log can no longer be written; is the disk full?\n";
    failed = failed || !out_;
    lock.lock();
  }
}

}  // namespace keitaro_sim
