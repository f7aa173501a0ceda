# SPDX-License-Identifier: Apache-2.0
"""Scores of a source in the nine dimensions (NRL-10, DSP-7.4.5): each planted fault moves its own dimension and no other one, what
could not be measured is never good, and no score tells a value of an event (NRL-1)."""

import collections
import datetime
import json
import re

import pytest
from kit import paths, process, stream

PAGE = (paths.ROOT / "ops" / "doc" / "quality.md").read_text(encoding="utf-8")
CONTRACT = re.search(r"```yaml residents.yaml\n(.*?)```", PAGE, re.S)[1]
TIME = {"type": "long", "logicalType": "timestamp-millis"}
FIELDS = [{"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"}, {"name": "born", "type": TIME},
          {"name": "filed", "type": TIME}, {"name": "town", "type": ["null", "string"], "default": None},
          {"name": "means", "type": ["null", "string"], "default": None}]
SCHEMA = {"type": "record", "name": "R", "fields": FIELDS}
DIMENSIONS = {"accuracy": "الدقة", "validity": "شرعية البيانات", "consistency": "الاتساق", "timeliness": "في الوقت المناسب",
              "relevance": "صلة البيانات بالغرض", "completeness": "الاكتمال", "structure_fitness": "ملاءمة البنية",
              "source_credibility": "مصداقية المصدر", "flow_readiness": "جاهزية التدفق"}


def row(key, **changes):
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return {"civil_no": key, "seq": 1, "born": now - datetime.timedelta(days=400), "filed": now, "town": "صور", "means": "x", **changes}


def civil_numbers(first):
    return (str(n) for n in range(first, first + 1000))


def sent_to(dataset, *rows):
    dataset.send_all([stream.upsert(dataset.structure, "civil_no", r) for r in rows])


@pytest.fixture
def source(world):
    """A function that makes a dataset under the page's contract, with ten good events."""
    numbers = civil_numbers(20000001)

    def make(name="rop.residents", text=CONTRACT, rows=10):
        dataset = world.dataset(name, "civil_no", stream.Structure(SCHEMA), options=("--event-time", "filed"))
        dataset.numbers = numbers
        world.execute("UPDATE nrc.dataset SET created_at = created_at - interval '1 minute'")  # of less than a second nothing is told

        def apply(text):
            path = world.folder / "contract.yaml"
            path.write_text(text.replace("rop.residents", name).replace("rop-residents", name.replace(".", "-")))
            world.nrc.run("contract", "apply", path)
        dataset.apply = apply
        apply(text)
        dataset.good = [row(next(numbers)) for _ in range(rows)]
        return dataset
    return make


def scores(world, dataset, *options):
    (only,) = json.loads(world.nrc.run("quality", dataset.name, *options, "--json").stdout)
    assert [d["dimension"] for d in only["dimensions"]] == list(DIMENSIONS)
    for d in only["dimensions"]:
        assert only[d["dimension"]] == d["score"] and d["name_ar"] == DIMENSIONS[d["dimension"]]
        known = [p["score"] for p in d["parts"] if p["score"] is not None]
        assert d["score"] == (min(known) if known else None) and d["parts"]
        assert all((p["why"] is None) == (p["score"] is not None) for p in d["parts"])
        assert d["state"] == ("not_measured" if not known else "measured" if len(known) == len(d["parts"]) else "partly_measured")
    return only


def part(result, dimension, name):
    (only,) = [p for d in result["dimensions"] if d["dimension"] == dimension for p in d["parts"] if p["part"] == name]
    return only


def duplicate(dataset, send):
    send(dataset.good[0])


def inexact(dataset, send):
    now = row("x")["filed"]
    send(row(next(dataset.numbers), born=now + datetime.timedelta(minutes=5)))


def malformed(dataset, send):
    send(row("123"), verdict="quarantined", reason="rule_failed", path="/civil_no")


def inconsistent(dataset, send):
    send(row(next(dataset.numbers), means="by hand"))


def late(dataset, send):
    then = row("x")["filed"] - datetime.timedelta(days=2)
    send(row(next(dataset.numbers), filed=then))


def empty(dataset, send):
    send(row(next(dataset.numbers), town=None))


def cut_short(dataset, send):
    send(row(next(dataset.numbers)), cut=1, verdict="quarantined", reason="truncated")


