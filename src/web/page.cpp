#include "web/page.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <exception>
#include <set>
#include <utility>
#include <variant>

#include "config/option_values.hpp"
#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"
#include "ports/outbox_store.hpp"
#include "report/row_csv.hpp"
#include "report/row_facts.hpp"
#include "report/time_words.hpp"
#include "web/access.hpp"
#include "web/screens/assets.hpp"
#include "web/screens/screens.hpp"
#include "web/words.hpp"

namespace keitaro_outbox::web {
namespace {

using core::State;
using ports::HttpRequest;
using ports::HttpResponse;

/// A page that is made again each two seconds must not wait for figures.
constexpr core::Millis kPatience{15};

constexpr std::size_t kRowsOnPage = 50;
constexpr std::size_t kRowsOfClick = 20;
constexpr std::size_t kRejectsShown = 20;

/// A list that nothing narrows is there at once. Looking for rows that fit takes longer, and ends here.
constexpr core::Millis kListTime{700};
constexpr core::Millis kSearchTime{1000};
/// What indexes find is there at once as well: the newest rows are looked through for so long, and the others
/// only when asked to.
constexpr core::Millis kFirstSearchTime{20};

constexpr std::int64_t kMostCounted = 10'000;
constexpr core::Millis kCountTime{500};

/// How long an action is waited for before its page says that it is going on.
constexpr core::Millis kActionPatience{1500};

HttpResponse asset(std::string_view body, std::string type) {
  HttpResponse response{200, std::string(body)};
  response.type = std::move(type);
  return with_safe_headers(std::move(response));
}

HttpResponse redirect(std::string to) {
  HttpResponse response{303, {}};
  response.headers.emplace_back("Location", std::move(to));
  return with_safe_headers(std::move(response));
}

struct Mistake {
  std::string text;
};

/// The group that fields name; what is wrong with them otherwise.
std::variant<ports::ReasonGroupFilter, Mistake> group_of(const std::string& state_text,
                                                         const std::string& tracker,
                                                         const std::string& kind) {
  const auto state = core::state_named(state_text);
  if (!state || (*state != State::dead && *state != State::refused && *state != State::pending) ||
      tracker.empty())
    return Mistake{"The address names no group of rows."};
  return ports::ReasonGroupFilter{
      .state = *state, .tracker = tracker, .kind = kind == kNoReason ? std::string() : kind};
}

std::optional<std::int64_t> number_in(std::string_view text) {
  if (!core::ascii::all_digits(text) || text.size() > 18) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The conversions that fields name; nullopt where they name none.
std::optional<RetryVerdict> verdict_of(const std::string& verdict_text, const std::string& tracker) {
  const auto verdict = core::verdict_named(verdict_text);
  if (!verdict || tracker.empty()) return std::nullopt;
  return RetryVerdict{.verdict = *verdict, .tracker = tracker};
}

/// What a form asks for.
class AskedAction {
 public:
  explicit AskedAction(const Form& form) : form_(form) {}

  std::variant<Action, Mistake> of(std::string_view path) const {
    if (path == "/pause" || path == "/resume") {
      const std::string tracker = form_.hidden("tracker");
      if (tracker.empty()) return Mistake{"The form names no tracker."};
      if (path == "/pause") return Action{PauseTracker{tracker}};
      return Action{ResumeTracker{tracker}};
    }
    if (path == "/replay") return Action{ReplayRejects{form_.hidden("source"), form_.hidden("reason")}};
    const bool retry = path == "/retry";
    if (!form_.hidden("id").empty()) {
      const auto id = number_in(form_.hidden("id"));
      if (!id || *id == 0) return Mistake{"The form names no row."};
      if (retry) return Action{RetryRow{{*id}}};
      return Action{CancelRow{{*id}}};
    }
    if (retry && form_.given("verdict")) {
      auto absent = verdict_of(form_.hidden("verdict"), form_.hidden("tracker"));
      if (!absent || absent->verdict != core::Verdict::absent)
        return Mistake{"Only what is absent at the tracker is sent again from here."};
      return paced(std::move(*absent));
    }
    auto group = group_of(form_.hidden("state"), form_.hidden("tracker"), form_.hidden("kind"));
    if (auto* mistake = std::get_if<Mistake>(&group)) return std::move(*mistake);
    auto& filter = std::get<ports::ReasonGroupFilter>(group);
    if (retry) return paced(RetryGroup{.group = std::move(filter)});
    if (filter.state != State::pending) return Mistake{"Only rows that wait can be cancelled."};
    return Action{CancelGroup{std::move(filter)}};
  }

 private:
  template <typename Retry>
  std::variant<Action, Mistake> paced(Retry retry) const {
    const std::string text = core::ascii::lower(core::ascii::trim(form_["pace"]));
    if (text.empty()) return Action{std::move(retry)};
    try {
      retry.rows_a_second = config::rate_value(text);
    } catch (const config::ValueError&) {
      retry.rows_a_second = 0;
    }
    if (*retry.rows_a_second < 0.001)
      return Mistake{
          "How many rows a second: write a number above 0, such as 5, or nothing for all at once."};
    return Action{std::move(retry)};
  }

  const Form& form_;
};

/// The tracker that is paused or resumed; nullptr for another action.
const std::string* tracker_of(const Action& action) {
  if (const auto* pause = std::get_if<PauseTracker>(&action)) return &pause->tracker;
  const auto* resume = std::get_if<ResumeTracker>(&action);
  return resume != nullptr ? &resume->tracker : nullptr;
}

bool is_verb(std::string_view path) {
  return path == "/retry" || path == "/cancel" || path == "/pause" || path == "/resume" || path == "/replay";
}

}  // namespace

Context Page::context(core::WallTime now) const {
  Context context;
  context.now = now;
  context.version = parts_.version;
  context.database = parts_.database;
  context.acts = parts_.actions != nullptr;
  context.settings = parts_.settings();
  context.fingerprint = fingerprint_of(*context.settings);
  context.picture = parts_.figures.picture(kPatience);
  if (parts_.live) context.live = parts_.live();
  context.day = parts_.history.day(now);
  context.last_answers = parts_.history.last_answers();
  context.rate = parts_.history.rate(now);
  return context;
}

HttpResponse Page::answer(const HttpRequest& request, const Actor& actor, core::WallTime now) {
  try {
    if (request.method == "POST") return post(request, actor, now);
    return get(request, now);
  } catch (const ports::StoreError& error) {
    return page_response(message_screen("The database cannot be used now", error.what(), 503), context(now));
  }
}

HttpResponse Page::get(const HttpRequest& request, core::WallTime now) {
  const std::string& path = request.path;
  if (path == "/style.css") return asset(kStyle, "text/css; charset=utf-8");
  if (path == "/page.js") return asset(kScript, "text/javascript; charset=utf-8");
  if (path == "/icon.svg") return asset(kIcon, "image/svg+xml");
  const Form form = Form::parse(request.query);
  if (path == "/rows.csv") return csv(form);
  const Context around = context(now);
  const auto page = [&](const Document& document) { return page_response(document, around); };
  if (path == "/") return page(now_screen(around));
  if (path == "/trackers") return page(trackers_screen(around));
  if (path == "/problems") return page(problems_screen(around));
  if (path == "/click") return page(click(form, around));
  if (path == "/rows") return page(rows(form, around));
  if (path == "/rejects") return page(rejects(around));
  if (path == "/conversions") return page(conversions(form, around));
  if (path == "/drift") return page(drift_screen(parts_.comparison.standing(), around));
  if (path == "/drift.csv" || path == "/drift.json") return drift_file(path, around);
  if (path == "/actions") return page(action({}, around));
  if (path.starts_with("/actions/")) return page(action(std::string_view(path).substr(9), around));
  if (around.acts && (path == "/retry" || path == "/cancel" || path == "/replay"))
    return page(ask(std::string_view(path).substr(1), form, around));
  return page(message_screen("Not found", "There is no such page.", 404));
}

HttpResponse Page::post(const HttpRequest& request, const Actor& actor, core::WallTime now) {
  const auto refuse = [&](int status, std::string title, std::string text) {
    return page_response(message_screen(std::move(title), std::move(text), status), context(now));
  };
  const bool compares = request.path == "/compare";
  if (parts_.actions == nullptr || (!is_verb(request.path) && !compares))
    return refuse(404, "Not found", "Nothing is done at this address.");
  if (!comes_from_page(request))
    return refuse(403, "Not from this page", "An action is only taken from a page that was opened here.");
  const std::string_view type = request.header("Content-Type").value_or("");
  if (!core::ascii::equal_ignoring_case(type.substr(0, type.find(';')), "application/x-www-form-urlencoded"))
    return refuse(415, "Not a form", "An action is only taken from a form of this page.");
  const Form form = Form::parse(request.body);
  if (compares) {
    const auto days = number_in(form["days"]);
    if (!days || *days < 1 || *days > Comparison::kMostDays)
      return refuse(400, "This cannot be done", "Days go from 1 to 31.");
    parts_.comparison.start(static_cast<int>(*days), actor, now);
    parts_.comparison.wait_for(kActionPatience);
    return redirect("/drift");
  }
  auto asked = AskedAction(form).of(request.path);
  if (const auto* mistake = std::get_if<Mistake>(&asked))
    return refuse(400, "This cannot be done", mistake->text);
  auto& action = std::get<Action>(asked);
  if (const auto* tracker = tracker_of(action); tracker != nullptr && !knows(*tracker))
    return refuse(404, "Not found", "There is no tracker " + *tracker + ".");
  if (std::holds_alternative<ReplayRejects>(action) && !parts_.can_replay)
    return refuse(404, "Not found", "The configuration has no front door.");
  const auto id = parts_.actions->start(std::move(action), actor, now);
  if (!id) return refuse(503, "Too much at once", "Other actions are going on: try again in a moment.");
  parts_.actions->wait_for(*id, kActionPatience);
  return redirect("/actions/" + std::to_string(*id));
}

/// Whether the configuration, a row, a conversion or a worker names the tracker.
bool Page::knows(const std::string& tracker) const {
  const auto settings = parts_.settings();
  const auto same = [&](const delivery::TrackerSpec& spec) { return spec.rules.name == tracker; };
  if (std::ranges::any_of(settings->trackers, same)) return true;
  const auto names = parts_.outbox.reader()->tracker_names();
  return std::ranges::find(names, tracker) != names.end();
}

Document Page::action(std::string_view number, const Context& around) const {
  if (parts_.actions == nullptr) return message_screen("What was done", "This page is read only.", 200);
  if (number.empty()) return actions_screen(std::nullopt, parts_.actions->recent(), around);
  const auto id = number_in(number);
  const auto record = id ? parts_.actions->wait_for(*id, core::Millis{0}) : std::nullopt;
  if (!record) return message_screen("Not found", "There is no such action, or it was long ago.", 404);
  return actions_screen(record, parts_.actions->recent(), around);
}

Document Page::rows(const Form& form, const Context& around) const {
  const RowsAsked asked = rows_asked(form);
  const ports::RowPage page = parts_.outbox.reader()->page(asked.filter, asked.below, kRowsOnPage, kListTime);
  return rows_screen(asked, page, kRowsInCsv, around);
}

HttpResponse Page::csv(const Form& form) const {
  const RowsAsked asked = rows_asked(form);
  const ports::RowPage page =
      parts_.outbox.reader()->page(asked.filter, asked.below, kRowsInCsv, kSearchTime);
  HttpResponse response{200, report::csv_header()};
  for (const ports::RowRecord& row : page.rows) response.body += report::csv_line(row);
  response.type = "text/csv; charset=utf-8";
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"outbox.csv\"");
  return with_safe_headers(std::move(response));
}

Document Page::rejects(const Context& around) const {
  return rejects_screen(parts_.outbox.rejects()->newest(kRejectsShown), parts_.can_replay, around);
}

Document Page::conversions(const Form& form, const Context& around) const {
  const auto named = verdict_of(form["verdict"], form["tracker"]);
  if (!named || named->verdict == core::Verdict::recorded || named->verdict == core::Verdict::unchecked)
    return message_screen("Not found", "The address names no conversions.", 404);
  ConversionsAsked asked{.verdict = named->verdict, .tracker = named->tracker, .below = {}};
  if (const auto id = form.id("below")) asked.below = core::OutboxId{*id};
  auto found = parts_.outbox.reader()->in_doubt(asked.tracker, asked.verdict, asked.below, kRowsOnPage + 1);
  const bool more = found.size() > kRowsOnPage;
  if (more) found.pop_back();
  return conversions_screen(asked, found, more, around);
}

HttpResponse Page::drift_file(std::string_view path, const Context& around) const {
  const auto last = parts_.comparison.standing().last;
  if (!last) return page_response(message_screen("Not found", "Nothing was compared yet.", 404), around);
  HttpResponse response{200, {}};
  if (path == "/drift.csv") {
    response.body = report::drift_csv(last->trackers);
    response.type = "text/csv; charset=utf-8";
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"drift.csv\"");
  } else {
    report::Json json = report::Json::array();
    for (const report::TrackerDrift& tracker : last->trackers) {
      report::Json one{
          {"tracker", tracker.tracker},
          {"trouble", tracker.trouble.empty() ? report::Json(nullptr) : report::Json(tracker.trouble)}};
      if (tracker.drift) report::add_drift(one, *tracker.drift);
      json.push_back(std::move(one));
    }
    response.body = json.page() + "\n";
    response.type = "application/json";
  }
  return with_safe_headers(std::move(response));
}

