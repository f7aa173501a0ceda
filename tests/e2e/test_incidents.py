# SPDX-License-Identifier: Apache-2.0
"""An incident names its cause, counts, closes by itself when the cause is gone, and opens again when it returns."""

import os
import pwd
import secrets

from kit import engine, process, stream

PLAIN = {"type": "record", "name": "Plain", "fields": [
    {"name": "id", "type": "string"}, {"name": "text", "type": "string"}]}


def person():
    """Whoever runs the commands."""
    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.geteuid()).pw_name


def bad(reason="bad_frame"):
    value = stream.frame(987654, b"nonsense") if reason == "unknown_structure" else b"\x07"
    return stream.Event(key=("x",), key_bytes=b"x", value_bytes=value, row={}, verdict="quarantined", reason=reason)


def test_a_bad_frame_is_over_after_good_events_and_counts_when_it_comes_back(world):
    dataset, people = world.residents()
    world.engine().start()
    dataset.send_all([bad(), bad()])
    dataset.wait_drained()
    shown = process.wait_until(lambda: world.nrc.json("incident", "list"), 30, "it is open")
    assert [(row["kind"], row["count"], row["dataset"]) for row in shown] == [("bad_frame", 2, dataset.name)]
    dataset.send_all(people.change(number) for number in range(20))
    process.wait_until(lambda: world.nrc.json("incident", "list") == [], 30, "it closed by itself")
    assert "none" in world.nrc.run("incident", "list").stdout

    dataset.send_all([bad(), bad("unknown_structure")])
    process.wait_until(lambda: len(world.nrc.json("incident", "list")) == 2, 30, "the same one, and another")
    again = world.nrc.json("incident", "show", shown[0]["id"])
    assert (again["count"], again["reopened"], again["closed_at"]) == (3, 1, None)
    assert [event["what"] for event in again["history"]] == ["opened", "closed", "reopened"]
    assert "good event" in again["closes_when"] and again["what_to_do"] and again["opens_when"]
    assert again["last_seen_at"] > shown[0]["last_seen_at"]
    dataset.send_all(people.change(number) for number in range(20))
    process.wait_until(lambda: world.nrc.json("incident", "list") == [], 60, "both are over")
    rows = world.nrc.json("incident", "list", "--all", "--dataset", dataset.name)
    assert {row["kind"]: row["count"] for row in rows} == {"bad_frame": 3, "unknown_structure": 1}
    assert all(row["closed_at"] for row in rows)
    world.finish()


def test_a_missing_topic_is_over_when_it_is_there(world):
    """No event comes: it is enough that the partition can be read."""
    dataset, _ = world.residents()
    world.kafka.delete_topic(dataset.topic)
    world.engine(lanes=2, NRC_KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS=1000).start()
    opened = process.wait_until(lambda: world.open_incidents("topic_missing"), 60, "it is open")
    assert dataset.topic in opened[0]["detail"]
    world.kafka.create_topic(dataset.topic, 1)
    process.wait_until(lambda: not world.open_incidents(), 60, "it closed by itself")
    assert world.incidents("topic_missing")[0]["closed_why"] == "topic_read"
    world.finish()


