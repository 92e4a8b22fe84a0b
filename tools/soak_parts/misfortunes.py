"""What befalls the workers, now and then a writer, and PostgreSQL's server: kills, stops and freezes, one at a time, by chance."""

_KINDS = {"kill": 45, "kill both": 10, "kill standby": 5, "stop": 15, "freeze": 15, "freeze and kill": 5, "kill writer": 5}
_KINDS_ON_POSTGRESQL = {"kill": 30, "kill both": 5, "stop": 10, "freeze": 10, "freeze and kill": 5, "freeze for long": 5, "kill writer": 5,
                        "end a connection": 15}
_KINDS_OF_SERVERS = {"restart the server": 15, "take the server away": 5}
_SECONDS_BETWEEN = (5, 15)
_SECONDS_FROZEN = (0.3, 6)
_SECONDS_FROZEN_FOR_LONG = (15, 30)  # Beyond a lease, or not.
_SECONDS_AWAY = (1, 25)


class Misfortunes:
    """`hurry` makes them follow faster, for a short run. `database`: see postgresql.Misfortunes; None for a SQLite file."""

    def __init__(self, workers, kill_writer, chance, hurry, now, database=None):
        self._workers = workers
        self._kill_writer = kill_writer
        self._chance = chance
        self._hurry = hurry
        self._database = database
        self._kinds = _KINDS
        if database is not None:
            self._kinds = _KINDS_ON_POSTGRESQL | (_KINDS_OF_SERVERS if database.has_server else {})
        self._thaw_at = None
        self._kill_when_thawed = False
        self._back_at = None
        self._next = now + self._pause()

    def look(self, now, *, freezes_only):
        """Does what is due. With `freezes_only` no process is ended, and freezes are rare."""
        if self._thaw_at is not None:
            if now >= self._thaw_at:
                self._workers.thaw(and_kill=self._kill_when_thawed and not freezes_only)
                self._thaw_at = None
        elif self._back_at is not None:
            if now >= self._back_at:
                self._back_at = None
                self._database.start_server()
        elif now >= self._next:
            self._next = now + self._pause()
            self._strike(now, freezes_only)

    def _pause(self):
        return self._chance.uniform(*_SECONDS_BETWEEN) / self._hurry

    def server_is_away(self):
        """Until look() brings it back: who calls that must not wait for the server."""
        return self._back_at is not None

    def heal(self):
        """First of all a worker that was frozen: in a commit it may hold a lock."""
        self._workers.thaw()
        self._thaw_at = None
        if self._back_at is not None:
            self._back_at = None
            self._database.start_server()

    def _victim(self):
        return self._workers.active() if self._database is None else self._workers.any_active(self._chance)

    def _strike(self, now, freezes_only):
        (kind,) = self._chance.choices(list(self._kinds), list(self._kinds.values()))
        if kind.startswith("freeze"):
            self._workers.freeze(self._victim())
            self._thaw_at = now + self._seconds(_SECONDS_FROZEN_FOR_LONG if kind == "freeze for long" else _SECONDS_FROZEN)
            self._kill_when_thawed = kind == "freeze and kill"
        elif kind == "end a connection":
            self._database.end_connection()
        elif kind == "restart the server":
            self._database.stop_server()
            self._database.start_server()
        elif kind == "take the server away":
            self._database.stop_server()
            self._back_at = now + self._seconds(_SECONDS_AWAY)
        elif freezes_only:
            pass
        elif kind == "kill":
            self._workers.kill(self._victim())
        elif kind == "kill both":
            self._workers.kill_both()
        elif kind == "kill standby":
            self._workers.kill(self._workers.standby())
        elif kind == "stop":
            self._workers.stop(self._victim())
        elif kind == "kill writer":
            self._kill_writer()

    def _seconds(self, span):
        return self._chance.uniform(*span) / min(self._hurry, 4)
