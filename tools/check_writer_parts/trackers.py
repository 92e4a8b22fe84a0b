"""What a worker's configuration says of trackers, as far as it decides what becomes of a row."""

import collections
import tomllib

KEITARO = {"lead": "lead", "sale": "sale", "rejected": "rejected", "rebill": "rebill"}
ALTERCPA = {"wait": "lead", "hold": "lead", "approve": "sale", "cancel": "rejected", "trash": "rejected"}

# `statuses` is {name: Keitaro's status}; `templates` are the names with a template, None without any; `campaigns` the same by code.
Tracker = collections.namedtuple("Tracker", "statuses templates campaigns")


class BadConfig(Exception):
    pass


def read(path):
    """{name: Tracker}."""
    try:
        with open(path, "rb") as file:
            config = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"--config {path}: {error}") from None
    tables = config.get("tracker", [])
    tables = [tables] if isinstance(tables, dict) else tables
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise BadConfig(f"--config {path}: there is no [[tracker]] in it")
    names = [str(table.get("name", "default")) for table in tables]
    campaigns = _campaigns(config, names)
    return {name: _tracker(table, campaigns.get(name, {})) for name, table in zip(names, tables)}


def of_row(row, trackers):
    """The row's Tracker; of one that no configuration was read for, what every tracker knows; None for an unknown one."""
    if trackers is None:
        return Tracker({**KEITARO, **ALTERCPA}, None, {})
    return trackers.get(row["tracker"])


def _tracker(table, campaigns):
    own = {_normal(name): str(status) for name, status in dict(table.get("statuses", {})).items()}
    templates = table.get("templates")
    return Tracker({**ALTERCPA, **own, **KEITARO}, None if not templates else _names(templates), campaigns)


def _campaigns(config, trackers):
    """{tracker: {code: names}}."""
    found = collections.defaultdict(dict)
    for code, table in config.get("campaign", {}).items():
        owner = table.get("tracker", trackers[0] if len(trackers) == 1 else "default")
        if table.get("templates"):
            found[owner][code] = _names(table["templates"])
    return found


def _names(templates):
    return {_normal(name) for name in templates}


def _normal(name):
    return name.strip().lower()
