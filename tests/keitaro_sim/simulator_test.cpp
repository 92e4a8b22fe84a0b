#include "sim/simulator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace keitaro_sim {
namespace {

using keitaro_outbox::core::wall_time;
using nlohmann::json;
using ::testing::HasSubstr;

class SimSimulator : public ::testing::Test {
 protected:
  Simulator& simulator() {
    if (!simulator_) simulator_.emplace(settings_, tracker_, nullptr);
    return *simulator_;
  }

  HttpAnswer ask(HttpQuestion question) { return simulator().answer(question, wall_time(now_++)); }

  HttpAnswer get(const std::string& target, const std::string& accept = "*/*") {
    HttpQuestion question;
    question.target = target;
    question.accept = accept;
    return ask(question);
  }

  HttpAnswer post(const std::string& target, const std::string& body) {
    HttpQuestion question;
    question.method = "POST";
    question.target = target;
    question.body = body;
    return ask(question);
  }

  json stats() { return json::parse(get("/sim/stats").body); }

  SimulatorSettings settings_;
  TrackerSettings tracker_;
  std::optional<Simulator> simulator_;
  std::int64_t now_ = 1'700'000'000'000;
};

TEST_F(SimSimulator, ReturnIsTheAnswerOnSuccessOnly) {
  EXPECT_EQ(get("/key/postback?subid=abc&return=OK").body, "OK");
  EXPECT_EQ(get("/key/postback?subid=abc&return=%D0%94%D0%B0%21").body, "Да!");
  EXPECT_EQ(get("/key/postback?subid=abc").body, "Success");
  const HttpAnswer incorrect = get("/key/postback?subid=&return=OK");
  EXPECT_EQ(incorrect.status, 200);
  EXPECT_THAT(incorrect.body, HasSubstr("Incorrect subid"));
}

TEST_F(SimSimulator, AnswerIsAReceiptEvenForAnUnknownClick) {
  tracker_.clicks.emplace();
  EXPECT_EQ(get("/key/postback?subid=invented&return=OK").body, "OK");
  EXPECT_EQ(stats()["verdicts"]["click_not_found"], 1);
}

TEST_F(SimSimulator, KeyInThePathIsTheDoor) {
  settings_.key = "a key/ö";
  struct Case {
    std::string path;
    int status;
  };
  for (const Case& c : std::vector<Case>{{"/a%20key%2F%C3%B6/postback", 200},
                                         {"/wrong/postback", 404},
                                         {"/postback", 404},
                                         {"/x/a%20key%2F%C3%B6/postback", 404},
                                         {"/a%20key%2F%C3%B6/postbacks", 404},
                                         {"/a%20key%2F%C3%B6", 404}})
    EXPECT_EQ(get(c.path + "?subid=abc").status, c.status) << c.path;
  EXPECT_EQ(simulator().postback_path(), "/a%20key%2F%C3%B6/postback");
  EXPECT_EQ(stats()["results"]["queued"], 1);
  EXPECT_EQ(stats()["results"]["wrong_key"], 3);
}

TEST_F(SimSimulator, RefusalsFollowTheSwitches) {
  settings_.wrong_key_code = 403;
  settings_.incorrect_code = 400;
  settings_.postback_without_key = true;
  settings_.answer_text = "";
  EXPECT_EQ(get("/wrong/postback?subid=abc").status, 403);
  EXPECT_EQ(get("/key/postback").status, 400);
  EXPECT_EQ(get("/postback?subid=abc").status, 200);
  EXPECT_EQ(get("/key/postback?subid=abc").body, "");
}

TEST_F(SimSimulator, PostIsRefusedUnlessSwitchedOn) {
  const HttpAnswer refused = post("/key/postback", "subid=abc");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(stats()["results"]["method_refused"], 1);
  settings_.post_allowed = true;
  simulator_.reset();
  EXPECT_EQ(post("/key/postback?return=OK", "subid=abc&status=lead").body, "OK");
  EXPECT_EQ(json::parse(get("/sim/conversions").body)["conversions"][0]["sub_id"], "abc");
}

TEST_F(SimSimulator, ImageTagGetsAnImage) {
  const std::string tag = "image/avif,image/webp,*/*;q=0.8";
  const HttpAnswer image = get("/key/postback?subid=abc", tag);
  EXPECT_EQ(image.content_type, "image/gif");
  EXPECT_EQ(image.body.substr(0, 6), "GIF89a");
  EXPECT_EQ(image.body.size(), 43U);
  EXPECT_EQ(get("/key/postback?subid=abc&return=OK", tag).body, "OK");
  EXPECT_EQ(get("/key/postback?subid=abc", "text/html," + tag).body, "Success");
  settings_.image_answered = false;
  simulator_.reset();
  EXPECT_EQ(get("/key/postback?subid=abc", tag).body, "Success");
}

TEST_F(SimSimulator, FailuresAreNotTakenInAndCarryRetryAfter) {
  settings_.trouble.fail = {{503, 1}};
  settings_.trouble.retry_after = 2;
  const HttpAnswer answer = get("/key/postback?subid=abc&return=OK");
  EXPECT_EQ(answer.status, 503);
  ASSERT_EQ(answer.headers.size(), 1U);
  EXPECT_EQ(answer.headers[0], (std::pair<std::string, std::string>{"Retry-After", "2"}));
  EXPECT_EQ(stats()["processed"], 0);
  EXPECT_EQ(stats()["troubles"]["fail"], 1);
}

TEST_F(SimSimulator, RetryAfterIsOnlySentWithItsCodes) {
  settings_.trouble.fail = {{500, 1}};
  settings_.trouble.retry_after = 2;
  EXPECT_TRUE(get("/key/postback?subid=abc").headers.empty());
}

TEST_F(SimSimulator, CutsAndHangsDifferInWhatIsTakenIn) {
  struct Case {
    std::string trouble;
    int processed;
    std::int64_t delay_ms;
  };
  for (const Case& c : std::vector<Case>{{R"({"cut_before":1})", 0, 0},
                                         {R"({"cut_after":1})", 1, 0},
                                         {R"({"hang":1,"hang_for_ms":1234})", 0, 1234}}) {
    simulator_.reset();
    ASSERT_EQ(post("/sim/trouble", c.trouble).status, 200);
    const HttpAnswer answer = get("/key/postback?subid=abc");
    EXPECT_EQ(answer.ending, HttpAnswer::Ending::cut) << c.trouble;
    EXPECT_EQ(answer.delay.count(), c.delay_ms) << c.trouble;
    EXPECT_EQ(stats()["processed"], c.processed) << c.trouble;
  }
}

TEST_F(SimSimulator, TroubleSparesEverythingButPostbacks) {
  settings_.trouble.fail = {{503, 1}};
  for (const std::string page : {"/", "/sim", "/sim/stats", "/sim/conversions", "/sim/trouble"})
    EXPECT_EQ(get(page).status, 200) << page;
}

TEST_F(SimSimulator, TroubleCanBeChangedFromHereOrWithTheApiKey) {
  HttpQuestion question;
  question.method = "POST";
  question.target = "/sim/trouble";
  question.body = R"({"fail":{"503":1.0}})";
  question.from_loopback = false;
  EXPECT_EQ(ask(question).status, 403);
  EXPECT_EQ(get("/key/postback?subid=abc").status, 200);
  question.api_key = "api-key";
  EXPECT_EQ(ask(question).status, 200);
  EXPECT_EQ(get("/key/postback?subid=abc").status, 503);
  question.body = R"({"fail":{"503":7}})";
  EXPECT_EQ(ask(question).status, 400);
}

TEST_F(SimSimulator, SameSeedGivesTheSameAnswers) {
  settings_.trouble.fail = {{503, 0.5}};
  const auto answers = [&](std::uint64_t seed) {
    settings_.seed = seed;
    simulator_.reset();
    std::vector<int> statuses;
    for (int i = 0; i < 100; ++i) statuses.push_back(get("/key/postback?subid=abc").status);
    return statuses;
  };
  EXPECT_EQ(answers(3), answers(3));
  EXPECT_NE(answers(3), answers(4));
}

TEST_F(SimSimulator, ConversionsPageShowsFactsAndFilters) {
  get("/key/postback?subid=abc&status=wait&lead_status=wait&payout=1.50&sub_id_2=x");
  get("/key/postback?subid=def&status=sale&tid=7");
  get("/key/postback?subid=abc&status=sale&payout=2");
  const json all = json::parse(get("/sim/conversions").body);
  EXPECT_EQ(all["total"], 2);
  const json first = all["conversions"][0];
  EXPECT_EQ(first["status"], "sale");
  EXPECT_EQ(first["previous_status"], "lead");
  EXPECT_EQ(first["revenue"], "2");
  EXPECT_EQ(first["history"], json({"wait", "sale"}));
  EXPECT_EQ(first["sub_ids"]["sub_id_2"], "x");
  EXPECT_EQ(json::parse(get("/sim/conversions?subid=def").body)["conversions"][0]["tid"], "7");
  const json page = json::parse(get("/sim/conversions?offset=1&limit=1").body);
  EXPECT_EQ(page["total"], 2);
  EXPECT_EQ(page["conversions"][0]["sub_id"], "def");
}

TEST_F(SimSimulator, PagesSurviveBytesThatAreNoText) {
  get("/key/postback?subid=a%FF%00b&return=OK");
  EXPECT_EQ(json::parse(get("/sim/conversions").body)["total"], 1);
  EXPECT_THAT(get("/").body, HasSubstr("conversions 1"));
}

TEST_F(SimSimulator, SummaryShowsNoKey) {
  settings_.key = "very-secret";
  get("/very-secret/postback?subid=abc");
  EXPECT_THAT(get("/").body, HasSubstr("Subid abc complete"));
  EXPECT_EQ(get("/").body.find("very-secret"), std::string::npos);
}

}  // namespace
}  // namespace keitaro_sim