Document Page::click(const Form& form, const Context& around) const {
  ClickFound found;
  const auto one_row = form.id("row");
  found.asked = one_row ? std::to_string(*one_row) : std::string(core::ascii::trim(form["q"]));
  if (found.asked.empty()) return click_screen(found, around);
  const auto reader = parts_.outbox.reader();
  std::map<core::OutboxId, ports::RowRecord> rows;
  const auto add = [&](std::vector<ports::RowRecord>&& more) {
    for (ports::RowRecord& row : more) rows.emplace(row.id, std::move(row));
  };
  if (const auto id = number_in(found.asked)) {
    if (auto row = reader->row({*id})) rows.emplace(row->id, std::move(*row));
  }
  if (!one_row) {
    if (const auto id = reader->row_of_event(found.asked)) {
      if (auto row = reader->row(*id)) rows.emplace(row->id, std::move(*row));
    }
    // The number or the event of a row was asked for: then its click is.
    const std::string subid = rows.empty() ? found.asked : rows.begin()->second.subid;
    add(reader->rows_of_click_by_index(subid));
    std::optional<core::OutboxId> below;
    if (const auto id = form.id("below")) below = core::OutboxId{*id};
    ports::PageFilter filter;
    (rows.empty() ? filter.subid_or_tid : filter.subid) = subid;
    ports::RowPage page =
        reader->page(filter, below, kRowsOfClick + 1, below ? kSearchTime : kFirstSearchTime);
    add(std::move(page.rows));
    found.looked_down_to = page.below;
    if (found.looked_down_to) {
      const auto next = reader->page({}, core::OutboxId{found.looked_down_to->value}, 1, kListTime);
      if (!next.rows.empty()) found.looked_back_to = next.rows.front().created_at;
    }
  }
  found.more_rows = rows.size() > kRowsOfClick;
  for (auto& [id, row] : rows) {
    if (found.rows.size() == kRowsOfClick) break;
    report::RowFacts facts = report::facts_of(*reader, std::move(row), *around.settings, around.now);
    facts.database = parts_.database;
    facts.place_flags = parts_.place_flags;
    if (around.live) facts.worker_running = true;
    found.rows.push_back(std::move(facts));
  }
  if (one_row && found.rows.size() == 1) found.asked = found.rows.front().row.subid;
  return click_screen(found, around);
}

