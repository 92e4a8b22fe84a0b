"""Events by a script in place of invented people: one after the other, each as soon as its line is read."""

import time

from . import calls, people, templates


def play(lines, urls, options, chance, record):
    """Prints each answer, as `200 OK`, or `no answer: why`; `not called` where the template is empty."""
    known = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        if len(words) > 4 or len(words) < 2 or words[1] not in templates.EVENTS or not words[3:4] in ([], [*filter(str.isdigit, words[3:4])]):
            raise templates.Unfit(f"line {number} of the story is not CLICK EVENT [CAMPAIGN [TIME]]")
        click, status = words[:2]
        campaign = words[2] if len(words) > 2 else options.campaign[0]
        at = int(words[3]) if len(words) > 3 else int(time.time())
        lead = known.setdefault((click, campaign), people.person(click, campaign, len(known) + 1, chance, []))
        values = lead.values(status, at)
        url = urls.url(campaign, values)
        answer = calls.call(url, options.timeout) if url else None
        record(values, url, answer)
        if answer is None:
            print("not called", flush=True)
        else:
            print(f"{answer.code} {answer.text}" if answer.code else f"no answer: {answer.text}", flush=True)
