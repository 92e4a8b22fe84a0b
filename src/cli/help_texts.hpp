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

inline constexpr std::array<HelpText, 14> kHelpTexts{{
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
     "lines have an object each, with the same names. A line that breaks a rule is rejected and told by its\n"
     "number, the others go in, and the exit code is 1. A row whose event_id is there already is passed\n"
     "over: with event_id an import can be repeated without harm.\n\n"
     "Example: keitaro-outbox import orders.csv --rejects rejects.csv --db app.db"},
    {"export", "write rows to files: for Keitaro's import tool, or to import again",
     "csv and jsonl hold all columns; `import` reads them. keitaro-import writes lines of\n"
     "subid,payout,tid,status to PREFIX-0001.csv and so on, 10,000 a file (into the folder PREFIX where\n"
     "there is one): the way out for rows that are dead, which it takes where no --state is given.\n\n"
     "Example: keitaro-outbox export --format keitaro-import --state dead --out dead --db app.db"},
    {"status", "show how much is where, and how old it is",
     "With a configuration it tells as well of trackers that the configuration lacks.\n\n"
     "Example: keitaro-outbox status --db app.db"},
    {"list", "list rows, the newest first",
     "Example: keitaro-outbox list --db app.db --state dead --limit 20"},
    {"show", "show a click's whole story: rows, attempts, what was taken in",
     "Example: keitaro-outbox show 2kd8s1v --db app.db"},
    {"preview", "show the request that would be sent for a row, key hidden",
     "Example: keitaro-outbox preview 17 --db app.db --config outbox.toml"},
    {"retry", "have rows sent again, now",
     "Without --id or --state: rows that are dead or refused. With --state pending: rows that\n"
     "wait for their next try; those only scheduled stay, unless named by --id. With --rate they are\n"
     "not sent at once but spread over time.\n\n"
     "Example: keitaro-outbox retry --db app.db --state dead --older-than 2h"},
    {"cancel", "take pending rows out, so that they are not sent",
     "Example: keitaro-outbox cancel --db app.db --id 17 --id 18"},
    {"prune", "delete what is old: finished rows, attempts, conversions",
     "Rows that are pending are never deleted. A row's attempts go with it, and so does its event_id.\n"
     "Duplicates and moves are judged by the conversions: what is deleted there is forgotten, and a later\n"
     "postback of that click counts as its first. Works in short transactions beside a running worker.\n\n"
     "Example: keitaro-outbox prune --older-than 90d --attempts-older-than 30d --db app.db"},
    {"check", "say what would keep a postback from arriving",
     "Each line begins with ok, warn or FAIL; the exit code is 1 where one FAILs. Each tracker is sent\n"
     "one postback with the invented subid keitaro-outbox-check, which Keitaro ignores.\n\n"
     "Example: keitaro-outbox check --db app.db --config outbox.toml"},
}};

}  // namespace keitaro_outbox::cli