def unreviewed(dataset, send):
    dataset.apply(CONTRACT.replace('version: "1.0.0"', 'version: "1.0.1"').replace("2099-01-01", "2020-01-01"))


def unannounced(dataset, send):
    dataset.world.execute("INSERT INTO nrc.violation (kind, dataset_id, object) SELECT 'unannounced_change', id, 'request/1'"
                          f" FROM nrc.dataset WHERE name = '{dataset.name.split('.')[1]}'")


def shut(dataset, send):
    dataset.world.execute("SELECT nrc.see_incident('topic_forbidden', 'topic_read', id, NULL, NULL, 'x', 1, now()) FROM nrc.dataset"
                          f" WHERE name = '{dataset.name.split('.')[1]}'")


def whole_and_bad(rows, holds):
    """(rows that hold it, all)"""
    return sum(1 for row in rows if holds(row)), len(rows)


def recomputed(world, dataset):
    """{(dimension, part): (numerator, denominator)} of what the contract above asks, from the history, the quarantine and the
    catalogue alone: no counter is read."""
    (source,) = world.rows("SELECT d.*, h.head FROM nrc.dataset d, LATERAL nrc.head_on(d.agency_id, current_date) h WHERE d.name = %s",
                           dataset.name.split(".")[1])
    history, quarantine = dataset.rows("_history"), dataset.quarantine()
    reasons = collections.Counter(row["reason"] for row in quarantine)
    assert set(reasons) <= {"rule_failed", "truncated"}
    effects = collections.Counter(row["_effect"] for row in history)
    upserts = [row for row in history if row["_op"] != "d"]
    sent = {event.offset: event.row for event in dataset.sender.sent if event.topic == dataset.topic}
    judged = upserts + [sent[row["topic_offset"]] for row in quarantine if row["reason"] == "rule_failed"]
    (contract,) = world.rows("SELECT text FROM nrc.contract WHERE dataset_id = %s ORDER BY id DESC LIMIT 1", source["id"])
    review = datetime.date.fromisoformat(re.search(r'reviewDate, value: "(.*?)"', contract["text"])[1])
    used = world.value("SELECT count(*) FROM nrc.schema_use s JOIN nrc.subject_version v USING (schema_id) WHERE v.dataset_id = %s",
                       source["id"])
    broken_days = world.value("SELECT count(DISTINCT at::date) FROM nrc.violation WHERE dataset_id = %s", source["id"])
    states = [row["state"] for row in world.rows("SELECT state FROM nrc.position WHERE dataset_id = %s", source["id"])]
    kept, came = len(history) + reasons["rule_failed"], len(history) + len(quarantine)
    return {
        ("accuracy", "recorded once"): (effects["a"] + effects["s"], len(history)),
        ("accuracy", "rule filed later"): whole_and_bad(judged, lambda r: r["filed"] >= r["born"]),
        ("validity", "values can be kept"): (kept, kept),
        ("validity", "rule invalidValues of civil_no"): whole_and_bad(judged, lambda r: re.fullmatch("[0-9]{8}", r["civil_no"])),
        ("consistency", "rule one form"): whole_and_bad(judged, lambda r: r["means"] != "by hand"),
        ("timeliness", "in time"): whole_and_bad(upserts, lambda r: r["_recorded_at"] - r["filed"] <= datetime.timedelta(hours=1)),
        ("relevance", "reviewed in time"): (int(review >= datetime.date.today()), 1),
        ("relevance", "used"): (int(used > 0), 1),
        ("completeness", "rule nullValues of town"): whole_and_bad(judged, lambda r: r["town"] is not None),
        ("completeness", "required /civil_no"): whole_and_bad(upserts, lambda r: r["civil_no"] is not None),
        ("completeness", "required /filed"): whole_and_bad(upserts, lambda r: r["filed"] is not None),
        ("structure_fitness", "of a structure in force"): (kept, came),
        ("structure_fitness", "registered"): (1, 1),
        ("source_credibility", "somebody answers"): (int(source["head"] is not None), 1),
        ("source_credibility", "days without unannounced change"): (30 - broken_days, 30),
        ("flow_readiness", "partitions open"): (states.count("open"), len(states)),
    }


