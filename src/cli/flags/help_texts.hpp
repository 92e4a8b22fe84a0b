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

inline constexpr std::array<HelpText, 24> kHelpTexts{{
    {"init", "create or migrate the schema; twice is harmless",
     "The tables are put into the application's own file, beside its own. Nothing else of it\n"
     "is touched but journal_mode, which becomes WAL.\n\n"
     "Example: keitaro-outbox init --db app.db"},
    {"run", "deliver until SIGTERM or SIGINT",
     "After a signal it starts no more requests and waits up to --grace for those in flight. A second\n"
     "`run` on the same file stands by and takes over when the first one ends.\n\n"
     "Example: keitaro-outbox run --db app.db --to https://HOST/KEY/postback"},
    {"drain", "deliver until nothing is pending",
     "Exit code 3: some rows ended dead or refused. 4: rows are still pending. With --timeout it ends\n"
     "early where no row is due within that time.\n\n"
     "Example: keitaro-outbox drain --db app.db --config outbox.toml --timeout 30s"},
    {"add", "add one conversion to the outbox; prints the row's id",
     "Example: keitaro-outbox add --db app.db --subid 2kd8s1v --status sale --tid order-7 \\\n"
     "           --payout 12.50 --currency usd --param sub_id_1=red"},
    {"import", "add many conversions from CSV or JSON lines",
     "A CSV file begins with a header that names columns of the outbox, in any order; an empty field means\n"
     "no value. In a JSON lines file each line is an object with the same names. --map 'Click ID=subid'\n"
     "takes a column that has another name, --map Date=- passes one over. Blanks and invisible characters\n"
     "around CSV values are left off. Statuses that nobody knows are listed before anything is written. A\n"
     "line that breaks a rule is rejected and reported with its number; the other lines go in, and the\n"
     "exit code is 1. A row whose event_id is already in the table is skipped, so an import with event_id\n"
     "can be repeated safely.\n\n"
     "Example: keitaro-outbox import orders.csv --rejects rejects.csv --db app.db"},
    {"export", "write rows to files: for Keitaro's import tool, or to import again",
     "csv and jsonl write all columns; `import` reads them back. keitaro-import writes lines of\n"
     "subid,payout,tid,status to PREFIX-0001.csv, PREFIX-0002.csv and so on, 10,000 lines a file (into the\n"
     "folder PREFIX if it exists), for Keitaro's own import tool. Without --state it takes dead rows.\n\n"
     "Example: keitaro-outbox export --format keitaro-import --state dead --out dead --db app.db"},
    {"status", "show what waits and why, what failed, and the money waiting",
     "With a configuration it also names trackers that the configuration lacks. --watch keeps the page\n"
     "up to date; when the output is no terminal it prints a snapshot each interval. Counting stops after\n"
     "3 s: a number that may be too low is written \"≥12\". --exact counts to the end.\n\n"
     "JSON: at, unsure, worker_running, groups_missing, pending_rows_read_at, pending_rows_all_read,\n"
     "finished_rows_counted_at, finished_rows_all_counted, and for each of trackers: tracker, known,\n"
     "a count for each state, due, in_backoff, scheduled, behind (these four are what is pending),\n"
     "oldest_due_at, oldest_pending_at, next_retry_at, next_scheduled_at, pending_payout (currency,\n"
     "amount), paused_at, breaker (phase, since, next_try_at, reason), pace (finished_per_second,\n"
     "empty_in_ms, grows; with --watch, where it is one object a line), reasons (pending, refused,\n"
     "dead, each with reason and rows), delivered_without_sentinel; front_door (rejects_waiting,\n"
     "spool_bytes); and with PostgreSQL workers (host, pid, lanes, started_at, lease_ends_in_ms). Times are\n"
     "Unix milliseconds.\n\n"
     "Example: keitaro-outbox status --db app.db --watch"},
    {"list", "list rows, the newest first",
     "JSON: the table's columns, under their names.\n\n"
     "Example: keitaro-outbox list --db app.db --state dead --reason 'HTTP 422' --newer-than 1d"},
    {"show", "show everything about one click: its rows, attempts and conversions",
     "Example: keitaro-outbox show 2kd8s1v --db app.db"},
    {"explain", "say what happened to a row, why it waits, and what to do about it",
     "With a configuration it shows the row's request as well, key hidden.\n\n"
     "JSON: row, story (at, what, text), waits_because (what, text), next, next_try_at, commands\n"
     "(command, does), curl, failed_attempts, taken_in.\n\n"
     "Example: keitaro-outbox explain 17 --db app.db --config outbox.toml"},
    {"preview", "show the request that would be sent for a row, key hidden",
     "Example: keitaro-outbox preview 17 --db app.db --config outbox.toml"},
    {"retry", "send rows again, now",
     "Without --id and --state it takes dead and refused rows. --state pending takes rows that wait for\n"
     "their next try, but not rows scheduled for later; --id takes those too. --rate N spreads the rows\n"
     "over time, N a second. With a configuration it says which rows of --id would be refused again.\n\n"
     "Example: keitaro-outbox retry --db app.db --state dead --older-than 2h"},
    {"cancel", "cancel pending rows: they are not sent",
     "Example: keitaro-outbox cancel --db app.db --id 17 --id 18"},
    {"pause", "send nothing to a tracker until it is resumed",
     "The running worker notices at once; requests in flight end normally. The pause stays when the\n"
     "worker is restarted. A name that no configuration, row or worker knows is refused.\n\n"
     "Example: keitaro-outbox pause default --db app.db"},
    {"resume", "send to a paused tracker again", "Example: keitaro-outbox resume default --db app.db"},
    {"prune", "delete old finished rows, attempts and conversions",
     "Pending rows are never deleted. A row's attempts and its event_id are deleted with it. Duplicates\n"
     "and forbidden status changes are found by the conversions table: when a conversion is deleted, a\n"
     "later postback of that click counts as its first. Works in short transactions, beside a running\n"
     "worker too.\n\n"
     "Example: keitaro-outbox prune --older-than 90d --attempts-older-than 30d --db app.db"},
    {"check", "find what would keep a postback from arriving",
     "Each line begins with ok, warn or FAIL; if one FAILs, the exit code is 1. Each tracker gets one\n"
     "test postback with the subid keitaro-outbox-check, which Keitaro does not know and ignores.\n\n"
     "Example: keitaro-outbox check --db app.db --config outbox.toml"},
    {"verify", "ask the trackers what became of what they took in",
     "For trackers with admin_url and admin_key: asks Keitaro's Admin API after all conversions that are\n"
     "due, and prints what it found; `run` does it in the background. What is not found is asked after\n"
     "again, up to a day later, before it is called absent. --newer-than 30d asks after older ones too.\n"
     "--days N puts the totals of each day beside the tracker's, and names what they have differently.\n"
     "Exit code 3: something is absent or differs. 4: a tracker could not be asked.\n\n"
     "JSON: a list; for each tracker: tracker, found and in_doubt (a count for each verdict), doubtful\n"
     "(subid, tid, verdict, note), requests, trouble; with --days totals (day, status, ours, our_money,\n"
     "theirs, their_money) and items (kind, day, subid, tid, note).\n\n"
     "Example: keitaro-outbox verify --days 7 --db app.db --config outbox.toml"},
    {"intake", "open the front door alone: take postbacks in by HTTP, without delivery",
     "For senders that can only call a URL. The configuration says where it listens ([intake]) and who may\n"
     "call ([[source]]). A request is answered with 200 once its row is committed. `run` opens the front\n"
     "door too where the configuration has [intake]; alone it works beside a `run` on the same file that\n"
     "has none. SIGHUP reads the sources again.\n\n"
     "Example: keitaro-outbox intake --db app.db --config outbox.toml"},
    {"page", "serve the page for people, without a worker",
     "What waits and what it is worth, trackers, what failed and why, a click's story, all in a browser; "
     "and\n"
     "retry, cancel, pause, resume, unless it is read-only. `run --listen` serves the same page and tells "
     "more\n"
     "of its own worker. With a configuration it shows requests, and asks for page_password, which it needs\n"
     "on any address but this host's own.\n\n"
     "Example: keitaro-outbox page --db app.db --page read-only"},
    {"rejects", "list what the front door could not make a row of, and try it again",
     "Grouped by source and reason, then the newest ones. --replay reads them again by the configuration\n"
     "of now, once a status map or a rename is mended: what is right now becomes a row, in the order in\n"
     "which it came; the rest stays, and the exit code is 3. --dismiss ends the reminder of those that\n"
     "nothing can cure: they stay until `prune` or keep_rejects deletes them, and are counted no more.\n\n"
     "JSON: waiting, groups (source, reason, rejects, first_at, last_at, newest_id), newest (id,\n"
     "received_at, source, method, query, body, reason, resolved_at). With --replay: added,\n"
     "already_there, ignored, rejected, of_unknown_source, missing. With --dismiss: dismissed, missing.\n\n"
     "Example: keitaro-outbox rejects --replay --db app.db --config outbox.toml"},
    {"move", "move everything to another database, SQLite or PostgreSQL",
     "Rows in all states with their ids, failed attempts, the ledger, paused trackers and rejects are "
     "copied\n"
     "into a database whose outbox is empty; its tables are made where they are missing. No worker may run.\n"
     "The application may insert meanwhile: its last rows are copied while it waits for a moment. Both "
     "sides\n"
     "are counted, then the old database is marked: it turns each INSERT away and names the new one. One\n"
     "that was interrupted or killed goes on where it was when it is run again; --give-up takes it back.\n\n"
     "JSON: from, to, rows, conversions, attempts, rejects.\n\n"
     "Example: keitaro-outbox move --to postgresql://app@db/app --db app.db"},
    {"source", "make keys and addresses for those who call the front door",
     "Example: keitaro-outbox source key"},
    {"link", "build and read the Telegram links that carry a click id",
     "Such a link is https://t.me/BOT?start=CODE-CLICKID. Telegram carries at most 64 characters of\n"
     "A-Z a-z 0-9 _ - behind start=; a dot of the click id is written as a dash.\n\n"
     "Example: keitaro-outbox link build --bot YourBot --campaign SUMMER"},
}};

