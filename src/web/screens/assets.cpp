#include "web/screens/assets.hpp"

namespace keitaro_outbox::web {

constinit const std::string_view kStyle = R"css(
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --card: #ffffff; --text: #1c2430; --faint: #565f6d; --line: #d8dde4; --link: #0b57b0;
  --accent: #1f5fbf; --accent-text: #ffffff; --good: #17692f; --good-ground: #e0f3e5; --warn: #7a4b00; --warn-ground: #fdf0d2;
  --bad: #a3191f; --bad-ground: #fce4e4; --plain-ground: #e8ecf1; --delivered: #2f8f4e; --failed: #c9472f; --waiting: #5b7fc4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --card: #1b212a; --text: #e6eaf0; --faint: #a3adba; --line: #343d4a; --link: #85b7ff;
    --accent: #7fb0ff; --accent-text: #0c1624; --good: #86dc9d; --good-ground: #17351f; --warn: #f3c66b; --warn-ground: #3a2c0e;
    --bad: #ff9c98; --bad-ground: #431c1d; --plain-ground: #2a323d; --delivered: #58b877; --failed: #ec7660; --waiting: #7d9fe0;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -100vw; top: 0; background: var(--card); padding: .5rem 1rem; }
.skip:focus { left: 0; z-index: 2; }
header.top { background: var(--card); border-bottom: 1px solid var(--line); }
.bar { max-width: 84rem; margin: 0 auto; padding: .6rem 1rem; display: flex; flex-wrap: wrap; gap: .4rem 1.25rem; align-items: center; }
.brand { font-weight: 700; text-decoration: none; color: var(--text); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem; margin: 0; padding: 0; }
nav a { display: block; padding: .3rem .7rem; border-radius: 6px; text-decoration: none; color: var(--text); }
nav a:hover { background: var(--plain-ground); }
nav a[aria-current] { background: var(--accent); color: var(--accent-text); }
.find { display: flex; gap: .4rem; margin-left: auto; align-items: center; }
.find input { width: 15rem; max-width: 60vw; }
main { max-width: 84rem; margin: 0 auto; padding: 1rem; }
footer { max-width: 84rem; margin: 0 auto; padding: 1rem; color: var(--faint); font-size: .875rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: .4rem 0 .8rem; }
h2 { font-size: 1.15rem; margin: 1.6rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1rem 0 .4rem; }
p { margin: .4rem 0; }
.lead { font-size: 1.1rem; }
.faint { color: var(--faint); }
.card, article, figure { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 0 0 1rem; }
.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .7rem .9rem; overflow-wrap: anywhere; }
.tiles dt { color: var(--faint); font-size: .875rem; }
.tiles dd { margin: 0; font-size: 1.45rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tiles dd small { display: block; font-size: .85rem; font-weight: 400; color: var(--faint); }
.todo { list-style: none; padding: 0; margin: 0 0 1rem; display: grid; gap: .5rem; }
.todo li { border-left: 5px solid var(--line); background: var(--card); border-radius: 4px; padding: .55rem .9rem; overflow-wrap: anywhere; }
.todo li.bad { border-color: var(--bad); background: var(--bad-ground); }
.todo li.warn { border-color: var(--warn); background: var(--warn-ground); }
.todo li.good { border-color: var(--good); background: var(--good-ground); }
.tag { display: inline-block; border-radius: 5px; padding: 0 .5rem; background: var(--plain-ground); color: var(--text); white-space: nowrap; font-size: .9rem; }
.tag.good { background: var(--good-ground); color: var(--good); }
.tag.warn { background: var(--warn-ground); color: var(--warn); }
.tag.bad { background: var(--bad-ground); color: var(--bad); }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 0 0 1rem; }
caption { text-align: left; padding: .3rem 0; color: var(--faint); }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem; border-top: 1px solid var(--line); }
tbody th, td:has(details), .whole { overflow-wrap: anywhere; }
thead th { border-top: 0; color: var(--faint); font-weight: 600; font-size: .875rem; }
tbody th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
time { font-variant-numeric: tabular-nums; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .875rem; overflow-wrap: anywhere; white-space: pre-wrap; }
pre { background: var(--plain-ground); border-radius: 6px; padding: .6rem .8rem; margin: .3rem 0; }
input, select, button { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--faint); border-radius: 6px; padding: .3rem .6rem; max-width: 100%; }
button, .button { cursor: pointer; background: var(--card); color: var(--link); border: 1px solid var(--link); border-radius: 6px; padding: .3rem .7rem; display: inline-block; text-decoration: none; }
button.go, .button.go { background: var(--accent); border-color: var(--accent); color: var(--accent-text); font-weight: 600; }
button:hover, .button:hover { text-decoration: underline; }
.buttons { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .2rem 0; }
form.filters { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .6rem .8rem; align-items: end; }
form.filters label, form.ask label { display: block; font-size: .875rem; color: var(--faint); }
form.filters input, form.filters select { width: 100%; }
details.long summary { cursor: pointer; }
details.long .whole { display: block; background: var(--plain-ground); border-radius: 5px; padding: .3rem .5rem; margin-top: .2rem; }
details.long[open] summary { color: var(--faint); }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .4rem 0; }
dl.facts dt { color: var(--faint); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
ol.story { margin: .4rem 0; padding-left: 1.2rem; }
ol.story li { margin: .3rem 0; overflow-wrap: anywhere; }
ol.story time { color: var(--faint); margin-right: .5rem; }
figcaption { color: var(--faint); margin-bottom: .5rem; }
.chart { width: 100%; height: auto; display: block; }
.chart text { font-size: 12px; fill: var(--faint); }
.chart line { stroke: var(--line); }
.chart .delivered { fill: var(--delivered); }
.chart .failed { fill: var(--failed); }
.chart .waiting rect { fill: var(--waiting); }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; }
.key.delivered { background: var(--delivered); }
.key.failed { background: var(--failed); }
.switches { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-bottom: .6rem; }
.switches:empty { display: none; }
@media (max-width: 60rem) {
  table, caption, tbody, tr, th[scope=row], td { display: block; width: 100%; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table { border: 0; background: none; }
  tbody tr { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin-bottom: .6rem; padding: .3rem 0; }
  th[scope=row], td { border: 0; padding: .2rem .8rem; overflow-wrap: anywhere; }
  td.number { text-align: left; }
  td::before { content: attr(data-label) ": "; color: var(--faint); font-weight: 400; }
  .find { margin-left: 0; }
  dl.facts { grid-template-columns: 1fr; gap: 0; }
  dl.facts dd { margin-bottom: .4rem; }
}
@media (max-width: 30rem) { .chart text { font-size: 22px; } .tiles { grid-template-columns: 1fr 1fr; } .tiles dd { font-size: 1.2rem; } }
)css";

