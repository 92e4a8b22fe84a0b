"""Figures and verdict, for people and as JSON."""

import json

from .resources import MIB

_FINAL_STATES = ("delivered", "duplicate", "refused", "dead", "cancelled")


def verdict_line(verdict):
    """The one line that says how it went."""
    if verdict.passed:
        rows = sum(verdict.figures["rows"].values())
        return (f"PASSED: {rows:,} rows, none lost, none out of order, no forbidden move, no rebill twice,"
                " no repeat without cause; memory and files bounded")
    return "FAILED: " + ", ".join(f"{kind} {count:,}" for kind, count in verdict.counts.items())


def as_json(verdict):
    return json.dumps({
        "passed": verdict.passed, "verdict": verdict_line(verdict), "findings": dict(verdict.counts),
        "examples": [{"kind": kind, "text": text} for kind, text in verdict.examples], **verdict.figures}, indent=2)


def as_text(verdict):
    lines = [f"{name:<13}{value}" for name, value in _lines(verdict.figures)]
    lines += [f"  {kind}: {text}" for kind, text in verdict.examples]
    return "\n".join([*lines, verdict_line(verdict)])


def _lines(figures):
    run, rows, receiver = figures["run"], figures["rows"], figures["receiver"]
    worker, repeats, vitals = figures["worker"], figures["repeats"], figures["resources"]
    seconds = (run.get("load_ended_at", 0) - run.get("load_begun_at", 0)) / 1000
    total = sum(rows.values())
    yield "run", (f"{span(seconds)} under load and {span(run.get('drain_ms', 0) / 1000)} to drain; seed {run.get('seed')},"
                  f" {run.get('writers')} writers, {run.get('rate'):g} rows/s asked for")
    yield "application", f"{total:,} rows in {figures['application']['transactions']:,} transactions, {total / max(seconds, 1):.0f} rows/s"
    states = [*_FINAL_STATES, *(state for state in rows if state not in _FINAL_STATES)]
    yield "rows", ", ".join(f"{rows.get(state, 0):,} {state}" for state in states) + f"; integrity_check {figures['integrity_check']}"
    yield "receiver", (f"{receiver['requests']:,} requests, {receiver['taken_in']:,} taken in;"
                       f" {receiver['spells of trouble']} spells of trouble, {receiver['outages']} of them outages")
    yield "worker", (f"{worker.get('kill', 0)} times kill -9, {worker.get('stop', 0)} SIGTERM, {worker.get('freeze', 0)} frozen;"
                     f" {worker.get('takeover', 0)} takeovers; breaker opened {worker.get('breaker', 0)} times;"
                     f" {worker.get('writer-kill', 0)} writers killed; {worker.get('stall', 0)} stalls of the machine")
    on_postgresql = run.get("database") == "postgresql"
    if on_postgresql:
        yield "server", f"killed {worker.get('server', 0)} times; {worker.get('connection', 0)} connections ended"
    known = ", ".join(f"{repeats.get(cause, 0)} {words}" for cause, words in _CAUSES if cause != "server" or on_postgresql)
    yield "repeats", f"{repeats['all']:,}: {known}; most at one kill {repeats['most at one kill']}"
    if vitals:
        yield "memory", f"peak {mib(vitals['rss_peak'])}; in one life {change(vitals['rss_of_one_life'], mib)}; in all {change(vitals['rss_of_all_lives'], mib)}"
        yield "descriptors", f"peak {vitals['descriptors_peak']}; floor in one life {change(vitals['descriptors_of_one_life'], str)}"
        yield "files", f"write-ahead log at most {mib(vitals['wal_peak'])}; database {mib(vitals['database'])}, {vitals['bytes_a_row']:,} bytes a row"
        yield "processor", f"{vitals['cpu_ms'] / 1000:.1f} s for the worker, {100 * vitals['cpu_ms'] / max(seconds * 1000, 1):.1f} % of a core"


_CAUSES = (("answer lost", "after a lost answer"), ("kill", "at a kill"), ("freeze", "at a freeze"), ("server", "at a lost server"),
           ("operator", "asked for by the operator"))


def mib(size):
    return f"{size / MIB:.1f} MiB"


def change(early_and_late, words):
    return "too short to say" if early_and_late is None else f"{words(early_and_late[0])} early, {words(early_and_late[1])} late"


def span(seconds):
    return f"{seconds:.0f} s" if seconds < 100 else f"{int(seconds) // 60} min {int(seconds) % 60} s"
