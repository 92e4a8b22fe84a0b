"""People who may read the database and not write it: status, list, show and explain work, and say what cannot be known."""

import os
import subprocess
import unittest

from harness import COMMAND, E2ETest, Result, clean_environment

NOBODY = 65534


class ReadingOnly(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()
        self.db.insert(subid="a", status="sale")
        self.db.insert(subid="b", status="lead", state="dead", reason="HTTP 422")

    def as_other_user(self, *args):
        """By a user who owns nothing here. Where we are not root it is ourselves, and the permissions are taken from the owner."""
        user = ["/usr/bin/setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"] if os.geteuid() == 0 else []
        done = subprocess.run(user + [COMMAND, *args, "--db", self.db_path], env=clean_environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60, check=False)
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def protect(self, file_mode=0o444, folder_mode=0o555):
        for name in os.listdir(self.folder):
            if name.startswith("app.db"):
                os.chmod(self.path(name), file_mode)
        os.chmod(self.folder, folder_mode)
        self.addCleanup(os.chmod, self.folder, 0o700)

    def assert_all_is_shown(self):
        for args, text in ((("status",), "HTTP 422"), (("list",), "HTTP 422"), (("show", "a"), "row 1"), (("explain", "2"), "row 2")):
            with self.subTest(args[0]):
                result = self.as_other_user(*args)
                self.assertEqual(result.code, 0, result)
                self.assertIn(text, result.out)
        return self.as_other_user("list")

    def test_beside_others_that_have_it_open_nothing_is_in_doubt(self):
        self.protect()
        self.assertEqual(self.assert_all_is_shown().err, "")
        # Of what others commit meanwhile too.
        self.db.insert(subid="c", status="sale")
        self.assertIn(" c ", self.as_other_user("list").out)

    def test_alone_it_is_read_as_it_stands_and_says_what_is_not_seen(self):
        self.db.close()
        self._database = None
        self.assertFalse(os.path.exists(self.db_path + "-wal"))
        self.protect()
        self.assertIn("without write permission", self.assert_all_is_shown().err)
        self.assertIn("without write permission", self.as_other_user("status").out)
        self.assertFalse(os.path.exists(self.db_path + "-wal"))

    def test_a_log_that_cannot_be_read_along_is_no_reason_to_show_half(self):
        os.chmod(self.folder, 0o755)
        self.db.insert(subid="c", status="sale")
        copy = self.path("copy")
        os.mkdir(copy)
        for suffix in ("", "-wal"):
            with open(self.db_path + suffix, "rb") as source, open(os.path.join(copy, "app.db" + suffix), "wb") as target:
                target.write(source.read())
        self.db.close()
        self._database = None
        self.db_path = os.path.join(copy, "app.db")
        os.chmod(self.db_path, 0o444)
        os.chmod(self.db_path + "-wal", 0o444)
        os.chmod(copy, 0o555)
        self.addCleanup(os.chmod, copy, 0o700)
        result = self.as_other_user("list")
        self.assertEqual(result.code, 1, result)
        self.assert_one_line(result.err)
        self.assertIn("app.db-shm", result.err)

    def test_what_writes_says_that_it_may_not_and_check_fails(self):
        self.protect()
        result = self.as_other_user("pause", "default")
        self.assertEqual(result.code, 1, result)
        self.assertIn("cannot be written", result.err)
        checked = self.as_other_user("check", "--offline", "--to", "https://t.example/k3y/postback")
        self.assertEqual(checked.code, 1, checked)
        self.assertIn("not written by this user", checked.out)


if __name__ == "__main__":
    unittest.main()