def test_refusals_of_the_register_that_trickle_in_are_an_incident(world):
    """One in each batch: no batch ever has more than single events can explain."""
    dataset, people = world.residents()
    world.engine().start()
    dataset.send_all([people.change(1)])
    dataset.wait_drained()
    world.execute("CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                  " IF NEW.name_en = 'refuse me' THEN RAISE SQLSTATE '22021'; END IF; RETURN NEW; END $$")
    world.execute("CREATE TRIGGER refuse BEFORE INSERT ON rop.residents_history FOR EACH ROW"
                  " EXECUTE FUNCTION public.refuse()")
    for number in range(11):
        assert not world.incidents(), number
        row = {**people.row(100 + number, 1), "name_en": "refuse me"}
        event = stream.upsert(dataset.structure, "civil_no", row)
        event.verdict, event.reason = "quarantined", "register_refused"
        dataset.send_all([event, people.change(number)])
        dataset.wait_drained()
    opened = process.wait_until(lambda: world.open_incidents("refusals"), 30, "it is open")
    assert opened[0]["count"] == 11
    assert dataset.position()["state"] == "open"
    world.finish()


def test_an_engine_that_failed_is_over_when_one_of_its_name_runs(world):
    dataset, people = world.residents()
    broken = world.engine("e1", NRC_INGEST_STUCK_HALT_MS=1000, NRC_KAFKA_SSL_CA_LOCATION="/nowhere",
                          NRC_KAFKA_SECURITY_PROTOCOL="ssl").start()
    assert broken.wait_gone() == 1
    assert not world.incidents(), "it had no connection to the register yet: its exit code and its log say so"
    first = world.engine("twin", NRC_INGEST_STUCK_HALT_MS=1000).start()
    dataset.send_all([people.change(1)])
    dataset.wait_drained()
    second = world.engine("twin-again", NRC_INGEST_INSTANCE="twin").start()  # too short a life to close it
    assert first.wait_gone() == 1
    fenced = process.wait_until(lambda: world.incidents("instance_fenced"), 30, "it is told")
    assert fenced[0]["engine"] == "twin" and fenced[0]["dataset_id"] is None
    assert second.stop() == 0
    other = world.engine("e2", NRC_INGEST_STUCK_HALT_MS=1000).start()
    other.wait_log("partition_claimed")
    process.holds(lambda: world.open_incidents("instance_fenced"), 3, "an engine of another name says nothing of it")
    world.engine("twin-alone", NRC_INGEST_INSTANCE="twin", NRC_INGEST_STUCK_HALT_MS=1000).start()
    process.wait_until(lambda: not world.open_incidents("instance_fenced"), 30, "it closed by itself")
    world.finish()


def test_what_no_engine_can_judge_is_closed_by_a_steward_with_a_reason(servers, world):
    dataset = world.dataset("moh.plain", "id", stream.Structure(PLAIN), partitions=1, order=None)
    world.engine(NRC_KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS=1000).start()
    row = {"id": "k", "text": "t"}
    dataset.send_all([stream.Event(key=("k",), key_bytes=b"k", value_bytes=dataset.structure.frame(row), row=row)])
    dataset.wait_drained()
    world.kafka.add_partitions(dataset.topic, 2)
    opened = process.wait_until(lambda: world.open_incidents("partitions_added"), 60, "it is open")
    identity = opened[0]["id"]
    assert world.nrc.run("incident", "close", identity, ok=None).returncode == 2
    assert world.nrc.run("incident", "close", identity, "--reason", "", ok=None).returncode == 2

    watcher = f"watch_{secrets.token_hex(3)}"
    servers.postgres.sql(f"CREATE ROLE {watcher} LOGIN IN ROLE nrc_monitor")
    try:
        monitor = engine.Nrc(servers.postgres.dsn(world.database, watcher), world.kafka.bootstrap)
        assert monitor.json("incident", "list")[0]["id"] == identity
        refused = monitor.run("incident", "close", identity, "--reason", "mine", ok=None)
        assert refused.returncode == 1 and "nrc_steward" in refused.stderr
    finally:
        servers.postgres.sql(f"DROP ROLE {watcher}")

    assert world.nrc.json("incident", "close", identity, "--reason", "the keys did not move") == {"closed": identity}
    shown = world.nrc.json("incident", "show", identity)
    assert shown["closed_why"] == "person"
    assert (shown["history"][-1]["detail"], shown["history"][-1]["by"]) == ("the keys did not move", person())
    again = world.nrc.run("incident", "close", identity, "--reason", "twice", ok=None)
    assert again.returncode == 1 and "(refused)" in again.stderr
    assert "(not_found)" in world.nrc.run("incident", "show", 999999, ok=None).stderr
    assert "what to do" in world.nrc.run("incident", "show", identity).stdout.lower()
    world.finish()


def test_people_acknowledge_an_incident_give_it_to_somebody_and_write_what_they_found(world):
    world.execute("SELECT nrc.see_incident('topic_missing', 'topic_read', NULL, NULL, 'x', 'it is not there', 1, now())")
    world.nrc.run("account", "add", "huda", "--person", "Huda", "--role", "operator", "--decision", "No. 1")
    identity = world.nrc.json("incident", "list")[0]["id"]
    assert world.nrc.json("incident", "ack", identity, "--reason", "I look") == {"acknowledged": identity}
    again = world.nrc.run("incident", "ack", identity, "--account", "huda", ok=None)
    assert again.returncode == 1 and f"acknowledged by {person()}" in again.stderr
    assert world.nrc.json("incident", "assign", identity, "--to", "huda") == {"assigned": identity}
    assert "there is no account nobody" in world.nrc.run("incident", "assign", identity, "--to", "nobody", ok=None).stderr
    assert world.nrc.run("incident", "assign", identity, ok=None).returncode == 2
    world.nrc.run("incident", "comment", identity, "the agency makes it", "--account", "huda")
    assert [row["id"] for row in world.nrc.json("incident", "list", "--assigned-to", "huda", "--state", "acknowledged")] == [identity]
    assert world.nrc.json("incident", "list", "--state", "open") == world.nrc.json("incident", "list", "--kind", "late") == []
    for wrong in (("--state", "lost"), ("--kind", "nothing")):
        assert world.nrc.run("incident", "list", *wrong, ok=None).returncode == 2
    shown = world.nrc.json("incident", "show", identity)
    assert [(event["what"], event["by"]) for event in shown["history"]] == [
        ("opened", None), ("acknowledged", person()), ("assigned", person()), ("commented", "huda")]
    assert shown["what_to_do_ar"] and shown["severity"] == 2
    assert [row["what"] for row in world.nrc.json("audit", "list", "--object", f"incident/{identity}")] == [
        "incident.commented", "incident.assigned", "incident.acknowledged"]


def test_the_list_of_who_is_called_and_the_centers_outages_are_kept_by_command(world):
    world.nrc.add_agency("moh")
    world.nrc.run("account", "add", "huda", "--person", "Huda", "--role", "operator", "--decision", "No. 1")
    world.nrc.run("subscription", "add", "desk", "--account", "huda", "--notify")
    for name, *options in (("Day", "--days", "sun-thu", "--hours", "07:30-14:30"), ("Night", "--hours", "20:00-06:00", "--always"),
                           ("The head", "--agency", "moh", "--head", "--holidays")):
        world.nrc.run("contact", "add", name, "--subscription", "desk", *options)
    for wrong, code in ((("x",), 2), (("x", "--subscription", "desk", "--days", "someday"), 2),
                        (("x", "--subscription", "desk", "--hours", "7-14"), 2), (("x", "--subscription", "none"), 1),
                        (("x", "--subscription", "desk", "--head"), 2), (("x", "--subscription", "desk", "--agency", "no"), 1)):
        assert world.nrc.run("contact", "add", *wrong, ok=None).returncode == code, wrong
    assert world.nrc.json("contact", "move", 2, "--to", 1) == {"moved": 2}
    day = {"name": "Day", "days": ["mon", "tue", "wed", "thu", "sun"], "hours": "07:30-14:30", "always": False, "place": 2}
    listed = world.nrc.json("contact", "list")
    assert [(row["agency"], row["place"], row["name"]) for row in listed] == [(None, 1, "Night"), (None, 2, "Day"), ("moh", 1, "The head")]
    assert day.items() <= listed[1].items()
    world.nrc.run("contact", "remove", 1, "--reason", "has left")
    assert [row["name"] for row in world.nrc.json("contact", "list", "--agency", "moh")] == ["The head"]
    assert [row["what"] for row in world.nrc.json("audit", "list", "--object", "contact/1")] == ["contact.removed", "contact.added"]

    announce = ("outage", "announce", "--until", "2099-12-05T02:00+04:00", "--reason", "new disks", "--reason-ar", "أقراص جديدة")
    assert world.nrc.json(*announce, "--from", "2099-12-04T20:00+04:00") == {"announced": 1}
    assert world.nrc.run(*announce, "--from", "2099-12-06T20:00+04:00", ok=None).returncode == 1
    assert world.nrc.json("outage", "list")[0]["starts_at"].startswith("2099-12-04T16:00")
    world.nrc.run("outage", "withdraw", 1, "--reason", "no disks")
    assert world.nrc.json("outage", "list") == [] and world.nrc.json("outage", "list", "--all")[0]["state"] == "withdrawn"


def test_a_shift_hands_over_what_happened_and_what_is_open(world):
    for engine_name in ("a", "b"):
        world.execute(f"SELECT nrc.see_incident('topic_missing', 'topic_read', NULL, NULL, '{engine_name}', 'd', 1, now())")
    world.nrc.run("incident", "comment", 1, "the agency makes it")
    world.nrc.run("incident", "close", 1, "--reason", "made")
    told = world.nrc.json("incident", "handover")
    assert [[row["id"] for row in told[part]] for part in ("opened", "closed", "open", "unacknowledged")] == [[1, 2], [1], [2], [2]]
    assert [(row["incident"], row["text"]) for row in told["comments"]] == [(1, "the agency makes it")]
    assert "opened 2, closed 1; open now 1" in told["sentence"] and "والقائمة الآن: 1" in told["sentence_ar"]
    said = world.nrc.run("incident", "handover", "--since", "2020-01-01").stdout
    assert "منذ 2020-01-01 04:00: البلاغات المفتوحة حديثًا: 2، والمغلقة: 1" in said and "the agency makes it" in said
    assert world.nrc.run("incident", "handover", "--since", "yesterday", ok=None).returncode == 2


def test_every_kind_says_when_it_opens_when_it_closes_and_what_to_do(world):
    kinds = world.nrc.json("incident", "kinds")
    assert len(kinds) > 20 and len({kind["kind"] for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert kind["owner"] in ("dataset", "partition", "engine", "register", "subscription", "topic", "rule"), kind
        assert all(kind[what] for what in ("opens_when", "closes_when", "what_to_do")), kind
    assert all(kind["kind"] in world.nrc.run("incident", "kinds").stdout for kind in kinds)
