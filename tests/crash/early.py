# SPDX-License-Identifier: Apache-2.0
"""Events whose structure takes effect while they come: those before that moment are parked, and recorded when it is there.

Each structure differs from the one before by the type of one field, which people must agree to, and so begins a generation of the
dataset. The field says in each row with which structure it was written. The events have keys of their own, and no two of a key have one
order: so the orders alone say what the register holds, whenever an event was recorded, and whichever of them break a rule."""

import json
import os

from kit import process, stream

FIRST_NUMBER, PEOPLE = 90_000_000, 100
FILED_BY, APPROVED_BY = "salem", "huda"


class Early:
    def __init__(self, world, dataset, people, rules):
        self.world, self.dataset, self.people, self.rules = world, dataset, people, rules
        self.wave, self.structure, self.request, self.moment = 0, None, None, None
        self.seq, self.oldest = {}, 0
        world.nrc.run("dataset", "policy", dataset.name, "--review-people", 1, "--breaking-people", 1, "--breaking-notice",
                      "no", "--reason", "two look at a structure")

    def nrc(self, person, *args):
        os.environ["SUDO_USER"] = person
        try:
            return self.world.nrc.json(*args)
        finally:
            del os.environ["SUDO_USER"]

    # -- structures

    def begin(self):
        """Files the next structure, unless one is still under way."""
        if self.request is not None or (self.moment is not None and not self.is_over()):
            return
        self.wave += 1
        schema = json.loads(self.dataset.structure.text)
        schema["fields"] = [f for f in schema["fields"] if f["name"] != "address"]
        schema["fields"].append({"name": "wave", "type": "string" if self.is_text() else "int", "doc": f"wave {self.wave}"})
        path = self.world.folder / f"wave-{self.wave}.avsc"
        path.write_text(json.dumps(schema, ensure_ascii=False))
        filed = self.nrc(FILED_BY, "structure", "register", self.dataset.name, path, "--reason", "law 12")
        self.request, self.moment = filed["request"], None
        self.structure = stream.Structure(schema, filed["schema_id"])
        self.rules.add_structure(self.structure)

    def is_text(self):
        return self.wave % 2 == 0

    def is_over(self):
        return self.world.value("SELECT now() > %s", self.moment)

    def waiting(self):
        return self.world.value("SELECT count(*) FROM nrc.quarantine WHERE reason = 'not_yet_active' AND status = 'open'")

    def parked(self):
        return self.world.value("SELECT count(*) FROM nrc.quarantine WHERE reason = 'not_yet_active'")

    def approve_when_parked(self):
        """For one to two seconds later, while more of its events come."""
        if self.request is not None and self.waiting() > 0:
            self.moment = self.world.value("SELECT (now() + interval '2 seconds')::timestamptz(0)")
            self.approve("--from", self.moment.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def approve(self, *options):
        self.nrc(APPROVED_BY, "structure", "approve", self.request, "--reason", "read it", *options)
        self.request = None

    def finish(self):
        """An engine runs and has taken all: nothing waits any more."""
        if self.request is not None:
            self.approve()
        process.wait_until(lambda: self.waiting() == 0, 60, "the parked events are recorded", every=0.1)

    # -- events

    def events(self, count):
        return [self.event() for _ in range(count)] if self.structure is not None else []

    def event(self):
        random = self.people.random
        number = FIRST_NUMBER + random.randrange(PEOPLE)
        newest = self.seq.get(number, 0)
        if newest > 0 and random.random() < 0.15:
            self.oldest -= 1
            seq = self.oldest
        else:
            seq = self.seq[number] = newest + 1
        row = self.people.row(number, seq)
        del row["address"]
        event = stream.upsert(self.structure, "civil_no", {**row, "wave": str(self.wave) if self.is_text() else self.wave})
        event.early = True
        return event
