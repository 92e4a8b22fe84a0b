"""The soak's verdict on one click: what is as promised passes, and each broken promise is found by its name."""

import collections
import unittest

import soak_tools  # noqa: F401  pylint: disable=unused-import
from soak_parts.click_judge import Click, History, Receipt, Row, judge_click

MINUTE = 60_000


def row(number, status="sale", mark=None, state="delivered", tid="", payout="", due_at=0):
    return Row(number, status, tid, payout, mark or f"m{number}", state, 1, due_at)


def got(n, status="sale", mark=None, tid="", payout="", at=None, taken_in=1, answered=True, overlaps=0):
    """A request; the n-th comes in the n-th minute, and is answered a millisecond later."""
    at = n * MINUTE if at is None else at
    return Receipt(n, at, at, status, tid, payout, mark or f"m{n}", taken_in, at + 1 if answered else None, overlaps)


# What is judged: rows, requests, what conversions holds, and what happened meanwhile.
Case = collections.namedtuple("Case", "rows requests conversions history", defaults=(None, None))


def judge(case):
    conversions = case.conversions
    if conversions is None:
        conversions = {request.tid: request.status for request in case.requests if request.taken_in}
    figures = collections.Counter()
    findings = judge_click(Click("abc", case.rows, case.requests, conversions), case.history or History(), figures)
    return [finding.kind for finding in findings], figures


AS_PROMISED = {
    "a lead, then a sale": Case([row(1, "wait"), row(2)], [got(1, "lead"), got(2)]),
    "a duplicate of what was taken in": Case([row(1), row(2, mark="m1", state="duplicate")], [got(1)]),
    "a rebill's duplicate with another amount": Case(
        [row(1, "rebill", tid="t", payout="1"), row(2, "rebill", tid="t", payout="2", state="duplicate")], [got(1, "rebill", tid="t", payout="1")]),
    "a move that Keitaro does not publish is refused": Case([row(1), row(2, "lead", state="refused")], [got(1)]),
    "a rebill without a tid is refused": Case([row(1, "rebill", state="refused")], []),
    "an unknown status is refused": Case([row(1, "paid", state="refused")], []),
    "what the receiver never takes is dead": Case([row(1, mark="m1.never", state="dead")], [got(1, mark="m1.never", taken_in=0)]),
    "an amount written otherwise": Case([row(1, payout="12.50")], [got(1, payout="12.5")]),
    "a try that failed, and another": Case([row(1)], [got(1, taken_in=0), got(2, mark="m1")]),
    "conversions of one click beside each other": Case([row(1, tid="a"), row(2, "lead", tid="b")], [got(1, tid="a"), got(2, "lead", tid="b")]),
    "cancelled by the operator": Case([row(1, state="cancelled")], [], None, History(edits={1: [("cancel", 5)]})),
    "sent out of turn since the operator asked for it": Case(
        [row(1), row(2, tid="t")], [got(1), got(2, tid="t"), got(3, mark="m1")], None, History(edits={1: [("retry", 2 * MINUTE)]})),
    "unknown to have been taken in when an earlier one was sent again": Case(
        [row(1, "lead", mark="m1.late"), row(2)],
        [got(1, "lead", mark="m1.late", taken_in=0), got(2, answered=False), got(3, "lead", mark="m1.late"), got(4, mark="m2")], None,
        History(edits={1: [("retry", 2 * MINUTE + 5)]})),
    "forgotten by a worker that was killed when an earlier one was sent again": Case(
        [row(1, "lead", mark="m1.late"), row(2)],
        [got(1, "lead", mark="m1.late", taken_in=0), got(2), got(3, "lead", mark="m1.late"), got(4, mark="m2")], None,
        History(kills=[(2 * MINUTE + 5, 2 * MINUTE + 9)], edits={1: [("retry", 2 * MINUTE + 9)]}, keeps_answers=False)),
    "changed back by the operator, so that a duplicate is an update": Case(
        [row(1, payout="1"), row(2, payout="2"), row(3, mark="m2", payout="2")],
        [got(1, payout="1"), got(2, payout="2"), got(3, mark="m1", payout="1"), got(4, mark="m2", payout="2")], None,
        History(edits={1: [("retry", MINUTE + 5)]})),
    "open at a worker that is frozen, when another sends it again": Case(
        [row(1)], [got(1, answered=False), got(2, mark="m1", overlaps=MINUTE)], None, History(freezes=[(MINUTE + 500, 3 * MINUTE)])),
    "in doubt when it was cancelled": Case(
        [row(1, state="cancelled"), row(2, "lead")], [got(1, answered=False), got(2, "lead")], None,
        History(edits={1: [("cancel", MINUTE + 5)]})),
}

REPEATS = {
    "answer lost": Case([row(1)], [got(1, answered=False), got(2, mark="m1")]),
    "kill": Case([row(1)], [got(1), got(2, mark="m1")], None, History(kills=[(MINUTE + 5, MINUTE + 9)])),
    "freeze": Case([row(1)], [got(1), got(2, mark="m1")], None, History(freezes=[(MINUTE - 5, MINUTE + 4000)])),
    "freeze, within which the machine stalled": Case(
        [row(1)], [got(1), got(2, mark="m1")], None, History(freezes=[(MINUTE - 5, MINUTE + 4000), (MINUTE - 4, MINUTE - 3)])),
    "server": Case([row(1)], [got(1), got(2, mark="m1")], None, History(servers=[(MINUTE - 500, MINUTE + 4000)])),
    "operator": Case([row(1)], [got(1), got(2, mark="m1")], None, History(edits={1: [("retry", MINUTE + 5)]})),
}

