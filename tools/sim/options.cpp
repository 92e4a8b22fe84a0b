#include "sim/options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include "sim/admin_json.hpp"
#include "sim/text.hpp"

namespace keitaro_sim {
namespace {

using keitaro_outbox::core::Millis;
using keitaro_outbox::core::parse_duration;

struct WrittenTrouble {
  std::vector<std::string> fail;
  int retry_after = -1;
};

/// The flags whose values need more than the parser's own reading.
struct Written {
  std::string listen = "127.0.0.1:8787";
  std::string clicks_file;
  std::string rates_file;
  std::string currency = "usd";
  std::vector<std::string> moves;
  std::string offer_payout;
  std::string time_zone;
  std::vector<std::string> dropped_columns;
  WrittenTrouble trouble, admin_trouble;
};

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Puts the options that `add` adds under a heading of the help.
void under_heading(CLI::App& app, const std::string& heading, const std::function<void()>& add) {
  const std::size_t before = app.get_options().size();
  add();
  const auto options = app.get_options();
  for (std::size_t i = before; i < options.size(); ++i) options[i]->group(heading);
}

/// A check whose words are left out of the help, where the type's name says the same.
CLI::Validator unnamed(CLI::Validator check) {
  check.description("");
  return check;
}

void add_choice(CLI::App* app, const std::string& name, bool& value, const std::string& yes,
                const std::string& no, const std::string& help) {
  app->add_option_function<std::string>(
         name, [&value, yes](const std::string& word) { value = word == yes; },
         help + " (default " + (value ? yes : no) + ")")
      ->check(unnamed(CLI::IsMember({yes, no})))
      ->type_name(value ? yes + "|" + no : no + "|" + yes);
}

void add_duration(CLI::App* app, const std::string& name, const std::function<void(Millis)>& set,
                  const std::string& help) {
  app->add_option_function<std::string>(
         name,
         [name, set](const std::string& text) {
           const auto duration = parse_duration(text);
           if (!duration)
             throw UsageError(name + ": \"" + text + "\" is not a time; write 250ms, 10s, 5m, 2h or 0");
           set(*duration);
         },
         help)
      ->type_name("TIME");
}

void add_serving(CLI::App* group, Options& options, Written& written) {
  group->add_option("--listen", written.listen, "where to listen; port 0 picks a free one")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  group->add_option("--key", options.simulator.key, "the postback key: the postback is at /KEY/postback")
      ->capture_default_str();
  group
      ->add_option("--api-key", options.simulator.admin.api_key,
                   "what the header Api-Key must hold for the Admin API")
      ->capture_default_str();
  group->add_option("--port-file", options.port_file, "write the port number to this file, once it is known")
      ->type_name("FILE");
  group
      ->add_option("--log", options.log_file,
                   "append one line of JSON for each postback, in order of receipt")
      ->type_name("FILE");
  add_duration(
      group, "--quit-after", [&](Millis time) { options.quit_after = time; }, "end after this time");
}

void add_tracker(CLI::App* group, Options& options, Written& written) {
  add_choice(group, "--upsells", options.tracker.policy.upsells, "on", "off",
             "the offer's switch: further conversions of a click");
  group->add_option("--clicks", written.clicks_file, "the subids that exist, one a line; without it all do")
      ->type_name("FILE");
  add_duration(
      group, "--verdict-delay", [&](Millis time) { options.tracker.verdict_delay = time; },
      "the click is looked up so much later than the answer (default 0s)");
  group->add_option("--currency", written.currency, "the tracker's own currency")->capture_default_str();
  group
      ->add_option("--rates", written.rates_file,
                   "lines such as `eur 1.08`, or a JSON object {\"eur\": \"1.08\"}: what one unit of a "
                   "currency is worth, all in "
                   "the same unit; the tracker's own is worth 1 unless listed")
      ->type_name("FILE");
  group
      ->add_option("--rate-drift", options.tracker.rate_drift,
                   "each day's rates are up to this share off the list")
      ->type_name("SHARE");
  group
      ->add_option("--offer-payout", written.offer_payout,
                   "each conversion is worth this, whatever its postback says")
      ->type_name("AMOUNT");
  group
      ->add_option("--late-clicks", options.tracker.late_clicks,
                   "share of the clicks that are not known at their first postback")
      ->type_name("SHARE");
  add_duration(
      group, "--late-clicks-by", [&](Millis time) { options.tracker.late_clicks_by = time; },
      "these are known so much later (default 0s)");
}

void add_trouble(CLI::App* group, Trouble& trouble, WrittenTrouble& written) {
  group
      ->add_option("--fail", written.fail,
                   "answer a share with an HTTP status, not taken in; can be repeated")
      ->type_name("CODE:SHARE");
  group->add_option("--cut-before", trouble.cut_before, "end the connection without an answer, not taken in")
      ->type_name("SHARE");
  group->add_option("--cut-after", trouble.cut_after, "take in, then end the connection without an answer")
      ->type_name("SHARE");
  group->add_option("--hang", trouble.hang, "never answer, not taken in")->type_name("SHARE");
  add_duration(
      group, "--hang-for", [&](Millis time) { trouble.hang_for = time; },
      "a hang ends after this time (default 60s)");
  add_duration(
      group, "--latency", [&](Millis time) { trouble.latency = time; },
      "time from the taking in to the answer");
  add_duration(
      group, "--latency-jitter", [&](Millis time) { trouble.latency_jitter = time; },
      "up to so much more, at random");
  group->add_option("--retry-after", written.retry_after, "sent with a 429 or 503")
      ->type_name("SECONDS")
      ->check(unnamed(CLI::Range(0, 86'400)));
}

void add_admin_trouble(CLI::App* group, AdminSettings& admin, WrittenTrouble& written) {
  Trouble& trouble = admin.trouble;
  group
      ->add_option("--admin-fail", written.fail,
                   "answer a share with an HTTP status, such as 429, 404 or 500; can be repeated")
      ->type_name("CODE:SHARE");
  group->add_option("--admin-html", admin.html, "answer with a page of HTML and 200")->type_name("SHARE");
  group->add_option("--admin-truncated", admin.truncated, "end the answer in its midst")->type_name("SHARE");
  group->add_option("--admin-repeat-page", admin.repeat_page, "give the page before in place of a later one")
      ->type_name("SHARE");
  group->add_option("--admin-cut", trouble.cut_before, "end the connection without an answer")
      ->type_name("SHARE");
  group->add_option("--admin-hang", trouble.hang, "never answer")->type_name("SHARE");
  add_duration(
      group, "--admin-hang-for", [&](Millis time) { trouble.hang_for = time; },
      "a hang ends after this time (default 60s)");
  add_duration(
      group, "--admin-latency", [&](Millis time) { trouble.latency = time; },
      "time until the answer (default 0s)");
  add_duration(
      group, "--admin-latency-jitter", [&](Millis time) { trouble.latency_jitter = time; },
      "up to so much more, at random (default 0s)");
  group->add_option("--admin-retry-after", written.retry_after, "sent with a 429 or 503")
      ->type_name("SECONDS")
      ->check(unnamed(CLI::Range(0, 86'400)));
}

void add_admin_api(CLI::App* group, AdminSettings& admin, Written& written) {
  group
      ->add_option_function<std::string>(
          "--admin-api",
          [&admin](const std::string& word) {
            admin.paid = word != "unpaid";
            admin.has_path = word != "not-found";
          },
          "unpaid answers 402, not-found 404 as a traffic domain may (default on)")
      ->check(unnamed(CLI::IsMember({"on", "unpaid", "not-found"})))
      ->type_name("on|unpaid|not-found");
  group->add_option("--wrong-api-key-code", admin.wrong_key_code, "answer to a wrong or missing Api-Key")
      ->check(unnamed(CLI::Range(200, 599)))
      ->type_name("CODE")
      ->capture_default_str();
  add_choice(group, "--event-columns", admin.event_columns, "on", "off",
             "event_id and datetime in place of conversion_id and postback_datetime");
  group
      ->add_option("--admin-drop-column", written.dropped_columns,
                   "take this column and leave it out of the rows; can be repeated")
      ->type_name("NAME");
  add_choice(group, "--admin-total", admin.total_given, "on", "off", "whether an answer counts all rows");
  add_choice(group, "--admin-range", admin.range_required, "required", "optional",
             "whether a query needs a range or a limit");
  group->add_option("--admin-page-rows", admin.most_rows, "rows of one answer, whatever its limit")
      ->type_name("UINT")
      ->check(unnamed(CLI::Range(1, 1'000'000)))
      ->capture_default_str();
  group->add_option("--admin-visible", admin.visible, "share of the clicks that the key can see (default 1)")
      ->type_name("SHARE");
  group->add_option("--time-zone", written.time_zone, "the tracker's own, such as +03:00 (default UTC)")
      ->type_name("ZONE");
  add_choice(group, "--log-urls", admin.log_urls, "on", "off",
             "whether the received-postback log shows URLs, with the key");
  group
      ->add_option_function<std::string>(
          "--log-order",
          [&admin](const std::string& word) {
            admin.log_order =
                word == "newest" ? PostbackLog::Order::newest_first : PostbackLog::Order::oldest_first;
          },
          "which line of the received-postback log comes first (default newest)")
      ->check(unnamed(CLI::IsMember({"newest", "oldest"})))
      ->type_name("newest|oldest");
}

void add_undocumented_verdicts(CLI::App* group, Options& options, Written& written) {
  VerdictPolicy& policy = options.tracker.policy;
  TrackerSettings& tracker = options.tracker;
  add_choice(group, "--unknown-move", policy.apply_unknown_moves, "apply", "ignore",
             "changes of status that are not published");
  group
      ->add_option("--allow-move", written.moves,
                   "apply this one, such as \"rejected->sale\"; can be repeated")
      ->type_name("FROM->TO");
  add_choice(group, "--repeat", policy.repeats_update, "update", "ignore",
             "the same status of a subid and tid once more");
  add_choice(group, "--unmapped", policy.record_unmapped, "record", "ignore", "a status that nothing maps");
  add_choice(group, "--rebill-without-tid", policy.tidless_rebill_overwrites, "overwrite", "ignore",
             "what becomes of it");
  add_choice(group, "--further-tid", policy.further_tid_of_any_status, "any", "sold",
             "statuses for which a new tid makes a further conversion");
  add_choice(group, "--omitted-amount", tracker.amounts_kept_when_omitted, "keep", "zero",
             "a change without payout or cost");
  add_choice(group, "--bad-amount", tracker.bad_amounts_count_as_zero, "zero", "ignore",
             "an amount that is no plain decimal");
  add_choice(group, "--unknown-currency", tracker.unknown_currency_taken_as_own, "as-own", "ignore",
             "a currency without a rate");
  add_choice(group, "--too-long", tracker.long_values_are_cut, "cut", "ignore",
             "tid or status over 100 bytes, sub ids over 255");
}

void add_undocumented_reading(CLI::App* group, SimulatorSettings& settings) {
  ReadingRules& reading = settings.reading;
  add_choice(group, "--statuses-case", reading.statuses_in_any_case, "any", "exact",
             "case of, and blanks around, statuses and lists");
  add_choice(group, "--empty-status", reading.empty_status_is_sale, "sale", "as-is",
             "what `status=` counts as");
  add_choice(group, "--both-amounts", reading.payout_wins, "payout", "revenue",
             "which counts when both are there");
  group
      ->add_option("--two-lists", reading.first_list,
                   "what a name counts as that is in this status's list and in others")
      ->check(unnamed(CLI::IsMember({"lead", "sale", "rejected"})))
      ->type_name("lead|sale|rejected")
      ->capture_default_str();
  group->add_option("--sub-ids", reading.sub_ids, "how many sub_id_N there are (10 or 30 in other versions)")
      ->check(unnamed(CLI::IsMember({10, 15, 30})))
      ->type_name("10|15|30")
      ->capture_default_str();
}

void add_undocumented_http(CLI::App* group, SimulatorSettings& settings) {
  const auto add_code = [&](const std::string& name, int& code, const std::string& help) {
    group->add_option(name, code, help)
        ->check(unnamed(CLI::Range(200, 599)))
        ->type_name("CODE")
        ->capture_default_str();
  };
  add_choice(group, "--no-key", settings.postback_without_key, "allow", "refuse", "a postback to /postback");
  add_code("--wrong-key-code", settings.wrong_key_code, "answer to a wrong or missing key");
  add_code("--incorrect-code", settings.incorrect_code, "answer to an empty subid");
  group->add_option("--answer-text", settings.answer_text, "answer on success without `return`")
      ->capture_default_str();
  add_choice(group, "--image", settings.image_answered, "gif", "text", "answer to an <img> without `return`");
  add_choice(group, "--post", settings.post_allowed, "allow", "refuse",
             "a POST with the parameters as a form");
}

void set_address(Options& options, const std::string& listen) {
  const auto colon = listen.rfind(':');
  const std::string port = colon == std::string::npos ? listen : listen.substr(colon + 1);
  const auto read = std::from_chars(port.data(), port.data() + port.size(), options.port);
  const bool number = read.ec == std::errc{} && read.ptr == port.data() + port.size();
  if (!number || options.port < 0 || options.port > 65'535)
    throw UsageError("--listen: \"" + listen + "\" is not HOST:PORT, such as 127.0.0.1:8787");
  if (colon == std::string::npos) return;
  options.host = listen.substr(0, colon);
  if (options.host.starts_with('[') && options.host.ends_with(']'))
    options.host = options.host.substr(1, options.host.size() - 2);
  if (options.host.empty())
    throw UsageError("--listen: a host is missing before the port, such as 127.0.0.1:8787");
}

std::string read_file(const std::string& file, const std::string& flag) {
  std::ifstream in(file, std::ios::binary);
  in.peek();  // Opening a folder succeeds: reading it does not.
  if (!in.is_open() || in.bad()) throw UsageError(flag + ": cannot read " + file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::unordered_set<std::string> read_clicks(const std::string& file) {
  const std::string text = read_file(file, "--clicks");
  std::unordered_set<std::string> clicks;
  for (const std::string_view line : split(text, '\n'))
    if (!trimmed(line).empty()) clicks.emplace(trimmed(line));
  return clicks;
}

void set_trouble(Trouble& trouble, const WrittenTrouble& written, const std::string& flag) {
  for (const std::string& text : written.fail) {
    const auto fail = parse_fail(text);
    if (!fail) throw UsageError(flag + ": \"" + text + "\" is not CODE:SHARE, such as 503:0.2");
    trouble.fail.push_back(*fail);
  }
  if (written.retry_after >= 0) trouble.retry_after = written.retry_after;
  const std::string problem = problem_of(trouble);
  if (!problem.empty()) throw UsageError(problem);
}

void set_admin(Options& options, const Written& written) {
  AdminSettings& admin = options.simulator.admin;
  admin.dropped_columns.insert(written.dropped_columns.begin(), written.dropped_columns.end());
  if (!written.time_zone.empty()) {
    const auto zone = parse_time_zone(written.time_zone);
    if (!zone) throw UsageError("--time-zone: \"" + written.time_zone + "\" is not UTC or such as +03:00");
    admin.time_zone = *zone;
  }
  if (!written.offer_payout.empty()) {
    options.tracker.offer_payout = parse_money(written.offer_payout);
    if (!options.tracker.offer_payout)
      throw UsageError("--offer-payout: \"" + written.offer_payout + "\" is not an amount, such as 12.5");
  }
  set_trouble(admin.trouble, written.admin_trouble, "--admin-fail");
  const std::string problem = problem_of(admin, options.tracker);
  if (!problem.empty()) throw UsageError(problem);
}

void set_moves(VerdictPolicy& policy, const std::vector<std::string>& moves) {
  for (const std::string& move : moves) {
    const auto arrow = move.find("->");
    const std::string_view text(move);
    const auto from = trimmed(text.substr(0, arrow));
    const auto to = arrow == std::string::npos ? std::string_view{} : trimmed(text.substr(arrow + 2));
    if (from.empty() || to.empty())
      throw UsageError("--allow-move: \"" + move + "\" is not FROM->TO, such as \"rejected->sale\"");
    policy.further_moves.emplace(from, to);
  }
}

void finish(Options& options, const Written& written) {
  set_address(options, written.listen);
  if (options.simulator.key.empty()) throw UsageError("--key must not be empty");
  set_trouble(options.simulator.trouble, written.trouble, "--fail");
  set_admin(options, written);
  set_moves(options.tracker.policy, written.moves);
  options.simulator.admin.sub_ids = options.simulator.reading.sub_ids;
  options.tracker.rates = CurrencyRates(written.currency);
  if (!written.clicks_file.empty()) options.tracker.clicks = read_clicks(written.clicks_file);
  if (written.rates_file.empty()) return;
  auto parsed = CurrencyRates::parse(read_file(written.rates_file, "--rates"), written.currency);
  if (!parsed.error.empty()) throw UsageError("--rates: " + written.rates_file + ": " + parsed.error);
  options.tracker.rates = std::move(parsed.rates);
}

constexpr auto kFooter = R"(
While it runs
  GET  /                   a summary to read
  GET  /sim/conversions    JSON: every conversion, ?subid=&limit=&offset=
  GET  /sim/stats          JSON: what arrived and what became of it
  GET  /sim/trouble        JSON: the trouble in force
  POST /sim/trouble        change it: {"fail":{"503":1.0},"cut_after":0.1,"latency_ms":0,"retry_after":null}; what is not
                           named stays. From another machine it needs the header Api-Key.
  POST /sim/conversions    change or delete one as a person may in the panel: {"subid":"a","tid":"1","revenue":"7.5"}
                           or {"conversion_id":1,"delete":true}; nothing else tells of it
  GET  /sim/admin          JSON: what the Admin API and what it shows are like
  POST /sim/admin          change it, as above: {"total":false,"visible":0.5,"fail":{"429":0.1},"time_zone":"+03:00"}
  GET  /admin_api/v1/logs/postbacks?limit=&offset=&query=
  POST /admin_api/v1/conversions/log                    Keitaro's Admin API, header Api-Key; amounts are decimal texts

An unfilled macro ({subid}) is never a known click. Keitaro documents no words for postbacks ignored for other
reasons than a click that is not found, an empty subid or a pair that exists: those in the log are the simulator's.
)";

}  // namespace

std::variant<Options, Ending> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  Written written;
  CLI::App app(
      "A simulated Keitaro tracker: takes postbacks in as Keitaro's pages say, to try an integration without "
      "a tracker.",
      "keitaro-sim");
  app.footer(kFooter);
  app.get_formatter()->column_width(36);
  under_heading(app, "Serving", [&] { add_serving(&app, options, written); });
  under_heading(app, "The tracker", [&] { add_tracker(&app, options, written); });
  under_heading(app, "Trouble on demand (shares are between 0 and 1, and of postbacks only)", [&] {
    add_trouble(&app, options.simulator.trouble, written.trouble);
    app.add_option("--seed", options.simulator.seed,
                   "the same seed gives the same trouble to the same postbacks in order")
        ->capture_default_str();
  });
  under_heading(app, "The Admin API (shares are of calls to it)", [&] {
    add_admin_api(&app, options.simulator.admin, written);
    add_admin_trouble(&app, options.simulator.admin, written.admin_trouble);
  });
  under_heading(app, "Not documented by the vendor: choose what your tracker does", [&] {
    add_undocumented_verdicts(&app, options, written);
    add_undocumented_reading(&app, options.simulator);
    add_undocumented_http(&app, options.simulator);
  });
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    finish(options, written);
  } catch (const CLI::CallForHelp&) {
    return Ending{0, app.help()};
  } catch (const CLI::ParseError& error) {
    return Ending{2, std::string(error.what()) + " (see --help)"};
  } catch (const UsageError& error) {
    return Ending{2, error.what()};
  }
  return options;
}

}  // namespace keitaro_sim
