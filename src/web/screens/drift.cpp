#include <algorithm>
#include <utility>

#include "report/time_words.hpp"
#include "web/screens/screens.hpp"

namespace keitaro_outbox::web {
namespace {

using core::DriftItem;

/// More than that are in the files.
constexpr std::size_t kMostItems = 200;

bool can_compare(const Context& context) {
  return std::ranges::any_of(context.settings->trackers,
                             [](const delivery::TrackerSpec& spec) { return spec.read_back.has_value(); });
}

Html ask_form(const Context& context) {
  if (!context.acts)
    return Html(
        "<p>This page is read only. <code>keitaro-outbox verify --days 7</code> puts our days beside the "
        "tracker's.</p>");
  return Html(
      "<form class=\"ask\" method=\"post\" action=\"/compare\"><p><label for=\"days\">Days, today "
      "included</label>"
      "<select id=\"days\" name=\"days\"><option>1</option><option "
      "selected>7</option><option>31</option></select>"
      "</p><p class=\"buttons\"><button class=\"go\">Compare now</button></p>"
      "<p class=\"faint\">That asks each tracker's Admin API for all conversions of these days, no faster "
      "than "
      "<code>admin_rate</code>.</p></form>");
}

Html totals_table(const report::TrackerDrift& tracker) {
  HtmlTable table("Conversions of " + tracker.tracker + " by day (UTC) and status", {{"Day"},
                                                                                     {"Status"},
                                                                                     {"Ours", true},
                                                                                     {"Our money", true},
                                                                                     {"Theirs", true},
                                                                                     {"Their money", true},
                                                                                     {"As many?"}});
  for (const core::DriftTotal& total : tracker.drift->totals) {
    Html ours;
    Html theirs;
    const bool same = total.ours == total.theirs;
    table.add(
        {text_html(total.day), long_text(total.status, 30), ours.number(total.ours),
         text_html(total.our_money.empty() ? "-" : money_words(total.our_money)), theirs.number(total.theirs),
         text_html(total.their_money.text()),
         same ? Html("<span class=\"tag good\">yes</span>") : Html("<span class=\"tag bad\">no</span>")});
  }
  return table.empty() ? Html("<p>Neither has any conversion of these days.</p>") : table.html();
}

Html kind_tag(DriftItem::Kind kind) {
  Html out;
  switch (kind) {
    case DriftItem::Kind::differs:
      out.markup("<span class=\"tag warn\">");
      break;
    case DriftItem::Kind::missing:
      out.markup("<span class=\"tag bad\">");
      break;
    case DriftItem::Kind::only_there:
      out.markup("<span class=\"tag\">");
  }
  return std::move(out.text(report::words_for(kind)).markup("</span>"));
}

Html items_table(const report::TrackerDrift& tracker) {
  const auto& items = tracker.drift->items;
  HtmlTable table("Conversions that the two have differently",
                  {{"Click"}, {"Transaction"}, {"Day"}, {"What"}, {"Note"}});
  for (std::size_t i = 0; i < std::min(items.size(), kMostItems); ++i) {
    const DriftItem& item = items[i];
    table.add({link("/click", {{"q", item.subid}}, item.subid), text_html(item.tid.empty() ? "-" : item.tid),
               text_html(item.day), kind_tag(item.kind), long_text(item.note, 120)});
  }
  if (table.empty()) return Html("<p class=\"lead\">No conversion is different.</p>");
  Html out = table.html();
  if (items.size() > kMostItems)
    out.markup("<p class=\"faint\">These are the first ")
        .number(static_cast<std::int64_t>(kMostItems))
        .markup(" of ")
        .number(static_cast<std::int64_t>(items.size()))
        .markup("; the files have all.</p>");
  return out;
}

Html result_html(const Compared& compared) {
  Html out("<h2>");
  out.text(compared.days == 1 ? "Today" : "The last " + std::to_string(compared.days) + " days")
      .markup(", as of ")
      .add(time_html(compared.at))
      .markup("</h2>");
  if (!compared.trouble.empty())
    return std::move(
        out.markup("<p class=\"lead\">Nothing could be compared: ").text(compared.trouble).markup("</p>"));
  out.markup("<div class=\"buttons\">")
      .add(link("/drift.csv", {}, "As a CSV file"))
      .markup(" ")
      .add(link("/drift.json", {}, "As JSON"))
      .markup("</div>");
  for (const report::TrackerDrift& tracker : compared.trackers) {
    out.markup("<h3>").text(tracker.tracker).markup("</h3>");
    if (tracker.drift) {
      out.add(totals_table(tracker)).add(items_table(tracker));
    } else {
      out.markup("<p class=\"lead\">It could not be asked: ").text(tracker.trouble).markup("</p>");
    }
  }
  return out;
}

}  // namespace

Document drift_screen(const Comparison::Standing& standing, const Context& context) {
  Document document{.title = "Drift", .here = "/drift"};
  Html& out = document.body;
  out.markup("<p>What the trackers' own records have, beside what they took in of us, day by day.</p>");
  if (!can_compare(context)) {
    out.markup(
        "<p class=\"lead\">No tracker of the configuration can be asked: add <code>admin_url</code> and "
        "<code>admin_key</code> to its <code>[[tracker]]</code>.</p>");
  } else if (standing.going_on_since) {
    document.reload_soon = true;
    out.markup("<p class=\"lead\"><span class=\"tag\">going on</span> Being compared since ")
        .add(time_html(*standing.going_on_since))
        .markup("; this page shows it when it is done.</p>");
  } else {
    out.add(ask_form(context));
  }
  if (standing.last) out.add(result_html(*standing.last));
  return document;
}

}  // namespace keitaro_outbox::web
