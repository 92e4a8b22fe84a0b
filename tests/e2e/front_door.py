"""What tests of the front door stand on: a configuration with sources, a process that serves it, and calls of it."""

import http.client
import re

from harness import COMMAND, E2ETest, wait_until

SOURCE_KEY = "0123456789abcdefghijklmnopqrstuv"
OTHER_KEY = "vutsrqponmlkjihgfedcba9876543210"


class FrontDoorTest(E2ETest):
    """An initialised database, and a front door where `open()` was called."""

    def setUp(self):
        super().setUp()
        self.init()

    def configure(self, *, intake="", source="", more="", trackers="", key=SOURCE_KEY, name="outbox.toml"):
        """One source named net; `intake` and `source` are further lines of their tables."""
        return self.write(name, f'''{trackers}
[intake]
listen = "127.0.0.1:0"
{intake}
[[source]]
name = "net"
key = "{key}"
{source}
{more}
''')

    def open(self, config=None, *flags, verb="intake", name=None, env=None):
        """Starts `intake` or `run`; gives the process and the port."""
        config = config or self.configure()
        count = sum(child.name.startswith(verb) for child in self.children)
        args = [COMMAND, verb, "--db", self.db_path, "--config", config, "--log-level", "debug", *flags]
        process = self.start(name or f"{verb}{count + 1}", args, env=env)
        return process, self.port_of(process)

    def port_of(self, process):
        def found():
            match = re.search(r"front_door address=\S+:(\d+)", process.stderr())
            if not match and not process.running():
                raise AssertionError(f"{process.name} ended with {process.code()}: {process.output()}")
            return match and int(match.group(1))
        return wait_until(found, what=lambda: f"the front door's address: {process.output()}")

    def call(self, port, query="", *, method="GET", key=SOURCE_KEY, path=None, body=None, headers=None, timeout=60):
        """One request on a connection of its own; gives (status, body, headers)."""
        target = path if path is not None else f"/{key}/postback"
        if query:
            target += "?" + query
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally:
            connection.close()

    def rejects(self):
        return self.db.all("SELECT source, method, query, body, reason, resolved_at FROM intake_rejects ORDER BY id")

    def rows(self, columns="subid, status"):
        return self.db.all(f"SELECT {columns} FROM outbox ORDER BY id")
