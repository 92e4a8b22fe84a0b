"""AlterCPA's templates, pasted as they are, against the simulator and a receiver."""

import json
import unittest

from harness import KEY, E2ETest, wait_until
from receiver import Reply

# As AlterCPA's page has them, with a key before /postback.
FIVE = """
wait = "{url}?subid={{click}}&status=lead"
hold = "{url}?subid={{click}}&status=lead&sub_id_4=asked"
approve = "{url}?subid={{click}}&status=sale"
cancel = "{url}?subid={{click}}&status=rejected"
trash = "{url}?subid={{click}}&status=rejected&sub_id_5=banned"
"""


class Templates(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def config(self, text):
        return self.write("outbox.toml", text)

    def drain(self, config, code=0):
        result = self.ko("drain", "--db", self.db_path, "--config", config)
        self.assertEqual(result.code, code, result)
        return result

    def one_tracker(self, url, settings="", templates=FIVE, more=""):
        return self.config(f"[[tracker]]\nallow_private = true\n{settings}\n[tracker.templates]\n"
                           + templates.format(url=url) + more.format(url=url))

    def states(self):
        return self.db.all("SELECT status, state, sent_as FROM outbox ORDER BY id")

    def test_all_five_events_arrive_as_their_templates_say(self):
        sim = self.sim()
        config = self.one_tracker(sim.url, settings='allow_transitions = ["rejected->sale"]')
        for click, status in (("c1", "wait"), ("c1", "hold"), ("c1", "approve"), ("c1", "cancel"), ("c1", "approve"),
                              ("c2", "Wait"), ("c2", "trash")):
            self.db.insert(subid=click, status=status)
        self.drain(config)
        self.assertEqual(self.states(), [("wait", "delivered", "lead"), ("hold", "delivered", "lead"),
                                         ("approve", "delivered", "sale"), ("cancel", "delivered", "rejected"),
                                         ("approve", "delivered", "sale"), ("Wait", "delivered", "lead"),
                                         ("trash", "delivered", "rejected")])
        by_click = {}
        for line in sim.received():
            params = line["params"]
            by_click.setdefault(params.pop("subid"), []).append(params)
        self.assertEqual(by_click, {
            "c1": [{"status": "lead"}, {"status": "lead", "sub_id_4": "asked"}, {"status": "sale"},
                   {"status": "rejected"}, {"status": "sale"}],
            "c2": [{"status": "lead"}, {"status": "rejected", "sub_id_5": "banned"}]})
        (conversion,) = sim.conversions("c2")
        self.assertEqual((conversion["status"], conversion["sub_ids"]), ("rejected", {"sub_id_5": "banned"}))

    def test_moves_and_duplicates_are_judged_by_what_is_sent(self):
        receiver = self.receiver()
        config = self.one_tracker(receiver.url, templates="""
wait = "{url}?subid={{click}}&status=lead"
hold = "{url}?subid={{click}}&status=lead"
approve = "{url}?subid={{click}}"
signup = "{url}?subid={{click}}&status={{status}}&lead_status=signup"
""")
        for status in ("wait", "hold", "approve", "wait", "signup"):
            self.db.insert(subid="c1", status=status)
        self.drain(config, code=3)
        self.assertEqual(self.states(), [("wait", "delivered", "lead"), ("hold", "duplicate", "lead"),
                                         ("approve", "delivered", "sale"), ("wait", "refused", "lead"),
                                         ("signup", "refused", "lead")])
        self.assertEqual([request.target.partition("?")[2] for request in receiver.seen()],
                         ["subid=c1&status=lead", "subid=c1"])
        self.assertEqual(self.db.all("SELECT subid, status, sent_status FROM conversions"), [("c1", "sale", "sale")])

    def test_a_campaign_with_any_of_its_own_uses_only_its_own(self):
        receiver = self.receiver()
        config = self.one_tracker(receiver.url, more="""
[campaign.SUMMER.templates]
wait = ""
approve = "{url}?subid={{click}}&status=sale&sub_id_1={{campaign}}"
""")
        for campaign, status in (("SUMMER", "wait"), ("SUMMER", "approve"), ("SUMMER", "cancel"), (None, "wait"),
                                 ("WINTER", "approve")):
            self.db.insert(subid=f"{campaign}-{status}", campaign=campaign, status=status)
        self.drain(config, code=3)
        self.assertEqual([state for _, state, _ in self.states()],
                         ["cancelled", "delivered", "refused", "delivered", "delivered"])
        self.assertEqual(receiver.by_click(lambda request: request.target.partition("&")[2]), {
            "SUMMER-approve": ["status=sale&sub_id_1=SUMMER"], "None-wait": ["status=lead"],
            "WINTER-approve": ["status=sale"]})
        self.assertIn("the template of the campaign SUMMER for the status \"wait\" is empty", self.db.row(1)["reason"])
        self.assertIn("none for the status \"cancel\"", self.db.row(3)["reason"])
        self.assertEqual((self.db.row(1)["attempts"], self.db.row(1)["sent_as"]), (0, None))
        self.assertIsNotNone(self.db.row(1)["finished_at"])

    def test_an_empty_template_alone_lets_drain_end_well_and_the_next_row_of_the_click_go(self):
        receiver = self.receiver()
        config = self.one_tracker(receiver.url, templates='wait = ""\napprove = "{url}?subid={{click}}&status=sale"\n')
        for status in ("wait", "approve"):
            self.db.insert(subid="c1", status=status)
        self.drain(config)
        self.assertEqual([state for _, state, _ in self.states()], ["cancelled", "delivered"])

    def test_a_row_that_had_no_template_is_sent_again_once_there_is_one(self):
        receiver = self.receiver()
        for click, status in (("c1", "wait"), ("c2", "approve")):
            self.db.insert(subid=click, status=status)
        self.drain(self.one_tracker(receiver.url, templates='wait = ""\n'), code=3)
        self.assertEqual([state for _, state, _ in self.states()], ["cancelled", "refused"])
        self.assertEqual(self.ko("retry", "--db", self.db_path, "--id", "1", "--id", "2").code, 0)
        self.drain(self.one_tracker(receiver.url))
        self.assertEqual([state for _, state, _ in self.states()], ["delivered", "delivered"])

    def test_every_macro_is_filled_in_percent_encoded(self):
        receiver = self.receiver()
        macros = ("click status campaign user lead subscriber username chat time subid tid payout cost currency sub_id_1 "
                  "sub_id_30").split()
        query = "&".join(f"sub_id_{number}={{{{{name}}}}}" for number, name in enumerate(macros, 1))
        config = self.one_tracker(receiver.url, templates=f'approve = "{{url}}?subid={{{{click}}}}&status=sale&{query}"\n')
        params = {"user": "1&2=3", "lead": "л", "subscriber": "s/?#", "username": 'q"\\', "chat": -100, "sub_id_1": "a b+c",
                  "sub_id_30": "%41"}
        self.db.insert(subid="c 1&x=y", status=" Approve", campaign="SUM MER", tid="t?", payout="12.50", cost="-3",
                       currency="usd", params=json.dumps(params), created_at=1777626600999)
        self.drain(config)
        (request,) = receiver.seen()
        values = ["c 1&x=y", "approve", "SUM MER", "1&2=3", "л", "s/?#", 'q"\\', "-100", "1777626600", "c 1&x=y", "t?", "12.5",
                  "-3", "usd", "a b+c", "%41"]
        expected = {f"sub_id_{number}": value for number, value in enumerate(values, 1)}
        self.assertEqual(request.params, {"subid": "c 1&x=y", "status": "sale", **expected})

    def test_values_that_are_missing_are_empty_and_unknown_macros_stay(self):
        receiver = self.receiver()
        config = self.one_tracker(
            receiver.url, templates='wait = "{url}?subid={{click}}&status=lead&sub_id_1={{username}}&tid={{tid}}&x={{clik}}"\n')
        self.db.insert(subid="c1", status="wait")
        self.drain(config)
        self.assertEqual(receiver.seen()[0].target.partition("?")[2],
                         "subid=c1&status=lead&sub_id_1=&tid=&x={clik}")
        check = self.ko("check", "--offline", "--db", self.db_path, "--config", config)
        self.assertIn("it holds the unknown macro '{clik}', which is sent as it stands: did you mean {click}?", check.out)

    def test_return_is_asked_for_only_where_the_file_or_the_template_does(self):
        for settings, query, expected, marked in (("", "", None, False), ('sentinel = "YES"', "", "YES", True),
                                                  ("", "&return=OK", "OK", False), ("", "&return=NO", "NO", True)):
            with self.subTest(settings=settings, query=query):
                receiver = self.receiver()  # Answers OK.
                config = self.one_tracker(
                    receiver.url, settings, templates=f'wait = "{{url}}?subid={{{{click}}}}&status=lead{query}"\n')
                row = self.db.insert(subid=f"c{settings}{query}", status="wait")
                self.drain(config)
                self.assertEqual(receiver.seen()[0].params.get("return"), expected)
                self.assertEqual(self.db.row(row)["reason"] is not None, marked)

    def test_dots_come_back_where_the_tracker_says_so(self):
        for settings, templates, sent in (
                ('click_dashes = "to-dots"', FIVE, "37o23c7.1f.381o"), ('click_dashes = "keep"', FIVE, "37o23c7-1f-381o"),
                ("", FIVE, "37o23c7-1f-381o")):
            with self.subTest(settings=settings):
                receiver = self.receiver()
                self.db.execute("DELETE FROM outbox")
                self.db.execute("DELETE FROM conversions")
                self.db.insert(subid="37o23c7-1f-381o", status="wait")
                self.drain(self.one_tracker(receiver.url, settings, templates))
                self.assertEqual(receiver.seen()[0].subid, sent)
                self.assertEqual(self.db.value("SELECT subid FROM conversions"), sent)

    def test_a_click_is_found_in_the_trackers_spelling_and_in_its_own(self):
        receiver = self.receiver()
        self.db.insert(subid="37o23c7-1f-381o", status="wait")
        self.drain(self.one_tracker(receiver.url, 'click_dashes = "to-dots"'))
        for subid in ("37o23c7-1f-381o", "37o23c7.1f.381o"):
            story = self.ko_json("show", subid, "--db", self.db_path)
            self.assertEqual(([row["id"] for row in story["rows"]], len(story["conversions"])), ([1], 1), subid)
            self.assertEqual([row["id"] for row in self.ko_json("list", "--subid", subid, "--db", self.db_path)], [1])
        self.db.insert(subid="a.b", status="lead")
        self.db.insert(subid="a-b", status="lead")
        self.assertEqual([row["subid"] for row in self.ko_json("show", "a.b", "--db", self.db_path)["rows"]], ["a.b"])

    def test_a_private_address_in_a_template_is_refused_like_any(self):
        receiver = self.receiver()
        config = self.config("[tracker.templates]\n" + FIVE.format(url=receiver.url))
        self.db.insert(subid="c1", status="wait")
        worker = self.worker("--config", config, private=False)
        wait_until(lambda: self.db.row(1)["reason"], what=lambda: f"it was tried: {self.db.row(1)}")
        worker.terminate()
        self.assertEqual((self.db.state(1), receiver.count()), ("pending", 0))

    def test_the_keys_of_templates_are_secret(self):
        def echo(request):
            return Reply(503, f"You asked for {request.target}".encode())

        receiver = self.receiver(echo)
        templates = '\nwait = "{url}?subid={{click}}&status=lead&token=t0kenOfMine"\nhold = "{url}?subid={{click}}&status=foo"\n'
        broken = self.one_tracker(receiver.url, templates=templates)
        outputs = [self.ko("check", "--db", self.db_path, "--config", broken)]
        self.assertEqual(outputs[0].code, 2, outputs)
        self.assertRegex(outputs[0].err, r"outbox\.toml:\d+: templates: 'hold': it sends status=foo, which is unknown")
        config = self.one_tracker(receiver.url, templates=templates.replace("status=foo", "status=lead"))
        self.db.insert(subid="c1", status="wait")
        worker = self.worker("--config", config, "--retry-first-delay", "20ms", "--retry-max-delay", "40ms")
        wait_until(lambda: self.db.row(1)["attempts"] >= 2, what=lambda: f"it is tried: {self.db.row(1)}")
        worker.terminate()
        self.assertIn("You asked for", self.db.row(1)["response"])
        for form in ((), ("--json",)):
            outputs.append(self.ko("check", "--db", self.db_path, "--config", config, *form))
            outputs.append(self.ko("preview", "1", "--db", self.db_path, "--config", config, *form))
            outputs.append(self.ko("show", "c1", "--db", self.db_path, *form))
        self.assertIn("/***/postback?subid=c1&status=lead&token=***", outputs[2].out)
        text = "".join(output.out + output.err for output in outputs) + worker.output() + self.shell(".dump").out
        self.assertIn("***", text)
        for secret in (KEY, "t0kenOfMine"):
            self.assertNotIn(secret.lower(), text.lower())


if __name__ == "__main__":
    unittest.main()
