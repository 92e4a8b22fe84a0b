"""The page of metrics, read as Prometheus reads it, and the other pages beside it."""

import collections
import re
import urllib.error
import urllib.request

Page = collections.namedtuple("Page", "code type text")

_SAMPLE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$')
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def get(url, timeout=30):
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return Page(answer.status, answer.headers["Content-Type"], answer.read().decode())
    except urllib.error.HTTPError as error:
        return Page(error.code, error.headers["Content-Type"], error.read().decode())


class Metrics:
    """One scrape. Calling it gives the sum of the samples of a name that have these labels; None where there is none."""

    def __init__(self, base):
        self.page = get(base + "/metrics")
        self.samples = []
        self.types = {}
        for line in self.page.text.splitlines():
            if line.startswith("# TYPE "):
                name, kind = line.split(" ")[2:]
                self.types[name] = kind
            elif not line.startswith("#"):
                name, labels, value = _SAMPLE.match(line).groups()
                self.samples.append((name, dict(_LABEL.findall(labels or "")), float(value)))

    def __call__(self, name, **labels):
        values = [value for sample, its, value in self.samples
                  if sample == "keitaro_outbox_" + name and labels.items() <= its.items()]
        return sum(values) if values else None

    def labels(self, label):
        return {its[label] for _, its, _ in self.samples if label in its}
