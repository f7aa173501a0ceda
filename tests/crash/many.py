# SPDX-License-Identifier: Apache-2.0
"""Sixty datasets on one engine or two, of which a batch holds many: what one of them meets must reach no other.

A register of its own, on the servers of the other rounds. Each round has one fault, and meanwhile events of all datasets come, datasets are
declared, structures get new and renamed fields. At the end the checker compares each dataset's register with what was sent, and its positions
with the ends of the logs."""

import concurrent.futures
import contextlib
import itertools
import json
import signal
import threading

from kit import process, residents, stream

AGENCIES, DATASETS = 4, 60
PEOPLE = 12  # of each dataset
DECLARED_AT_MOST = 6
ROUND_SECONDS = 60
ROUNDS_THAT_ARE_SHORT = 5  # the first ones, of an ordinary run
LANES = 2
SESSION_MS = 2000
BROKEN_SHARE = 0.01
# At all but after_seal its transaction holds rows that the other engine's claims need.
FROZEN_AT = ("after_fence", "after_seal", "after_merge", "before_commit", "commit_sent", "after_history")


def schema():
    return {"type": "record", "name": "Case", "fields": [
        {"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"},
        {"name": "note", "type": ["null", "string"], "default": None}]}


class Cases(residents.Residents):
    """The events of a small dataset, whose structure gets more fields, and other names for them."""

    def __init__(self, dataset, seed):
        super().__init__(dataset.structure, seed)
        self.dataset, self.schema = dataset, schema()

    def row(self, number, seq):
        texts = {f["name"]: self.random.choice([None, "", "ملاحظة", "x" * 200]) for f in self.schema["fields"][2:]}
        return {"civil_no": f"{number:08}", "seq": seq, **texts}

    def broken(self, row):
        return stream.Event(key=(row["civil_no"],), key_bytes=row["civil_no"].encode(), value_bytes=b"\x07" + self.structure.frame(row)[1:],
                            row=row, order=row["seq"], verdict="quarantined", reason="bad_frame")

    def event(self):
        return self.mixed(PEOPLE, [self.broken], BROKEN_SHARE)

    def change_structure(self, renames, lock):
        """One field more, or the last one by another name: a column that is renamed, under which older events show as well. Events of
        the structure before come meanwhile."""
        changed = json.loads(json.dumps(self.schema))
        fields = changed["fields"]
        old = fields[-1]["name"]
        if renames:
            fields[-1].update(name=f"{old}_r", aliases=[old, *fields[-1].get("aliases", [])])
        else:
            fields.append({"name": f"more{len(fields)}", "type": ["null", "string"], "default": None})
        structure = self.dataset.register(stream.Structure(changed))
        with lock:
            self.dataset.flush()
            self.schema, self.structure, self.dataset.structure = changed, structure, structure
            for event in self.dataset.sender.sent if renames else ():
                if event.topic == self.dataset.topic and event.row is not None and old in event.row:
                    event.row[f"{old}_r"] = event.row.pop(old)


