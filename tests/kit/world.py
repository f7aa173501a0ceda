# SPDX-License-Identifier: Apache-2.0
"""One end-to-end test's surroundings: a fresh register, topics of its own, engines as nodes, the checker at the end."""

import pathlib
import secrets

import psycopg

from kit import checker, engine, process, registry, residents, stream


class Dataset:
    """A registered dataset with its topic, and all events that were sent to it."""

    def __init__(self, world, name, topic, key_fields, declared_order):
        self.world, self.name, self.topic = world, name, topic
        self.key_fields, self.declared_order = key_fields, declared_order
        self.structure = None
        self.comparable = True  # False: in this test an offset is not unique, and the test compares by itself
        self.sender = stream.Sender(world.kafka.bootstrap)

    def send(self, event, **where):
        return self.sender.send(self.topic, event, **where)

    def send_all(self, events):
        for event in events:
            self.send(event)
        self.sender.flush()

    def flush(self):
        self.sender.flush()

    def register(self, structure, is_key=False):
        return self.world.nrc.register(self.name, structure, self.world.folder, is_key)

    def positions(self):
        return self.world.rows("SELECT * FROM nrc.position WHERE topic = %s AND replaced_at IS NULL"
                               " ORDER BY partition", self.topic)

    def position(self, partition=0):
        rows = [p for p in self.positions() if p["partition"] == partition]
        return rows[0] if rows else None

    def drained(self):
        """Whether every partition's position stands at the end of its log."""
        at = {p["partition"]: p["next_offset"] for p in self.positions()}
        ends = self.world.kafka.watermarks(self.topic)
        return all(at.get(p, 0 if low == high == 0 else -1) >= high for p, (low, high) in ends.items())

    def wait_drained(self, timeout=60):
        self.flush()
        try:
            process.wait_until(self.drained, timeout, f"{self.topic} is drained", every=0.1)
        except process.Timeout as error:
            raise process.Timeout(f"{error}\n{self.positions()}\n{self.world.log_tails()}") from None

    def check(self):
        """Register against stream; returns the counts."""
        with self.world.connect() as db:
            return checker.Checker(db, self.name, self.sender.sent, self.key_fields, self.declared_order,
                                   self.topic).check()

    def rows(self, suffix="", order_by=None):
        agency, name = self.name.split(".")
        return self.world.rows(f'SELECT * FROM "{agency}"."{name}{suffix}" ORDER BY {order_by or self.key_fields[0]}')

    def quarantine(self):
        return self.world.rows(
            "SELECT q.*, p.partition FROM nrc.quarantine q JOIN nrc.position p ON p.id = q.position_id"
            " WHERE p.topic = %s ORDER BY p.partition, q.topic_offset", self.topic)

    def ledger(self, kind=None):
        return self.world.rows(
            "SELECT l.*, p.partition FROM nrc.ledger l JOIN nrc.position p ON p.id = l.position_id"
            " WHERE p.topic = %s AND (%s::text IS NULL OR l.kind = %s) ORDER BY p.partition, l.recorded_at, l.from_offset",
            self.topic, kind, kind)


