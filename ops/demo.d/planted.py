# SPDX-License-Identifier: Apache-2.0
"""What is wrong in the demo's data on purpose, and where the register shows it: each row is a fault that some part of a score must
tell of, and no part may tell of another."""

import collections
import dataclasses
import unicodedata

import permits
from kit import process

KEPT_OUT, COUNTED = "kept out", "counted"
WARNED, JUDGED, CHECKED = "counted, and an incident", "counted, judged by day", "checked each minute"


@dataclasses.dataclass(frozen=True)
class Planted:
    what: str
    dataset: str
    dimension: str
    part: str  # of `nrc quality DATASET --explain`
    caught: str
    look: str
    bad: int | None = None  # how many the part tells of; None: the stream goes on, or it is no number of events


def of_permits(what, dimension, part, caught, look, bad=0):
    """bad 0: as many as permits.py plants for this part."""
    planted = {**permits.KEPT_OUT, **permits.RECORDED}
    return Planted(what, "mol.permits", dimension, part, caught, look, planted[part][0] if bad == 0 else bad)


ROWS = "rule rowCount of mol.permits"
QUARANTINE, MEASURE = "nrc quarantine list --dataset {}", "nrc measure {} --json"
PERMITS = [
    of_permits("a permit that ends on the day it starts", "accuracy", "rule ends after it starts", KEPT_OUT, QUARANTINE),
    of_permits("the same permit sent twice", "accuracy", "recorded once", COUNTED, "nrc measure {}", permits.TWICE),
    of_permits("one passport on several permits", "accuracy", "rule duplicateValues of passport", CHECKED, "nrc quality {} --explain"),
    of_permits("a number of another form", "validity", "rule invalidValues of permit_no", KEPT_OUT, QUARANTINE),
    of_permits("a kind that there is not", "validity", "rule invalidValues of kind", KEPT_OUT, QUARANTINE),
    of_permits("an account whose check digits are wrong", "validity", "rule an account that can be", KEPT_OUT, QUARANTINE),
    of_permits("personal data in a remark (PDP-1.3)", "validity", "rule no civil number in a remark", KEPT_OUT, QUARANTINE),
    of_permits("a place that is in no other dataset", "validity", "reference place to ncsi.localities", CHECKED,
               "nrc reference list {}"),
    of_permits("a wage in another currency", "consistency", "rule الأجر بالريال العماني", WARNED, MEASURE),
    of_permits("a permit that comes 20 days late", "timeliness", "in time", COUNTED, "nrc measure {}"),
    of_permits("a permit that is issued after it starts", "timeliness", "rule issued before it starts", COUNTED, MEASURE),
    of_permits("a review that is overdue", "relevance", "reviewed in time", CHECKED, "nrc contract show {}", 1),
    of_permits("a word that stands for no value", "completeness", "rule missingValues of occupation", KEPT_OUT, QUARANTINE),
    of_permits("no sponsor, though the contract asks for one", "completeness", "required /sponsor", COUNTED, MEASURE),
    of_permits("more permits without a telephone than allowed", "completeness", "rule nullValues of phone", JUDGED, MEASURE),
    of_permits("fewer permits than promised", "completeness", ROWS, JUDGED, "nrc quality {} --explain", None),
    of_permits("numbers that were never sent", "completeness", "sequence", CHECKED, "nrc gaps {}", len(permits.LOST)),
    of_permits("a total that differs by one", "completeness", "control totals", CHECKED, "nrc control list --dataset {}", 1),
    of_permits("two totals for one day", "source_credibility", "control totals", CHECKED, "nrc control list --dataset {}", 1),
]
RESIDENTS = [Planted(what, "rop.residents", dimension, part, caught, look) for what, dimension, part, caught, look in [
    ("a birth after its entry", "accuracy", "rule born before it was recorded", KEPT_OUT, QUARANTINE),
    ("an income far below nothing", "accuracy", "rule not far below nothing", KEPT_OUT, QUARANTINE),
    ("the same entry sent twice", "accuracy", "recorded once", COUNTED, "nrc measure {}"),
    ("a civil number of seven digits", "validity", "rule invalidValues of civil_no", KEPT_OUT, QUARANTINE),
    ("a Latin name where an Arabic one belongs", "validity", "rule an Arabic name", KEPT_OUT, QUARANTINE),
    ("a governorate in English", "validity", "rule invalidValues of governorate", KEPT_OUT, QUARANTINE),
    ("values and keys that no column takes", "validity", "values can be kept", KEPT_OUT, QUARANTINE),
    ("an address of one who is inactive", "consistency", "rule who is inactive has no address", WARNED, MEASURE),
    ("events dated long before they were sent", "timeliness", "in time", COUNTED, "nrc measure {}"),
    ("a wilayat without a name", "completeness", "rule missingValues of wilayat", KEPT_OUT, QUARANTINE),
    ("broken frames and bytes", "structure_fitness", "of a structure in force", KEPT_OUT, QUARANTINE),
]]
# What nobody planted and may be there all the same: late events make a late source while the monitor looks at them, and whether
# somebody else asked for a structure is not the data's.
INCIDENTAL = {("timeliness", "regularity"), ("relevance", "used")}
TABLE = PERMITS + RESIDENTS
DATASETS = sorted({"ncsi.localities", *(row.dataset for row in TABLE)})


