# SPDX-License-Identifier: Apache-2.0
"""A steady stream whose structure changes half way: the producer goes on with the new version as soon as it has its id.

Prints for each class of change the latency of each second around it, second 0 being the one in which the change began,
and what the worst of the seconds in which it ran adds to a usual second before. Verified: as each stream is, and rows of
the new version are there."""

import dataclasses
import json
import statistics
import subprocess
import threading
import time
import typing

from ground import DATASET, HERE, Ground, emit
from measure import say
from workloads import finish, judged, measured_rate, rounded, steady_stream, warm_up

FIGURES = ("p50_ms", "p99_ms", "max_ms")
SECONDS_MIN = 10
BACKLOG_MS = 500  # a median beyond it before the change: the stream piles up, and its noise is greater than any change
TABLES = [DATASET.split(".")[1] + suffix for suffix in ("", "_state", "_history")]


# -- the classes

@dataclasses.dataclass
class Change:
    """shape: what bench_latency sends then (enum typical_shape). file: all that is done while the stream flows and nothing
    has changed yet; its answer goes to take_effect, which makes the change and answers the schema's id."""

    shape: int
    edit: typing.Callable
    take_effect: typing.Callable
    file: typing.Callable = lambda ground, database, path: path


def add_phone(fields):
    return [*fields, {"name": "phone", "type": ["null", "string"], "default": None}]


def remove_occupation(fields):
    return [field for field in fields if field["name"] != "occupation"]


def register(ground, database, path, *more):
    return json.loads(ground.nrc(database, "structure", "register", DATASET, str(path), "--json", *more))


def ask(ground, database, path):
    return register(ground, database, path, "--reason", "bench")


def approve(ground, database, asked):
    ground.nrc(database, "structure", "approve", str(asked["request"]), "--reason", "bench", person="bench-steward")
    return asked["schema_id"]


CHANGES = {
    "safe": Change(1, add_phone, lambda ground, database, path: register(ground, database, path)["schema_id"]),
    "review": Change(2, remove_occupation, approve, file=ask),
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


def flow(ground, database, words, change, told):
    """Has the stream flow, changes its structure half way through what is measured, and tells the producer."""
    options = ground.options
    path = write_structure(ground, change.edit)
    child = subprocess.Popen([ground.bin / "bench_latency", *map(str, words), "--shape", str(change.shape)],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if child.stdout.readline() != "streaming\n":
            raise RuntimeError("bench_latency did not begin")
        time.sleep(options.warm_seconds)
        filed = change.file(ground, database, path)
        time.sleep((options.seconds - options.warm_seconds) / 2)
        with LockWatch(ground, database) as lock:
            began = time.monotonic()
            schema_id = change.take_effect(ground, database, filed)
            told["change_ms"] = 1000 * (time.monotonic() - began)
        child.stdin.write(f"{int(began * 1e6)} {schema_id}\n")
        child.stdin.flush()
        got = json.loads(child.stdout.readline())
        if child.wait() != 0:
            raise RuntimeError(f"bench_latency answered {child.returncode}")
    finally:
        child.kill()
        child.wait()
    told.update({"lock_waited_ms": lock.waited_ms, "lock_held_ms": lock.held_ms})
    return got, [] if rows_of(ground, database, schema_id) else ["no row of the new version"]


def compared(seconds, change_ms):
    """The usual second before, the worst of those in which the change ran, the usual second after, and what it added."""
    ran = 1 + int(change_ms // 1000)
    parts = {"before": [s for s in seconds if s["second"] < 0], "change": [s for s in seconds if 0 <= s["second"] < ran],
             "after": [s for s in seconds if s["second"] >= ran]}
    answer = {f"{part}_{figure}": (max if part == "change" else statistics.median)(s[figure] for s in of_part)
              for part, of_part in parts.items() for figure in FIGURES}
    added = {f"added_{figure}": answer[f"change_{figure}"] - answer[f"before_{figure}"] for figure in FIGURES}
    return {**answer, **added}


def change_once(ground, name, rate, drain_rate, run):
    told = {}
    figures, faults = steady_stream(
        ground, rate, lambda database, words: flow(ground, database, words, CHANGES[name], told))
    seconds = figures.pop("seconds")
    around = compared(seconds, told["change_ms"])
    if around["before_p50_ms"] > BACKLOG_MS:
        say("the machine does not keep up with this rate: what the change adds cannot be told")
    return judged({"workload": "change", "class": name, "run": run + 1, "load_percent": 100 * rate / drain_rate, "rate": rate,
                   "keeps_up": around["before_p50_ms"] <= BACKLOG_MS, **told, **around, **figures, "seconds": seconds},
                  faults)


def run(options):
    names = options.classes or list(CHANGES)
    unknown = [name for name in names if name not in CHANGES]
    if unknown:
        say(f"no class {unknown[0]}: {', '.join(CHANGES)}")
        return 2
    if options.seconds - options.warm_seconds < SECONDS_MIN:
        say(f"--seconds is to be {SECONDS_MIN} more than --warm-seconds at least: half of them before the change")
        return 2
    answers = {}
    with Ground(options) as ground:
        schema_id = warm_up(ground, ground.make_topic(), "both")
        drain_rate = options.drain_rate or measured_rate(ground, schema_id)
        rates = [options.rate] if options.rate else [drain_rate * load / 100 for load in options.loads or [20]]
        for number in range(options.runs):
            for rate in rates:
                for name in names:
                    answer = change_once(ground, name, rate, drain_rate, number)
                    answers.setdefault((name, rate), []).append(answer)
                    emit(rounded(answer))
    return max(finish(of_one) for of_one in answers.values())
