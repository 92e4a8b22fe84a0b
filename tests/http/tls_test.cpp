#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "client.hpp"
#include "http/client/probe.hpp"
#include "tls_server.hpp"

namespace keitaro_outbox::http::test {
namespace {

using ::testing::StartsWith;

class Tls : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_program("openssl")) GTEST_SKIP() << "needs the program openssl";
  }
};

CurlTransportOptions trusting(const Certificate& certificate) {
  CurlTransportOptions options;
  options.ca_file = certificate.file();
  return options;
}

TEST_F(Tls, CertificateFromATrustedIssuerIsAccepted) {
  const Certificate certificate("IP:127.0.0.1");
  const OpensslServer server(certificate);
  Client client(trusting(certificate));
  EXPECT_EQ(answer_of(client.get(server.url())).http_status, 200);
}

TEST_F(Tls, SelfSignedCertificateIsRefusedBeforeAnythingIsSent) {
  const Certificate certificate("IP:127.0.0.1");
  const OpensslServer server(certificate);
  Client client;
  EXPECT_EQ(not_sent_of(client.get(server.url())).error, "TLS: the certificate is self-signed");
}

TEST_F(Tls, CertificateOfAnotherIssuerIsRefused) {
  const Certificate certificate("IP:127.0.0.1");
  const Certificate other("IP:127.0.0.1");
  const OpensslServer server(certificate);
  Client client(trusting(other));
  EXPECT_THAT(not_sent_of(client.get(server.url())).error, StartsWith("TLS: the certificate"));
}

TEST_F(Tls, CertificateForAnotherHostIsRefused) {
  const Certificate certificate("DNS:elsewhere.example");
  const OpensslServer server(certificate);
  Client client(trusting(certificate));
  EXPECT_EQ(not_sent_of(client.get(server.url())).error, "TLS: the certificate is for another host name");
}

TEST_F(Tls, CertificateThatHasExpiredIsRefused) {
  const Certificate certificate("IP:127.0.0.1");
  certificate.expire();
  const OpensslServer server(certificate);
  Client client(trusting(certificate));
  EXPECT_EQ(not_sent_of(client.get(server.url())).error, "TLS: the certificate has expired");
}

TEST_F(Tls, VersionBefore12IsRefused) {
  const Certificate certificate("IP:127.0.0.1");
  const OpensslServer server(certificate, {"-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"});
  Client client(trusting(certificate));
  EXPECT_THAT(not_sent_of(client.get(server.url())).error, StartsWith("TLS: the handshake failed"));
}

TEST_F(Tls, TrustFileThatIsMissingIsNamedAsTheTrouble) {
  const Certificate certificate("IP:127.0.0.1");
  const OpensslServer server(certificate);
  CurlTransportOptions options;
  options.ca_file = certificate.file() + ".missing";
  Client client(options);
  EXPECT_EQ(not_sent_of(client.get(server.url())).error,
            "TLS: the file of trusted certificates could not be read");
}

TEST_F(Tls, ProbeSaysWhatIsWrongWithACertificate) {
  const Certificate certificate("IP:127.0.0.1");
  const OpensslServer server(certificate);
  const ProbeReport refused = probe(server.url(), true, 10s);
  ASSERT_TRUE(refused.tls);
  EXPECT_TRUE(refused.connection->ok);
  EXPECT_FALSE(refused.tls->ok);
  EXPECT_EQ(refused.tls->text, "TLS: the certificate is self-signed");
  EXPECT_FALSE(refused.answer);

  const ProbeReport accepted = probe(server.url(), true, 10s, certificate.file());
  ASSERT_TRUE(accepted.tls && accepted.answer);
  EXPECT_TRUE(accepted.tls->ok);
  EXPECT_EQ(accepted.tls->text, "the certificate is valid");
  EXPECT_TRUE(accepted.ok());
}

}  // namespace
}  // namespace keitaro_outbox::http::test
