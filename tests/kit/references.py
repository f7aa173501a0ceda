# SPDX-License-Identifier: Apache-2.0
"""Contracts with relationships, and batches that are written into the register as an engine writes them: positions, ledger, history
and state in one transaction, which the test begins and ends when it likes."""

import json

from kit import stream

LEDGER = ("INSERT INTO nrc.ledger (recorded_at, position_id, dataset_id, kind, epoch, from_offset, next_offset, received, skipped,"
          " applied, duplicate, stale, quarantined, exempt) VALUES (%s, %s, %s, %s, 1, %s, %s, %s, 0, %s, 0, %s, 0, 0)")


def relationship(name, fields, to, to_fields, grace=None, severity="warning"):
    """For contract(), which knows the dataset that it is of."""
    customs = [{"property": "name", "value": name}, {"property": "severity", "value": severity}]
    customs += [{"property": "gracePeriod", "value": grace}] if grace else []
    return lambda own: {"from": [f"{own}.{field}" for field in fields], "to": [f"{to}.{field}" for field in to_fields],
                        "customProperties": customs}


def contract(dataset, fields, key, relationships, version="1.0.0", status="active"):
    """JSON, which is YAML. fields: {name: logical type}."""
    own = {"name": dataset, "logicalType": "object", "relationships": [make(dataset) for make in relationships],
           "properties": [{"name": name, "logicalType": logical, **({"primaryKey": True, "primaryKeyPosition": key.index(name) + 1}
                                                                    if name in key else {})} for name, logical in fields.items()]}
    if not relationships:
        del own["relationships"]
    return json.dumps({
        "apiVersion": "v3.2.0", "kind": "DataContract", "id": dataset.replace(".", "-"), "name": dataset, "version": version, "status": status,
        "description": {"purpose": "To know."},
        "team": {"name": "T", "members": [{"username": "a@x.example", "role": "coordinator"}, {"username": "b@x.example", "role": "steward"}]},
        "schema": [own],
        "customProperties": [{"property": "legalBasis", "value": "Law 1"}, {"property": "reviewDate", "value": "2030-01-01"},
                             {"property": "collectionPoints", "value": [{"point": "p", "mode": "computer"}]}]}, ensure_ascii=False)


def apply(world, *args, **more):
    path = world.folder / "contract.json"
    path.write_text(contract(*args, **more), encoding="utf-8")
    world.nrc.run("contract", "apply", path)


def structure(record, /, **fields):
    """Each field of an Avro type that may be null, but for those that are given as a tuple."""
    return stream.Structure({"type": "record", "name": record, "fields": [
        {"name": field, "type": kind[0]} if isinstance(kind, tuple) else {"name": field, "type": ["null", kind], "default": None}
        for field, kind in fields.items()]})


def declare(world, dataset, key, made, *options):
    """A dataset with its structure, and no topic; and the agency when it is new."""
    agency = dataset.split(".")[0]
    if agency not in world.agencies:
        world.nrc.add_agency(agency)
        world.agencies.add(agency)
    world.nrc.run("dataset", "add", dataset, "--key", key, "--review-people", 0, "--breaking-people", 0, *options)
    world.nrc.register(dataset, made, world.folder)


class Batch:
    """One transaction of one position."""

    def __init__(self, writer, partition, at=None):
        self.writer, self.partition = writer, partition
        self.db = writer.world.connect()
        self.db.execute("BEGIN")
        self.at = at or self.db.execute("SELECT now()").fetchone()[0]
        self.changes = []

    def put(self, row):
        self.changes.append(("a", "u", row))
        return self

    def delete(self, *key):
        self.changes.append(("a", "d", dict(zip(self.writer.key, key))))
        return self

    def stale(self, row):
        self.changes.append(("s", "u", row))
        return self

    def write(self, replay_from=None):
        """replay_from: parked events, of an offset that the position has passed."""
        position, dataset_id, next_offset = self.writer.lock(self.db, self.partition)
        first = next_offset if replay_from is None else replay_from
        for number, (effect, op, row) in enumerate(self.changes):
            place = {"_recorded_at": self.at, "_offset": first + number, "_topic_partition": position, "_op": op}
            self.writer.insert(self.db, "history", {**row, **place, "_effect": effect})
            if effect == "a":
                self.writer.upsert(self.db, {**{column: None for column in self.writer.columns}, **row, **place, "_content": 0})
        applied = sum(effect == "a" for effect, _, _ in self.changes)
        end = first + len(self.changes)
        self.db.execute(LEDGER, (self.at, position, dataset_id, "stream" if replay_from is None else "replay", first, end,
                                 len(self.changes), applied, len(self.changes) - applied))
        if replay_from is None:
            self.db.execute("UPDATE nrc.position SET next_offset = %s WHERE id = %s", (end, position))
        return self

    def commit(self):
        self.db.execute("COMMIT")
        self.db.close()


class Writer:
    """A dataset as its engine sees it."""

    def __init__(self, world, dataset, key, columns):
        self.world, self.dataset, self.key, self.columns = world, dataset, key, columns
        self.agency, self.name = dataset.split(".")

    def lock(self, db, partition):
        db.execute("INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, next_offset, first_offset, epoch, log_start)"
                   " SELECT d.id, %s, %s, 8, 10, 10, 1, 0 FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id"
                   " WHERE a.code || '.' || d.name = %s ON CONFLICT (topic, partition) WHERE replaced_at IS NULL DO NOTHING",
                   (self.dataset, partition, self.dataset))
        return db.execute("SELECT id, dataset_id, next_offset FROM nrc.position WHERE topic = %s AND partition = %s FOR UPDATE",
                          (self.dataset, partition)).fetchone()

    def insert(self, db, table, row, more=""):
        names = ", ".join(f'"{name}"' for name in row)
        db.execute(f'INSERT INTO "{self.agency}"."{self.name}_{table}" ({names}) VALUES ({", ".join(["%s"] * len(row))}) {more}',
                   list(row.values()))

    def upsert(self, db, row):
        changed = ", ".join(f'"{name}" = excluded."{name}"' for name in row)
        self.insert(db, "state", row, f"ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {changed}")

    def begin(self, partition=0, at=None):
        return Batch(self, partition, at)

    def put(self, *rows, partition=0, at=None):
        batch = self.begin(partition, at)
        for row in rows:
            batch.put(row)
        batch.write().commit()

    def delete(self, *keys, partition=0):
        batch = self.begin(partition)
        for key in keys:
            batch.delete(*(key if isinstance(key, tuple) else (key,)))
        batch.write().commit()


def listed(world, dataset, name=None):
    rows = {row["name"]: row for row in world.nrc.json("reference", "list", dataset)}
    return rows if name is None else rows[name]


def keys(world, dataset, name):
    """{key: what it refers to}, each a tuple."""
    return {tuple(row["key"]): tuple(row["refers"]) for row in world.nrc.json("reference", "keys", dataset, name, "--limit", 10000)}
