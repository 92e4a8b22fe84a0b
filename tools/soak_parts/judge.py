"""All clicks of a run, one after the other, whatever their number; then the files and the run as a whole."""

import collections
import itertools
import operator

from . import click_judge, evidence, resources
from .click_judge import Click, History, Receipt, Row
from .findings import FAULT, LOST, REPEATED, Finding
from .weather import OUTAGES

_ROWS = """
SELECT subid, id, status, ifnull(tid, ''), ifnull(payout, ''), ifnull(params ->> 'sub_id_1', ''), state, attempts,
       ifnull((SELECT due_at FROM orders WHERE outbox_id = outbox.id), 0)
  FROM outbox
 ORDER BY subid, id
"""
_RECEIPTS = """
SELECT subid, n, at, wall_at, status, tid, payout, mark, taken_in, answered_at, overlaps
  FROM requests
 ORDER BY subid, n
"""
_CONVERSIONS = "SELECT subid, tid, status FROM conversions WHERE tracker = 'default' ORDER BY subid, tid"
_SHOWN = 20  # Findings of a kind that are kept with their words.


class Verdict:
    """`counts`: findings by kind. `examples`: some of them. `figures`: everything that a report tells."""

    def __init__(self):
        self.counts = collections.Counter()
        self.examples = []
        self.figures = {}

    @property
    def passed(self):
        return not self.counts

    def add(self, findings):
        for finding in findings:
            self.counts[finding.kind] += 1
            if self.counts[finding.kind] <= _SHOWN:
                self.examples.append(finding)


def judge(folder):
    """Judges the evidence in the folder; may be done again and again."""
    verdict = Verdict()
    app = evidence.open_to_read(folder.app_db)
    receiver = evidence.open_to_read(folder.receiver_db)
    record = evidence.open_to_read(folder.record_db)
    facts = dict(record.execute("SELECT name, value FROM facts"))
    if "database_bytes" not in facts:
        raise RuntimeError(f"{folder.path}: this run was broken off, or still goes on; there is nothing to judge")
    causes = _judge_clicks(verdict, app, receiver, _history(app, receiver, record, facts))
    _judge_commits(verdict, app, folder)
    _judge_database(verdict, app)
    _judge_events(verdict, record)
    verdict.figures["run"] = facts
    verdict.figures["rows"] = _row_figures(app)
    verdict.figures["receiver"] = _receiver_figures(receiver)
    verdict.figures["worker"] = dict(record.execute("SELECT what, count(*) FROM events GROUP BY what"))
    verdict.figures["repeats"] = _repeat_figures(causes)
    verdict.add(_too_many_at_one_kill(causes, facts))
    vitals, findings = resources.judge(record, facts["database_bytes"], sum(verdict.figures["rows"].values()))
    verdict.figures["resources"] = vitals
    verdict.add(findings)
    return verdict


# --- clicks

def _history(app, receiver, record, facts):
    edits = collections.defaultdict(list)
    for row, edit, at in app.execute("SELECT outbox_id, edit, at FROM operator_edits ORDER BY id"):
        edits[row].append((edit, at))
    kills, freezes, servers = (record.execute(f"SELECT begun_at, ended_at FROM events WHERE what IN ({what}) ORDER BY 1").fetchall()
                               for what in ("'kill'", "'freeze', 'stall'", "'server', 'connection'"))
    freezes += receiver.execute("SELECT begun_at, ended_at FROM stalls").fetchall()
    servers = [(begun, ended + click_judge.RECONNECTING_TAKES_MS) for begun, ended in servers]
    return History(kills, freezes, servers, dict(edits), facts["request_timeout_ms"], facts.get("database") != "postgresql")


def _by_subid(connection, sql):
    """(subid, its lines), in order of subid."""
    return itertools.groupby(connection.execute(sql), key=operator.itemgetter(0))


