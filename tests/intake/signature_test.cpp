#include "intake/signature.hpp"

#include <gtest/gtest.h>

#include <string>

namespace keitaro_outbox::intake {
namespace {

// RFC 4231, test case 2.
const std::string kSecret = "Jefe";
const std::string kText = "what do ya want for nothing?";
const std::string kHex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
const std::string kBase64 = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";

ports::HttpRequest request(const std::string& header, const std::string& value) {
  ports::HttpRequest made;
  made.body = kText;
  made.query = "subid=a";
  if (!header.empty()) made.headers.emplace_back(header, value);
  return made;
}

TEST(Signature, AHexSignatureOfTheBodyIsKnownInAnyCaseAndWithItsPrefix) {
  const Signing signing{.secret = kSecret};
  EXPECT_TRUE(is_signed(request("x-signature", kHex), signing));
  EXPECT_TRUE(is_signed(request("X-Signature", " sha256=" + kHex + " "), signing));
  std::string upper = kHex;
  for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  EXPECT_TRUE(is_signed(request("X-Signature", upper), signing));
}

TEST(Signature, ABase64SignatureCountsItsCase) {
  const Signing signing{.secret = kSecret, .form = Signing::Form::base64};
  EXPECT_TRUE(is_signed(request("X-Signature", kBase64), signing));
  EXPECT_FALSE(is_signed(request("X-Signature", kHex), signing));
  std::string lower = kBase64;
  lower[0] = 'w';
  EXPECT_FALSE(is_signed(request("X-Signature", lower), signing));
}

TEST(Signature, WhatIsNotSignedOrSignedTwiceIsRefused) {
  const Signing signing{.secret = kSecret};
  EXPECT_FALSE(is_signed(request("", ""), signing));
  EXPECT_FALSE(is_signed(request("X-Signature", ""), signing));
  EXPECT_FALSE(is_signed(request("X-Signature", "sha256="), signing));
  EXPECT_FALSE(is_signed(request("X-Other", kHex), signing));
  EXPECT_FALSE(is_signed(request("X-Signature", kHex.substr(1)), signing));
  EXPECT_FALSE(is_signed(request("X-Signature", kHex), {.secret = "jefe"}));
  auto twice = request("X-Signature", kHex);
  twice.headers.emplace_back("X-Signature", kHex);
  EXPECT_FALSE(is_signed(twice, signing));
}

TEST(Signature, TheQueryIsSignedWhereTheSettingSaysSo) {
  auto made = request("X-Signature", kHex);
  const Signing signing{.secret = kSecret, .of = Signing::Of::query};
  EXPECT_FALSE(is_signed(made, signing));
  made.query = kText;
  EXPECT_TRUE(is_signed(made, signing));
}

}  // namespace
}  // namespace keitaro_outbox::intake
