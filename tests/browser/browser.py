"""A real browser, driven by Debian's chromium-driver over plain HTTP (the WebDriver protocol)."""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

DRIVER = shutil.which("chromedriver")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
TAB = "\ue004"


class NotThere(AssertionError):
    """The page has no such element, or not any more."""


class Browser:
    """A headless Chromium with a profile of its own. `script=False`: pages run no JavaScript."""

    def __init__(self, script=True):
        self.folder = tempfile.mkdtemp(prefix="keitaro-browser-")
        self.log = open(os.path.join(self.folder, "driver.log"), "w+b")
        self.driver = subprocess.Popen(
            [DRIVER, "--port=0"], stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env={**os.environ, "HOME": self.folder, "TMPDIR": self.folder}
        )
        self.session = None
        try:
            self.base = f"http://127.0.0.1:{self._port()}"
            arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server", "--window-size=1200,900",
                         "--disable-background-networking", "--disable-component-update", f"--user-data-dir={self.folder}/profile"]
            options = {"args": arguments, "prefs": {} if script else {"profile.managed_default_content_settings.javascript": 2}}
            wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}}
            self.session = self._call("POST", "/session", wanted)["sessionId"]
        except BaseException:
            self.close()
            raise

    def _port(self):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with open(self.log.name, encoding="utf-8", errors="replace") as file:
                match = re.search(r"started successfully on port (\d+)", file.read())
            if match:
                return match.group(1)
            time.sleep(0.02)
        raise AssertionError("chromedriver does not say where it listens")

    def close(self):
        try:
            if self.session:
                self._call("DELETE", f"/session/{self.session}")
        finally:
            self.driver.terminate()
            self.driver.wait(timeout=30)
            self.log.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _call(self, method, path, body=None):
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())["value"]
        except urllib.error.HTTPError as error:
            told = json.loads(error.read())["value"]
            gone = told.get("error") in ("no such element", "stale element reference")
            raise (NotThere if gone else AssertionError)(f"{method} {path}: {told.get('message', '')[:500]}") from None

    def call(self, method, path, body=None):
        return self._call(method, f"/session/{self.session}{path}", body)

    def cdp(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    # --- what a person does

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def back(self):
        self.call("POST", "/back")

    def address(self):
        return self.call("GET", "/url")

    def element(self, css):
        return self.call("POST", "/element", {"using": "css selector", "value": css})[ELEMENT]

    def named(self, text, tag="*"):
        """The first link or button with this text."""
        return self.call("POST", "/element", {"using": "xpath", "value": f"//{tag}[self::a or self::button][normalize-space()='{text}']"})[ELEMENT]

    def click(self, element):
        self.call("POST", f"/element/{element}/click")

    def type(self, element, text):
        self.call("POST", f"/element/{element}/clear")
        self.call("POST", f"/element/{element}/value", {"text": text})

    def press(self, key):
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]}]})

    def text(self, css="main"):
        """What is to be read there; nothing while the page is being loaded."""
        try:
            return self.call("GET", f"/element/{self.element(css)}/text")
        except NotThere:
            return ""

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def size(self, width, height=900):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name):
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def complaints(self):
        """What the browser's console says: blocked scripts and styles above all."""
        return [line["message"] for line in self.call("POST", "/se/log", {"type": "browser"}) if line["level"] in ("SEVERE", "WARNING")]

    def screenshot(self, path, whole=False):
        if whole:
            height = self.run("return document.documentElement.scrollHeight")
            width = self.run("return innerWidth")
            self.size(width, max(300, height))
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("GET", "/screenshot")))


# How far the content is wider than the window, in pixels, and what is.
OVERFLOW = """
const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
if (wide <= 0) return [];
return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.tagName + "." + e.className + ": " + e.textContent.slice(0, 40)).slice(0, 5).concat([String(wide)]);
"""

# Texts whose contrast with what they stand on is below what WCAG asks for (4.5).
FAINT = """
const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
const light = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
  return .2126 * r + .7152 * g + .0722 * b; };
const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0) return c; } return [255, 255, 255, 1]; };
const found = [];
for (const e of document.querySelectorAll("body *")) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !e.getClientRects().length) continue;
  const svg = e.namespaceURI.endsWith("svg");
  if (svg && e.tagName !== "text") continue;
  const a = light(parse(svg ? getComputedStyle(e).fill : getComputedStyle(e).color)), b = light(ground(e));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) found.push(e.tagName + "." + e.className + " " + ratio.toFixed(2) + ": " + e.textContent.slice(0, 30));
}
return found;
"""
