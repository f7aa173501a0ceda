# SPDX-License-Identifier: Apache-2.0
"""The specification's tests that do not concern us, each with its reason: FILES whole, EXPRESSIONS by what they
contain, TESTS by name (a pattern of the whole)."""

import re

FILES = {
    "proto2": "protobuf messages; our records are Avro's",
    "proto3": "protobuf messages; our records are Avro's",
    "enums": "protobuf enums; an Avro enum is its symbol, a string",
    "wrappers": "protobuf's wrapper messages; a nullable field is null or its value",
    "optionals": "the optional syntax and library",
    "block_ext": "cel.block, which only an optimiser writes",
    "network_ext": "net.IP and net.CIDR, kinds of a library of Kubernetes",
    "dynamic": "protobuf's Any, Struct, Value and wrappers",
}

EXPRESSIONS = {
    r"\bTestAllTypes\b|\bNestedTestAllTypes\b|\bGlobalEnum\b": "protobuf messages",
    r"google\.protobuf\.(Any|Struct|Value|ListValue|\w+Value)\b": "protobuf's well-known messages",
}

TESTS = {
    r"basic/variables/unbound_is_runtime_error|parse/receiver_function_names/.*":
        "an expression that is run unchecked; a rule with a name that nobody knows is refused",
    r"type_deductions/type_decay/type_(nested_list_decay|free_param_list_concat)":
        "the type of a list of lists of different types is a detail of messages alone",
}


def reason(name, expr, seen):
    """Why the test is left out, or None; `seen` collects what has left something out."""
    file = name.split("/", 1)[0]
    if file in FILES:
        seen.add(file)
        return FILES[file]
    for pattern, why in TESTS.items():
        if re.fullmatch(pattern, name):
            seen.add(pattern)
            return why
    for pattern, why in EXPRESSIONS.items():
        if re.search(pattern, expr):
            seen.add(pattern)
            return why
    return None


def unused(seen):
    left = (FILES.keys() | EXPRESSIONS.keys() | TESTS.keys()) - seen
    return f"leaves nothing out by {sorted(left)}" if left else None
