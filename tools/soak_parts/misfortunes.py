"""What befalls the worker, and now and then a writer: kills, stops and freezes, one at a time, by chance."""

_KINDS = {"kill": 45, "kill both": 10, "kill standby": 5, "stop": 15, "freeze": 15, "freeze and kill": 5, "kill writer": 5}
_SECONDS_BETWEEN = (5, 15)
_SECONDS_FROZEN = (0.3, 6)


class Misfortunes:
    """`hurry` makes them follow faster, for a short run."""

    def __init__(self, workers, kill_writer, chance, hurry, now):
        self._workers = workers
        self._kill_writer = kill_writer
        self._chance = chance
        self._hurry = hurry
        self._thaw_at = None
        self._kill_when_thawed = False
        self._next = now + self._pause()

    def look(self, now, *, freezes_only):
        """Does what is due. With `freezes_only` no process is ended, and freezes are rare."""
        if self._thaw_at is not None:
            if now >= self._thaw_at:
                self._workers.thaw(and_kill=self._kill_when_thawed and not freezes_only)
                self._thaw_at = None
        elif now >= self._next:
            self._next = now + self._pause()
            self._strike(now, freezes_only)

    def _pause(self):
        return self._chance.uniform(*_SECONDS_BETWEEN) / self._hurry

    def _strike(self, now, freezes_only):
        (kind,) = self._chance.choices(list(_KINDS), list(_KINDS.values()))
        if kind.startswith("freeze"):
            self._workers.freeze(self._workers.active())
            self._thaw_at = now + self._chance.uniform(*_SECONDS_FROZEN) / min(self._hurry, 4)
            self._kill_when_thawed = kind == "freeze and kill"
        elif freezes_only:
            pass
        elif kind == "kill":
            self._workers.kill(self._workers.active())
        elif kind == "kill both":
            self._workers.kill_both()
        elif kind == "kill standby":
            self._workers.kill(self._workers.standby())
        elif kind == "stop":
            self._workers.stop(self._workers.active())
        elif kind == "kill writer":
            self._kill_writer()
