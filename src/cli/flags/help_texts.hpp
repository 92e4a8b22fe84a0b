#pragma once

#include <array>
#include <string_view>

namespace keitaro_outbox::cli {

/// What `--help` says of a verb beside its flags.
struct HelpText {
  std::string_view verb;
  std::string_view summary;  ///< One line, for the list of verbs too.
  std::string_view more;     ///< Below the flags, with an example.
};

inline constexpr std::array<HelpText, 18> kHelpTexts{{
    {"init", "create or migrate the schema; twice is harmless",
     "The tables are put into the application's own file, beside its own. Nothing else of it\n"
     "is touched but journal_mode, which becomes WAL.\n\n"
     "Example: keitaro-outbox init --db app.db"},
    {"run", "deliver until SIGTERM or SIGINT",
     "At a signal nothing more is sent, and what is in flight may finish. A second `run` on the\n"
     "same file stands by, and takes over when the first is gone.\n\n"
     "Example: keitaro-outbox run --db app.db --to https://HOST/KEY/postback"},
    {"drain", "deliver until nothing is pending",
     "Exit code 3: some rows ended dead or refused. 4: rows are still pending.\n\n"
     "Example: keitaro-outbox drain --db app.db --config outbox.toml --timeout 30s"},
    {"add", "add one conversion to the outbox; prints the row's id",
     "Example: keitaro-outbox add --db app.db --subid 2kd8s1v --status sale --tid order-7 \\\n"
     "           --payout 12.50 --currency usd --param sub_id_1=red"},
    {"import", "add many conversions from CSV or JSON lines",
     "CSV has a header that names columns of the outbox, in any order; an empty field means none. JSON\n"
     "lines have an object each, with the same names. --map 'Click ID=subid' --map Date=- says what a file\n"
     "means by names of its own. Blanks and invisible characters around CSV values are left off. A line\n"
     "that breaks a rule is rejected and told by its number, the others go in, and the exit code is 1.\n"
     "Statuses that nobody knows are listed before anything is written. A row whose event_id is there\n"
     "already is passed over: with event_id an import can be repeated without harm.\n\n"
     "Example: keitaro-outbox import orders.csv --rejects rejects.csv --db app.db"},
    {"export", "write rows to files: for Keitaro's import tool, or to import again",
     "csv and jsonl hold all columns; `import` reads them. keitaro-import writes lines of\n"
     "subid,payout,tid,status to PREFIX-0001.csv and so on, 10,000 a file (into the folder PREFIX where\n"
     "there is one): the way out for rows that are dead, which it takes where no --state is given.\n\n"
     "Example: keitaro-outbox export --format keitaro-import --state dead --out dead --db app.db"},
    {"status", "show what waits and why, what failed, and the money waiting",
     "With a configuration it tells as well of trackers that the configuration lacks. --watch keeps\n"
     "a page up to date; not on a terminal it prints a snapshot each interval. Where there are more\n"
     "rows than can be counted in 3 s, numbers are at least so many, as \"≥12\"; --exact counts on.\n\n"
     "JSON: at, worker_running, groups_missing, pending_rows_read_at, pending_rows_all_read,\n"
     "finished_rows_counted_at, finished_rows_all_counted, and for each of trackers: tracker, known,\n"
     "a count for each state, due, in_backoff, scheduled, behind (these four are what is pending),\n"
     "oldest_due_at, oldest_pending_at, next_retry_at, next_scheduled_at, pending_payout (currency,\n"
     "amount), paused_at, breaker (phase, since, next_try_at, reason), pace (finished_per_second,\n"
     "empty_in_ms, grows; with --watch, where it is one object a line), reasons (pending, refused,\n"
     "dead, each with reason and rows), delivered_without_sentinel. Times are Unix milliseconds.\n\n"
     "Example: keitaro-outbox status --db app.db --watch"},
    {"list", "list rows, the newest first",
     "JSON: the table's columns, under their names.\n\n"
     "Example: keitaro-outbox list --db app.db --state dead --reason 'HTTP 422' --newer-than 1d"},
    {"show", "show a click's whole story: rows, attempts, what was taken in",
     "Example: keitaro-outbox show 2kd8s1v --db app.db"},
    {"explain", "tell a row's story, why it waits, and what would change that",
     "With a configuration it shows the row's request as well, key hidden.\n\n"
     "JSON: row, story (at, what, text), waits_because (what, text), next, next_try_at, commands\n"
     "(command, does), curl, failed_attempts, taken_in.\n\n"
     "Example: keitaro-outbox explain 17 --db app.db --config outbox.toml"},
    {"preview", "show the request that would be sent for a row, key hidden",
     "Example: keitaro-outbox preview 17 --db app.db --config outbox.toml"},
    {"retry", "have rows sent again, now",
     "Without --id or --state: rows that are dead or refused. With --state pending: rows that\n"
     "wait for their next try; those only scheduled stay, unless named by --id. With --rate they are\n"
     "not sent at once but spread over time.\n\n"
     "Example: keitaro-outbox retry --db app.db --state dead --older-than 2h"},
    {"cancel", "take pending rows out, so that they are not sent",
     "Example: keitaro-outbox cancel --db app.db --id 17 --id 18"},
    {"pause", "send nothing to a tracker until it is resumed",
     "The running worker notices at once; what is in flight ends normally. The pause outlives the worker.\n\n"
     "Example: keitaro-outbox pause default --db app.db"},
    {"resume", "let a paused tracker go on", "Example: keitaro-outbox resume default --db app.db"},
    {"prune", "delete what is old: finished rows, attempts, conversions",
     "Rows that are pending are never deleted. A row's attempts go with it, and so does its event_id.\n"
     "Duplicates and moves are judged by the conversions: what is deleted there is forgotten, and a later\n"
     "postback of that click counts as its first. Works in short transactions beside a running worker.\n\n"
     "Example: keitaro-outbox prune --older-than 90d --attempts-older-than 30d --db app.db"},
    {"check", "say what would keep a postback from arriving",
     "Each line begins with ok, warn or FAIL; the exit code is 1 where one FAILs. Each tracker is sent\n"
     "one postback with the invented subid keitaro-outbox-check, which Keitaro ignores.\n\n"
     "Example: keitaro-outbox check --db app.db --config outbox.toml"},
    {"link", "build and read the Telegram links that carry a click id",
     "Such a link is https://t.me/BOT?start=CODE-CLICKID. Telegram carries at most 64 characters of\n"
     "A-Z a-z 0-9 _ - behind start=; a dot of the click id is written as a dash.\n\n"
     "Example: keitaro-outbox link build --bot YourBot --campaign SUMMER"},
}};

/// The same for what stands behind `link`.
inline constexpr std::array<HelpText, 2> kLinkHelpTexts{{
    {"build", "print the link to paste into Keitaro",
     "Keitaro fills in its {subid}. With --click it is the finished link of one click, to try.\n\n"
     "Example: keitaro-outbox link build --bot YourBot --campaign SUMMER"},
    {"parse", "tell campaign and click id of a link or start value",
     "The value is split at its first -. Where the code holds a - itself, name it with --campaign.\n\n"
     "Example: keitaro-outbox link parse 'https://t.me/YourBot?start=SUMMER-2kd8s1v'"},
}};

}  // namespace keitaro_outbox::cli
