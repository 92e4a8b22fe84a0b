"""What went wrong with one click: its rows as they ended, against what the receiver got of it, in order.

Nothing here asks the worker's own books why; what may follow from what is worked out again from the rows, the receipts, and
what is known to have been done to the worker and to the rows.
"""

import bisect
import collections
import dataclasses
import decimal

from . import rules
from .findings import ALTERED, BOOK, EARLY, FORBIDDEN, LOST, OUT_OF_ORDER, REBILL_TWICE, REPEATED, UNFINISHED, Finding

Row = collections.namedtuple("Row", "id status tid payout mark state attempts due_at")
Receipt = collections.namedtuple("Receipt", "n at wall_at status tid payout mark taken_in answered_at overlaps")

# An answer that was given so shortly before a kill may not have been committed yet: milliseconds, but for a disk that hangs.
RECORDING_TAKES_MS = 3000
# The worker's and the receiver's reading of one clock.
CLOCK_SLACK_MS = 100
# A worker has its connection to a server that is back.
RECONNECTING_TAKES_MS = 15_000


@dataclasses.dataclass
class History:
    """What was done while the worker ran. Times in milliseconds."""

    kills: list = dataclasses.field(default_factory=list)  # (begun, ended) of each kill -9.
    freezes: list = dataclasses.field(default_factory=list)  # Of a worker, the receiver, or the whole machine.
    servers: list = dataclasses.field(default_factory=list)  # The database's server was killed, or a connection to it.
    edits: dict = dataclasses.field(default_factory=dict)  # outbox id → [(edit, at)]
    request_timeout_ms: int = 2000
    keeps_answers: bool = True  # Whether a worker that is killed leaves behind what was answered, as on SQLite.

    def __post_init__(self):
        # They are searched by their ends, and one may lie within another: the machine stalls while a worker is frozen.
        self.freezes = _joined(self.freezes)
        self.servers = _joined(self.servers)


def _joined(spans):
    """In order, those that overlap made one."""
    joined = []
    for begun, ended in sorted(spans):
        if joined and begun <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ended, joined[-1][1]))
        else:
            joined.append((begun, ended))
    return joined


@dataclasses.dataclass
class Click:
    subid: str
    rows: list
    receipts: list
    conversions: dict  # tid → the Keitaro status that the worker's table holds.


def judge_click(click, history, figures):
    """The click's findings. Adds to `figures` (a Counter) how repeats were explained."""
    return _Judgement(click, history, figures).findings


