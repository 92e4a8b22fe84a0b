"""What can be wrong with one row as it was inserted: what the worker would refuse, and what arrives otherwise than was meant."""

import json
import re
import time

from . import trackers as known
from .findings import hint, shown, wrong

DAY = 86_400_000

# {click}, %7Bclick%7D, [CLICK_ID], <subid>, $subid, ${subid}, __CLICK_ID__, %subid%
_MACRO = re.compile(
    r"%7b\w*%7d|\{\w+\}|\[\w*(?:click|sub_?id|tid|payout)\w*\]|<\w*(?:click|subid)\w*>|\$\{?\w*(?:click|subid)\w*\}?"
    r"|(?-i:(?<!\w)__[A-Z]\w*__(?!\w))|%\w+%(?![0-9a-f]{2})",
    re.IGNORECASE)
_NOTHING = {"null", "none", "undefined", "nan", "nil", "false", "true", "[object object]", "array"}
_CURRENCIES = set("""
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC
CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD
JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
""".split())
_COLUMNS = {"subid", "status", "tid", "payout", "revenue", "cost", "currency", "return"}
_LONGEST_PARAMS = 256 * 1024


def judge(row, trackers, now=None):
    """Findings on one row, a dict of all columns; `trackers` is of trackers.read(), or None; `now` in Unix milliseconds."""
    now = time.time() * 1000 if now is None else now
    rules = (_event_id, _tracker, _click, _texts, _status, _amounts, _currency, _params, lambda r, _: _times(r, now), _worker_owned)
    return [found for rule in rules for found in rule(row, trackers)]


def _event_id(row, _):
    if row["event_id"] is None:
        yield wrong("event_id", "the row has no event_id: if your program repeats the insert, the postback may be sent twice",
                    "write your own name of the event to event_id, such as 'order-7-paid', and end the INSERT with ON CONFLICT DO NOTHING",
                    [row["id"]])
    elif not row["event_id"].strip():
        yield wrong("event_id", "event_id is empty: all events without a name would count as one, and all but the first be lost",
                    "write your own name of the event, such as 'order-7-paid', or NULL", [row["id"]])


def _tracker(row, trackers):
    if known.of_row(row, trackers) is None:
        yield wrong("tracker", f"the configuration has no tracker {shown(row['tracker'])}: the row would wait for ever",
                    "add a [[tracker]] of this name, or correct the column tracker", [row["id"]])


def _click(row, _):
    subid = row["subid"]
    if subid.strip().lower() in _NOTHING:
        yield wrong("subid", f"subid is {shown(subid)}, which is no click id but a value that your program did not have",
                    "insert nothing where the click id is missing", [row["id"]])


def _texts(row, _):
    for column in ("subid", "tid", "campaign", "event_id", "tracker"):
        value = row[column]
        if not value or not value.strip():
            continue
        if column != "event_id" and _MACRO.search(value):
            yield wrong("macro", f"{column} is {shown(value)}: a macro that nobody filled in",
                        "look where the value comes from: the link or template was used before its macros were replaced", [row["id"]])
        if value != value.strip():
            yield wrong("whitespace", f"{column} has blanks or line ends around it: {shown(value)} is another {column} for Keitaro",
                        f"trim {column} before you insert it", [row["id"]])
        elif column == "subid" and re.search(r"[\s\x00-\x1f\x7f]", value):
            yield wrong(
                "whitespace",
                f"subid holds blanks or control characters: {shown(value)}",
                "look where the click id comes from",
                [row["id"]])


def _status(row, trackers):
    tracker = known.of_row(row, trackers)
    if tracker is None:
        return
    name = row["status"].strip().lower()
    templates = tracker.campaigns.get(row["campaign"], tracker.templates)
    if templates is not None:
        if name not in templates:
            yield wrong("status", f"there is no template for the status {shown(row['status'])}: the worker would refuse the row",
                        "add a template to the configuration (an empty one sends nothing), or correct the status", [row["id"]])
    elif name not in tracker.statuses:
        yield wrong(
            "status",
            f"the worker does not know the status {shown(row['status'])} and would refuse the row",
            "use lead, sale, rejected, rebill, wait, hold, approve, cancel or trash, or tell the tracker's statuses what it counts as",
            [row["id"]])
    if tracker.statuses.get(name) == "rebill" and not row["tid"]:
        yield wrong("tid", "a rebill without tid: the worker would refuse it, for it would overwrite the sale",
                    "write a tid that is unique to the rebill", [row["id"]])
    if tracker.statuses.get(name) == "lead" and row["payout"] and row["payout"].strip("-0."):
        yield hint("payout", "a lead has a payout: Keitaro counts it as revenue before the sale is confirmed",
                   "leave payout out of leads, unless that is meant", [row["id"]])


