# SPDX-License-Identifier: Apache-2.0
"""The independent checker: the register, row by row, against what the producers sent.

Reads plain SQL and knows the rules only through kit.model; never asks the engine."""

import collections
import datetime
import decimal
import json

from kit.model import Model


EFFECTS = {"a": "applied", "d": "duplicate", "s": "stale"}
RECORDED = tuple(EFFECTS.values())


class Difference(AssertionError):
    pass


class Checker:
    def __init__(self, connection, dataset, sent, key_fields, declared_order=True, topic=None):
        """connection: psycopg, autocommit. sent: stream.Events, all that were ever sent to the topic."""
        self.db = connection
        self.dataset = dataset
        self.agency, self.name = dataset.split(".", 1)
        self.topic = topic or dataset
        self.key_fields = key_fields
        self.declared_order = declared_order
        self.sent = sorted((e for e in sent if e.topic == self.topic), key=lambda e: (e.partition, e.offset))
        self.faults = []

    # -- reading

    def rows(self, sql, *parameters):
        cursor = self.db.execute(sql, parameters or None)
        names = [d.name for d in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]

    def positions(self):
        return {row["id"]: row for row in self.rows(
            "SELECT p.* FROM nrc.position p JOIN nrc.dataset d ON d.id = p.dataset_id JOIN nrc.agency a"
            " ON a.id = d.agency_id WHERE a.code = %s AND d.name = %s", self.agency, self.name)}

    def table(self, suffix):
        return f'"{self.agency}"."{self.name}{suffix}"'

    def fault(self, text):
        self.faults.append(text)

    # -- the checks

    def check(self):
        """Raises Difference with the first faults; else the counts."""
        self.model = Model(self.declared_order)
        self.effects = {}
        partitions_of = collections.defaultdict(set)
        for event in self.sent:
            if event.verdict == "recorded":
                partitions_of[event.key].add(event.partition)
        self.loose = {key for key, where in partitions_of.items() if len(where) > 1}
        self.place_of = {i: p["partition"] for i, p in self.positions().items()}
        self.parked = self.find_parked()
        # What was parked is recorded later than it came: only the orders say what became of its keys.
        self.parked_keys = {e.key for e in self.sent if (e.partition, e.offset) in self.parked}
        for event in self.sent:
            self.effects[(event.partition, event.offset)] = self.model.take(event)

        self.check_history()
        self.check_state()
        self.check_view()
        self.check_quarantine()
        self.check_ledger()
        self.check_counters()
        if self.faults:
            shown = "\n  ".join(self.faults[:20])
            raise Difference(f"{self.dataset}: {len(self.faults)} differences\n  {shown}")
        return dict(self.model.counts)

    def find_parked(self):
        """The places of the events that waited for their structure. All of them are recorded by now, but for those that are
        expected to wait."""
        early = {(e.partition, e.offset) for e in self.sent if e.early}
        waiting = {(e.partition, e.offset) for e in self.sent if e.verdict == "quarantined" and e.reason == "not_yet_active"}
        parked = set()
        for row in self.rows("SELECT position_id, topic_offset, status FROM nrc.quarantine WHERE position_id = ANY(%s)"
                             " AND reason = 'not_yet_active'", list(self.place_of)):
            place = (self.place_of[row["position_id"]], row["topic_offset"])
            if place in waiting:
                continue  # as every other event of the quarantine: check_quarantine
            if place not in early or place in parked or row["status"] != "replayed":
                self.fault(f"{place} is parked ({row['status']}); sent early: {place in early}, twice: {place in parked}")
            parked.add(place)
        return parked

    def check_history(self):
        events = {(e.partition, e.offset): e for e in self.sent}
        seen = set()
        for row in self.rows(f"SELECT * FROM {self.table('_history')}"):
            place = (self.place_of.get(row["_topic_partition"]), row["_offset"])
            if place in seen:
                self.fault(f"history has {place} twice")
                continue
            seen.add(place)
            event = events.get(place)
            if event is None or event.verdict != "recorded":
                self.fault(f"history has {place}, which was {event and event.verdict}")
                continue
            self.compare_row(row, event, f"history {place}")
            effect = EFFECTS.get(char(row["_effect"]))
            if event.key not in self.loose | self.parked_keys and effect != self.effects[place]:
                self.fault(f"history {place}: effect {effect}, expected {self.effects[place]}")
            if self.declared_order and event.order is not None and row["_order"] != event.order:
                self.fault(f"history {place}: order {row['_order']}, sent {event.order}")
        for place, event in events.items():
            if event.verdict == "recorded" and place not in seen:
                self.fault(f"history lacks {place} ({event.note or event.key})")

    def compare_row(self, row, event, where):
        if (char(row["_op"]) == "d") != event.is_delete:
            self.fault(f"{where}: _op {row['_op']}, delete sent: {event.is_delete}")
        for field, value in zip(self.key_fields, event.key):
            if plain(row[field]) != plain(value):
                self.fault(f"{where}: key {field} is {row[field]!r}, sent {value!r}")
        columns = [c for c in row if not c.startswith("_") and c not in self.key_fields and "#" not in c]
        for column in columns:
            expected = None if event.is_delete else event.row.get(column)
            found = self.of_its_type(row, column)
            if plain(found) != plain(expected):
                self.fault(f"{where}: {column} is {found!r}, sent {expected!r}")

    def of_its_type(self, row, field):
        """A field whose type changed has a column of each type (field, field#2 …), of which an event fills its own."""
        filled = [row[c] for c in row if (c == field or c.startswith(f"{field}#")) and row[c] is not None]
        return filled[0] if len(filled) == 1 else filled or None

    def winners(self):
        """The expected state; for keys that moved between partitions, or waited, only where a declared order decides."""
        undecided = self.loose | self.parked_keys
        winners = {key: version for key, version in self.model.state.items() if key not in undecided}
        if self.declared_order:
            sent = collections.defaultdict(list)
            for event in self.sent:
                if event.key in undecided and event.verdict == "recorded" and event.order is not None:
                    sent[event.key].append(event)
            for key, events in sent.items():
                best = max(events, key=lambda e: e.order)
                winners[key] = Model(True)._decide(None, best) and _version(best)
        return winners

    def check_state(self):
        expected = self.winners()
        seen = set()
        for row in self.rows(f"SELECT * FROM {self.table('_state')}"):
            key = self.key_of(row)
            seen.add(key)
            version = expected.get(key)
            if version is None:
                if key not in self.loose:
                    self.fault(f"state has the key {key}, which was never recorded")
                continue
            self.compare_row(row, version.event, f"state {key}")
            place = (self.place_of.get(row["_topic_partition"]), row["_offset"])
            if place != (version.event.partition, version.event.offset):
                self.fault(f"state {key} comes from {place}, expected {version.event.place}")
            if self.declared_order and row["_order"] != version.order:
                self.fault(f"state {key}: order {row['_order']}, expected {version.order}")
        for key in expected.keys() - seen:
            self.fault(f"state lacks the key {key}")

    def key_of(self, row):
        return tuple(row[field] for field in self.key_fields)

    def check_view(self):
        rows = self.rows(f"SELECT * FROM {self.table('')}")
        keys = {self.key_of(row) for row in rows}
        live = {key for key, version in self.winners().items() if not version.deleted}
        if len(rows) != len(keys):
            self.fault("the view shows a key twice")
        if not self.loose and keys != live:
            self.fault(f"the view has {len(keys)} keys, expected {len(live)};"
                       f" lacks {list(live - keys)[:3]}, has too many {list(keys - live)[:3]}")
        if rows and any(name.startswith("_") for name in rows[0]):
            self.fault("the view shows provenance columns")

    def check_quarantine(self):
        events = {(e.partition, e.offset): e for e in self.sent if e.verdict == "quarantined"}
        seen = set()
        for row in self.rows("SELECT * FROM nrc.quarantine WHERE position_id = ANY(%s)", list(self.place_of)):
            place = (self.place_of[row["position_id"]], row["topic_offset"])
            if place in self.parked:
                continue
            event = events.get(place)
            if place in seen:
                self.fault(f"quarantine has {place} twice")
            seen.add(place)
            if event is None:
                self.fault(f"quarantine has {place} ({row['reason']} {row['path']}), which is a good event")
            elif event.reason != row["reason"] or (event.path is not None and event.path != (row["path"] or "")):
                self.fault(f"quarantine {place}: {row['reason']} at {row['path']!r}, expected {event.reason}"
                           f" at {event.path!r} ({event.note}; {row['detail']})")
        for place in events.keys() - seen:
            self.fault(f"quarantine lacks {place} ({events[place].reason}, {events[place].note})")

    def check_ledger(self):
        offsets = collections.defaultdict(list)
        for event in self.sent:
            offsets[event.partition].append(event.offset)
        for position, place in self.positions().items():
            at = place["first_offset"]
            totals, replays = collections.Counter(), collections.Counter()
            ledger = self.rows("SELECT * FROM nrc.ledger WHERE position_id = %s ORDER BY recorded_at, from_offset",
                               position)
            replays.update({k: sum(row[k] for row in ledger if row["kind"] == "replay") for k in RECORDED + ("received",)})
            for row in [row for row in ledger if row["kind"] != "replay"]:
                if row["from_offset"] != at:
                    self.fault(f"ledger of {place['partition']}: a row starts at {row['from_offset']}, not at {at}")
                at = row["next_offset"]
                totals.update({k: row[k] for k in ("received", "applied", "duplicate", "stale", "quarantined", "exempt")})
                if row["kind"] == "stream" and at - row["from_offset"] != row["received"] + row["skipped"]:
                    self.fault(f"ledger of {place['partition']} at {row['from_offset']}: range and counts differ")
            if at != place["next_offset"]:
                self.fault(f"ledger of {place['partition']} ends at {at}, the position at {place['next_offset']}")
            taken = [o for o in offsets[place["partition"]] if place["first_offset"] <= o < place["next_offset"]]
            if not any(row["kind"] == "gap" for row in ledger) and totals["received"] != len(taken):
                self.fault(f"ledger of {place['partition']}: received {totals['received']}, sent {len(taken)}")
            if totals["received"] != sum(totals[k] for k in ("applied", "duplicate", "stale", "quarantined", "exempt")):
                self.fault(f"ledger of {place['partition']} is not balanced: {dict(totals)}")
            parked = sum(where == place["partition"] for where, _ in self.parked)
            if not replays["received"] == sum(replays[k] for k in RECORDED) == parked:
                self.fault(f"ledger of {place['partition']}: {dict(replays)} were replayed of {parked} that were parked")
            expected = collections.Counter(self.effects[(place["partition"], o)] for o in taken)
            expected["quarantined"] += parked
            if totals["quarantined"] != expected["quarantined"]:
                self.fault(f"ledger of {place['partition']}: quarantined {totals['quarantined']},"
                           f" expected {expected['quarantined']}")
            if not self.loose and not parked:
                for effect in ("applied", "duplicate", "stale", "quarantined", "exempt"):
                    if totals[effect] != expected[effect]:
                        self.fault(f"ledger of {place['partition']}: {effect} {totals[effect]},"
                                   f" expected {expected[effect]}")


    def check_counters(self):
        """The counters of nrc measure are the ledger's sums, by partition, kind and minute; and say of each recorded event
        how late it was."""
        counts = ("received", "applied", "duplicate", "stale", "quarantined", "exempt")
        sums = ", ".join(f"sum({c})::bigint AS {c}" for c in counts)
        ledger = self.rows(f"SELECT position_id, kind, date_trunc('minute', recorded_at) AS minute, {sums} FROM nrc.ledger"
                           " WHERE position_id = ANY(%s) AND received > 0 GROUP BY 1, 2, 3", list(self.place_of))
        expected = {(r["position_id"], r["kind"], r["minute"]): [r[c] for c in counts] for r in ledger}
        for row in self.rows("SELECT * FROM nrc.measure_minute WHERE position_id = ANY(%s)", list(self.place_of)):
            place = (row["position_id"], row["kind"], row["minute"])
            found = [row[c] for c in counts]
            if found != expected.pop(place, None):
                self.fault(f"counters of {place} are {found}, which is not what the ledger says")
            legs = collections.Counter()
            for key, count in zip(row["keys"], row["counts"]):
                legs[key >> 16] += count
            if any(legs[leg] != sum(row[k] for k in RECORDED) for leg in range(3, 8)):
                self.fault(f"counters of {place}: not every recorded event is on every leg: {dict(legs)}")
        for place, counts_of in expected.items():
            self.fault(f"no counters of {place}, the ledger has {counts_of}")


def _version(event):
    from kit.model import Version

    return Version(event.order, event.is_delete, event.row, event, event.partition, event.ts_ms)


def char(value):
    """PostgreSQL's one-byte "char"."""
    return value.decode() if isinstance(value, bytes) else value


def plain(value):
    """One form for a value that Avro sent and for the same value from PostgreSQL."""
    if isinstance(value, (memoryview, bytearray)):
        return bytes(value)
    if isinstance(value, decimal.Decimal):
        return value.normalize() + 0
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.timezone.utc)
    if isinstance(value, (list, dict)):
        return json.dumps(value, sort_keys=True, default=str)
    return value
