# SPDX-License-Identifier: Apache-2.0
"""A steady stream whose structure changes half way: the producer goes on with the new version as soon as it has its id.

Prints for each step of each class of change the latency of each second around it, second 0 being the one in which the
step began, and what the worst of the seconds in which it ran adds to a usual second before. Verified: as each stream is,
and rows of the new version are there; of a field that changed its type, in the columns and views of both types."""

import dataclasses
import datetime
import json
import math
import statistics
import subprocess
import threading
import time
import typing

from kit import process

from ground import DATASET, HERE, Ground, emit
from latency import measured_drain, steady_stream
from measure import say
from workloads import finish, judged, rounded, warm_up

FIGURES = ("p50_ms", "p99_ms", "max_ms")
SECONDS_MIN = 10
BEFORE_S = 0.2  # from then on the locks are looked at, not longer: looking takes time of the machine's
BACKLOG_MS = 500  # a median beyond it before the change: the stream piles up, and its noise is greater than any change
TABLES = [DATASET.split(".")[1] + suffix for suffix in ("", "_state", "_history")]


# -- the classes

@dataclasses.dataclass
class Change:
    """shape: what bench_latency sends in the end (enum typical_shape). file: all that is done while the stream flows and
    nothing has changed yet; what it answers is given to the steps, by name. Each step has a rest of the stream before and
    after it, and tells the producer when it began; the last one tells it the schema's id. check: the faults at the end."""

    shape: int
    edit: typing.Callable
    steps: dict
    file: typing.Callable = lambda ground, database, path, starts: {"path": path}
    check: typing.Callable = lambda ground, database, schema_id: []


def add_phone(fields):
    return [*fields, {"name": "phone", "type": ["null", "string"], "default": None}]


def remove_occupation(fields):
    return [field for field in fields if field["name"] != "occupation"]


def occupation_as_bytes(fields):
    return [{**field, "type": "bytes"} if field["name"] == "occupation" else field for field in fields]


def wait_till(when):
    process.wait_until(lambda: time.time() >= when, 600, "its time has come", every=0.005)


def register(ground, database, path, *more):
    return json.loads(ground.nrc(database, "structure", "register", DATASET, str(path), "--json", *more))


def register_at_once(ground, database, filed, producer):
    began = time.monotonic()
    producer.tell(began, register(ground, database, filed["path"])["schema_id"])


def ask(ground, database, path, _):
    return register(ground, database, path, "--reason", "bench")


def approve(ground, database, filed, person):
    ground.nrc(database, "structure", "approve", str(filed["request"]), "--reason", "bench", person=person)


def approve_at_once(ground, database, filed, producer):
    began = time.monotonic()
    approve(ground, database, filed, "bench-steward")
    producer.tell(began, filed["schema_id"])