def _amounts(row, _):
    for column in ("payout", "cost"):
        value = row[column]
        places = len(value.partition(".")[2]) if value else 0
        if places > 4:
            yield wrong("amount", f"{column} is {shown(value)}: at most 4 places are sent; so many come from floating-point numbers",
                        "count in cents or with a decimal type, and write the amount as text, such as '12.50'", [row["id"]])


def _currency(row, _):
    currency = row["currency"]
    if currency and currency.upper() not in _CURRENCIES:
        yield wrong(
            "currency",
            f"{shown(currency)} is no currency that is in use: Keitaro has no rate for it",
            "use the code of ISO 4217, such as usd",
            [row["id"]])
    if currency and not (row["payout"] or row["cost"]):
        yield hint(
            "currency",
            "a row has a currency and neither payout nor cost",
            "write the amount too, or leave the currency out",
            [row["id"]])


def _params(row, _):
    if row["params"] is None:
        return
    for text in _params_troubles(row["params"]):
        yield wrong("params", f"{text}: the worker would refuse the row", 'write a flat JSON object, such as {"sub_id_1":"x"}', [row["id"]])
    macro = _MACRO.search(row["params"][1:-1])
    if macro:
        yield wrong("macro", f"params hold {shown(macro.group())}: a macro that nobody filled in",
                    "look where the value comes from: the link or template was used before its macros were replaced", [row["id"]])


def _params_troubles(text):
    if len(text.encode()) > _LONGEST_PARAMS:
        yield "params are longer than 256 KiB"
        return
    try:
        pairs = json.loads(text, object_pairs_hook=list, parse_constant=_refuse)
    except ValueError:
        yield "params are no valid JSON"
        return
    names = set()
    for name, value in pairs:
        seen = re.split(r"[\0\[]", name.lstrip(" "))[0]
        if not name:
            yield "a parameter of params has an empty name"
        elif seen in _COLUMNS:
            yield f"params hold {shown(name)}, which has a column of its own or is the worker's"
        elif name in names:
            yield f"params hold {shown(name)} twice"
        if isinstance(value, list):  # An object too: it was read as a list of pairs.
            yield f"the parameter {shown(name)} is a list or an object"
        names.add(name)


def _refuse(constant):
    raise ValueError(constant)


def _times(row, now):
    due = row["due_at"]
    if 0 < due < 100_000_000_000:
        yield wrong("due_at", f"due_at is {due}, which looks like seconds", "write Unix milliseconds, or 0 for now", [row["id"]])
    elif due > now + 366 * DAY:
        yield wrong(
            "due_at",
            f"due_at is {due}, more than a year ahead",
            "write Unix milliseconds (not micro- or nanoseconds), or 0 for now",
            [row["id"]])
    elif due > now + DAY:
        yield hint(
            "due_at",
            f"due_at is more than {int((due - now) // DAY)} days ahead, and later rows of the click wait for it",
            "is that meant?",
            [row["id"]])
    if abs(row["created_at"] - now) > DAY:
        yield wrong(
            "created_at",
            f"created_at is {row['created_at']}, not the time of the insert",
            "leave created_at to SQLite",
            [row["id"]])


_WORKERS = {
    "attempts": 0, "strikes": 0, "waits_for": None, "sent_as": None,
    "http_status": None, "response": None, "reason": None, "finished_at": None,
}


def _worker_owned(row, _):
    if row["state"] != "pending":
        yield wrong(
            "worker_columns",
            f"the row was inserted with the state {shown(row['state'])}: it will never be sent",
            "leave state to the worker",
            [row["id"]])
    written = [column for column, value in _WORKERS.items() if column in row and row[column] != value]
    if written:
        yield wrong(
            "worker_columns",
            f"the insert wrote {', '.join(written)}, which is the worker's",
            "leave these columns out of the INSERT",
            [row["id"]])
