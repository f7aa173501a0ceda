# SPDX-License-Identifier: Apache-2.0
"""A register with agencies and accounts, and what is told of it: fixtures of the tests of `nrc relay`."""

import datetime
import json

import pytest
from conftest import close_world, make_world

from kit.relay import Receivers, Relay

OPENED = "nrc.incident.opened"


def at(days):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return when.strftime("%Y-%m-%dT%H:%MZ")


def declare(nrc):
    """Two agencies, and accounts; their credentials."""
    for agency, datasets in (("moh", ("births", "deaths")), ("edu", ("marks",))):
        nrc.add_agency(agency)
        for dataset in datasets:
            nrc.run("dataset", "add", f"{agency}.{dataset}", "--key", "id")
    secrets = {}
    for name, role, *of in (("huda", "steward"), ("salem", "producer", "--agency", "moh"), ("amal", "producer", "--agency", "edu")):
        made = nrc.json("account", "add", name, "--person", f"{name.title()} Al-Harthy", "--role", role, "--decision", "No. 1", *of)
        secrets[name] = {"Authorization": f"Bearer {name}.{made['secret']}"}
    return secrets


@pytest.fixture(scope="module")
def declared(module_world):
    """Made once, and copied for each test."""
    return module_world.database, declare(module_world.nrc)


def see_and_tell(db, kind, dataset, engine):
    """In one transaction, or a relay tells it too."""
    (incident,) = db.execute("SELECT nrc.see_incident(%s, 'person', %s, NULL, %s, 'SECRET-DETAIL', 1, now())",
                             (kind, dataset, engine)).fetchone()
    db.execute("SELECT nrc.tell_incident(%s, 'opened')", (incident,))
    db.execute("DELETE FROM nrc.incident_news WHERE incident_id = %s", (incident,))
    db.execute("UPDATE nrc.incident SET told_in = (SELECT max(id) FROM nrc.notification) WHERE id = %s", (incident,))
    return incident


class Room:
    """A register with agencies and accounts, and receivers."""

    def __init__(self, world, receivers, secrets):
        self.world, self.receivers, self.nrc, self.secrets = world, receivers, world.nrc, secrets
        self.nrc.settings["NRC_RELAY_ALLOW"] = "127.0.0.0/8"

    def subscribe(self, name, *options, account="huda", way=None):
        """A receiver and its subscription."""
        receiver = self.receivers.add(name)
        made = self.add(name, *options, account=account, way=way or ("--webhook", receiver.url))
        receiver.secret = made.get("secret")
        return receiver

    def add(self, name, *options, account="huda", way):
        return self.nrc.json("subscription", "add", name, "--account", account, *way, *options)

    def relay(self, name="relay", **settings):
        made = Relay(self.nrc, self.world.folder / f"{name}.log", **settings)
        self.world.engines.append(made)
        return made

    def see(self, count, dataset=None, kind="t"):
        """So many incidents, each told of by itself at once (a relay would tell many of a kind as one). Their numbers."""
        of = None if dataset is None else self.world.value("SELECT d.id FROM nrc.dataset d WHERE d.name = %s", dataset)
        with self.world.connect() as db, db.transaction():
            return [see_and_tell(db, kind, of, f"{kind}{n}-{self.serial()}") for n in range(count)]

    def serial(self):
        self.count = getattr(self, "count", 0) + 1
        return self.count

    def show(self, name):
        return self.nrc.json("subscription", "show", name)

    def states(self, name):
        """Of its deliveries, oldest first."""
        return [d["state"] for d in reversed(self.show(name)["deliveries"])]

    def notices(self):
        return [self.nrc.json("notification", "show", row["id"]) for row in self.nrc.json("notification", "list")]


@pytest.fixture(scope="module")
def receivers():
    made = Receivers()
    yield made
    made.close()


@pytest.fixture
def room(servers, request, declared, receivers):
    template, secrets = declared
    receivers.by_name.clear()
    made = Room(make_world(servers, request.node.name, template), receivers, secrets)
    yield made
    close_world(made.world)
    for receiver in receivers.by_name.values():
        assert receiver.faults == [], "the reference library verifies every message"


def file_notice(room, *datasets, days=3, kind="update"):
    return json.loads(room.nrc.run("notice", "file", kind, *(w for d in datasets for w in ("--dataset", d)), "--from",
                                   at(days), "--reason", "SECRET-REASON", "--json").stdout)["filed"]
