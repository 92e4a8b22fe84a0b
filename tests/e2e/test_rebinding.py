"""A name whose address changes between one lookup and the next leads to no private address."""

import os
import shlex
import subprocess
import tempfile
import unittest

from harness import CXX_FLAGS, KEY, SANITIZED, E2ETest

PUBLIC = "1.1.1.1"  # Reached on loopback: see shim_network.cpp.
SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shim_network.cpp")


@unittest.skipIf(SANITIZED, "sanitizers come with a getaddrinfo of their own")
class Rebinding(E2ETest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.library = os.path.join(folder.name, "shim.so")
        compiler = os.environ.get("KEITARO_OUTBOX_CXX") or "c++"
        subprocess.run([compiler, *shlex.split(CXX_FLAGS), "-std=c++20", "-shared", "-fPIC", "-o", cls.library, SHIM, "-ldl"],
                       check=True, timeout=120)

    def setUp(self):
        super().setUp()
        self.init()
        self.public, self.private = self.receiver(), self.receiver()
        # The same port, as a tracker's URL names one.
        self.url = f"http://tracker.example:{self.private.port}/{KEY}/postback"
        self.environment = {"LD_PRELOAD": self.library, "SHIM_ANSWERS": self.path("answers"), "SHIM_PORT": str(self.public.port)}

    def drain(self, *answers, verb="drain", flags=()):
        """Names resolve as the lines say, one for each time of asking."""
        self.write("answers", "\n".join(answers) + "\n")
        args = ("--timeout", "1s", "--retry-first-delay", "10m") if verb == "drain" else ()
        return self.ko(verb, "--db", self.db_path, "--to", self.url, *args, *flags, env=self.environment)

    def counts(self):
        return self.public.count(), self.private.count()

    def test_a_public_address_is_reached(self):
        self.db.insert(subid="abc", status="sale")
        result = self.drain(PUBLIC)
        self.assertEqual((result.code, self.counts()), (0, (1, 0)), result)

    def test_a_private_one_is_reached_where_it_is_allowed(self):
        self.db.insert(subid="abc", status="sale")
        result = self.drain("127.0.0.1", flags=("--allow-private",))
        self.assertEqual((result.code, self.counts()), (0, (0, 1)), result)

    def test_an_address_that_became_private_is_refused(self):
        self.assertEqual(self.drain(PUBLIC, verb="check").code, 0)
        before = self.counts()
        self.db.insert(subid="abc", status="sale")
        for private in ("127.0.0.1", "::ffff:127.0.0.1", "::1", "10.0.0.1", "169.254.169.254"):
            with self.subTest(private):
                result = self.drain(private)
                self.assertEqual(result.code, 4, result)
                self.assertRegex(self.db.row(1)["reason"], "allow_private")
                self.assertEqual(self.counts(), before)

    def test_it_may_change_at_any_lookup_of_a_check(self):
        """Whichever lookup is the first that gives the private address, it is not the one that is connected to."""
        for changes_at in range(4):
            with self.subTest(changes_at):
                self.drain(*[PUBLIC] * changes_at, "127.0.0.1", verb="check")
                self.assertEqual(self.private.count(), 0)

    def test_a_check_does_not_say_of_an_address_that_is_passed_over_that_requests_are_refused(self):
        checked = self.drain(f"{PUBLIC} 127.0.0.1", verb="check")
        self.assertEqual(checked.code, 0, checked)
        self.assertRegex(checked.out, r"\nok +address of default: public, but for 127\.0\.0\.1, which is not and is passed over\n")

    def test_of_several_addresses_the_private_ones_are_passed_over(self):
        """The public one does not answer, so that libcurl tries the next."""
        self.public.stop()
        self.db.insert(subid="abc", status="sale")
        result = self.drain(f"{PUBLIC} 127.0.0.1 ::1")
        self.assertEqual(result.code, 4, result)
        self.assertEqual(self.counts(), (0, 0))


if __name__ == "__main__":
    unittest.main()