def traced(world, dataset):
    """Each number that the scores tell is that of the raw tables, and each rule's part names its versions and their own numbers."""
    told = {}
    for dimension in scores(world, dataset, "--explain")["dimensions"]:
        for p in dimension["parts"]:
            if p["score"] is not None:
                told[dimension["dimension"], p["part"]] = p["numerator"], p["denominator"]
            if p["score"] is not None and p["part"].startswith("rule "):
                detail = p["detail"]
                assert p["part"] == f"rule {detail['rule']}" and {v["version"] for v in detail["by_version"]} <= set(detail["versions"])
                assert sum(v["failed"] for v in detail["by_version"]) == p["denominator"] - p["numerator"]
                assert sum(v["evaluated"] for v in detail["by_version"]) == p["denominator"]
    open_s, all_s = told.pop(("flow_readiness", "time open"))
    opened = world.rows("SELECT i.* FROM nrc.incident i JOIN nrc.dataset d ON d.id = i.dataset_id WHERE d.name = %s"
                        " AND i.closes = 'topic_read'", dataset.name.split(".")[1])
    age_s = world.value("SELECT extract(epoch FROM now() - created_at)::int FROM nrc.dataset WHERE name = %s", dataset.name.split(".")[1])
    assert (all_s - open_s > 0) == bool(opened) and age_s - 60 < all_s <= age_s + 1
    assert told == recomputed(world, dataset)


FAULTS = {duplicate: "accuracy", inexact: "accuracy", malformed: "validity", inconsistent: "consistency", late: "timeliness",
          unreviewed: "relevance", empty: "completeness", cut_short: "structure_fitness", unannounced: "source_credibility",
          shut: "flow_readiness"}


def test_each_planted_fault_moves_its_own_dimension_alone(world, source):
    """NRL-10, DSP-7.4.5."""
    sources = {fault: source(f"rop.{fault.__name__}") for fault in FAULTS}
    world.engine().start()
    for dataset in sources.values():
        sent_to(dataset, *dataset.good)
    for dataset in sources.values():
        dataset.wait_drained()
    world.execute("INSERT INTO nrc.schema_use SELECT schema_id, 'anonymous', current_date, 1, now() FROM nrc.subject_version"
                  " WHERE part = 'value' LIMIT 1") # all have one structure
    before = {fault: scores(world, dataset) for fault, dataset in sources.items()}
    for fault, dataset in sources.items():
        dataset.world = world

        def send(value, cut=0, **expected):
            event = stream.upsert(dataset.structure, "civil_no", value)
            event.value_bytes = event.value_bytes[:len(event.value_bytes) - cut]
            for name, what in expected.items():
                setattr(event, name, what)
            dataset.send_all([event])
        fault(dataset, send)
    # An incident of which the engine knows nothing ends at once, so its time has to pass before it is looked at.
    process.wait_until(lambda: scores(world, sources[shut])["flow_readiness"] < 100, 30, "a second of the incident is over")
    for fault, dataset in sources.items():
        dataset.wait_drained()
        after = scores(world, dataset)
        moved = [d for d in DIMENSIONS if after[d] != before[fault][d]]
        assert moved == [FAULTS[fault]], (fault.__name__, before[fault], after)
        assert after[FAULTS[fault]] < before[fault][FAULTS[fault]], fault.__name__
        traced(world, dataset)
    known = part(scores(world, sources[inexact]), "accuracy", "rule filed later")
    assert (known["score"], known["numerator"], known["denominator"]) == (90.9, 10, 11)
    assert known["detail"] == {"rule": "filed later", "origin": "contract", "versions": ["1.0.0"], "severity": "warning", "found": 1,
                               "holds": False, "since": known["detail"]["since"],
                               "by_version": [{"version": "1.0.0", "failed": 1, "evaluated": 11, "skipped": 0}]}
    listed = {r["dataset"]: r for r in json.loads(world.nrc.run("quality", "--json").stdout)}
    assert set(listed) == {d.name for d in sources.values()}
    table = world.nrc.run("quality").stdout
    assert all(d.name in table for d in sources.values()) and "STRUCTURE" in table
    world.finish()


