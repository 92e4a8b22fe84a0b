"""The postback URLs of a profile and of its campaigns, and how an event becomes a URL."""

import ipaddress
import re
import urllib.parse

EVENTS = ("wait", "hold", "approve", "cancel", "trash")
MACROS = ("click", "status", "campaign", "user", "lead", "subscriber", "username", "chat", "time")

_MACRO = re.compile(r"\{(" + "|".join(MACROS) + r")\}")
_LINE = re.compile(r"(\w+)(?:\s*[=:]\s*|\s+|$)(\S*)$")
_HEADING = re.compile(r"\[([^\[\]]+)\]$")


class Unfit(Exception):
    """One line: what is wrong with a template."""


def filled_in(template, values):
    """Values are percent-encoded, a missing one is empty, an unknown macro stays as it is."""
    return _MACRO.sub(lambda macro: urllib.parse.quote(str(values.get(macro.group(1), "")), safe=""), template)


def without_key(url):
    """The key is the first segment of the path."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(path=re.sub(r"^/[^/]+(?=/)", "/***", parts.path)))


class Templates:
    """All or nothing: a campaign that sets any of its five uses its own alone, an empty one meaning "call nothing";
    one that sets none uses the profile's."""

    def __init__(self, of_profile, of_campaigns):
        self._of_profile = of_profile
        self._of_campaigns = {code: own for code, own in of_campaigns.items() if any(own.values())}

    def url(self, campaign, values):
        """What the event `values["status"]` calls; empty for nothing."""
        chosen = self._of_campaigns.get(campaign, self._of_profile)
        return filled_in(chosen.get(values["status"], ""), values)

    def all(self):
        return [url for urls in (self._of_profile, *self._of_campaigns.values()) for url in urls.values() if url]


def read(lines):
    """Lines `EVENT URL`, those of a campaign below its `[CODE]`. Blank lines and those that begin with `#` are left out."""
    of_profile, of_campaigns = {}, {}
    current = of_profile
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if heading := _HEADING.match(text):
            current = of_campaigns.setdefault(heading.group(1), {})
            continue
        match = _LINE.match(text)
        if not match or match.group(1) not in EVENTS:
            raise Unfit(f"line {number} is none of [CAMPAIGN] and EVENT URL, the event being one of {', '.join(EVENTS)}")
        current[match.group(1)] = match.group(2)
    return Templates(of_profile, of_campaigns)


def require_callable(urls, any_host):
    """Invented people are for tests: only this machine is called, unless the user says otherwise."""
    for url in urls:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not _has_fit_port(parts):
            raise Unfit(f"{without_key(url)} is no http or https URL")
        if not any_host and not _is_this_machine(parts.hostname):
            raise Unfit(f"{parts.hostname} is not this machine: the people are invented; --any-host calls it all the same")


def _has_fit_port(parts):
    try:
        return parts.port != 0
    except ValueError:
        return False


def _is_this_machine(host):
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
