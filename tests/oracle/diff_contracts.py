# SPDX-License-Identifier: Apache-2.0
"""A second opinion on what a change does: `datacontract breaking` (PyPI datacontract-cli), which compares data contracts.

Each row: what changes, both structures, our class, and why the other judges otherwise; None: it agrees. It agrees when it
finds an error, from the reader's or from the producer's side, exactly where we do not say safe."""

import json
import pathlib
import tempfile


def record(*fields, name="R"):
    return {"type": "record", "name": name, "namespace": "a", "fields": list(fields)}


def field(kind, name="a", **more):
    return {"name": name, "type": kind, **more}


def enum(*symbols, **more):
    return {"type": "enum", "name": "E", "symbols": list(symbols), **more}


def decimal(precision, scale):
    return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}


def inner(kind):
    return {"type": "record", "name": "N", "fields": [field(kind, "c")]}


KEPT_ASIDE = "it keeps what Avro says of this among custom properties, and compares none of them"
ROWS = [
    ("documentation", field("int", doc="x"), field("int", doc="y"), "safe", None),
    ("a wider integer", field("int"), field("long"), "safe", "it compares the words; the column is bigint before and after"),
    ("a wider float", field("float"), field("double"), "safe", "it compares the words; every float is a double"),
    ("an integer to a float", field("int"), field("double"), "breaking", None),
    ("an integer to a text", field("int"), field("string"), "breaking", None),
    ("a text to bytes", field("string"), field("bytes"), "breaking", None),
    ("a number to a time", field("long"), field({"type": "long", "logicalType": "timestamp-millis"}), "breaking", None),
    ("may be null", field("string"), field(["null", "string"]), "review", None),
    ("may not be null", field(["null", "string"]), field("string"), "breaking", None),
    ("a symbol without default", field(enum("A", "B")), field(enum("A", "B", "C")), "review", None),
    ("a symbol with a default", field(enum("A", "B", default="A")), field(enum("A", "B", "C", default="A")), "safe",
     "it does not know that a reader's enum has a default for new symbols"),
    ("a symbol less", field(enum("A", "B")), field(enum("A")), "review", None),
    ("more digits", field(decimal(4, 2)), field(decimal(6, 2)), "safe", None),
    ("fewer digits", field(decimal(6, 2)), field(decimal(4, 2)), "breaking", KEPT_ASIDE),
    ("another scale", field(decimal(6, 2)), field(decimal(8, 3)), "breaking", KEPT_ASIDE),
    ("another name with an alias", field("int"), field("int", "b", aliases=["a"]), "review", None),
    ("another default", field("int", default=1), field("int", default=2), "review", KEPT_ASIDE),
    ("a type inside a record", field(inner("int")), field(inner("string")), "breaking", None),
    ("the items of an array", field({"type": "array", "items": "int"}), field({"type": "array", "items": "string"}),
     "breaking", None),
]
X = field("int", "x")
ROWS = [(what, record(before), record(after), ours, why) for what, before, after, ours, why in ROWS] + [
    ("a field with a default more", record(X), record(X, field(["null", "string"], default=None)), "safe",
     "data that was written before would fail its tests; ours has the default"),
    ("a field without default more", record(X), record(X, field("string")), "breaking", None),
    ("a field less", record(X, field("string")), record(X), "review", None),
    ("the fields' order", record(X, field("int")), record(field("int"), X), "safe", None),
    ("the record's name", record(X), record(X, name="Q"), "breaking", None),
]


def contract(structure):
    from datacontract.data_contract import DataContract
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "structure.avsc"
        path.write_text(json.dumps(structure))
        made = DataContract.import_from_source("avro", str(path))
    made.id = "the-same"
    return DataContract(data_contract=made)


def harms(before, after):
    """Whether the other finds an error, from either side."""
    old, new = contract(before), contract(after)
    entries = [e for side in ("consumer", "producer") for e in old.breaking(new, perspective=side).entries]
    return any(entry.level.value == "error" for entry in entries)


def judge(ask):
    """ask: our worst class of two structures. Yields what changed, both, and a fault or None."""
    for what, before, after, expected, why in ROWS:
        ours, theirs = ask(before, after), harms(before, after)
        agree = theirs == (ours != "safe")
        fault = None
        if ours != expected:
            fault = f"we say {ours}, not {expected}"
        elif agree != (why is None):
            fault = f"the other finds {'harm' if theirs else 'no harm'}, we say {ours}" + (f"; but {why}" if why else "")
        yield what, before, after, fault
