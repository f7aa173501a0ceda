# SPDX-License-Identifier: Apache-2.0
"""nrc check gives the verdict of the engine, with no server: on JSON lines, on a container file, on what is sent."""

import datetime
import decimal
import io
import json
import random
import re
import signal
import subprocess
import zlib

import fastavro
import pytest
from kit import engine, paths, stream, terminal
from test_rules import FUTURE, RULES, rule, with_inline


@pytest.fixture
def nrc():
    """The program alone."""
    return engine.Nrc("postgresql://nobody@127.0.0.1:1/nowhere", "127.0.0.1:1")


def plain(row):
    """A row as an agency would write it in JSON."""
    def text(value):
        return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else str(value)

    return json.dumps({k: text(v) if isinstance(v, (datetime.date, decimal.Decimal)) else v for k, v in row.items()},
                      ensure_ascii=False)


def broken(rng, row):
    """The row with some of its values changed to ones that a rule, or the decoder, may refuse."""
    changes = {"birth_date": FUTURE, "wilayat": "", "name_ar": "", "income": decimal.Decimal("-1000.01"), "address": "x" * 70,
               "governorate": "مسقط", "active": False, "civil_no": f"{rng.randrange(10**9):09d}"}
    return {**row, **{name: changes[name] for name in rng.sample(sorted(changes), rng.randrange(0, 4))}}


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_check_and_engine_give_one_verdict(world):
    dataset, people = world.residents()
    schema = with_inline(json.loads(dataset.structure.text))
    schema["doc"] = "with rules"
    node = world.registry().start()
    answer = node.post(f"/subjects/{dataset.topic}-value/versions",
                       {"schema": json.dumps(schema), "ruleSet": {"domainRules": RULES}})
    assert answer.status == 200, answer.text
    dataset.structure = people.structure = stream.Structure(schema, answer.json["id"])
    rng = random.Random(7)
    rows = [broken(rng, people.row(number, 1)) for number in range(60)]
    structure = write(world.folder, "r.avsc", json.dumps(schema, ensure_ascii=False))
    rules = write(world.folder, "rules.json", json.dumps({"domainRules": RULES}, ensure_ascii=False))
    lines = write(world.folder, "sample.jsonl", "\n".join(plain(row) for row in rows))
    told = world.nrc.run("check", "--structure", structure, "--rule-set", rules, "--json", "--limit", "100", lines, ok=(1,))
    by_line = json.loads(told.stdout)
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema(schema), rows, codec="null")
    container = write(world.folder, "sample.avro", out.getvalue())
    by_file = json.loads(world.nrc.run("check", "--rule-set", rules, "--json", "--limit", "100", container, ok=(1,)).stdout)
    assert by_file == by_line and by_line["events"] == 60 and 10 < by_line["refused"] < 60

    world.engine().start()
    events = []
    refused = {failure["event"] for failure in by_line["failures"]}
    for number, row in enumerate(rows):
        event = stream.upsert(people.structure, "civil_no", row)
        if number + 1 in refused:
            event.verdict, event.reason = "quarantined", "rule_failed"
        events.append(event)
    dataset.send_all(events)
    dataset.wait_drained()
    by_engine = [(row["topic_offset"] + 1, f["rule"], f["path"], f["reason"])
                 for row in dataset.quarantine() for f in row["failures"]]
    assert by_engine == [(f["event"], f["rule"], f["path"], f["reason"]) for f in by_line["failures"]]
    world.finish()


@pytest.mark.parametrize(("line", "shown"), [
    ('{"id": "x", "n": 1}', None),
    ('{"id": "x", "n": {"long": 2}}', None),
    ('{"id": "x"}', None),
    ('{"id": 1}', "event 1: bad_event at /id: expected string, this is a whole number"),
    ('{"id": "x", "m": 1}', "event 1: bad_event at /m: the structure has no such field"),
    ('{"id": "x", "n": 1.5}', "event 1: bad_event at /n: expected long, this is a number"),
    ('{"id": ', "event 1: bad_event: not JSON"),
    ('{"id": ""}', "event 1: rule_failed named at /id: an id is not empty"),
])
def test_a_line_of_json_is_an_event_or_says_why_not(nrc, tmp_path, line, shown):
    schema = {"type": "record", "name": "R", "fields": [
        {"name": "id", "type": "string", "confluent:rules": [{"name": "named", "doc": "an id is not empty", "expr": "this != ''"}]},
        {"name": "n", "type": ["null", "long"], "default": None}]}
    structure = write(tmp_path, "r.avsc", json.dumps(schema))
    done = nrc.run("check", "--structure", structure, write(tmp_path, "s.jsonl", line), ok=(1,) if shown else (0,))
    assert (shown or "1 events, 0 would be refused") in done.stdout