def test_a_rule_is_judged_by_the_events_that_it_was_run_on(world, source):
    """Events of a structure that it does not fit, and nulls, are none of them."""
    fee = {"name": "fee", "type": ["null", "long"], "default": None}
    ruled = {**SCHEMA, "fields": [*FIELDS, fee], "confluent:rules": [{"name": "a fee that is even", "expr": "this.fee == null || this.fee % 2 == 0"}]}
    dataset = source("rop.fees", rows=5)
    newer = dataset.register(stream.Structure(ruled))
    rule = '      - {name: fee, logicalType: integer, quality: [{name: a small fee, type: custom, engine: cel, implementation: this < 9, severity: info}]}\nsla'
    dataset.apply(CONTRACT.replace('version: "1.0.0"', 'version: "1.1.0"').replace("sla", rule, 1))
    world.engine().start()
    sent_to(dataset, *dataset.good)
    dataset.send_all([stream.upsert(newer, "civil_no", row(next(dataset.numbers), fee=n)) for n in (None, None, 2, 4, 10)])
    odd = stream.upsert(newer, "civil_no", row(next(dataset.numbers), fee=3))
    odd.verdict, odd.reason = "quarantined", "rule_failed"
    dataset.send_all([odd])
    dataset.wait_drained()
    result = scores(world, dataset)
    small, even = part(result, "validity", "rule a small fee"), part(result, "validity", "rule a fee that is even")
    assert (small["numerator"], small["denominator"], small["detail"]["skipped"], small["detail"]["versions"]) == (3, 4, 2, ["1.1.0"])
    assert (even["numerator"], even["denominator"], even["detail"]["versions"]) == (5, 6, ["2"])
    shown = world.nrc.run("quality", dataset.name, "--explain").stdout
    assert "75.00  rule a small fee (contract 1.1.0): 3 of 4, 2 skipped" in shown
    assert "83.33  rule a fee that is even (structure 2): 5 of 6; not kept" in shown
    world.finish()


def test_a_check_that_could_not_run_says_so_and_is_never_good(world, source):
    """A rule of another engine, and one of a contract that no engine has taken up."""
    by_hand = "      - {name: by hand, type: sql, query: SELECT 1, mustBe: 0, dimension: accuracy}\n    properties:"
    dataset = source(text=CONTRACT.replace("    properties:", by_hand, 1))
    engine = world.engine().start()
    sent_to(dataset, *dataset.good)
    dataset.wait_drained()
    assert "does not run rules of" in part(scores(world, dataset), "accuracy", "rule by hand")["why"]
    accuracy = scores(world, dataset)["dimensions"][0]
    assert (accuracy["score"], accuracy["state"]) == (100, "partly_measured")
    shown = world.nrc.run("quality", dataset.name).stdout.splitlines()[1]
    assert re.search(r" 100\.00 \*", shown)
    assert engine.stop() == 0
    dataset.apply(CONTRACT.replace('version: "1.0.0"', 'version: "1.1.0"').replace("filed later", "filed much later"))
    new = part(scores(world, dataset), "accuracy", "rule filed much later")
    assert new["score"] is None and new["numerator"] is None and ("no engine has run it" in new["why"] or "no event came" in new["why"])


def test_of_no_events_and_of_a_dataset_alone_nothing_is_good(world, source):
    dataset = source(rows=0)
    result = scores(world, dataset)
    for d in ("accuracy", "validity", "consistency", "timeliness", "completeness", "flow_readiness"):
        assert result[d] is None, d
    assert world.nrc.run("quality", "rop.nothing", ok=(1, 2)).stderr.count("no dataset") == 1
    for options, said in ((("--by", "hour"), "total or day"), (("--since", "yesterday"), "a time has the form"),
                          (("--since", "2026-01-02", "--until", "2026-01-01"), "ends before it begins")):
        assert said in world.nrc.run("quality", dataset.name, *options, ok=(1, 2)).stderr
    assert "name it" in world.nrc.run("quality", "--by", "day", ok=(1, 2)).stderr


