# SPDX-License-Identifier: Apache-2.0
"""What is measured beside the stream, as the product's commands and its reject topic tell it, against a count of the events that were sent.

Nothing is taken from the register but three facts: where a contract's versions begin (rules.py), that an event was parked, which the hour of its
arrival decides, and the ids of structures."""

import collections
import datetime
import json

from kit import process
from kit.completeness import checksum, ranges
from kit.topic_reader import TopicReader

RECORDED = ("applied", "duplicate", "stale")
MINUTE = datetime.timedelta(minutes=1)
MOST_GAPS = 10000
FIELDS_OF_ALL = ("civil_no", "seq", "number", "note", "income")


def bucket(late_us):
    """Of storage/commit/measure.h."""
    if late_us < 1024:
        return 1 if late_us < 0 else 2
    octave = late_us.bit_length() - 1
    third = (late_us**3 >= 2 ** (3 * octave + 1)) + (late_us**3 >= 2 ** (3 * octave + 2))
    return min(3 + (octave - 10) * 3 + third, 120)


def microseconds(moment):
    return (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


def window(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Measured:
    def __init__(self, world, dataset, rules, registry):
        """registry: a node that does not run."""
        self.world, self.dataset, self.rules, self.registry = world, dataset, rules, registry
        self.rejects_topic = f"{dataset.name.split('.')[0]}.rejected"
        world.kafka.create_topic(self.rejects_topic)

    def check(self):
        """After dataset.check(). An engine and a relay run, and all was taken."""
        self.sent = self.dataset.sender.sent
        self.recorded = [e for e in self.sent if e.verdict == "recorded"]
        self.upserts = [e for e in self.recorded if not e.is_delete]
        self.refused = {(e.partition, e.offset): e for e in self.sent if e.verdict == "quarantined"}
        self.parked = {(q["partition"], q["topic_offset"]) for q in self.dataset.quarantine()
                       if q["reason"] == "not_yet_active" and q["status"] == "replayed"}
        stated = self.state_controls()
        for span in ("minute", "hour", "day"):
            self.check_windows(self.world.nrc.json("measure", self.dataset.name, "--by", span))
        self.check_quarantine()
        process.wait_until(lambda: self.world.value("SELECT now() >= %s", self.until), 5, "the stated period is over")
        self.world.nrc.run("monitor", "--once", ok=(0, 1))
        self.check_gaps()
        self.check_controls(stated)
        self.check_rejects()

    @staticmethod
    def same(what, found, expected):
        if found != expected:
            if isinstance(found, dict) and isinstance(expected, dict):
                keys = [k for k in {**found, **expected} if found.get(k) != expected.get(k)]
                found, expected = ({k: one.get(k) for k in keys} for one in (found, expected))
            raise AssertionError(f"{what}: {found}, expected {expected}")

    # -- counters

    def check_windows(self, rows):
        def total(name, *kinds):
            return sum(r[name] for r in rows if not kinds or r["kind"] in kinds)

        self.same("received", total("received", "stream"), len(self.sent))
        self.same("quarantined", total("quarantined", "stream"), len(self.refused) + len(self.parked))
        self.same("replayed", [total(n, "replay") for n in ("received", "quarantined")], [len(self.parked), 0])
        self.same("recorded", sum(total(v) for v in RECORDED), len(self.recorded))
        self.same("exempt", total("exempt"), 0)
        self.same("deletes", total("deletes"), sum(e.is_delete for e in self.recorded))
        self.check_fields(rows)
        self.check_failures(rows)
        self.check_reasons(rows)
        self.check_lateness(rows)

    def check_fields(self, rows):
        found = collections.defaultdict(collections.Counter)
        for row in rows:
            for name, counts in row["fields"].items():
                found[name].update(counts)
        for name in (*FIELDS_OF_ALL, "address"):
            have = [e for e in self.upserts if name in e.row]
            self.same(f"nulls of {name}", (found[name]["null"], found[name]["missing"]),
                      (sum(e.row[name] is None for e in have), len(self.upserts) - len(have)))

    def check_failures(self, rows):
        found, expected = collections.Counter(), collections.Counter()
        for row in rows:
            for r in row["rules"]:
                found[r["origin"], r["version"], r["rule"], r["action"]] += r["count"]
        for event in self.sent:
            failed = self.rules.failures.get((event.partition, event.offset), ())
            expected.update({(f.origin, self.version(f.origin, event), f.rule, f.action) for f in failed})
        self.same("failures of rules", {rule: count for rule, count in found.items() if count}, dict(expected))

    def version(self, origin, event):
        return str(self.rules.structure_of(event)[0]) if origin == "structure" else f"{self.rules.contract_of(event)}.0.0"

    def check_reasons(self, rows):
        """An event that was parked and then refused is counted as parked alone."""
        found = sum((collections.Counter(r["reasons"]) for r in rows), collections.Counter())
        expected = collections.Counter(e.reason for e in self.refused.values() if not e.early)
        early = sum(e.early for e in self.refused.values())
        self.same("reasons", sum(found.values()), sum(expected.values()) + early + len(self.parked))
        for reason in {*found, *expected} - {"not_yet_active", "rule_failed", "rule_error"}:
            self.same(f"reason {reason}", found[reason], expected[reason])

    def check_lateness(self, rows):
        """From the event's own time to the producer's, exactly; the other legs end at a time that the register alone knows. Of an event
        that was parked the quarantine does not say whose timestamp it has."""
        found = collections.Counter()
        for row in rows:
            leg = row["legs"]["captured"]
            found.update({0: leg["unknown"], **{b["bucket"]: b["count"] for b in leg["buckets"]}})
            if row["legs"]["arrived"]["known"] or row["legs"]["available"]["known"]:
                raise AssertionError(f"the producer's timestamps are taken for the broker's: {row['legs']}")
        expected = collections.Counter(
            0 if e.is_delete or (e.partition, e.offset) in self.parked
            else bucket(e.ts_ms * 1000 - microseconds(e.row["updated_at"])) for e in self.recorded)
        self.same("lateness", dict(+found), dict(expected))

    # -- the quarantine

    def check_quarantine(self):
        for row in self.dataset.quarantine():
            event = self.refused.get((row["partition"], row["topic_offset"]))
            if event is not None:
                self.check_refused(row, event, self.rules.failures.get((event.partition, event.offset), []))

    def check_refused(self, row, event, failed):
        # Rules that hold against an event are told where a rule keeps it out.
        failed = failed if event.reason in ("rule_failed", "rule_error") else []
        first = next((f.rule for f in failed if f.action == "quarantine"), None)
        self.same(f"the rule against {event.place}", row["rule"], first)
        self.same(f"the rules against {event.place}", [(f["origin"], f["rule"], f["path"], f["reason"]) for f in row["failures"] or []],
                  [(f.origin, f.rule, f.path, f.reason) for f in failed])

    # -- completeness

    def check_gaps(self):
        numbers = {e.row["number"] for e in self.upserts} - {None}
        told = self.world.nrc.json("gaps", self.dataset.name, "--limit", MOST_GAPS)
        (sequence,) = told["sequences"]
        # A long run has more gaps than are kept: below that number all is exact.
        known = min(max(numbers) + 1, sequence["too_many_from"] or max(numbers) + 1)
        missing = ranges(set(range(1, known)) - numbers)
        self.same("gaps", sorted((g["from"], g["to"]) for g in told["gaps"]), missing)
        self.same("the sequence", [sequence[n] for n in ("state", "lowest", "highest", "missing", "unread")],
                  ["counting", min(numbers), max(numbers), sum(last - first + 1 for first, last in missing), 0])
        if sequence["too_many_from"] is not None and len(missing) < MOST_GAPS / 2:
            raise AssertionError(f"{len(missing)} gaps are no reason to stop at {known}")
        self.same("events without a number", sequence["unnumbered"], sum(e.is_delete or e.row["number"] is None for e in self.recorded))

    def state_controls(self):
        """Two statements: one that is right, of all; and one of an hour, whose list has a key too many and another too few."""
        now = self.world.value("SELECT now()")
        self.until = now.replace(microsecond=0) + datetime.timedelta(seconds=1)
        keys = {e.key[0] for e in self.upserts}
        right = self.add("2026-01-01", window(self.until), "--events", len(self.upserts) + len(self.refused), "--keys", len(keys),
                         "--checksum", checksum(keys))
        times = sorted(e.row["updated_at"] for e in self.upserts)
        begin, end = ((times[len(times) * n // 4] + MINUTE).replace(second=0, microsecond=0) for n in (1, 2))
        self.hour = sorted({e.key[0] for e in self.upserts if begin <= e.row["updated_at"] < end})
        listed = self.world.folder / "keys.txt"
        listed.write_text("\n".join([*self.hour[1:], "nobody"]))
        return right, self.add(window(begin), window(end), "--keys-file", listed)

    def add(self, begin, end, *options):
        made = self.world.nrc.json("control", "add", self.dataset.name, "--from", begin, "--until", end, "--grace", 0, *options)
        return made["stated"]

    def check_controls(self, stated):
        right, listed = (self.world.nrc.json("control", "show", one, "--differing-keys") for one in stated)
        if right["state"] != "equal":
            raise AssertionError(f"the right statement is not equal: {right}")
        self.same("received events of the statement", right["received"], len(self.upserts) + len(self.refused))
        self.same("quarantined events of the statement", right["quarantined"], len(self.refused))
        self.same("untimed events", right["untimed"], sum(e.is_delete for e in self.recorded))
        self.same("the wrong statement", (listed["state"], listed["missing_keys"], listed["beyond_keys"], listed["keys_here"]),
                  ("different", 1, 1, len(self.hour)))
        self.same("its keys", [(d["side"], d["key"]) for d in listed["differing_keys"]], [("missing", "nobody"), ("beyond", self.hour[0])])

    # -- rejects

    def check_rejects(self):
        """At least once, and each under one id; those of a partition in its order, but for those that waited for their structure."""
        process.wait_until(self.all_told, 60, lambda: f"all rejects are told: {self.world.rows('SELECT * FROM nrc.reject_topic')}")
        told = {}
        for message in self.rejects():
            place = message.data["event"]["partition"], message.data["event"]["offset"]
            if place in told:
                raise AssertionError(f"the reject {place} has two ids")
            told[place] = message.data
        self.same("rejects", {p: (d["reason"], d["rule"], [f["rule"] for f in d["failures"]]) for p, d in told.items()},
                  {p: self.expected_reject(e) for p, e in self.refused.items()})
        last = {}
        for partition, offset in told:
            if not self.refused[partition, offset].early:
                if offset < last.get(partition, 0):
                    raise AssertionError(f"of partition {partition} the reject {offset} is told after {last[partition]}")
                last[partition] = offset

    def rejects(self):
        """All of the topic, each once. The registry runs no longer than that: it moves views as an engine does, which then would not
        come to its failpoint."""
        self.registry.start()
        reader = TopicReader(self.world.kafka.bootstrap, self.rejects_topic, self.registry.url)
        try:
            reader.drain()
            return reader.first()
        finally:
            reader.close()
            self.registry.stop()

    def all_told(self):
        count = self.world.value("SELECT count(*) FROM nrc.reject r JOIN nrc.agency a ON a.id = r.agency_id WHERE a.code = %s"
                                 " AND r.published_at IS NOT NULL", self.dataset.name.split(".")[0])
        return count >= len(self.refused)

    def expected_reject(self, event):
        failed = self.rules.failures.get((event.partition, event.offset), []) if event.reason.startswith("rule_") else []
        return event.reason, next((f.rule for f in failed if f.action == "quarantine"), None), [f.rule for f in failed]
