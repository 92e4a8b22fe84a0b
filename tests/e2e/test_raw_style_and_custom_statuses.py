"""The two sending styles, and names of statuses of one's own, from a configuration file."""

import unittest

from harness import E2ETest


class Styles(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def drain(self, settings, rows, code=0):
        """Drains rows (status, or a dict of columns; a click each) to a receiver; gives what came, by subid."""
        receiver = self.receiver()
        config = self.write("outbox.toml", f'[[tracker]]\nurl = "{receiver.url}"\nallow_private = true\n{settings}\n')
        for number, row in enumerate(rows):
            columns = row if isinstance(row, dict) else {"subid": f"c{number}", "status": row}
            self.db.insert(**columns)
        result = self.ko("drain", "--db", self.db_path, "--config", config)
        self.assertEqual(result.code, code, result)
        return [request.params for request in receiver.seen()]

    def names(self, params, name):
        return set(params[name].split(",")) if params.get(name) else set()

    def test_mapped_style_sends_keitaros_statuses_without_lists(self):
        sent = self.drain("", ["wait", "hold", "approve", "cancel", "trash"])
        self.assertEqual(sorted((p["subid"], p["status"]) for p in sent),
                         [("c0", "lead"), ("c1", "lead"), ("c2", "sale"), ("c3", "rejected"), ("c4", "rejected")])
        for params in sent:
            for name in ("lead_status", "sale_status", "rejected_status"):
                self.assertNotIn(name, params)

    def test_raw_style_sends_the_rows_own_status_and_what_it_counts_as(self):
        sent = self.drain('style = "raw"', ["wait", "Hold", "approve", "cancel", "trash"])
        self.assertEqual(sorted((p["subid"], p["status"]) for p in sent),
                         [("c0", "wait"), ("c1", "hold"), ("c2", "approve"), ("c3", "cancel"), ("c4", "trash")])
        for params in sent:
            lists = {name: self.names(params, name) for name in ("lead_status", "sale_status", "rejected_status")}
            own = {"wait": "lead_status", "hold": "lead_status", "approve": "sale_status", "cancel": "rejected_status",
                   "trash": "rejected_status"}[params["status"]]
            self.assertIn(params["status"], lists[own])
            every = [name for names in lists.values() for name in names]
            self.assertEqual(len(every), len(set(every)), "no name stands in two lists")
            self.assertNotIn("reject_status", params)

    def test_raw_style_against_the_simulator_keeps_the_original_status(self):
        sim = self.sim()
        config = self.write("outbox.toml", f'[[tracker]]\nurl = "{sim.url}"\nallow_private = true\nstyle = "raw"\n')
        self.db.insert(subid="abc", status="hold")
        self.db.insert(subid="abc", status="trash")
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--config", config).code, 0)
        conversions = sim.conversions("abc")
        self.assertEqual([(c["status"], c["original_status"], c["previous_status"]) for c in conversions],
                         [("rejected", "trash", "lead")])

    def test_raw_style_judges_moves_by_keitaros_statuses(self):
        rows = [{"subid": "abc", "status": status} for status in ("trash", "approve")]
        sent = self.drain('style = "raw"', rows, code=3)
        self.assertEqual([p["status"] for p in sent], ["trash"])
        row = self.db.row(2)
        self.assertEqual((row["state"], row["sent_as"]), ("refused", "sale"))
        self.assertIn("rejected", row["reason"])

    def test_names_of_ones_own_are_mapped(self):
        for style, expected in (("mapped", ["sale", "rejected", "lead"]), ("raw", ["paid", "chargeback", "signup"])):
            with self.subTest(style=style):
                first = self.db.value("SELECT count(*) FROM outbox")
                rows = [{"subid": f"{style}{n}", "status": s} for n, s in enumerate(("Paid", "chargeback", "signup"))]
                sent = self.drain(f'style = "{style}"\nstatuses = {{ paid = "sale", chargeback = "rejected", signup = "lead" }}', rows)
                by_subid = {p["subid"]: p for p in sent}
                self.assertEqual([by_subid[f"{style}{n}"]["status"] for n in range(3)], expected)
                self.assertEqual([row for (row,) in self.db.all("SELECT sent_as FROM outbox WHERE id > ? ORDER BY id", first)],
                                 ["sale", "rejected", "lead"])
                if style == "raw":
                    self.assertIn("paid", self.names(by_subid["raw0"], "sale_status"))

    def test_a_name_mapped_for_one_tracker_is_unknown_to_another(self):
        with_map, without = self.receiver(), self.receiver()
        config = self.write("two.toml", f"""
[[tracker]]
name = "a"
url = "{with_map.url}"
allow_private = true
statuses = {{ paid = "sale" }}
[[tracker]]
name = "b"
url = "{without.url}"
allow_private = true
""")
        for tracker in "ab":
            self.db.insert(tracker=tracker, subid="abc", status="paid")
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--config", config).code, 3)
        self.assertEqual([self.db.state(1), self.db.state(2)], ["delivered", "refused"])
        self.assertIn("paid", self.db.row(2)["reason"])

    def test_the_sentinel_can_be_another_text_or_none(self):
        for sentinel, expected in (("YES", "YES"), ("", None)):
            with self.subTest(sentinel=sentinel):
                subid = "with-" + sentinel
                sent = self.drain(f'sentinel = "{sentinel}"', [{"subid": subid, "status": "lead"}])
                self.assertEqual(sent[0].get("return"), expected)
        # The receiver answers OK: that is not YES, and nobody asked the second time.
        self.assertIn("YES", self.db.row(1)["reason"])
        self.assertIsNone(self.db.row(2)["reason"])

    def test_the_urls_own_query_is_kept(self):
        receiver = self.receiver()
        self.db.insert(subid="abc", status="sale", params='{"sub_id_1":"x"}')
        result = self.ko("drain", "--db", self.db_path, "--to", receiver.url + "?ignore=ping,test", "--allow-private")
        self.assertEqual(result.code, 0, result)
        params = receiver.seen()[0].params
        self.assertEqual((params["ignore"], params["subid"], params["status"], params["sub_id_1"]), ("ping,test", "abc", "sale", "x"))

    def test_the_key_can_come_from_the_environment(self):
        receiver = self.receiver()
        url = receiver.url.replace(receiver.key, "${TRACKER_KEY}")
        config = self.write("outbox.toml", f'[[tracker]]\nurl = "{url}"\nallow_private = true\n')
        self.db.insert(subid="abc", status="sale")
        without = self.ko("drain", "--db", self.db_path, "--config", config)
        self.assertEqual(without.code, 2, without)
        self.assertIn("TRACKER_KEY", without.err)
        result = self.ko("drain", "--db", self.db_path, "--config", config, env={"TRACKER_KEY": receiver.key})
        self.assertEqual(result.code, 0, result)
        self.assertIn(f"/{receiver.key}/postback?", receiver.seen()[0].target)


if __name__ == "__main__":
    unittest.main()