def announce(ground, database, path, starts):
    """All but the last of the two approvals."""
    begin = datetime.datetime.fromtimestamp(starts, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    ground.nrc(database, "notice", "file", "modification", "--dataset", DATASET, "--from", begin, "--reason", "bench")
    filed = register(ground, database, path, "--reason", "bench")
    approve(ground, database, filed, "bench-steward")
    return {**filed, "starts": starts}


def approve_last(ground, database, filed, producer):
    began = time.monotonic()
    approve(ground, database, filed, "bench-second")
    producer.tell(began)


def come_into_force(ground, database, filed, producer):
    """Until the view shows it; the producer does not wait for that."""
    with ground.postgres.connect(database) as connection:
        wait_till(filed["starts"])
        producer.tell(time.monotonic() - (time.time() - filed["starts"]), filed["schema_id"])
        process.wait_until(lambda: connection.execute("SELECT count(*) FROM nrc.dataset_generation WHERE number = 2")
                           .fetchone()[0], 60, "the view shows the structure", every=0.01)


def in_both_types(ground, database, schema_id):
    """Each event's value is in the column of its structure's type, and the views show all of them."""
    _, name = DATASET.split(".")
    faults = []
    for table in (f"{DATASET}_state", f"{DATASET}_history"):
        [(wrong,)] = ground.postgres.sql(
            f"""SELECT count(*) FROM {table} WHERE num_nulls(occupation, "occupation#2") <> 1
                OR ("occupation#2" IS NOT NULL) <> (_schema_id = %s)""", (schema_id,), database=database)
        faults += [f"{table}: {wrong} rows whose value is not in the column of their type"] if wrong else []
    [(wrong,)] = ground.postgres.sql(
        f"""SELECT count(*) FROM {DATASET}_state s JOIN {DATASET}_history h USING (civil_no, seq)
            WHERE s."occupation#2" IS DISTINCT FROM h."occupation#2" """, database=database)
    faults += [f"{wrong} keys whose state is not their newest history in occupation#2"] if wrong else []
    types = dict(ground.postgres.sql(
        "SELECT table_name::text, data_type::text FROM information_schema.columns WHERE column_name = 'occupation'"
        " AND table_name = ANY (%s)", ([name, f"{name}_g1"],), database=database))
    if types != {name: "bytea", f"{name}_g1": "text"}:
        return [*faults, f"the views' types are {types}"]
    [(wrong,)] = ground.postgres.sql(
        f"""SELECT count(*) FROM {DATASET} n FULL JOIN {DATASET}_g1 o USING (civil_no)
            WHERE n.occupation <> convert_to(o.occupation, 'UTF8') OR num_nulls(n.occupation, o.occupation) > 0""",
        database=database)
    return faults + ([f"{wrong} keys that the two views show otherwise"] if wrong else [])


CHANGES = {
    "safe": Change(1, add_phone, {"registered": register_at_once}),
    "review": Change(2, remove_occupation, {"approved": approve_at_once}, file=ask),
    "breaking": Change(3, occupation_as_bytes, {"approved": approve_last, "in force": come_into_force}, file=announce,
                       check=in_both_types),
}


# -- the lock

class LockWatch:
    """For how long a session waited for the tables, and had them alone: looked at each millisecond."""

    ASKED = """SELECT coalesce(bool_or(NOT l.granted), false), coalesce(bool_or(l.granted), false)
               FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
               WHERE l.mode = 'AccessExclusiveLock' AND c.relname = ANY (%s)"""

    def __init__(self, ground, database):
        self.connection = ground.postgres.connect(database)
        self.over = threading.Event()
        self.waited_ms = self.held_ms = 0.0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        before = time.monotonic()
        while not self.over.wait(0.001):
            waits, holds = self.connection.execute(self.ASKED, (TABLES,)).fetchone()
            now = time.monotonic()
            self.waited_ms += 1000 * (now - before) if waits else 0
            self.held_ms += 1000 * (now - before) if holds and not waits else 0
            before = now

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.connection.close()


# -- one change

def write_structure(ground, edit):
    structure = json.loads((HERE / "typical.avsc").read_text())
    structure["fields"] = edit(structure["fields"])
    path = ground.servers.run.path / "changed.avsc"
    path.write_text(json.dumps(structure))
    return path


def rows_of(ground, database, schema_id):
    [(count,)] = ground.postgres.sql(f"SELECT count(*) FROM {DATASET}_history WHERE _schema_id = %s", (schema_id,),
                                     database=database)
    return count


@dataclasses.dataclass
class Step:
    """began and ended: by the monotonic clock. found: what is told of it."""

    name: str
    began: float
    ended: float
    found: dict


class Producer:
    """bench_latency, which is told when each step began, and with the last one the schema's id."""

    def __init__(self, ground, words, shape):
        self.child = subprocess.Popen([ground.bin / "bench_latency", *map(str, words), "--shape", str(shape)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told = []
        self.schema_id = 0

    def __enter__(self):
        if self.child.stdout.readline() != "streaming\n":
            self.__exit__()
            raise RuntimeError("bench_latency did not begin")
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def tell(self, began, schema_id=0):
        self.told.append(began)
        self.schema_id = schema_id
        self.child.stdin.write(f"{int(began * 1e6)} {schema_id}\n")
        self.child.stdin.flush()

    def report(self):
        got = json.loads(self.child.stdout.readline())
        if self.child.wait() != 0:
            raise RuntimeError(f"bench_latency answered {self.child.returncode}")
        return got


def take(ground, database, filed, producer, name, act):
    with LockWatch(ground, database) as lock:
        act(ground, database, filed, producer)
        ended = time.monotonic()
    began = producer.told[-1]
    return Step(name, began, ended, {"change_ms": 1000 * (ended - began), "lock_waited_ms": lock.waited_ms,
                                     "lock_held_ms": lock.held_ms})


def flow(ground, database, words, change, steps):
    """Has the stream flow, changes its structure at even distances in what is measured, and tells the producer."""
    options = ground.options
    path = write_structure(ground, change.edit)
    rest = (options.seconds - options.warm_seconds) / (len(change.steps) + 1)
    with Producer(ground, words, change.shape) as producer:
        wait_till(time.time() + options.warm_seconds)
        begins = [time.time() + rest * (1 + number) for number in range(len(change.steps))]
        begins[-1] = math.ceil(begins[-1])
        filed = change.file(ground, database, path, begins[-1])
        for begin, (name, act) in zip(begins, change.steps.items()):
            wait_till(begin - BEFORE_S)
            steps.append(take(ground, database, filed, producer, name, act))
        got = producer.report()
    faults = [] if rows_of(ground, database, producer.schema_id) else ["no row of the new version"]
    return got, faults + change.check(ground, database, producer.schema_id)


def undisturbed(seconds, steps, number):
    """Those that no other step ran in."""
    step = steps[number]
    first = -math.inf if number == 0 else steps[number - 1].ended - step.began
    end = math.inf if number + 1 == len(steps) else steps[number + 1].began - step.began
    return [s for s in seconds if s["second"] >= first and s["second"] + 1 <= end]


def compared(seconds, change_ms):
    """The usual second before, the worst of those in which the change ran, the usual second after, and what it added."""
    ran = 1 + int(change_ms // 1000)
    parts = {"before": [s for s in seconds if s["second"] < 0], "change": [s for s in seconds if 0 <= s["second"] < ran],
             "after": [s for s in seconds if s["second"] >= ran]}
    if not all(parts.values()):
        raise RuntimeError(f"the change took {change_ms / 1000:.1f} s: no second before or after it was measured; more --seconds")
    answer = {f"{part}_{figure}": (max if part == "change" else statistics.median)(s[figure] for s in of_part)
              for part, of_part in parts.items() for figure in FIGURES}
    added = {f"added_{figure}": answer[f"change_{figure}"] - answer[f"before_{figure}"] for figure in FIGURES}
    return {**answer, **added}


def change_once(ground, name, rate, drain_rate, run):
    """An answer for each step."""
    steps = []
    figures, faults = steady_stream(
        ground, rate, lambda database, words: flow(ground, database, words, CHANGES[name], steps))
    answers = []
    for number, (step, seconds) in enumerate(zip(steps, figures.pop("seconds"), strict=True)):
        around = compared(undisturbed(seconds, steps, number), step.found["change_ms"])
        if around["before_p50_ms"] > BACKLOG_MS:
            say("the machine does not keep up with this rate: what the change adds cannot be told")
        head = {"workload": "change", "class": name, "step": step.name, "run": run + 1,
                "load_percent": 100 * rate / drain_rate, "rate": rate, "keeps_up": around["before_p50_ms"] <= BACKLOG_MS}
        answers.append(judged({**head, **step.found, **around, **figures, "seconds": seconds}, faults))
    return answers


def run(options):
    names = options.classes or list(CHANGES)
    unknown = [name for name in names if name not in CHANGES]
    if unknown:
        say(f"no class {unknown[0]}: {', '.join(CHANGES)}")
        return 2
    if options.tables != "both" and any(CHANGES[name].check is in_both_types for name in names):
        say("a breaking change is measured with both tables: each value is looked for in both")
        return 2
    if options.seconds - options.warm_seconds < SECONDS_MIN:
        say(f"--seconds is to be {SECONDS_MIN} more than --warm-seconds at least: half of them before the change")
        return 2
    answers = {}
    with Ground(options) as ground:
        schema_id = warm_up(ground, ground.make_topic(), "both")
        drain_rate = options.drain_rate or measured_drain(ground, schema_id)["events_per_s"]
        rates = [options.rate] if options.rate else [drain_rate * load / 100 for load in options.loads or [20]]
        for number in range(options.runs):
            for rate in rates:
                for name in names:
                    for answer in change_once(ground, name, rate, drain_rate, number):
                        answers.setdefault((name, rate, answer["step"]), []).append(answer)
                        emit(rounded(answer))
    return max(finish(of_one) for of_one in answers.values())