class _Judgement:
    def __init__(self, click, history, figures):
        self.findings = []
        self._click = click
        self._history = history
        self._figures = figures
        self._by_mark = collections.defaultdict(list)
        for row in click.rows:
            self._by_mark[row.mark].append(row)
        self._edited = any(row.id in history.edits for row in click.rows)
        known = [receipt for receipt in click.receipts if self._is_what_was_written(receipt)]
        self._assigned = self._judge_order(known)
        self._taken_in = [(row, receipt) for row, receipt in self._assigned if receipt.taken_in]
        self._by_tid = collections.defaultdict(list)
        for row, receipt in self._taken_in:
            self._by_tid[row.tid].append((row, receipt))
        for row in click.rows:
            self._judge_end(row)
        for tid, taken_in in self._by_tid.items():
            if not self._in_doubt(tid):
                self._judge_conversion(tid, taken_in)
        for tid in set(click.conversions) - set(self._by_tid):
            self._find(BOOK, f"conversions holds {click.conversions[tid]} for tid {tid!r}, and the receiver took in nothing")
        self._judge_repeats()

    def _find(self, kind, text):
        self.findings.append(Finding(kind, f"{self._click.subid}: {text}"))

    # --- what came

    def _is_what_was_written(self, receipt):
        rows = self._by_mark.get(receipt.mark)
        if not rows:
            self._find(ALTERED, f"request {receipt.n} ({receipt.status}, mark {receipt.mark!r}) is of no row")
            return False
        row = rows[0]
        facts = (rules.keitaro_status(row.status), row.tid, _amount(row.payout))
        if facts != (receipt.status, receipt.tid, _amount(receipt.payout)):
            self._find(ALTERED, f"request {receipt.n} differs from row {row.id}")
            return False
        if row.due_at and receipt.wall_at < row.due_at - CLOCK_SLACK_MS and not self._edits(row):
            self._find(EARLY, f"row {row.id} was sent {row.due_at - receipt.wall_at} ms before it was due")
        return True

    def _judge_order(self, receipts):
        """Which row each request was for: (row, receipt), in order of receipt."""
        assigned, last = [], 0
        for receipt in receipts:
            if receipt.overlaps and not self._is_of_a_frozen_worker(receipt):
                self._find(OUT_OF_ORDER, f"request {receipt.n} came while another of the click was under way")
            rows = self._by_mark[receipt.mark]
            row = next((row for row in rows if row.id >= last), None)
            if row is not None:
                last = row.id
            else:
                row = rows[0]
                if not any(self._sent_again_by_operator(other, receipt.at) for other in rows):
                    self._find(OUT_OF_ORDER, f"row {row.id} was sent (request {receipt.n}) after row {last}")
            assigned.append((row, receipt))
        return assigned

    def _is_of_a_frozen_worker(self, receipt):
        """Whether the other request that was under way had outlasted its time-out: only a worker that is frozen leaves one open, and
        on PostgreSQL another worker takes its lanes over meanwhile."""
        begun_at = receipt.at - receipt.overlaps
        return receipt.overlaps > self._history.request_timeout_ms and any(
            begun <= begun_at + self._history.request_timeout_ms and receipt.at <= ended for begun, ended in self._history.freezes)

    # --- how each row ended

    def _judge_end(self, row):
        if row.state == "pending":
            self._find(UNFINISHED, f"row {row.id} is still pending after {row.attempts} attempts")
        elif row.state == "delivered":
            self._judge_delivered(row)
        elif row.state == "duplicate" and not self._has_original(row):
            self._find(LOST, f"row {row.id} is called a duplicate, and the receiver took in no such postback")
        elif row.state == "refused" and not self._is_rightly_refused(row):
            self._find(LOST, f"row {row.id} ({row.status}) is refused without cause")
        elif row.state == "dead" and not rules.is_unwanted(row.mark):
            self._find(LOST, f"row {row.id} is dead after {row.attempts} attempts, though the receiver would have taken it in")
        elif row.state == "cancelled" and not any(edit == "cancel" for edit, _ in self._edits(row)):
            self._find(LOST, f"row {row.id} is cancelled, and nobody did that")

    def _judge_delivered(self, row):
        taken_in = sum(1 for other, _ in self._taken_in if other.mark == row.mark)
        delivered = [other for other in self._by_mark[row.mark] if other.state == "delivered"]
        if taken_in < len(delivered):
            self._find(LOST, f"row {row.id} is delivered, and the receiver did not take it in")
        elif delivered[0] is not row and not self._edited:
            self._find(REPEATED, f"row {row.id} is the same postback as row {delivered[0].id}, and both were sent")

    def _has_original(self, row):
        if rules.keitaro_status(row.status) == "rebill":
            return any(receipt.status == "rebill" for _, receipt in self._by_tid.get(row.tid, ()))
        return any(receipt.mark == row.mark for _, receipt in self._taken_in)

    def _is_rightly_refused(self, row):
        status = rules.keitaro_status(row.status)
        if status is None or status == "rebill" and not row.tid:
            return True
        before = [receipt.status for other, receipt in self._by_tid.get(row.tid, ()) if self._edited or other.id < row.id]
        return any(rules.is_forbidden(earlier, status) for earlier in (before if self._edited else before[-1:]))

    # --- conversions

    def _in_doubt(self, tid):
        """Whether the tracker may know more than the worker can: a row was cancelled while its answer was still out."""
        return any(edit == "cancel" for row, _ in self._by_tid[tid] for edit, _ in self._edits(row))

    def _judge_conversion(self, tid, taken_in):
        for (_, before), (row, after) in zip(taken_in, taken_in[1:]):
            # Whether the first was taken in, nobody could know when the operator had the other one sent again.
            unknown = before.answered_at is None or self._was_forgotten(before, after)
            unknowable = unknown and self._sent_again_by_operator(row, after.at)
            if rules.is_forbidden(before.status, after.status) and not unknowable:
                self._find(FORBIDDEN, f"{before.status} to {after.status} was sent for row {row.id}")
        rebills = {receipt.mark for _, receipt in taken_in if receipt.status == "rebill"}
        if len(rebills) > 1:
            self._find(REBILL_TWICE, f"tid {tid!r}: {', '.join(sorted(rebills))}")
        status = taken_in[-1][1].status
        if self._click.conversions.get(tid) != status:
            self._find(BOOK, f"the receiver has {status} for tid {tid!r}, conversions {self._click.conversions.get(tid)}")

    def _was_forgotten(self, before, after):
        """Whether the answer to the first was lost with the worker, or could not be written, before the second was sent."""
        return not self._history.keeps_answers and any(
            self._touched_by(spans, before, after) is not None for spans in (self._history.kills, self._history.servers))

    # --- repeats

    def _judge_repeats(self):
        previous, last_of_tid = {}, {}
        for row, receipt in self._taken_in:
            earlier = previous.get(row.mark)
            last = last_of_tid.get(row.tid)
            previous[row.mark] = last_of_tid[row.tid] = receipt
            if earlier is None:
                continue
            # With another postback of the conversion between the two, sent again, this one is an update anew.
            is_update = last.mark != row.mark and self._edited
            cause = "repeat: operator" if is_update else self._cause_of_repeat(row, earlier, receipt)
            if cause is None:
                self._find(REPEATED, f"row {row.id} was taken in by request {earlier.n}, answered, and sent again as {receipt.n}")
            else:
                self._figures[cause] += 1

    def _cause_of_repeat(self, row, earlier, receipt):
        if any(earlier.at <= at <= receipt.at for other in self._by_mark[row.mark] for _, at in self._edits(other)):
            return "repeat: operator"
        kill = self._touched_by(self._history.kills, earlier, receipt)
        if kill is not None:
            self._figures["kill", kill] += 1
            return "repeat: kill"
        if earlier.answered_at is None or earlier.answered_at - earlier.at > self._history.request_timeout_ms / 2:
            return "repeat: answer lost"
        if self._touched_by(self._history.freezes, earlier, receipt) is not None:
            return "repeat: freeze"
        if self._touched_by(self._history.servers, earlier, receipt) is not None:
            return "repeat: server"
        return None

    @staticmethod
    def _touched_by(spans, earlier, receipt):
        """The index of a span in which the earlier request was under way, or its answer not yet committed."""
        known_at = None if earlier.answered_at is None else earlier.answered_at + RECORDING_TAKES_MS
        first = bisect.bisect_left(spans, earlier.at, key=lambda span: span[1])
        for number in range(first, len(spans)):
            begun, _ = spans[number]
            if begun > receipt.at:
                return None
            if known_at is None or begun <= known_at:
                return number
        return None

    # --- the operator

    def _edits(self, row):
        return self._history.edits.get(row.id, ())

    def _sent_again_by_operator(self, row, at):
        return any(edit == "retry" and edited_at <= at for edit, edited_at in self._edits(row))


def _amount(text):
    return decimal.Decimal(text) if text else None
