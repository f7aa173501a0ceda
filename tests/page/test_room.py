# SPDX-License-Identifier: Apache-2.0
"""The page of a real `nrc monitor` in a real browser, with planted faults: the five silences, a replay, an approval, roles."""

import datetime
import json

import pytest
from conftest import in_browser
from monitor_room import CONTRACT, DAYS
from page_room import Page

from kit import process, stream

NAMES = {  # dataset: in English, in Arabic
    "moh.births": ("Births", "المواليد"), "moj.marriages": ("Marriages", "عقود الزواج"), "rop.vehicles": ("Vehicles", "المركبات"),
    "moci.companies": ("Companies", "الشركات"), "moe.pupils": ("Pupils", "الطلبة"), "mol.permits": ("Work permits", "تصاريح العمل"),
}
AGENCIES = {"moh": ("Ministry of Health", "وزارة الصحة"), "moj": ("Ministry of Justice", "وزارة العدل"), "rop": ("Royal Police", "الشرطة"),
            "moci": ("Ministry of Commerce", "وزارة التجارة"), "moe": ("Ministry of Education", "وزارة التعليم"), "mol": ("Ministry of Labour", "وزارة العمل")}
PEOPLE = [  # account, person, in Arabic, role, agency
    ("salim", "Salim Al Harthy", "سالم الحارثي", "steward", None),
    ("maryam", "Maryam Al Kindi", "مريم الكندية", "operator", None),
    ("huda", "Huda Al Hinai", "هدى الهنائية", "producer", "moh"),
    ("zahra", "Zahra Al Shehhi", "زهراء الشحية", "auditor", None),
]
FIELDS = [{"name": "id", "type": "string"}, {"name": "seq", "type": "long"}]


def utc(instant):
    return instant.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Room:
    """The datasets with what is wrong with each."""

    def __init__(self, world):
        self.world, self.nrc, self.datasets, self.seq = world, world.nrc, {}, 0
        for code, (english, arabic) in AGENCIES.items():
            self.nrc.add_agency(code, english, arabic, division="قسم السجلات", head="سعيد بن علي")
            world.agencies.add(code)
        for name, (title, title_ar) in NAMES.items():
            self.datasets[name] = world.dataset(name, "id", stream.Structure({"type": "record", "name": "R", "fields": FIELDS}))
            self.nrc.run("dataset", "edit", name, "--title", title, "--title-ar", title_ar, "--reason", "named")

    def promise(self, name, latency, heartbeat=None):
        sla = [{"property": "latency", "value": latency[0], "unit": latency[1]}, {"property": "frequency", "value": "continuous"}]
        if heartbeat:
            sla.append({"property": "heartbeat", "value": heartbeat[0], "unit": heartbeat[1]})
        text = CONTRACT.format(version="1.0", sla=json.dumps(sla), week=json.dumps(DAYS)).replace("rop.residents", name)
        text = text.replace("{name: civil_no, logicalType: string, primaryKey: true}", "{name: id, logicalType: string, primaryKey: true}")
        path = self.world.folder / f"{name}.yaml"
        path.write_text(text)
        self.nrc.run("contract", "apply", path)

    def send(self, name, count=1):
        made = self.datasets[name]
        for _ in range(count):
            self.seq += 1
            made.send(stream.upsert(made.structure, "id", {"id": str(self.seq), "seq": 1}))
        made.flush()

    def send_broken(self, name, count):
        """Cut short: quarantined, and again when replayed. And events of a structure that is not in force yet."""
        made = self.datasets[name]
        for n in range(count):
            whole = made.structure.frame({"id": f"bad{n}", "seq": 1})
            made.send(stream.Event(key=(f"bad{n}",), key_bytes=f"bad{n}".encode(), value_bytes=whole[:-1], row={}, verdict="quarantined", reason="truncated"))
        made.flush()

    def ask_for_a_change(self, name):
        changed = self.world.folder / "changed.avsc"
        changed.write_text(json.dumps({"type": "record", "name": "R", "fields": [*FIELDS, {"name": "weight", "type": "int"}]}))
        self.nrc.run("dataset", "policy", name, "--breaking-people", 1, "--breaking-notice", "no", "--reason", "people decide")
        return self.nrc.json("structure", "register", name, changed, "--reason", "الوزن مطلوب")

    def silence(self, name):
        (row,) = self.nrc.json("freshness", name)
        return row["state"], row["reason"]

    def live(self, name):
        """Beats until the monitor has seen that the source lives: one that came before its first look shows nothing."""
        beats = stream.Sender(self.world.kafka.bootstrap)

        def quiet():
            beats.producer.produce(f"{name.split('.')[0]}.control", b"I live")
            beats.flush()
            return self.silence(name) == ("quiet", "quiet_source")
        process.wait_until(quiet, 40, f"{name} is quiet")

    def wait(self, name, *wanted):
        process.wait_until(lambda: self.silence(name) == wanted, 40, f"{name} is {wanted}: {self.silence(name)}")


@pytest.fixture(scope="module")
def room(module_world):
    made = Room(module_world)
    return made


def test_the_room(room):
    world = room.world
    engine = world.engine(lanes=1).start()
    for name in room.datasets:
        room.send(name)
    room.send_broken("moh.births", 3)
    for agency in ("moh", "moj"):
        world.kafka.create_topic(f"{agency}.control")
    request = room.ask_for_a_change("mol.permits")
    for name in room.datasets:
        room.datasets[name].wait_drained()
    room.promise("moh.births", (1, "s"), heartbeat=(1, "h"))
    room.promise("moj.marriages", (1, "s"), heartbeat=(1, "s"))
    room.promise("rop.vehicles", (1, "s"))
    room.promise("moci.companies", (1, "h"))
    room.promise("moe.pupils", (1, "h"))
    now = datetime.datetime.now(datetime.timezone.utc)
    room.nrc.run("notice", "file", "stop", "--dataset", "moe.pupils", "--from", utc(now + datetime.timedelta(seconds=2)), "--until",
                 utc(now + datetime.timedelta(days=2)), "--reason", "صيانة النظام", "--means", "ملف كل مساء")
    world.kafka.delete_topic(room.datasets["rop.vehicles"].topic)
    page = Page(world, NRC_MONITOR_COMMIT_MS=1000)
    world.closers.append(page.kill)
    for account, person, person_ar, role, agency in PEOPLE:
        more = ["--agency", agency] if agency else []
        made = room.nrc.json("account", "add", account, "--person", person, "--person-ar", person_ar, "--role", role,
                             "--decision", "No. 1", *more)
        page.secrets[account] = made["secret"]
    page.start()
    for name in ("moh.births", "moj.marriages"):
        room.live(name)
    url = f"http://localhost:{page.port}"
    in_browser("desk", url, secrets=page.secrets, request=request.get("request"))
    assert engine.stop() == 0
    room.send("moci.companies", 25)
    room.wait("moci.companies", "late", "slow_center")
    room.wait("moh.births", "quiet", "quiet_source")
    room.wait("moj.marriages", "late", "dead_source")
    room.wait("rop.vehicles", "late", "broken_path")
    room.wait("moe.pupils", "suspended", "declared_outage")
    in_browser("room", url, secrets=page.secrets, names=NAMES)
    assert page.stop() == 0
