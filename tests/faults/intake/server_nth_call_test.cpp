// The first, the second, the third … call fails, once or from then on, while the HTTP server serves:
// everybody's for memory, and of the network. A request may get no answer then; the next one does.
#include <gtest/gtest.h>

#include <iostream>
#include <optional>
#include <ostream>
#include <string>
#include <thread>
#include <utility>

#include "faults/fault_effort.hpp"
#include "faults/fault_points.hpp"
#include "http/server/server.hpp"
#include "http_server/raw_client.hpp"

namespace keitaro_outbox::faults {
namespace {

using http_server_tests::get;
using http_server_tests::post;
using http_server_tests::RawClient;

struct ServerCase {
  const char* name;
  Place place;
  bool for_good;
};

std::ostream& operator<<(std::ostream& out, const ServerCase& c) {
  return out << c.name;
}

class ServerNthCall : public ::testing::TestWithParam<ServerCase> {};

/// Whether the server could begin. Its threads are the ones that are not exempt.
bool begin(std::optional<http::Server>& server) {
  std::thread([&] {
    try {
      server.emplace(http::ServerOptions(), [](http::Request&& request, http::Reply reply) {
        http::Response response;
        response.body = request.path + "|" + request.query + "|" + request.body;
        reply.send(std::move(response));
      });
    } catch (const std::exception&) {
      // It says why, and the process ends.
    }
  }).join();
  return server.has_value();
}

TEST_P(ServerNthCall, FailsAndTheServerGoesOn) {
  const Spared exempt;
  int trials = 0;
  int not_begun = 0;
  int answered = 0;
  for (long n = 1;; n += step_of(1)) {
    std::optional<http::Server> server;
    arm(GetParam().place, n, GetParam().for_good);
    const bool begun = begin(server);
    if (begun) {
      for (const std::string& request :
           {get("/a?b"), get("/long", "X: " + std::string(200, 'h') + "\r\n"), post("/p", "body")}) {
        RawClient client(server->port());
        const int status = client.status_of(request);
        EXPECT_TRUE(status == 0 || status == 200 || status >= 400) << status;
        answered += status == 200 ? 1 : 0;
      }
    }
    const long calls = disarm();
    if (begun) {
      EXPECT_EQ(RawClient(server->port()).status_of(get("/after")), 200) << "call " << n;
      EXPECT_LE(server->figures().connections, 4);
    }
    ++trials;
    not_begun += begun ? 0 : 1;
    if (calls < n || ::testing::Test::HasFailure()) break;
  }
  std::cout << trials << " calls failed; the server did not begin " << not_begun << " times; " << answered
            << " requests were answered with 200\n";
}

INSTANTIATE_TEST_SUITE_P(Of, ServerNthCall,
                         ::testing::Values(ServerCase{"CppMemoryOnce", Place::cpp_memory, false},
                                           ServerCase{"CppMemoryForGood", Place::cpp_memory, true},
                                           ServerCase{"SocketsOnce", Place::sockets, false},
                                           ServerCase{"SocketsForGood", Place::sockets, true}),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace keitaro_outbox::faults
