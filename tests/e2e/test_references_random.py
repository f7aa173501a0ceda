# SPDX-License-Identifier: Apache-2.0
"""Random inserts, updates and deletes on both sides of references, in any order: the turns, the look at all rows and a model of the
words of 0025_references.sql find the same rows. Batches begin before others and end behind them, are replays of parked events, and
have clocks that were set back. The model is written without a look at the code."""

import datetime
import decimal
import os
import random

import pytest
from kit.references import Writer, apply, declare, relationship, structure

FULL = os.environ.get("NRC_TEST_FULL") == "1"
SEED = int(os.environ.get("NRC_TEST_SEED", random.SystemRandom().randrange(10**6) if FULL else 7))
HISTORIES, STEPS = (12, 60) if FULL else (2, 24)

NAMES = ["", "c1", "c2", "C1", "سالم", "c 1", "c\u200b1", "x" * 2000]
NUMBERS = [0, 1, -1, 2**53 + 1, 2**31 - 1]

# dataset: (key, {field: (logical type, Avro type, values)}); of the key no value is null.
FEE = {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 2}
DATASETS = {
    "moci.companies": (["cr_no"], {"cr_no": ("string", ("string",), NAMES), "group_no": ("integer", "long", NUMBERS),
                                   "parent_cr": ("string", "string", NAMES)}),
    "moci.branches": (["cr_no", "branch"], {"cr_no": ("string", ("string",), NAMES[:4]), "branch": ("integer", ("long",), NUMBERS)}),
    "mol.contracts": (["no"], {"no": ("integer", ("long",), list(range(12))), "employer_cr": ("string", "string", NAMES),
                               "branch": ("number", FEE, [decimal.Decimal(n) for n in NUMBERS] + [decimal.Decimal("0.50")])}),
}
# Of whose contract: name, fields, to, to_fields.
REFERENCES = {
    "mol.contracts": [("employer", ["employer_cr"], "moci.companies", ["cr_no"]),
                      ("branch", ["employer_cr", "branch"], "moci.branches", ["cr_no", "branch"]),  # decimals to whole numbers
                      ("group", ["no"], "moci.companies", ["group_no"])],  # no key: several may have it, or none
    "moci.companies": [("parent", ["parent_cr"], "moci.companies", ["cr_no"])],  # of itself
}


class Model:
    """What the register holds, and what references say of it."""

    def __init__(self):
        self.rows = {dataset: {} for dataset in DATASETS}

    def apply(self, dataset, key, row):
        self.rows[dataset].pop(key, None)
        if row is not None:
            self.rows[dataset][key] = row

    def missing(self, dataset, fields, to, to_fields):
        there = {tuple(row[field] for field in to_fields) for row in self.rows[to].values()}
        refer = {key: tuple(row[field] for field in fields) for key, row in self.rows[dataset].items()}
        return {key: values for key, values in refer.items() if None not in values and values not in there}

    def referring(self, dataset, fields):
        return sum(all(row[field] is not None for field in fields) for row in self.rows[dataset].values())


