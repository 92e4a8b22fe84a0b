"""What was found, for people (80 columns) and as JSON."""

import json
import textwrap

from .findings import WRONG, counted
from .session import PASSED

WIDTH = 78


def as_text(session):
    lines = []
    for found in session.findings():
        label = "WRONG" if found.severity == WRONG else "hint "
        lines += _wrapped(f"{label}  ", found.text + _rows(found.rows))
        lines += _wrapped("       ", "Do: " + found.advice + ("" if found.advice.endswith("?") else "."))
        lines.append("")
    passed = session.passed()
    if passed:
        lines += _wrapped("ok     ", "; ".join(PASSED[check] for check in passed))
        lines.append("")
    lines += _wrapped("", _verdict(session))
    return "\n".join(lines)


def as_json(session):
    findings = [{"check": f.check, "severity": f.severity, "text": f.text, "advice": f.advice, "rows": list(f.rows)} for f in session.findings()]
    return json.dumps({"ok": not is_wrong(session), "rows": session.rows, "findings": findings, "passed": session.passed()}, ensure_ascii=False)


def is_wrong(session):
    return any(found.severity == WRONG for found in session.findings())


def _verdict(session):
    rows = counted(session.rows, "row")
    count = sum(found.severity == WRONG for found in session.findings())
    if not count:
        return f"Nothing wrong with {rows}. Not seen from outside: PRAGMA synchronous (leave it at FULL)."
    return f"{counted(count, 'thing')} wrong; {rows} looked at."


def _rows(rows):
    if not rows:
        return ""
    named = ", ".join(map(str, rows[:3])) + (f" and {len(rows) - 3} more" if len(rows) > 3 else "")
    return f" (row {named})" if len(rows) == 1 else f" (rows {named})"


def _wrapped(label, text):
    return textwrap.wrap(text, WIDTH, initial_indent=label, subsequent_indent=" " * len(label), break_on_hyphens=False) or [label.rstrip()]