/// The same for what stands behind `source`.
inline constexpr std::array<HelpText, 2> kSourceHelpTexts{{
    {"key", "print a new key of 32 characters, by chance",
     "It is the first segment of the address that a sender calls, and as secret as a password.\n\n"
     "Example: keitaro-outbox source key"},
    {"url", "print the address to give to a sender, its key included",
     "It begins with public_url of [intake], or with https://HOST in its place. In braces stand the\n"
     "sender's values, by the names that the source's parameters and event_id have for them; write the\n"
     "sender's own macros. --altercpa prints the five templates of AlterCPA TOP, ready to paste; so does a\n"
     "source whose name begins with altercpa.\n\n"
     "Example: keitaro-outbox source url altercpa --config outbox.toml"},
}};

/// The same for what stands behind `link`.
inline constexpr std::array<HelpText, 2> kLinkHelpTexts{{
    {"build", "print the link to paste into Keitaro",
     "Keitaro fills in its {subid}. With --click it is the finished link of one click, to try.\n\n"
     "Example: keitaro-outbox link build --bot YourBot --campaign SUMMER"},
    {"parse", "read the campaign and the click id from a link or start value",
     "The value is split at its first -. Where the code holds a - itself, name it with --campaign.\n\n"
     "Example: keitaro-outbox link parse 'https://t.me/YourBot?start=SUMMER-2kd8s1v'"},
}};

}  // namespace keitaro_outbox::cli