@pytest.mark.parametrize(("content", "why"), [
    (b"Obj\x01\x00" + b"\0" * 16, "its head has no schema"),
    (b"Obj\x01\x02\x16avro.schema\x0c\"long\"\x00", "cut short"),
    (b"Obj\x01\x04\x16avro.schema\x0c\"long\"\x14avro.codec\x0csnappy\x00" + b"\0" * 16, 'the codec "snappy": null, deflate'),
])
def test_a_broken_file_is_told(nrc, tmp_path, content, why):
    assert why in nrc.run("check", write(tmp_path, "s.avro", content), ok=(1, 2)).stderr


# Of a sample: a row that a rule refuses, and enough of them for several blocks.
SAMPLE_SCHEMA = {"type": "record", "name": "R", "fields": [
    {"name": "id", "type": "string", "confluent:rules": [{"name": "اسم_كامل", "doc": "يجب ألا يكون فارغا", "expr": "this != ''"}]},
    {"name": "n", "type": ["null", "long"], "default": None}]}
SAMPLE_ROWS = [{"id": f"مواطن {number}" if number % 50 else "", "n": number if number % 3 else None} for number in range(400)]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The same rows as lines, and as files by fastavro and by Avro's Java library: name: path."""
    folder = tmp_path_factory.mktemp("sample")
    made = {"schema": write(folder, "s.avsc", json.dumps(SAMPLE_SCHEMA, ensure_ascii=False))}
    made["lines"] = write(folder, "plain.jsonl", "\n".join(json.dumps(row, ensure_ascii=False) for row in SAMPLE_ROWS))
    for codec in ("deflate", "bzip2", "xz"):
        out = io.BytesIO()
        fastavro.writer(out, fastavro.parse_schema(SAMPLE_SCHEMA), SAMPLE_ROWS, codec=codec, sync_interval=512)
        made[f"fastavro {codec}"] = write(folder, f"fastavro-{codec}.avro", out.getvalue())
    tagged = [{**row, "n": None if row["n"] is None else {"long": row["n"]}} for row in SAMPLE_ROWS]
    events = write(folder, "tagged.jsonl", "\n".join(json.dumps(row, ensure_ascii=False) for row in tagged))
    codecs = ("null", "deflate", "zstandard", "bzip2", "snappy")
    subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Dfile.encoding=UTF-8",
                    "-cp", f"{sorted(paths.AVRO_LIB.iterdir())[-1]}/*:{paths.KAFKA_LIB}/*",
                    paths.ROOT / "tests" / "kit" / "java" / "ContainerWriter.java", made["schema"], events, folder, *codecs],
                   check=True, timeout=120)
    return {**made, **{f"java {codec}": str(folder / f"{codec}.avro") for codec in codecs}}


def test_files_by_others_are_read_whatever_their_codec(nrc, sample):
    def answer(name, *more):
        return json.loads(nrc.run("check", *more, "--json", "--limit", "100", sample[name], ok=(1,)).stdout)

    lines = answer("lines", "--structure", sample["schema"])
    assert (lines["events"], lines["refused"], lines["rules"]) == (400, 8, {"اسم_كامل": 8})
    for name in ("fastavro deflate", "java null", "java deflate", "java zstandard"):
        assert answer(name) == lines, name


@pytest.mark.parametrize("name", ["fastavro bzip2", "fastavro xz", "java bzip2", "java snappy"])
def test_a_codec_that_is_not_read_is_named(nrc, sample, name):
    told = nrc.run("check", sample[name], ok=(1,)).stderr
    assert f'the codec "{name.split()[1]}": null, deflate and zstandard are read' in told


def length(number):
    """As Avro writes one: zigzag, seven bits a byte."""
    raw, out = 2 * number, b""
    while raw > 127:
        out, raw = out + bytes([raw & 127 | 128]), raw >> 7
    return out + bytes([raw])