constinit const std::string_view kScript = R"js(
"use strict";
(() => {
  const pause = 2000;
  const switches = document.querySelector(".switches");
  const keep = (name, value) => { try { sessionStorage.setItem(name, value); } catch (e) { /* it is forgotten */ } };
  const kept = (name) => { try { return sessionStorage.getItem(name); } catch (e) { return null; } };
  let local = kept("times") !== "utc";
  let running = kept("refresh") !== "off";

  const pad = (n) => String(n).padStart(2, "0");
  const showTimes = () => {
    for (const element of document.querySelectorAll("time[datetime]")) {
      const at = new Date(element.dateTime);
      if (isNaN(at)) continue;
      const utc = element.dateTime.replace("T", " ").replace("Z", " UTC");
      const here = at.getFullYear() + "-" + pad(at.getMonth() + 1) + "-" + pad(at.getDate()) + " " +
        pad(at.getHours()) + ":" + pad(at.getMinutes()) + ":" + pad(at.getSeconds());
      const text = local ? here : utc;
      if (element.textContent !== text) element.textContent = text;
      element.title = local ? utc : here + " your time";
    }
  };

  const button = (act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.addEventListener("click", act);
    switches.append(made);
    return made;
  };
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  said.className = "faint";
  const times = button(() => { local = !local; keep("times", local ? "local" : "utc"); label(); showTimes(); });
  const refreshes = document.body.dataset.refresh === "yes";
  const refresh = refreshes ? button(() => { running = !running; keep("refresh", running ? "on" : "off"); label(); look(); }) : null;
  switches.append(said);
  const label = () => {
    times.textContent = local ? "Show times in UTC" : "Show times in your zone";
    if (!refresh) return;
    refresh.textContent = running ? "Pause refreshing" : "Refresh each 2 seconds";
    said.textContent = running ? "Refreshed each 2 seconds." : "Not refreshed.";
  };

  const busy = (element) => {
    const focused = document.activeElement;
    if (focused && element.contains(focused) && focused !== element) return true;
    const chosen = getSelection();
    if (chosen && !chosen.isCollapsed && element.contains(chosen.anchorNode)) return true;
    return element.querySelector("details[open]") !== null;
  };
  const take = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const element of document.querySelectorAll("[data-live]")) {
      const other = fresh.getElementById(element.id);
      if (!other || busy(element) || element.dataset.last === other.innerHTML) continue;
      const last = other.innerHTML;
      element.replaceChildren(...other.childNodes);
      element.dataset.last = last;
    }
    showTimes();
  };
  let timer = 0;
  const look = async () => {
    clearTimeout(timer);
    if (!running || !refresh) return;
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
        if (!answer.ok) throw new Error(answer.status);
        take(await answer.text());
        if (running) said.textContent = "Refreshed each 2 seconds.";
      } catch (e) {
        said.textContent = "The page could not be refreshed: what you see is older. Trying again.";
      }
    }
    timer = setTimeout(look, pause);
  };
  label();
  showTimes();
  if (refresh && running) timer = setTimeout(look, pause);
})();
)js";

constinit const std::string_view kIcon =
    R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f5fbf"/><path d="M7 10h18v12H7z M7 10l9 7 9-7" fill="none" stroke="#fff" stroke-width="2.4" stroke-linejoin="round"/></svg>)svg";

}  // namespace keitaro_outbox::web