class World:
    def __init__(self, servers, folder, name, template=None):
        """template: a register to copy; none: an empty one."""
        self.postgres, self.kafka = servers.postgres, servers.kafka
        self.folder = pathlib.Path(folder)
        self.name = name
        self.tag = secrets.token_hex(3)
        self.database = self.postgres.copy_database(template or self._migrated())
        self.engines = []
        self.registries = []
        self.datasets = []
        self.closers = []
        self.nrc = self.make_nrc(self.postgres.dsn(self.database, "nrc"))
        self.agencies = set()

    def _migrated(self):
        """A migration takes ten times as long as a copy of its result."""
        if self.postgres.migrated is None:
            name = self.postgres.create_database()
            self.make_nrc(self.postgres.dsn(name, "nrc")).migrate()
            self.postgres.grant_roles()
            self.postgres.migrated = name
        return self.postgres.migrated

    def make_nrc(self, dsn):
        return engine.Nrc(dsn, self.kafka.bootstrap, NRC_KAFKA_GROUP=f"g-{self.tag}",
                          NRC_INGEST_SESSION_TIMEOUT_MS=6000, NRC_INGEST_RETRY_MAX_MS=1000)

    # -- SQL

    def connect(self):
        return psycopg.connect(self.postgres.dsn(self.database), autocommit=True)

    def rows(self, sql, *parameters):
        with self.connect() as db:
            cursor = db.execute(sql, parameters or None)
            names = [d.name for d in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]

    def execute(self, sql):
        """A statement without a result."""
        with self.connect() as db:
            db.execute(sql)

    def value(self, sql, *parameters):
        return next(iter(self.rows(sql, *parameters)[0].values()))

    # -- datasets

    def dataset(self, name, key, structure=None, partitions=1, order="seq", options=(), key_format="text",
                topic_config=None):
        """key: a field, or several joined by a comma."""
        agency = name.split(".")[0]
        if agency not in self.agencies:
            self.nrc.add_agency(agency)
            self.agencies.add(agency)
        topic = f"{name}.{self.tag}"
        self.kafka.create_topic(topic, partitions, topic_config)
        self.nrc.add_dataset(name, *options, topic=topic, key=key, order=order, key_format=key_format)
        made = Dataset(self, name, topic, key.split(","), order is not None)
        if structure is not None:
            made.structure = made.register(structure)
        self.datasets.append(made)
        return made

    def residents(self, partitions=1, seed=1, options=("--event-time", "updated_at"), name="rop.residents", **more):
        """The civil register's dataset, and the generator of its events."""
        made = self.dataset(name, "civil_no", residents.structure(), partitions, options=options, **more)
        return made, residents.Residents(made.structure, seed)

    # -- engines

    def engine(self, instance="e1", lanes=1, nrc=None, **settings):
        made = engine.Engine(nrc or self.nrc, self.folder / f"{instance}.log", instance, lanes, **settings)
        self.engines.append(made)
        return made

    # -- registries

    def registry(self, name="r1", nrc=None, **settings):
        """A node that is not started yet; anonymous=False for one with accounts."""
        made = registry.Registry(nrc or self.nrc, self.folder / f"{name}.log", **settings)
        self.registries.append(made)
        return made

    def incidents(self, kind=None):
        """Open and closed ones. A sign counts as soon as it is committed, also while no engine runs."""
        self.rows("SELECT nrc.tend_incidents()")
        return self.rows("SELECT * FROM nrc.incident WHERE %s::text IS NULL OR kind = %s ORDER BY id", kind, kind)

    def open_incidents(self, kind=None):
        return [row for row in self.incidents(kind) if row["closed_at"] is None]

    def told_of_incident(self, identity):
        """Notifications, newest first, as if a relay ran and the time had passed that a cause is given to show."""
        self.execute("UPDATE nrc.incident_news SET due_at = now()")
        self.execute("SELECT nrc.tell_incidents()")
        return [n for n in self.nrc.json("notification", "list") if n["object"] == f"incident/{identity}"]

    def verify(self):
        """`nrc ledger verify` finds nothing."""
        self.nrc.run("ledger", "verify")

    def log_tails(self):
        return "\n".join(f"--- {node.process.name}\n{node.process.log_tail(25)}"
                         for node in self.engines + self.registries)

    def finish(self):
        """The end of every test: each dataset equals its stream, the ledger verifies, engines drain and exit 0."""
        for dataset in self.datasets:
            dataset.wait_drained()
            if dataset.comparable:
                dataset.check()
        self.verify()
        for node in self.engines + self.registries:
            if node.alive():
                node.end_well()

    def close(self):
        for node in self.engines + self.registries:
            if node.alive():
                node.kill()
        for closer in self.closers:
            closer()
        self.postgres.drop_database(self.database)