def container(blocks, codec="null", events=1):
    """A file of records of one field of bytes, of the blocks as they are given."""
    schema = b'{"type":"record","name":"R","fields":[{"name":"b","type":"bytes"}]}'
    words = [b"avro.schema", schema, b"avro.codec", codec.encode()]
    sync = b"0123456789abcdef"
    return (b"Obj\1" + length(2) + b"".join(length(len(word)) + word for word in words) + b"\0" + sync
            + b"".join(length(events) + length(len(block)) + block + sync for block in blocks))


def test_what_a_block_may_become_is_bounded(nrc, tmp_path):
    """The example with which Avro's library was shown to run out of memory: 50 MB of zeros in 49 kB."""
    packed = zlib.compress(length(50_000_000) + b"\0" * 50_000_000, 9)[2:-4]
    path = write(tmp_path, "bomb.avro", container([packed], "deflate"))
    told = nrc.run("check", path, ok=(1,)).stderr
    assert "more than 200 times as long" in told and "[check] block_ratio" in told and "block 1" in told
    loose = engine.Nrc("postgresql://nobody@127.0.0.1:1/nowhere", "127.0.0.1:1", NRC_CHECK_BLOCK_RATIO=2000)
    assert "1 events, 0 would be refused" in loose.run("check", path).stdout
    tight = engine.Nrc("postgresql://nobody@127.0.0.1:1/nowhere", "127.0.0.1:1", NRC_CHECK_BLOCK_RATIO=2000,
                       NRC_CHECK_BLOCK_BYTES=50_000_000)
    assert "longer than 50000000 bytes ([check] block_bytes)" in tight.run("check", path, ok=(1,)).stderr


@pytest.fixture
def long_sample(tmp_path):
    """Some seconds' work: millions of events."""
    block = b"\x02a" * 32_768
    return write(tmp_path, "long.avro", container([block] * 400, events=32_768))


def test_a_bar_shows_how_far_it_is_and_an_interrupt_leaves_what_is_known(nrc, long_sample):
    watched = terminal.OnTerminal(nrc, "check", long_sample)
    assert re.search(r"\rchecking \[#*\.*\] +\d+ %, ", watched.read(until=" %, "))
    watched.process.send_signal(signal.SIGINT)
    code, out, shown = watched.end()
    assert code == 130 and shown.endswith("\r\x1b[Knrc: interrupted\r\n")
    assert "interrupted: of the sample only this was checked" in out
    done = int(re.search(r"^(\d+) events, 0 would be refused$", out, re.M)[1])
    assert 0 < done < 400 * 32_768


def test_the_page_of_rules_is_true(nrc, tmp_path):
    """Each example of ops/doc/rules.md."""
    page = (paths.ROOT / "ops" / "doc" / "rules.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^```(\w+)\n(.*?)^```", page, re.M | re.S))
    structure, rules = write(tmp_path, "b.avsc", blocks["avsc"]), write(tmp_path, "r.json", blocks["rules"])
    done = nrc.run("check", "--structure", structure, "--rule-set", rules, write(tmp_path, "s.jsonl", blocks["jsonl"]), ok=(1,))
    assert done.stdout == blocks["output"]
    wrong = blocks["rules"].replace("decimal(9)", "9")
    assert "rule weight: line 1, column" in nrc.run("check", "--structure", structure, "--rule-set", write(tmp_path, "w.json", wrong),
                                                    write(tmp_path, "s.jsonl", blocks["jsonl"]), ok=(1, 2)).stderr


def test_national_formats_are_configuration(nrc, tmp_path):
    """[rules]: what a civil number is, another country says otherwise; a pattern that is none is said at once."""
    structure = write(tmp_path, "s.avsc", json.dumps({"type": "record", "name": "R", "fields": [{"name": "id", "type": "string"}]}))
    rules = write(tmp_path, "r.json", json.dumps({"domainRules": [rule("civil", "message.id.isCivilNumber()")]}))
    sample = write(tmp_path, "s.jsonl", '{"id": "AB-1"}\n')

    def check(**settings):
        other = engine.Nrc("postgresql://nobody@127.0.0.1:1/nowhere", "127.0.0.1:1", **settings)
        return other.run("check", "--structure", structure, "--rule-set", rules, sample, ok=(0, 1, 2))
    assert "1 would be refused" in check().stdout
    assert "0 would be refused" in check(NRC_RULES_CIVIL_NUMBER="[A-Z]{2}-[0-9]").stdout
    assert "[rules] civil_number" in check(NRC_RULES_CIVIL_NUMBER="[A-Z").stderr
    assert "[rules] iban_country" in check(NRC_RULES_IBAN_COUNTRY="om").stderr
