# SPDX-License-Identifier: Apache-2.0
"""Many datasets of which most have a bad topic: it does not exist, its partitions have no leader, or its messages are very large.

Their names come first, so that whoever takes topics in turn meets them before the good ones."""

import collections

from kit import stream
from kit.second_broker import SecondBroker

LARGE = {"type": "record", "name": "Large", "fields": [
    {"name": "id", "type": "string"}, {"name": "seq", "type": "long"}, {"name": "text", "type": "string"}]}


class BadTopics:
    def __init__(self, world, missing, leaderless, good, silent, large_bytes, leaderless_partitions):
        """silent: topics that are there, and have no event. The leader of the leaderless is there, but out of reach."""
        self.world, self.large_bytes, self.leaderless_partitions = world, large_bytes, leaderless_partitions
        names = {f"ccc.good{i:03}": 1 + i % 2 for i in range(good)}
        self.missing = self.declare("aab", missing)
        world.kafka.create_topics({**{f"{name}.{world.tag}": n for name, n in names.items()}, **{t: 2 for t in self.declare("bbb", silent)}})
        self.large = self.make_large()
        # All topics above are the first broker's.
        self.broker = SecondBroker(world.kafka, world.folder / "second-broker.txt")
        self.broker.begin()
        world.closers.append(self.broker.end)
        self.good = [world.residents(n, name=name) for name, n in names.items()]
        self.broker.wait_up()
        self.leaderless = [self.make_leaderless(f"aaa.leaderless{i}") for i in range(leaderless)]
        for dataset, people in self.leaderless:
            dataset.send_all(people.mixed(20) for _ in range(30))
        self.broker.gate.close()

    def make_leaderless(self, name):
        self.broker.create_topic(f"{name}.{self.world.tag}", self.leaderless_partitions)
        return self.world.residents(self.leaderless_partitions, name=name)

    def mend(self):
        """Somebody leads again, and can be reached."""
        self.broker.start()
        self.broker.gate.open()

    def declare(self, agency, count):
        """Datasets without a structure, as `nrc dataset add` makes them. Their topics."""
        self.world.nrc.add_agency(agency)
        self.world.execute(
            "INSERT INTO nrc.dataset (agency_id, name, topic, key_fields, key_format) SELECT a.id, 's' || i, format('%s.s%s.%s', a.code, i,"
            f" '{self.world.tag}'), '{{civil_no}}', 'text' FROM nrc.agency a, generate_series(1, {count}) i WHERE a.code = '{agency}'")
        return [r["topic"] for r in self.world.rows("SELECT d.topic FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id"
                                                   " WHERE a.code = %s", agency)]

    def make_large(self):
        limit = str(self.large_bytes + 65536)
        dataset = self.world.dataset("aac.large", "id", stream.Structure(LARGE), topic_config={"max.message.bytes": limit})
        dataset.sender = stream.Sender(self.world.kafka.bootstrap, **{"message.max.bytes": limit, "queue.buffering.max.kbytes": 2000000})
        return dataset

    def send_large(self, count):
        """Every second one is refused: the quarantine has it as it came."""
        for number in range(count):
            row = {"id": f"{number % 3}", "seq": number, "text": chr(97 + number % 26) * (self.large_bytes - 100)}
            event = stream.upsert(self.large.structure, "id", row)
            if number % 2:
                event.value_bytes = b"\x07" + event.value_bytes[1:]
                event.verdict, event.reason = "quarantined", "bad_frame"
            self.large.send(event)
        self.large.flush()

    def send_good(self, each):
        for dataset, people in self.good:
            for _ in range(each):
                dataset.send(people.mixed(20))
        for dataset, _ in self.good:
            dataset.flush()

    def wait_good(self, timeout=60):
        for dataset in [d for d, _ in self.good] + [self.large]:
            dataset.wait_drained(timeout)

    def open_incidents(self):
        """{(kind, dataset's name): how many}, but those of events that were refused."""
        names = {r["id"]: r["name"] for r in self.world.rows("SELECT d.id, a.code || '.' || d.name AS name FROM nrc.dataset d"
                                                            " JOIN nrc.agency a ON a.id = d.agency_id")}
        return collections.Counter((i["kind"], names.get(i["dataset_id"])) for i in self.world.open_incidents() if i["kind"] != "bad_frame")