def state_totals(nrc, statements):
    """As the ministry does; they are judged at once."""
    for told in statements:
        nrc.run("control", "add", told["dataset"], "--from", told["day"], "--until", told["day"], "--events", told["events"],
                "--grace", 0)


def imperfect(nrc):
    """{(dataset, dimension, part): (score, bad)} of each part that was measured and is not wholly good."""
    found = {}
    for dataset in DATASETS:
        (told,) = nrc.json("quality", dataset, "--explain")
        for dimension in told["dimensions"]:
            for part in dimension["parts"]:
                if part["score"] is not None and part["score"] < 100:
                    found[dataset, dimension["dimension"], part["part"]] = (part["score"], part["denominator"] - part["numerator"])
    return found


def judge(nrc):
    """([(row, score, bad)], rows that no part tells of, parts that tell of what nobody planted)"""
    found = imperfect(nrc)
    keys = {row: (row.dataset, row.dimension, row.part) for row in TABLE}
    caught = [(row, *found[key]) for row, key in keys.items() if key in found and row.bad in (None, found[key][1])]
    missed = [row for row in TABLE if row not in {row for row, _, _ in caught}]
    strange = {key: found[key] for key in found if key not in set(keys.values()) and key[1:] not in INCIDENTAL}
    return caught, missed, strange


def judge_when_ready(nrc, take_turn=lambda: None, timeout=30):
    """References, sequences and totals are looked at by `nrc monitor`, which takes its turns; take_turn: by hand."""
    found = []

    def all_caught():
        take_turn()
        found.append(judge(nrc))
        return not found[-1][1]
    try:
        process.wait_until(all_caught, timeout, every=1)
    except process.Timeout:
        pass
    return found[-1]


def pad(text, width, is_terminal):
    """Letters that take no column are not counted; behind Arabic the line goes on from left to right."""
    taken = sum(not unicodedata.combining(c) for c in text)
    arabic = any(unicodedata.bidirectional(c) == "AL" for c in text)
    return text + ("\u200e" if arabic and is_terminal else "") + " " * max(0, width - taken)


def lines(caught, is_terminal):
    """For people: a table for each dataset."""
    heads = ("PLANTED", "CAUGHT BY", "WHICH IS", "MOVES", "SCORE", "TIMES", "LOOK")
    cells = collections.defaultdict(list)
    for row, score, bad in caught:
        times = "" if row.dimension == "relevance" or row.part == ROWS else f"{bad:,}"
        cells[row.dataset].append((row.what, row.part, row.caught, row.dimension, f"{score:6.2f}", times, row.look.format(row.dataset)))
    for dataset, rows in cells.items():
        yield f"{dataset}:"
        widths = [max(len(cell) for cell in column) for column in zip(heads, *rows)]
        for row in (heads, *rows):
            yield "  " + "  ".join(pad(cell, width, is_terminal) for cell, width in zip(row, widths)).rstrip()
