#include <utility>

#include "core/text/reason_groups.hpp"
#include "report/time_words.hpp"
#include "web/screens/screens.hpp"

namespace keitaro_outbox::web {
namespace {

using core::State;

void text_field(Html& out, std::string_view name, std::string_view label,
                const std::optional<std::string>& value) {
  out.markup("<p><label for=\"f-")
      .text(name)
      .markup("\">")
      .text(label)
      .markup("</label><input id=\"f-")
      .text(name);
  out.markup("\" name=\"").text(name).markup("\" value=\"").text(value.value_or("")).markup("\"></p>");
}

Html filter_form(const RowsAsked& asked) {
  const ports::PageFilter& filter = asked.filter;
  Html out("<form class=\"card filters\" action=\"/rows\" method=\"get\">");
  out.markup(
      "<p><label for=\"f-state\">State</label><select id=\"f-state\" name=\"state\"><option "
      "value=\"\">all</option>");
  for (const State state : report::kAllStates) {
    out.markup("<option value=\"").text(core::name_of(state)).markup("\"");
    if (filter.state == state) out.markup(" selected");
    out.markup(">")
        .text(state == State::pending ? "waiting (pending)" : core::name_of(state))
        .markup("</option>");
  }
  out.markup("</select></p>");
  text_field(out, "tracker", "Tracker", filter.tracker);
  text_field(out, "campaign", "Campaign", filter.campaign);
  text_field(out, "subid", "Click id", filter.subid);
  text_field(out, "tid", "Transaction id", filter.tid);
  text_field(out, "status", "Status", filter.status);
  text_field(out, "reason", "A part of the reason", filter.reason);
  if (filter.reason_kind) {
    out.markup(
        "<p><label for=\"f-kind\">Reason, numbers and names apart</label><input id=\"f-kind\" name=\"kind\" "
        "value=\"");
    out.text(filter.reason_kind->empty() ? kNoReason : std::string_view(*filter.reason_kind))
        .markup("\"></p>");
  }
  return std::move(
      out.markup("<p class=\"buttons\"><button class=\"go\">Show</button> <a class=\"button\" "
                 "href=\"/rows\">All rows</a></p></form>\n"));
}

Html rows_table(const ports::RowPage& page) {
  HtmlTable table("Rows, the newest first", {{"Row"},
                                             {"State"},
                                             {"Tracker"},
                                             {"Click"},
                                             {"Status"},
                                             {"Money", true},
                                             {"Written"},
                                             {"Tries", true},
                                             {"Reason"}});
  for (const ports::RowRecord& row : page.rows) {
    const std::string id = std::to_string(row.id.value);
    std::string money = row.payout.value_or("-");
    if (row.payout && row.currency) money += " " + *row.currency;
    Html tries;
    table.add({link("/click", {{"row", id}}, id), state_tag(row.state), long_text(row.tracker, 24),
               long_text(row.subid, 28), long_text(row.status, 16), text_html(money),
               time_html(row.created_at), tries.number(row.attempts),
               long_text(row.reason.value_or(""), 80)});
  }
  return table.empty() ? Html() : table.html();
}

}  // namespace

RowsAsked rows_asked(const Form& form) {
  RowsAsked asked;
  ports::PageFilter& filter = asked.filter;
  const auto take = [&](std::string_view name, std::optional<std::string>& field) {
    field = form.given(name);
    if (field) asked.query.emplace_back(name, *field);
  };
  if (const auto state = form.given("state")) {
    filter.state = core::state_named(*state);
    if (filter.state) {
      asked.query.emplace_back("state", *state);
    } else {
      asked.mistake = "There is no state " + *state + ": all rows are shown.";
    }
  }
  take("tracker", filter.tracker);
  take("campaign", filter.campaign);
  take("subid", filter.subid);
  take("tid", filter.tid);
  take("status", filter.status);
  take("reason", filter.reason);
  take("kind", filter.reason_kind);
  if (filter.reason_kind == kNoReason) filter.reason_kind = "";
  if (const auto below = form.id("below")) asked.below = core::OutboxId{*below};
  return asked;
}

Document rows_screen(const RowsAsked& asked, const ports::RowPage& page, std::size_t csv_rows,
                     const Context& /*context*/) {
  Document document{.title = "Rows", .here = "/rows"};
  Html& out = document.body;
  out.add(filter_form(asked));
  if (!asked.mistake.empty()) out.markup("<p class=\"card\">").text(asked.mistake).markup("</p>");
  const Html table = rows_table(page);
  out.add(table.empty() ? Html("<p class=\"lead\">No such row on this page.</p>") : table);
  Query query = asked.query;
  out.markup("<div class=\"buttons\">");
  if (asked.below) out.add(link("/rows", query, "The newest")).markup(" ");
  if (page.below) {
    query.emplace_back("below", std::to_string(page.below->value));
    out.markup("<a class=\"button go\" href=\"").text(address("/rows", query)).markup("\">Older rows</a> ");
    query.pop_back();
  }
  if (asked.below) query.emplace_back("below", std::to_string(asked.below->value));
  out.add(link("/rows.csv", query, "As a CSV file")).markup("</div>");
  out.markup("<p class=\"faint\">A file has the first ").number(static_cast<std::int64_t>(csv_rows));
  out.markup(" of these rows at most; <code>keitaro-outbox export</code> writes all there are.");
  if (page.below && page.rows.empty())
    out.markup(
        " The newest rows were looked through, and none of them fits: look further with “Older rows”.");
  out.markup("</p>");
  return document;
}

}  // namespace keitaro_outbox::web
