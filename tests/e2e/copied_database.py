"""A database whose files are copied, moved and put back by hand while workers come and go."""

from harness import Database, E2ETest, wait_until


class CopiedDatabase(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()
        self.copy = self.path("copy.db")

    def insert(self, *subids):
        for subid in subids:
            self.assertEqual(self.shell(f"INSERT INTO outbox (subid, status) VALUES ('{subid}', 'sale')").code, 0)

    def take_copy(self):
        self.assertEqual(self.shell(f".backup {self.copy}").code, 0)

    def file_states(self):
        """Through a connection of its own: the file may be another one each time."""
        database = Database(self.db_path)
        try:
            return dict(database.states())
        finally:
            database.close()

    def wait_for_file_states(self, expected):
        wait_until(
            lambda: self.file_states() == expected, what=lambda: f"{expected}, they are {self.file_states()}", step=0.05
        )
