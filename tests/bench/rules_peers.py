# SPDX-License-Identifier: Apache-2.0
"""decode: events decoded in memory, and with --rules held against rules, by ours and by others who have CEL.

The others read the events that bench_decode writes: cel-go, with hamba/avro (tests/bench/peer/go), and cel-java, on which Confluent's
executor stands, with Avro's library (tests/bench/peer/java). Each is measured on records that were decoded before, and with decoding."""

import json
import pathlib
import subprocess
import tempfile

from ground import emit
from measure import say

HERE = pathlib.Path(__file__).resolve().parent
CLIENTS = HERE.parents[1] / "build" / "clients"
PEER_EVENTS = 100_000  # their records, decoded, are to fit into memory


def commands():
    jars = CLIENTS / "celjava"
    return {"cel_go": [CLIENTS / "celgo" / "celgo"],
            "cel_java": ["java", "-XX:-UsePerfData", "-cp", f"{jars}:{jars}/*", "CelJava"]}


def program(options, name, *words, **more):
    return subprocess.run([options.build_folder / "tests" / name, *map(str, words)], stdout=subprocess.PIPE,
                          cwd=options.build_folder, **more)


def figures(command, *words):
    done = subprocess.run([*command, *map(str, words)], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def beside(answer, events, count):
    """Ours and each other's nanoseconds an event: rules alone, and with decoding; and how many times ours their cost is."""
    with_decoding = answer[f"ns_per_event_with_{count}_rules"]
    alone = with_decoding - answer["ns_per_event"]
    line = {"workload": "rules", "rules": count, "events": PEER_EVENTS, "rules_ns": round(alone, 1),
            "decode_and_rules_ns": with_decoding}
    for name, command in commands().items():
        say(f"{name}: {count} rules")
        theirs = figures(command, events, HERE / "typical.avsc", HERE / "rules.json", count)
        line[f"{name}_rules_ns"] = round(theirs["rules_ns"])
        line[f"{name}_decode_and_rules_ns"] = round(theirs["decode_and_rules_ns"])
        line[f"{name}_ratio"] = round(theirs["rules_ns"] / alone, 1)
        line[f"{name}_ratio_with_decoding"] = round(theirs["decode_and_rules_ns"] / with_decoding, 1)
    return line


def run(options):
    rules = ["--rules", options.rules] if options.rules else []
    done = program(options, "bench_decode", "--events", options.events, *rules)
    if done.returncode != 0:
        return done.returncode
    answer = json.loads(done.stdout)
    emit(answer)
    most = max(map(int, options.rules.split(",")), default=0) if options.rules else 0
    if most > 0:
        with tempfile.NamedTemporaryFile(prefix="nrc-bench-") as events:
            program(options, "bench_decode", "--events", PEER_EVENTS, "--write", events.name, check=True)
            emit(beside(answer, events.name, most))
        emit(json.loads(program(options, "bench_rules", check=True).stdout))
    return 0
