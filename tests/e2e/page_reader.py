"""The page for people, read as a browser reads it: requests with its headers, HTML taken apart and checked."""

import base64
import collections
import html.parser
import http.client
import urllib.parse

from harness import wait_until

VOID = {"meta", "link", "input", "br", "hr", "img"}
Answer = collections.namedtuple("Answer", "code headers text")


class Page(html.parser.HTMLParser):
    """Elements as (tag, attributes, text); `faults` are what a careful reader finds wrong."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.faults = []
        self.elements = []
        self._open = []
        self.feed(text)
        self.close()
        for element in self._open:
            self.faults.append(f"<{element['tag']}> is not closed")
        self._check()

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> has an attribute twice")
        element = {"tag": tag, "attrs": dict(attrs), "text": "", "inside": [e["tag"] for e in self._open], "parents": list(self._open)}
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        if not self._open or self._open[-1]["tag"] != tag:
            self.faults.append(f"</{tag}> does not close {self._open[-1]['tag'] if self._open else 'anything'}")
            return
        self._open.pop()

    def handle_data(self, data):
        for element in self._open:
            element["text"] += data

    def all(self, tag, **attrs):
        return [e for e in self.elements if e["tag"] == tag and all(e["attrs"].get(k) == v for k, v in attrs.items())]

    def text(self):
        return " ".join(self.all("main")[0]["text"].split())

    def links(self):
        return [e["attrs"]["href"] for e in self.all("a")]

    def forms(self):
        """(action, fields) of each form that is sent by POST."""
        out = []
        for form in self.all("form", method="post"):
            fields = {e["attrs"]["name"]: e["attrs"].get("value", "") for e in self.all("input") if form in e["parents"]}
            out.append((form["attrs"]["action"], fields))
        return out

    def _check(self):
        ids = [e["attrs"]["id"] for e in self.elements if "id" in e["attrs"]]
        if len(ids) != len(set(ids)):
            self.faults.append(f"an id occurs twice: {sorted(ids)}")
        labelled = {e["attrs"].get("for") for e in self.all("label")}
        for e in self.elements:
            tag, attrs = e["tag"], e["attrs"]
            if tag in ("input", "select") and attrs.get("type") != "hidden" and attrs.get("id") not in labelled and "aria-label" not in attrs:
                self.faults.append(f"a field without a label: {attrs}")
            if tag == "table" and not any(c["tag"] == "caption" and c["parents"][-1] is e for c in self.elements):
                self.faults.append("a table without a caption")
            if tag == "th" and attrs.get("scope") not in ("col", "row"):
                self.faults.append("a heading of a table without scope")
            if tag == "script" and (e["text"].strip() or not attrs.get("src", "").startswith("/")):
                self.faults.append("a script that is not our file")
            for name, value in attrs.items():
                if name.startswith("on") or name == "style":
                    self.faults.append(f"<{tag} {name}=…>")
                if name in ("href", "src", "action") and not (value.startswith(("/", "#")) and not value.startswith("//")):
                    self.faults.append(f"an address elsewhere: {value}")
        if len(self.all("h1")) != 1 or len(self.all("main")) != 1 or not self.all("html", lang="en"):
            self.faults.append("not one heading, one main part and a language")


class Viewer:
    """Somebody with a browser: follows links and sends forms."""

    def __init__(self, base, password=None, host=None):
        self.address = base.removeprefix("http://").rstrip("/")
        self.host = host or self.address
        self.password = password

    def request(self, method, path, body=None, headers=None, timeout=30):
        connection = http.client.HTTPConnection(self.address, timeout=timeout)
        try:
            connection.putrequest(method, path, skip_host=True)
            sent = {"Host": self.host, **(headers or {})}
            if self.password is not None:
                sent["Authorization"] = "Basic " + base64.b64encode(b"anna:" + self.password.encode()).decode()
            if body is not None:
                sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
                sent["Content-Length"] = str(len(body))
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def page(self, path, code=200):
        answer = self.get(path)
        if answer.code != code:
            raise AssertionError(f"{path}: {answer.code}: {answer.text[:500]}")
        page = Page(answer.text)
        if page.faults:
            raise AssertionError(f"{path}: {page.faults[:5]}")
        return page

    def shown(self, path, text):
        """Waits until a screen shows the text; gives the screen."""
        last = []

        def look():
            last[:] = [self.page(path)]
            return text in last[0].text()

        wait_until(look, 30, lambda: f"{text!r} is shown at {path}: {last[0].text()}", step=0.2)
        return last[0]

    def post(self, path, fields, headers=None):
        body = urllib.parse.urlencode(fields).encode()
        return self.request("POST", path, body, {"Sec-Fetch-Site": "same-origin"} if headers is None else headers)

    def send(self, form, **more):
        """Sends a form, and follows to the page that says what was done."""
        action, fields = form
        answer = self.post(action, {**fields, **more})
        if answer.code != 303:
            raise AssertionError(f"{action} {fields}: {answer.code}: {answer.text[:800]}")
        return self.page(answer.headers["Location"])
