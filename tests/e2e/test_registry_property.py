# SPDX-License-Identifier: Apache-2.0
"""After any sequence of operations the id of each schema that is not permanently deleted has the same text.

Random operations go to the registry and to a model of a few lines; every answer must be the one the model expects."""

import json
import random

import pytest
from kit import process
from kit.registry import body_of

OPERATIONS = 250
SUBJECTS = [f"s{n}" for n in range(4)]
TEXTS = [json.dumps({"type": "record", "name": f"T{n}", "fields": [{"name": "a", "type": kind}]}, separators=(",", ":"))
         for n in range(12) for kind in ("int", "string")]


class Version:
    def __init__(self, number, text):
        self.number, self.text, self.deleted = number, text, False


class RegistryModel:
    """The memory of a registry without levels."""

    def __init__(self):
        self.subjects = {name: [] for name in SUBJECTS}
        self.ids = {}  # text → id, while anything uses it
        self.gone = set()  # ids that may never come back

    def live(self, subject):
        return [v for v in self.subjects[subject] if not v.deleted]

    def find(self, subject, number):
        return next((v for v in self.subjects[subject] if v.number == number), None)

    def of_text(self, subject, text):
        """The newest live version with the text."""
        return next((v for v in reversed(self.live(subject)) if v.text == text), None)

    def forget(self, subject, versions):
        self.subjects[subject] = [v for v in self.subjects[subject] if v not in versions]
        used = {v.text for rows in self.subjects.values() for v in rows}
        for text in list(self.ids):
            if text not in used:
                self.gone.add(self.ids.pop(text))


class Run:
    def __init__(self, node, seed):
        self.node, self.random, self.model = node, random.Random(seed), RegistryModel()
        self.trace, self.fresh = [], 0

    def ask(self, session, method, path, body=None):
        answer = session.request(method, path, body)
        self.trace.append(f"{method} {path} {body and body['schema']} → {answer.status} {answer.text}")
        return answer

    def expect(self, answer, code):
        assert answer.status == 404 and answer.code == code, self.story(f"expected {code}")

    def story(self, what):
        return "\n".join([what, *self.trace[-25:]])

    # -- operations: each asks, compares, and makes the same change in the model

    def text(self):
        """Mostly one of a few, so that it comes again; now and then a new one, which gets a new id."""
        if self.random.random() < 0.8:
            return self.random.choice(TEXTS)
        self.fresh += 1
        return TEXTS[0].replace("T0", f"New{self.fresh}")

    def register(self, session, subject):
        text, model = self.text(), self.model
        answer = self.ask(session, "POST", f"/subjects/{subject}/versions", body_of(text))
        assert answer.status == 200, self.story("registration failed")
        given = answer.json["id"]
        if text in model.ids:
            assert given == model.ids[text], self.story("one text, one id")
        else:
            assert given not in model.gone and given not in model.ids.values(), self.story("an id came back")
            model.ids[text] = given
        if model.of_text(subject, text) is None:
            number = max([v.number for v in model.subjects[subject]], default=0) + 1
            found = self.ask(session, "POST", f"/subjects/{subject}", body_of(text)).json["version"]
            assert found == number, self.story(f"expected version {number}")
            # A soft-deleted version of the same text gives way to the new one.
            model.subjects[subject] = [v for v in model.subjects[subject] if v.text != text] + [Version(number, text)]

    def look_up(self, session, subject):
        text = self.random.choice(TEXTS)
        answer = self.ask(session, "POST", f"/subjects/{subject}", body_of(text))
        version = self.model.of_text(subject, text)
        if version is not None:
            assert (answer.json["id"], answer.json["version"]) == (self.model.ids[text], version.number), \
                self.story("look-up")
        else:
            self.expect(answer, 40403 if self.model.live(subject) else 40401)

    def delete_version(self, session, subject):
        last = max([v.number for v in self.model.subjects[subject]], default=1)
        number, permanent = self.random.randint(max(1, last - 4), last + 1), self.random.random() < 0.5
        answer = self.ask(session, "DELETE", f"/subjects/{subject}/versions/{number}"
                          + ("?permanent=true" if permanent else ""))
        version = self.model.find(subject, number)
        if version is None:
            self.expect(answer, 40402 if self.model.subjects[subject] else 40401)
        elif version.deleted != permanent:
            self.expect(answer, 40407 if permanent else 40406)
        else:
            assert answer.status == 200 and answer.json == number, self.story("delete of a version")
            self.remove(subject, [version], permanent)

    def delete_subject(self, session, subject):
        permanent = self.random.random() < 0.5
        answer = self.ask(session, "DELETE", f"/subjects/{subject}" + ("?permanent=true" if permanent else ""))
        every, live = self.model.subjects[subject], self.model.live(subject)
        if not every:
            self.expect(answer, 40401)
        elif permanent == bool(live):
            self.expect(answer, 40405 if permanent else 40404)
        else:
            taken = every if permanent else live
            assert answer.status == 200 and answer.json == [v.number for v in taken], self.story("delete of a subject")
            self.remove(subject, list(taken), permanent)

    def remove(self, subject, versions, permanent):
        if permanent:
            self.model.forget(subject, versions)
        for version in versions:
            version.deleted = True

    # -- the property

    def check(self, session):
        model = self.model
        for text, schema_id in model.ids.items():
            answer = session.request("GET", f"/schemas/ids/{schema_id}")
            assert answer.status == 200 and json.loads(answer.json["schema"]) == json.loads(text), \
                self.story(f"id {schema_id}: {answer}, expected {text}")
        for schema_id in model.gone:
            process.wait_until(lambda: session.request("GET", f"/schemas/ids/{schema_id}").status == 404, 30,
                               f"{schema_id} is gone from every instance")
        for subject in SUBJECTS:
            for query, expected in (("", model.live(subject)), ("?deleted=true", model.subjects[subject])):
                answer = session.request("GET", f"/subjects/{subject}/versions{query}")
                got = answer.json if answer.status == 200 else []
                assert got == [v.number for v in expected], self.story(f"versions of {subject}{query}: {answer}")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ids_of_what_is_not_permanently_deleted_resolve_to_the_same_text(world, seed):
    nodes = [world.registry(f"r{n}").start() for n in (1, 2)]
    nodes[0].put("/config", {"compatibility": "NONE"})
    run = Run(nodes[0], seed)
    with nodes[0].session() as one, nodes[1].session() as two:
        for turn in range(OPERATIONS):
            operation = run.random.choices([run.register, run.look_up, run.delete_version, run.delete_subject],
                                           [4, 3, 3, 3])[0]
            operation(run.random.choice([one, two]), run.random.choice(SUBJECTS))
            if turn % 50 == 49:
                run.check(one)
        run.check(one)
    assert len(run.model.gone) > 5 and run.model.ids, "ids went and ids stayed"
    world.finish()