def test_the_page_shows_what_the_command_prints(world, source):
    """The example of ops/doc/quality.md; and no value of an event is in it (NRL-1)."""
    dataset = source(rows=7)
    world.engine().start()
    now = row("x")["filed"]
    bad = stream.upsert(dataset.structure, "civil_no", row("123"))
    bad.verdict, bad.reason, bad.path = "quarantined", "rule_failed", "/civil_no"
    sent_to(dataset, *dataset.good, dataset.good[0], row(next(dataset.numbers), born=now + datetime.timedelta(minutes=5), town=None))
    dataset.send_all([bad])
    dataset.wait_drained()
    shown = world.nrc.run("quality", dataset.name, "--explain").stdout
    expected = re.search(r"```output\n(.*?)```", PAGE, re.S)[1]

    def timeless(text):
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d to \d{4}-\d\d-\d\dT\d\d:\d\d", "PERIOD", text)
        return re.sub(r"\d+ of \d+ seconds", "SECONDS", text)
    (world.folder / "shown.txt").write_text(shown)
    assert timeless(shown) == timeless(expected)
    for value in [r["civil_no"] for r in dataset.good] + ["123", "صور"]:
        assert not re.search(rf"\b{value}\b", shown + world.nrc.run("quality", dataset.name, "--json").stdout)
    days = json.loads(world.nrc.run("quality", dataset.name, "--by", "day", "--since", str(now.date() - datetime.timedelta(days=2)),
                                    "--json").stdout)
    assert [d["received"] for d in days] == [0, 0, 10]


def test_a_property_that_is_unique_is_counted_in_the_register(world, source):
    """At the door no event is refused for it; the rows are counted when it is asked for, and a row that is changed counts as it is."""
    dataset = source(text=CONTRACT.replace("- name: town\n", "- name: town\n        unique: true\n"), rows=0)
    world.engine().start()
    town = "rule unique of town"
    sent_to(dataset, row("20000001", town="a"), row("20000002", town="b"), row("20000003", town="b"), row("20000004", town=None))
    dataset.wait_drained()
    found = re.search(rf"^ *(.*?)  {town}.*$", world.nrc.run("quality", dataset.name, "--explain").stdout, re.M)
    assert "2 of 3" in found[0] and "mustBe 0 rows; not kept" in found[0], found[0]
    sent_to(dataset, row("20000003", town="c", seq=2))
    dataset.wait_drained()
    found = re.search(rf"^ *(.*?)  {town}.*$", world.nrc.run("quality", dataset.name, "--explain").stdout, re.M)
    assert found[1] == "100.00" and "3 of 3" in found[0], found[0]
    world.finish()


def test_over_http_scores_are_for_the_agency_and_the_center(world, source):
    """NRL-1: scores are register information."""
    dataset = source()
    world.nrc.add_agency("edu")
    world.engine().start()
    sent_to(dataset, *dataset.good)
    dataset.wait_drained()

    def client(name, role, agency=None):
        of = ["--agency", agency] if agency else []
        made = world.nrc.json("account", "add", name, "--person", name.title(), "--role", role, "--decision", "No. 1", *of)
        return {"Authorization": f"Bearer {name}.{made['secret']}"}
    rop, edu, auditor = client("salem", "producer", "rop"), client("amal", "producer", "edu"), client("omar", "auditor")
    node = world.registry(anonymous=False).start()
    path = f"/nrc/v1/datasets/{dataset.name}/quality"
    (mine,) = node.get(path, **rop).json
    assert mine["accuracy"] == 100 and len(mine["dimensions"]) == 9
    assert [r["dataset"] for r in node.get("/nrc/v1/quality", **auditor).json] == [dataset.name]
    assert node.get(path, **edu).status == 403 and node.get("/nrc/v1/quality", **edu).json == []
    assert node.get(path).status == 401
    assert node.get("/nrc/v1/datasets/rop.nothing/quality", **rop).status == 404
    assert node.get(f"{path}?since=soon", **rop).status == 400
    since = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=1)
    by_day = json.loads(world.nrc.run("quality", dataset.name, "--by", "day", "--since", str(since), "--json").stdout)
    for asked in (f"{path}?by=day&since={since}", f"/nrc/v1/quality?by=day&dataset={dataset.name}&since={since}"):
        answer = node.get(asked, **rop).json
        assert [(d["from"], d["received"], d["accuracy"]) for d in answer] == [(d["from"], d["received"], d["accuracy"]) for d in by_day]
    assert len(by_day) == 2
    assert node.get(f"/nrc/v1/quality?by=day&dataset={dataset.name}", **edu).status == 403
    for wrong, said in ((f"{path}?by=hour", "total or day"), ("/nrc/v1/quality?by=day", "name it")):
        refused = node.get(wrong, **rop)
        assert refused.status == 400 and said in refused.json["message"]
    assert len(node.get("/nrc/v1/quality?by=&dataset=", **auditor).json) == 1
    (old,) = node.get(f"{path}?since=2020-01-01&until=2020-01-02", **rop).json
    assert old["accuracy"] is None and old["received"] == 0
