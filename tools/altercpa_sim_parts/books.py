"""What was called and answered: a line of JSON for each event, and a table at the end."""

import collections
import json
import time

from . import templates


class Books:
    def __init__(self, log):
        self._log = log  # A file, or None.
        self._called = collections.Counter()
        self._taken = collections.Counter()
        self._unanswered = collections.Counter()
        self._not_called = 0
        self._codes = collections.Counter()
        self._begun = time.monotonic()

    @property
    def all_taken(self):
        return self._called == self._taken

    def record(self, values, url, answer):
        """`answer` is None where the template is empty, and nothing was called."""
        status = values["status"]
        if answer is None:
            self._not_called += 1
        else:
            self._called[status] += 1
            self._taken[status] += answer.taken
            self._unanswered[status] += answer.code == 0
            self._codes[str(answer.code or "none")] += 1
        if self._log:
            line = {name: values[name] for name in ("click", "status", "campaign", "lead", "time")}
            line |= {"url": templates.without_key(url), "code": answer and answer.code, "answer": answer and answer.text}
            print(json.dumps(line, ensure_ascii=False), file=self._log, flush=True)

    def as_json(self):
        return json.dumps({
            "called": self._called.total(), "taken": self._taken.total(), "answers": dict(sorted(self._codes.items())),
            "not_called": self._not_called, "seconds": round(time.monotonic() - self._begun, 3),
            "events": {event: {"called": self._called[event], "taken": self._taken[event]} for event in templates.EVENTS},
        })

    def as_text(self):
        lines = ["event    called  answered 200  answered otherwise  no answer"]
        for event in (*templates.EVENTS, "in all"):
            called, taken, unanswered = (
                counts.total() if event == "in all" else counts[event] for counts in (self._called, self._taken, self._unanswered))
            lines.append(f"{event:<7}{called:>8}{taken:>14}{called - taken - unanswered:>20}{unanswered:>11}")
        if self._not_called:
            lines.append(f"{self._not_called} events have an empty template: nothing was called")
        return "\n".join(lines)