class Register:
    """Batches of a world's datasets; some are open, and end later."""

    def __init__(self, world, rng, deletes):
        self.world, self.rng, self.model, self.deletes = world, rng, Model(), deletes
        self.writers = {name: Writer(world, name, key, list(fields)) for name, (key, fields) in DATASETS.items()}
        self.open = []  # (partition, the batch, its changes)

    def row(self, dataset):
        key, fields = DATASETS[dataset]
        return {name: self.rng.choice(values if name in key else [*values, None]) for name, (_, _, values) in fields.items()}

    def change(self, batch, dataset):
        """One row or delete; a key is of one partition for ever."""
        row = self.row(dataset)
        key = tuple(row[field] for field in DATASETS[dataset][0])
        if self.rng.random() < self.deletes:
            batch.delete(*key)
            row = None
        elif self.rng.random() < 0.1:
            batch.stale(row)
            return None
        else:
            batch.put(row)
        return dataset, key, row

    def batch(self):
        dataset = self.rng.choice(list(DATASETS))
        partition = self.rng.randrange(3)
        if any(place == (dataset, partition) for place, _, _ in self.open):
            return
        now = datetime.datetime.now(datetime.timezone.utc)
        month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        back = max(month, now - datetime.timedelta(days=2)) if self.rng.random() < 0.05 else None
        batch = self.writers[dataset].begin(partition, back)
        changes = []
        for _ in range(self.rng.randrange(1, 6)):
            changes.append(self.change(batch, dataset))
        # Keys of other partitions belong to transactions that may be open: rows of the state are theirs.
        taken = {(d, key) for _, _, others in self.open for d, key, _ in filter(None, others)}
        if taken & {change[:2] for change in changes if change}:
            batch.db.close()
            return
        # A replay whose clock was set back by more than an hour is found by the next day's look alone.
        replays = back is None and self.rng.random() < 0.15 and batch.db.execute(
            "SELECT next_offset FROM nrc.position WHERE topic = %s AND partition = %s", (dataset, partition)).fetchone()
        batch.write(replay_from=max(replays[0] - 7, 0) if replays else None)
        self.open.append(((dataset, partition), batch, changes))
        if self.rng.random() < 0.8:
            self.end(-1)

    def end(self, which):
        _, batch, changes = self.open.pop(which)
        batch.commit()
        for change in filter(None, changes):
            self.model.apply(*change)

    def end_all(self):
        while self.open:
            self.end(self.rng.randrange(len(self.open)))

    def disturb(self):
        """A few steps of a turn that does not come to its end, of a row and a block each; or a table that is rewritten."""
        with self.world.connect() as db:
            if self.rng.random() < 0.2:
                dataset = self.rng.choice(list(DATASETS))
                if not any(place[0] == dataset for place, _, _ in self.open):
                    db.execute(f"VACUUM FULL {dataset}_state")
            db.execute("SET ROLE nrc_monitor")
            for _ in range(self.rng.randrange(6)):
                db.execute("SELECT nrc.reference_step(r.id, 1, 1) FROM nrc.reference r WHERE r.id %% 4 = %s", (self.rng.randrange(4),))

    def turn(self, *options):
        return {dataset: self.world.nrc.json("reference", "check", dataset, *options) for dataset in REFERENCES}

    def found(self, dataset, name):
        """Numbers of JSON are compared as decimals."""
        number = lambda value: decimal.Decimal(str(value)) if isinstance(value, (int, float)) else value
        kept = self.world.rows("SELECT m.key, m.refers FROM nrc.reference_now r JOIN nrc.reference o USING (dataset_id, name)"
                               " JOIN nrc.reference_missing m ON m.reference_id = o.id WHERE r.dataset = %s AND r.name = %s", dataset, name)
        return {tuple(map(number, row["key"])): tuple(map(number, row["refers"])) for row in kept}

    def compare(self, step):
        for dataset, declared in REFERENCES.items():
            rows = {row["name"]: row for row in self.world.rows("SELECT * FROM nrc.reference_now WHERE dataset = %s", dataset)}
            for name, *reference in declared:
                want = self.model.missing(dataset, *reference)
                assert self.found(dataset, name) == want, (SEED, step, dataset, name)
                assert rows[name]["state"] == "checked" and rows[name]["violations"] == len(want), (SEED, step, rows[name])


@pytest.mark.parametrize("history", range(HISTORIES))
def test_turns_and_a_look_at_all_rows_find_what_the_model_finds(world, history):
    """DSP-7.4.5: validity, cross-agency."""
    rng = random.Random(SEED * 1000 + history)
    for dataset, (key, fields) in DATASETS.items():
        declare(world, dataset, ",".join(key), structure(dataset.split(".")[1], **{n: avro for n, (_, avro, _) in fields.items()}),
                "--leaves", rng.choice([1, 3]))
    register = Register(world, rng, deletes=(0.35, 0.02)[history % 2])
    for _ in range(rng.randrange(4)):
        register.batch()
    for dataset, declared in REFERENCES.items():
        key, fields = DATASETS[dataset]
        apply(world, dataset, {name: logical for name, (logical, _, _) in fields.items()}, key,
              [relationship(*reference) for reference in declared])
    for step in range(STEPS):
        for _ in range(rng.randrange(1, 5)):
            register.batch()
            if rng.random() < 0.5:
                register.disturb()
        if register.open and rng.random() < 0.5:
            register.end(rng.randrange(len(register.open)))
        register.turn()
        register.compare(step)
    register.end_all()
    register.turn()
    register.compare("end")
    for dataset, told in register.turn("--full").items():
        assert (told["added"], told["removed"]) == (0, 0), (SEED, told)
        declared = REFERENCES[dataset]
        assert told["missing"] == sum(len(register.model.missing(dataset, *rest)) for _, *rest in declared)
        assert told["rows"] == sum(register.model.referring(dataset, fields) for _, fields, *_ in declared)
    register.compare("full")