class Many:
    def __init__(self, suite, world):
        self.suite, self.world, self.random = suite, world, suite.random
        self.sender = stream.Sender(world.kafka.bootstrap)
        self.lock = threading.Lock()  # of what is sent and what it is sent with
        self.cases, self.frozen_at = [], itertools.cycle(FROZEN_AT)
        points = [p for p in suite.points if not p.startswith(("parked_", "view_"))]
        self.points = itertools.islice(itertools.cycle(points), self.random.randrange(len(points)), None)
        world.nrc.settings.update(NRC_INGEST_SESSION_TIMEOUT_MS=str(SESSION_MS), NRC_INGEST_BATCH_ROWS="2000")
        self.names = [f"m{world.tag}{i % AGENCIES}.d{i:02}" for i in range(DATASETS + DECLARED_AT_MOST)]
        world.kafka.create_topics({f"{name}.{world.tag}": self.partitions(i) for i, name in enumerate(self.names)})
        for _ in range(DATASETS):
            self.declare()
        self.engines = [world.engine(f"many-{name}", lanes=LANES) for name in "ab"]

    @staticmethod
    def partitions(index):
        return 3 if index % 6 == 0 else 1

    def declare(self):
        index = len(self.cases)
        if index == len(self.names):
            return
        leaves = [] if index % 4 == 0 else ["--leaves", 1]  # with one leaf, one lane has all partitions
        dataset = self.world.dataset(self.names[index], "civil_no", stream.Structure(schema()), self.partitions(index),
                                     order=None if index % 5 == 4 else "seq", options=leaves)
        dataset.sender = self.sender
        self.cases.append(Cases(dataset, self.random.randrange(10**6)))

    # -- what happens all the time

    def send(self):
        with self.lock:
            for cases in self.random.sample(self.cases, self.random.randrange(len(self.cases) // 2, len(self.cases) + 1)):
                for _ in range(self.random.choice([1, 1, 2, 5])):
                    cases.dataset.send(cases.event())
            self.sender.flush()

    def flow_until(self, condition, what):
        def sent_and_met():
            self.send()
            return condition()

        process.wait_until(sent_and_met, ROUND_SECONDS, what, every=0.05)

    @contextlib.contextmanager
    def flow(self):
        """Events come as long as it is open."""
        over = threading.Event()

        def work():
            while not over.wait(0.02):
                self.send()

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            sending = pool.submit(work)
            try:
                yield
            finally:
                over.set()
            sending.result()

    def change(self):
        """While engines take events: they have statements prepared for the old columns."""
        with self.flow():
            for renames in (False, True):
                self.random.choice(self.cases).change_structure(renames, self.lock)

    # -- rounds

    def run(self, rounds):
        """In this order the first ones try what is found nowhere else."""
        plan = [self.frozen, self.table_gone, self.failpoint, self.frozen, self.register_restarts, self.failpoint, self.broker_restarts,
                self.failpoint, self.killed, self.failpoint]
        self.send()
        for number in range(rounds):
            name = "many"
            try:
                name = plan[number % len(plan)](number)
                self.suite.passed += 1
            except Exception as error:  # noqa: BLE001 - the comparison still tells something
                self.suite.fault(f"many, round {number}: {name}: {error}")
            print(f"many, round {number:3}  {name:40} {len(self.sender.sent):8} events sent", flush=True)
        self.compare()

    @staticmethod
    def start(engine, failpoint=None, lanes=LANES):
        if engine.alive() and failpoint is not None:
            engine.kill()
        if not engine.alive():
            engine.start(failpoint=failpoint, NRC_INGEST_LANES=lanes)

    def failpoint(self, number):
        """Of two engines, or of the only one."""
        one, other = self.engines
        point = next(self.points)
        setting = f"{point}:kill:{1 if point == 'after_claim' else self.random.randrange(1, 4)}"
        if number % 2:
            self.start(other)
        else:
            other.kill()
        self.start(one, setting)
        self.change()
        self.flow_until(lambda: not one.alive(), f"{setting} is reached")
        if one.wait_gone() != -signal.SIGKILL:
            raise AssertionError(f"{setting}: the engine ended by itself with {one.exit_code}\n{one.process.log_tail()}")
        return f"{setting} of {1 + number % 2}"

    def killed(self, number):
        for engine in self.engines:
            self.start(engine)
        self.change()
        self.flow_for(self.random.randrange(1, 30))
        for engine in self.engines:
            engine.kill()
        return "both killed"

    def flow_for(self, turns):
        for _ in range(turns):
            self.send()

    def frozen(self, number):
        """One is frozen inside a transaction, and the group gives what it had to the other, whose claims wait for its locks. When it wakes
        it commits, or is fenced; if it stays frozen, its session is ended."""
        one, other = self.engines
        other.kill()
        point = next(self.frozen_at)
        stays = number >= ROUNDS_THAT_ARE_SHORT and self.random.random() < 0.4
        # With one lane nothing of it is in a transaction at after_seal: the other gets all, and the one that wakes must be fenced.
        self.start(one, f"{point}:stop:{self.random.randrange(2, 5)}", lanes=1 if point == "after_seal" else LANES)
        self.flow_until(one.is_stopped, f"the engine stops itself at {point}")
        since = self.world.value("SELECT now()")
        self.start(other)
        self.flow_until(lambda: self.waits_or_claimed(since), "the other claims")
        if stays or point == "after_seal":
            self.flow_until(lambda: self.world.value("SELECT bool_and(claimed_at > %s) FROM nrc.position", since), "the other has all")
        if stays:
            one.kill()
        else:
            self.flow_for(5)
            one.thaw()
            self.flow_for(5)
        return f"frozen at {point}, then {'killed' if stays else 'awake'}"

    def waits_or_claimed(self, since):
        return self.world.value("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                                " AND application_name LIKE 'nrc ingest%%') OR EXISTS (SELECT FROM nrc.position WHERE claimed_at > %s)", since)

    def register_restarts(self, number):
        since = self.world.value("SELECT now()")
        for engine in self.engines:
            engine.kill()
            self.start(engine)
        self.flow_until(lambda: self.world.value("SELECT bool_and(claimed_at > %s) FROM nrc.position", since), "both are at work")
        with self.flow():
            self.declare()
        self.change()
        self.flow_for(10)
        self.world.postgres.stop_immediate()
        self.flow_for(5)
        self.world.postgres.start()
        return "the register restarts"

    def broker_restarts(self, number):
        self.start(self.engines[number % 2])
        self.flow_for(10)
        self.world.kafka.kill9()
        self.world.kafka.start()
        return "the broker restarts"

    def table_gone(self, number):
        """Amid the batches of all: its dataset alone is halted, and goes on when it is back."""
        self.start(self.engines[0])
        lost = self.cases[number % 6 * 7].dataset
        agency, table = lost.name.split(".")
        self.flow_until(lambda: self.world.value("SELECT count(*) > %s FROM nrc.position WHERE last_offset >= 0", DATASETS // 2), "events flow")
        self.world.execute(f"ALTER TABLE {agency}.{table}_{'state' if number % 2 else 'history'} RENAME TO gone")
        self.flow_until(lambda: self.halted(), "it is halted")
        self.wait_drained(but=lost.topic)
        if self.halted() != {lost.topic}:
            raise AssertionError(f"halted are {self.halted()}, not {lost.topic} alone")
        self.world.execute(f"ALTER TABLE {agency}.gone RENAME TO {table}_{'state' if number % 2 else 'history'}")
        for position in lost.positions():
            if position["state"] == "halted":
                self.world.nrc.run("position", "resume", lost.topic, position["partition"])
        return f"a table of {lost.name} is gone"

    def halted(self):
        return {row["topic"] for row in self.world.rows("SELECT topic FROM nrc.position WHERE state = 'halted'")}

    # -- the end

    def ends(self):
        """By what was sent: there are no transactions."""
        ends = {}
        for event in self.sender.sent:
            ends[event.topic, event.partition] = max(ends.get((event.topic, event.partition), 0), event.offset + 1)
        return ends

    def positions(self):
        rows = self.world.rows("SELECT topic, partition, next_offset FROM nrc.position")
        return {(r["topic"], r["partition"]): r["next_offset"] for r in rows if r["next_offset"] > 0}

    def wait_drained(self, but=None):
        ends = {place: end for place, end in self.ends().items() if place[0] != but}

        def missing():
            at = self.positions()
            return {place: (at.get(place), end) for place, end in ends.items() if at.get(place) != end}

        process.wait_until(lambda: not missing(), 120, lambda: f"all is taken; (position, end) {missing()}\n{self.world.log_tails()}", every=0.1)

    def compare(self):
        for engine in self.engines:
            self.start(engine)
        try:
            self.flow_for(1)
            self.wait_drained()
            if self.positions() != self.ends():
                raise AssertionError("positions are not the ends of the logs")
            if self.halted():
                raise AssertionError(f"halted are {self.halted()}")
            for cases in self.cases:
                cases.dataset.check()
            self.world.verify()
            for engine in self.engines:
                engine.end_well()
            self.suite.passed += 1
            print(f"many: {len(self.cases)} registers equal their streams of {len(self.sender.sent)} events", flush=True)
        except Exception as error:  # noqa: BLE001 - counted
            self.suite.fault(f"many: {error}")