def _side_by_side(*streams):
    """(subid, lines of each stream) for every subid that any stream has. The streams come in order of subid."""
    ends = [next(stream, None) for stream in streams]
    while any(end is not None for end in ends):
        subid = min((end[0] for end in ends if end is not None), key=_binary)
        found = []
        for number, end in enumerate(ends):
            if end is not None and end[0] == subid:
                found.append([line[1:] for line in end[1]])
                ends[number] = next(streams[number], None)
            else:
                found.append([])
        yield subid, *found


def _binary(text):
    return text.encode()  # As SQLite sorts.


def _judge_clicks(verdict, app, receiver, history):
    causes = collections.Counter()
    streams = (_by_subid(app, _ROWS), _by_subid(receiver, _RECEIPTS), _by_subid(app, _CONVERSIONS))
    for subid, rows, receipts, conversions in _side_by_side(*streams):
        click = Click(subid, [Row(*row) for row in rows], [Receipt(*receipt) for receipt in receipts], dict(conversions))
        verdict.add(click_judge.judge_click(click, history, causes))
    return causes


# --- what was committed

def _judge_commits(verdict, app, folder):
    """Every row that a writer saw committed is there, with the application's own beside it."""
    newest = app.execute("SELECT ifnull(max(id), 0) FROM outbox").fetchone()[0]
    there = bytearray(newest + 1)
    for (row,) in app.execute("SELECT id FROM outbox"):
        there[row] = 1
    transactions = committed = 0
    for path in folder.committed_files():
        with open(path, encoding="ascii") as file:
            for line in file:
                transactions += 1
                for row in map(int, line.split()):
                    committed += 1
                    if row > newest or not there[row]:
                        verdict.add([Finding(LOST, f"row {row} was committed and is not in the outbox any more")])
    for row, subid in app.execute("SELECT outbox_id, subid FROM orders WHERE outbox_id NOT IN (SELECT id FROM outbox)"):
        verdict.add([Finding(LOST, f"{subid}: the application's own row is there, its row {row} of the outbox is not")])
    for row, subid in app.execute("SELECT id, subid FROM outbox WHERE id NOT IN (SELECT outbox_id FROM orders)"):
        verdict.add([Finding(FAULT, f"{subid}: row {row} of the outbox stands without the application's own")])
    verdict.figures["application"] = {"transactions": transactions, "committed": committed}


def _judge_database(verdict, app):
    answer = app.execute("PRAGMA integrity_check").fetchone()[0]
    verdict.figures["integrity_check"] = answer
    if answer != "ok":
        verdict.add([Finding(FAULT, f"integrity_check: {answer}")])


def _judge_events(verdict, record):
    verdict.add(Finding(FAULT, note) for (note,) in record.execute("SELECT note FROM events WHERE what = 'trouble'"))


def _too_many_at_one_kill(causes, facts):
    limit = facts["span"] + 4 * facts["concurrency"]
    most = _most_at_one_kill(causes)
    if most > limit:
        yield Finding(REPEATED, f"one kill made {most} postbacks repeat, more than {limit}")


# --- figures

def _row_figures(app):
    return dict(app.execute("SELECT state, count(*) FROM outbox GROUP BY state"))


def _receiver_figures(receiver):
    requests, taken_in, answered = receiver.execute(
        "SELECT count(*), ifnull(sum(taken_in), 0), count(answered_at) FROM requests").fetchone()
    spells = dict(receiver.execute("SELECT kind, count(*) FROM spells GROUP BY kind"))
    troubles = sum(count for kind, count in spells.items() if kind not in ("fair", "healed"))
    return {"requests": requests, "taken_in": taken_in, "answered": answered, "spells of trouble": troubles,
            "outages": sum(count for kind, count in spells.items() if kind in OUTAGES)}


def _most_at_one_kill(causes):
    return max((count for cause, count in causes.items() if cause[0] == "kill"), default=0)


def _repeat_figures(causes):
    figures = {cause.partition(": ")[2]: count for cause, count in causes.items() if isinstance(cause, str)}
    return figures | {"all": sum(figures.values()), "most at one kill": _most_at_one_kill(causes)}