BROKEN = {
    "LOST": (
        Case([row(1)], []),
        Case([row(1)], [got(1, taken_in=0)], {}),
        Case([row(1), row(2, mark="m1"), row(3)], [got(1), got(3)]),
        Case([row(1, state="duplicate")], []),
        Case([row(1, "rebill", tid="t", state="duplicate")], [], {}),
        Case([row(1, state="dead")], [got(1, taken_in=0)], {}),
        Case([row(1, "lead"), row(2, state="refused")], [got(1, "lead")]),
        Case([row(1, state="refused")], []),
        Case([row(1, state="cancelled")], []),
    ),
    "OUT OF ORDER": (
        Case([row(1, tid="a"), row(2, tid="b")], [got(1, mark="m2", tid="b"), got(2, mark="m1", tid="a")]),
        Case([row(1), row(2, tid="b")], [got(1, taken_in=0), got(2, tid="b"), got(3, mark="m1")]),
        Case([row(1), row(2, tid="b")], [got(1), got(2, tid="b", overlaps=1)]),
        Case([row(1), row(2, tid="b")], [got(1), got(2, tid="b", overlaps=MINUTE)]),
        Case([row(1)], [got(1, answered=False), got(2, mark="m1", at=MINUTE + 1900, overlaps=1900)], None, History(freezes=[(MINUTE, 3 * MINUTE)])),
        Case([row(1), row(2, tid="b")], [got(1, taken_in=0), got(2, tid="b"), got(3, mark="m1")], None, History(edits={1: [("retry", 4 * MINUTE)]})),
    ),
    "FORBIDDEN MOVE": (
        Case([row(1), row(2, "lead")], [got(1), got(2, "lead")]),
        Case([row(1), row(2, "lead")], [got(1), got(2, "lead")], None, History(edits={2: [("retry", MINUTE + 5)]})),
        Case([row(1), row(2, "lead")], [got(1, answered=False), got(2, "lead")]),
        Case([row(1, "lead", mark="m1.late"), row(2)],
             [got(1, "lead", mark="m1.late", taken_in=0), got(2), got(3, "lead", mark="m1.late"), got(4, mark="m2")], None,
             History(kills=[(2 * MINUTE + 5, 2 * MINUTE + 9)], edits={1: [("retry", 2 * MINUTE + 9)]})),
        Case([row(1), row(2, "lead")], [got(1), got(2, "lead")], None,
             History(kills=[(MINUTE + 5, MINUTE + 9)], keeps_answers=False)),
    ),
    "REBILL COUNTED TWICE": (Case([row(1, "rebill", tid="t"), row(2, "rebill", tid="t")], [got(1, "rebill", tid="t"), got(2, "rebill", tid="t")]),),
    "REPEATED WITHOUT CAUSE": (
        Case([row(1)], [got(1), got(2, mark="m1")]),
        Case([row(1)], [got(1), got(2, mark="m1")], None, History(kills=[(9, 10), (MINUTE + 4000, MINUTE + 4001), (5 * MINUTE, 5 * MINUTE + 1)])),
        Case([row(1)], [got(1), got(2, mark="m1")], None, History(freezes=[(MINUTE + 4000, MINUTE + 5000)], edits={2: [("retry", MINUTE + 5)]})),
        Case([row(1), row(2, mark="m1")], [got(1, answered=False), got(2, mark="m1")]),
        Case([row(1, payout="1"), row(2, payout="2")], [got(1, payout="1"), got(2, payout="2"), got(3, mark="m1", payout="1")]),
    ),
    "NOT WHAT WAS WRITTEN": (
        Case([row(1)], [got(1), got(2, mark="never written", tid="x")], {"": "sale"}),
        Case([row(1, payout="2", state="pending")], [got(1, payout="3")], {}),
        Case([row(1, "lead", state="pending")], [got(1, "sale")], {}),
    ),
    "BEFORE ITS TIME": (Case([row(1, due_at=MINUTE + 500)], [got(1)]),),
    "WRONG BOOK": (
        Case([row(1, "lead"), row(2)], [got(1, "lead"), got(2)], {"": "lead"}),
        Case([row(1)], [got(1)], {"": "sale", "other": "sale"}),
    ),
    "UNFINISHED": (Case([row(1, state="pending")], [], {}),),
}


class ClickJudge(unittest.TestCase):
    def test_what_is_as_promised_passes(self):
        for name, case in AS_PROMISED.items():
            with self.subTest(name):
                self.assertEqual(judge(case)[0], [])

    def test_repeats_with_a_cause_pass_and_are_counted(self):
        for cause, case in REPEATS.items():
            with self.subTest(cause):
                kinds, figures = judge(case)
                self.assertEqual((kinds, figures["repeat: " + cause.partition(",")[0]]), ([], 1))

    def test_each_broken_promise_is_found(self):
        for kind, cases in BROKEN.items():
            for number, case in enumerate(cases):
                with self.subTest(kind, number=number):
                    self.assertIn(kind, judge(case)[0])

    def test_repeats_are_counted_for_the_kill_that_made_them(self):
        kills = History(kills=[(MINUTE + 1, MINUTE + 1), (2 * MINUTE + 1, 2 * MINUTE + 1)])
        rows = [row(number, tid=f"t{number}") for number in (1, 2)]
        requests = [got(1, tid="t1"), got(2, mark="m1", tid="t1"), got(3, mark="m1", tid="t1"), got(4, mark="m2", tid="t2")]
        kinds, figures = judge(Case(rows, requests, None, kills))
        self.assertEqual(kinds, [])
        self.assertEqual([figures["kill", number] for number in (0, 1)], [1, 1])


if __name__ == "__main__":
    unittest.main()
