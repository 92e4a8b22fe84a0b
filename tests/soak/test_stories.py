"""What the soak's application writes holds every kind of row that a verdict speaks of."""

import random
import unittest

import soak_tools  # noqa: F401  pylint: disable=unused-import
from soak_parts import rules
from soak_parts.application import Agenda
from soak_parts.stories import Clicks


class Stories(unittest.TestCase):
    def setUp(self):
        clicks = Clicks("w", random.Random(3))
        self.stories = [clicks.next() for _ in range(1000)]
        self.steps = [step for story in self.stories for step in story]

    def test_every_status_known_and_unknown_occurs(self):
        self.assertLessEqual(set(rules.STATUSES), {step.status for step in self.steps})
        self.assertTrue(any(rules.keitaro_status(step.status) is None for step in self.steps))

    def test_scheduled_unwanted_repeated_and_tidless_rebills_occur(self):
        for name, has in {
            "scheduled": lambda step: step.due_in > 0,
            "never wanted": lambda step: step.mark.endswith(rules.NEVER),
            "wanted late": lambda step: step.mark.endswith(rules.LATE),
            "event id": lambda step: step.event_id,
            "rebill without tid": lambda step: step.status == "rebill" and not step.tid,
        }.items():
            with self.subTest(name):
                self.assertGreater(sum(1 for step in self.steps if has(step)), 5)

    def test_rows_with_one_mark_are_the_same_postback(self):
        facts = {}
        for step in self.steps:
            wanted = (rules.keitaro_status(step.status), step.tid, step.payout)
            self.assertEqual(facts.setdefault(step.mark, wanted), wanted)
        self.assertLess(len(facts), len(self.steps))

    def test_an_agenda_keeps_the_steps_of_a_click_in_order(self):
        agenda = Agenda(Clicks("w", random.Random(3)))
        written = {}
        for second in range(200):
            for step in agenda.take(10, second / 10):
                written.setdefault(step.subid, []).append(step)
        for story in self.stories[:300]:
            steps = written.get(story[0].subid, [])
            self.assertEqual(steps, story[: len(steps)])
        self.assertEqual(sum(map(len, written.values())), 2000)


if __name__ == "__main__":
    unittest.main()
