#include "intake/signature.hpp"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <cstdint>
#include <optional>
#include <stdexcept>

#include "core/text/ascii.hpp"
#include "core/text/same_secret.hpp"

namespace keitaro_outbox::intake {
namespace {

constexpr std::size_t kDigestSize = 32;

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 0xfU];
  }
  return out;
}

std::string base64_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      group = group << 8U | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j <= bytes.size() ? kDigits[group >> (18U - 6U * j) & 0x3fU] : '=';
    }
  }
  return out;
}

/// The value of the only header of this name; nullopt where there is none or more than one.
std::optional<std::string_view> only_header(const ports::HttpRequest& request, std::string_view name) {
  std::optional<std::string_view> found;
  for (const auto& [there, value] : request.headers) {
    if (!core::ascii::equal_ignoring_case(there, name)) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return found;
}

}  // namespace

std::string hmac_sha256(std::string_view secret, std::string_view text) {
  std::string digest(kDigestSize, '\0');
  const int failed = gnutls_hmac_fast(GNUTLS_MAC_SHA256, secret.data(), secret.size(), text.data(),
                                      text.size(), digest.data());
  if (failed != 0)
    throw std::runtime_error(std::string("cannot compute a signature: ") + gnutls_strerror(failed));
  return digest;
}

std::string signature_of(std::string_view text, const Signing& signing) {
  const std::string digest = hmac_sha256(signing.secret, text);
  return signing.form == Signing::Form::base64 ? base64_of(digest) : hex_of(digest);
}

bool is_signed(const ports::HttpRequest& request, const Signing& signing) {
  const auto header = only_header(request, signing.header);
  if (!header) return false;
  std::string_view given = core::ascii::trim(*header);
  constexpr std::string_view kPrefix = "sha256=";
  if (given.starts_with(kPrefix)) given.remove_prefix(kPrefix.size());
  const std::string right =
      signature_of(signing.of == Signing::Of::body ? request.body : request.query, signing);
  return core::same_secret(signing.form == Signing::Form::base64 ? given : core::ascii::lower(given), right);
}

}  // namespace keitaro_outbox::intake