Document Page::ask(std::string_view verb, const Form& form, const Context& around) const {
  Question question{.path = "/" + std::string(verb), .here = "/problems", .back = "/problems"};
  const bool retry = verb == "retry";
  if (verb == "replay") {
    question.title = "Read again";
    question.what = words_of(ReplayRejects{form["source"], form["reason"]});
    question.consequence =
        "Each of these requests is read again by the configuration of now. What is right becomes a row, and "
        "is sent; the rest stays here.";
    question.fields = {{"source", form["source"]}, {"reason", form["reason"]}};
    std::int64_t count = 0;
    if (around.picture) {
      for (const ports::RejectGroup& group : around.picture->rejects) {
        if (form["source"].empty() || (group.source == form["source"] && group.reason == form["reason"]))
          count += group.count;
      }
    }
    question.count = report::grouped(count) + (count == 1 ? " request" : " requests");
    question.here = question.back = "/rejects";
    question.button = "Read again";
  } else if (form.given("id")) {
    const auto id = form.id("id");
    const auto row = id ? parts_.outbox.reader()->row({*id}) : std::nullopt;
    if (!row) return message_screen("Not found", "There is no such row.", 404);
    question.title = (retry ? "Send again row " : "Cancel row ") + std::to_string(*id);
    question.what = row->status + " of click " + row->subid + " to " + row->tracker + ", now " +
                    std::string(core::name_of(row->state));
    question.consequence = !retry ? "It is not sent any more, unless somebody sends it again."
                           : row->state == State::delivered
                               ? "It was delivered already: the same postback goes out once more."
                               : "It is sent as soon as it is its turn.";
    question.fields = {{"id", std::to_string(*id)}};
    question.here = "/click";
    question.back = address("/click", {{"row", std::to_string(*id)}});
    question.button = retry ? "Send again" : "Cancel the row";
  } else if (retry && form.given("verdict")) {
    const auto absent = verdict_of(form["verdict"], form["tracker"]);
    if (!absent || absent->verdict != core::Verdict::absent)
      return message_screen("Not found", "The address names no conversions.", 404);
    question.title = "Send again";
    question.what = words_of(*absent);
    question.count = rows_words(parts_.outbox.admin()->count_for_retry(filter_of(*absent)));
    question.consequence =
        "They were delivered, and are sent once more. What kept the tracker from recording them should be "
        "mended "
        "first: it knows the clicks now, say.";
    question.fields = {{"verdict", std::string(core::name_of(absent->verdict))},
                       {"tracker", absent->tracker}};
    question.button = "Send them again";
    question.offers_pace = true;
  } else {
    auto asked = group_of(form["state"], form["tracker"], form["kind"]);
    if (const auto* mistake = std::get_if<Mistake>(&asked))
      return message_screen("Not found", mistake->text, 404);
    const auto& group = std::get<ports::ReasonGroupFilter>(asked);
    const ports::GroupCount count = parts_.outbox.admin()->count_group(group, kMostCounted, kCountTime);
    question.title = retry ? "Send again" : "Cancel";
    question.what = words_of(retry ? Action{RetryGroup{.group = group}} : Action{CancelGroup{group}});
    question.count = rows_words(count.rows) + (count.whole ? "" : " or more");
    question.consequence =
        retry ? "All rows of this reason are sent again, older ones too. What made them fail should be "
                "mended first."
              : "All rows of this reason are not sent any more, unless somebody sends them again.";
    question.fields = group_query(group);
    question.button = retry ? "Send them again" : "Cancel them";
    question.offers_pace = retry;
  }
  if (!question.what.empty() && question.what.front() >= 'a' && question.what.front() <= 'z')
    question.what.front() = static_cast<char>(question.what.front() - 'a' + 'A');
  return question_screen(question, around);
}

}  // namespace keitaro_outbox::web
