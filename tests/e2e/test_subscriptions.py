# SPDX-License-Identifier: Apache-2.0
"""Subscriptions: what may be subscribed, secrets and signatures, rights; acknowledged by their persons, and escalated."""

import json
import re
import shlex

import psycopg
import pytest
import standardwebhooks
from relay_room import OPENED, declared, file_notice, receivers, room  # noqa: F401

from kit import paths, process


def test_a_secret_is_rotated_without_a_gap(room, tmp_path):
    receiver = room.subscribe("rotated")
    old = receiver.secret
    receiver.secret = None
    new = json.loads(room.nrc.run("subscription", "rotate", "rotated", "--json").stdout)["secret"]
    assert new != old and new.startswith("whsec_")
    room.relay().start()
    room.see(1)
    (message,) = receiver.wait(1)
    for secret in (old, new):
        standardwebhooks.Webhook(secret).verify(message.body, message.headers)
    own = tmp_path / "secret"
    own.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    told = room.nrc.run("subscription", "rotate", "rotated", "--keep-old", 0, "--secret", own)
    assert "whsec_" not in told.stdout + told.stderr
    receiver.secret = own.read_text().strip()
    room.see(1)
    message = receiver.wait(2)[1]
    for secret in (old, new):
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(secret).verify(message.body, message.headers)
    pair = json.loads(room.nrc.run("subscription", "rotate", "rotated", "--ed25519", "--keep-old", 0, "--json").stdout)
    assert set(pair) == {"name", "public_key"} and pair["public_key"].startswith("whpk_")
    receiver.secret = None
    room.see(1)
    message = receiver.wait(3)[2]
    assert message.headers["webhook-signature"].startswith("v1a,") and verifies(pair["public_key"], message)
    audited = room.world.value("SELECT string_agg(to_jsonb(a)::text, '') FROM nrc.audit a")
    assert not any(secret in audited for secret in (old, new, own.read_text().strip()))


def verifies(public, message):
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    signed = f"{message.id}.{message.headers['webhook-timestamp']}.".encode() + message.body
    key.verify(base64.b64decode(message.headers["webhook-signature"].removeprefix("v1a,")), signed)
    return True


def test_a_test_message_goes_to_one_subscription_and_its_failure_harms_nothing(room):
    tested, other = room.subscribe("tested"), room.subscribe("other")
    tested.answer = 500
    guid = room.nrc.json("subscription", "test", "tested")["guid"]
    room.relay().start()
    process.wait_until(lambda: room.states("tested") == ["failed"], 20)
    assert [m.id for m in tested.messages] == [guid] and room.show("tested")["state"] == "active"
    tested.answer = 200
    room.nrc.run("subscription", "test", "tested")
    (message,) = tested.wait(1)
    assert message.event.get_type() == "nrc.subscription.test" and other.messages == []
    assert room.nrc.json("subscription", "replay", "tested")["replayed"] == 0


def test_an_address_that_is_not_allowed_is_refused_when_added_and_when_called(room):
    """PDP-1.12: nothing else is called, whatever a name resolves to."""
    for url in ("http://192.168.0.1:1/x", "http://10.0.0.1/x", "ftp://127.0.0.1/x", "http://u:p@127.0.0.1/",
                "http://0x0a000001/", "not a url", ""):
        refused = room.nrc.run("subscription", "add", "x", "--account", "huda", "--webhook", url, ok=(1, 2))
        assert refused.stderr and "secret" not in refused.stdout, url
    receiver = room.subscribe("inner")
    room.see(1)
    relay = room.relay(NRC_RELAY_ALLOW="hooks.example, 203.0.113.0/24").start()
    process.wait_until(lambda: room.show("inner")["state"] == "failing", 20)
    assert receiver.messages == [] and room.show("inner")["deliveries"][0]["status"] is None
    assert relay.stop() == 0


REFUSED = [
    (("x", "--account", "nobody", "--notify"), 1, "there is no account nobody"),
    (("X!", "--account", "huda", "--notify"), 1, "a subscription's name"),
    (("x", "--account", "huda"), 2, "give one of --webhook URL, --mail ADDRESS"),
    (("x", "--account", "huda", "--notify", "--class", "deadly"), 1, "there is no class deadly"),
    (("x", "--account", "huda", "--notify", "--type", "notice.eaten"), 1, "there is no type notice.eaten"),
    (("x", "--account", "huda", "--notify", "--agency", "mars"), 1, "there is no agency mars"),
    (("x", "--account", "huda", "--notify", "--dataset", "moh.x"), 1, "there is no dataset moh.x")]


def test_what_cannot_be_subscribed_is_refused_with_the_reason(room, tmp_path):
    for args, code, said in REFUSED:
        assert said in room.nrc.run("subscription", "add", *args, ok=(code,)).stderr, args
    bad = tmp_path / "bad"
    for text in ("", "whsec_c2hvcnQ=", "hello", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw two"):
        bad.write_text(text)
        refused = room.nrc.run("subscription", "add", "x", "--account", "huda", "--webhook", "http://127.0.0.1:9/", "--secret",
                               bad, ok=(1, 2))
        assert refused.stderr and (not text or text not in refused.stderr), text
    room.add("twice", way=("--notify",))
    assert "is there already" in room.nrc.run("subscription", "add", "twice", "--account", "huda", "--notify", ok=(1,)).stderr
    assert "no secret" in room.nrc.run("subscription", "rotate", "twice", ok=(1,)).stderr
    assert "is not disabled" in room.nrc.run("subscription", "enable", "twice", ok=(1,)).stderr
    room.nrc.run("subscription", "disable", "twice", "--reason", "صيانة")
    assert "disabled already: صيانة" in room.nrc.run("subscription", "disable", "twice", "--reason", "x", ok=(1,)).stderr
    assert "is disabled" in room.nrc.run("subscription", "test", "twice", ok=(1,)).stderr
    for verb in ("show", "test", "enable", "replay", "rotate"):
        assert "there is no subscription nix" in room.nrc.run("subscription", verb, "nix", ok=(1,)).stderr
    for ref in ("999", "x", "00000000-0000-4000-8000-000000000000", "9" * 30):
        assert "there is no notification" in room.nrc.run("notification", "ack", ref, ok=(1,)).stderr
    assert [row["name"] for row in room.nrc.json("subscription", "list")] == ["twice"]


def test_notify_reaches_who_listens_once_for_each_message(room):
    room.add("channel", way=("--notify",))
    with room.world.connect() as listener:
        listener.execute("LISTEN nrc_events")
        room.relay().start()
        room.see(2)
        heard = [json.loads(n.payload) for n in listener.notifies(timeout=20, stop_after=2)]
    assert [(h["specversion"], h["type"]) for h in heard] == [("1.0", OPENED)] * 2
    process.wait_until(lambda: room.states("channel") == ["delivered"] * 2, 10)


def test_a_subscription_ends_with_its_account(room):
    receiver = room.subscribe("salems", account="salem")
    room.nrc.run("account", "disable", "salem", "--reason", "left")
    assert "its account" in room.show("salems")["disabled_why"]
    file_notice(room, "moh.births")
    room.relay().start()
    process.wait_until(lambda: room.states("salems") == ["skipped"], 20)
    assert receiver.messages == []
    assert "account of subscription" in room.nrc.run("subscription", "enable", "salems", ok=(1,)).stderr


def test_what_nobody_acknowledges_is_escalated_once_to_stewards_and_the_head(room):
    """NRL-9, NRL-18: proof of knowledge."""
    dependent = room.subscribe("dependent", "--type", "structure.approved", account="amal")
    steward = room.subscribe("steward", "--type", "notice.filed")
    head = room.subscribe("head", "--type", "notice.filed", account="salem")
    near, far, known, old = (room.world.value(
        "SELECT nrc.notify_of('structure.approved', %s, 1, 1, 'breaking', now() + %s::interval, '{\"version\": 2}')",
        f"request/{n}", when) for n, when in enumerate(("2 days", "9 days", "1 day", "1 day")))
    room.world.rows("SELECT nrc.notify_of('structure.rejected', 'request/3', 1, 1, 'breaking', now() + interval '1 day', '{}')")
    room.relay(NRC_RELAY_ESCALATE_BEFORE_MS=3 * 86400 * 1000, NRC_RELAY_POLL_MS=10).start()
    guid = room.world.value("SELECT guid::text FROM nrc.notification WHERE id = %s", known)
    process.wait_until(lambda: len(steward.wait(0)) >= 1, 20)
    for receiver in (steward, head):
        told = receiver.wait(2)
        assert [m.event.get_type() for m in told] == ["nrc.structure.escalated"] * 2
        assert {m.change["notification"] for m in told} == {
            room.world.value("SELECT guid::text FROM nrc.notification WHERE id = %s", n) for n in (near, known)}
        assert told[0].change["stewards"] == ["huda"] and told[0].change["unacknowledged"] == ["amal"]
        assert set(told[0].change["agency_head"]) == {"division", "head"}
    room.nrc.run("notification", "ack", guid, "--account", "amal")
    shown = room.nrc.json("notification", "show", guid)
    assert [(k["account"], k["person"]) for k in shown["acknowledgements"]] == [("amal", "Amal Al-Harthy")]
    dependent.wait(4)
    assert room.world.value("SELECT count(*) FROM nrc.escalation") == 2 and len(steward.taken) == 2
    assert far and old


def test_what_was_acknowledged_in_time_is_not_escalated(room):
    room.world.rows("SELECT nrc.notify_of('structure.approved', 'request/1', 1, 1, 'review', now() + interval '1 day', '{}')")
    (row,) = room.nrc.json("notification", "list", "--unacknowledged")
    assert "اعتماد" in room.nrc.run("notification", "list").stdout
    room.nrc.run("notification", "ack", row["id"])
    assert room.nrc.json("notification", "list", "--unacknowledged") == []
    first = room.nrc.json("notification", "show", row["id"])["acknowledgements"]
    room.nrc.run("notification", "ack", row["guid"])
    assert room.nrc.json("notification", "show", row["guid"])["acknowledgements"] == first, "the first is what counts"
    room.world.rows("SELECT nrc.fan_out(100)")
    assert room.world.value("SELECT nrc.escalate('3 days')") == 0
    for sql in ("DELETE FROM nrc.acknowledgement", "UPDATE nrc.notification SET type = 'notice.filed'"):
        with room.world.connect() as db, pytest.raises(psycopg.Error, match="stays"):
            db.execute(sql)


def test_over_http_an_account_has_its_own_subscriptions_and_acknowledges_in_its_persons_name(room):
    """NRL-18."""
    huda, salem, amal = (room.secrets[name] for name in ("huda", "salem", "amal"))
    node = room.world.registry(anonymous=False).start()
    receiver = room.receivers.add("http")
    body = {"name": "salems", "kind": "webhook", "url": receiver.url, "types": ["notice.*"]}
    assert node.post("/nrc/v1/subscriptions", {**body, "url": "http://10.0.0.1/"}, **salem).status == 409
    assert node.post("/nrc/v1/subscriptions", {**body, "account": "huda"}, **salem).status == 403
    for bad in ({}, {**body, "kind": "mail"}, {**body, "url": None}, {**body, "types": "x"}, {**body, "classes": [1]}):
        assert node.post("/nrc/v1/subscriptions", bad, **salem).status == 400, bad
    made = node.post("/nrc/v1/subscriptions", body, **salem)
    assert made.status == 201 and made.json["account"] == "salem", made
    receiver.secret = made.json["secret"]
    assert node.post("/nrc/v1/subscriptions", body, **salem).status == 409
    path = "/nrc/v1/subscriptions/salems"
    assert "secret" not in node.get(path, **salem).json
    assert node.get(path, **amal).status == 404 and node.get(f"{path}/deliveries", **amal).status == 404
    assert node.get(path, **huda).status == 200
    assert (len(node.get("/nrc/v1/subscriptions", **amal).json), len(node.get("/nrc/v1/subscriptions", **huda).json)) == (0, 1)
    for what, more in (("disabling", {"why": "x"}), ("enabling", {}), ("replay", {}), ("rotation", {}), ("test", {})):
        assert node.post(f"{path}/{what}", more, **amal).status == 404, what
    assert node.post(f"{path}/test", **salem).status == 202
    receiver.secret = node.post(f"{path}/rotation", {"keep_old_hours": 1}, **salem).json["secret"]
    assert node.post(f"{path}/rotation", {"keep_old_hours": 9999}, **salem).status == 400
    room.relay().start()
    file_notice(room, "moh.births")
    message = receiver.wait(2)[1]
    deliveries = node.get(f"{path}/deliveries", **salem).json
    assert process.wait_until(lambda: [d["state"] for d in node.get(f"{path}/deliveries", **salem).json] == ["delivered"] * 2)
    assert deliveries[0]["guid"] == message.id
    assert node.post(f"{path}/disabling", {"why": "holiday"}, **salem).json["disabled_by"] == "salem"
    assert node.post(f"{path}/replay", {}, **salem).status == 409
    assert node.post(f"{path}/replay", {"since": "soon"}, **salem).status == 400
    assert node.post(f"{path}/enabling", {"replay": True}, **huda).json["state"] == "active"

    assert node.post(f"/nrc/v1/notifications/{message.id}/ack", **amal).status == 200
    acked = node.post(f"/nrc/v1/notifications/{message.id}/ack", **salem).json
    assert {(k["account"], k["person"], k["by"]) for k in acked["acknowledgements"]} == {
        ("amal", "Amal Al-Harthy", "amal"), ("salem", "Salem Al-Harthy", "salem")}
    room.see(1, "births")
    (secret,) = [n for n in node.get("/nrc/v1/notifications", **salem).json if n["type"] == "incident.opened"]
    assert [n["type"] for n in node.get("/nrc/v1/notifications?dataset=moh.births", **amal).json] == ["notice.filed"]
    assert node.get(f"/nrc/v1/notifications/{secret['guid']}", **amal).status == 404
    assert node.post(f"/nrc/v1/notifications/{secret['guid']}/ack", **amal).status == 404
    assert node.get(f"/nrc/v1/notifications/{secret['guid']}", **salem).json["data"]["kind"] == "t"
    assert node.get("/nrc/v1/notifications?unacknowledged=true", **salem).json == []
    for unknown in ("999", "x", "9" * 40):
        assert node.post(f"/nrc/v1/notifications/{unknown}/ack", **salem).status == 404
    by = room.nrc.json("audit", "list", "--object", "subscription/salems")
    assert [(row["what"].removeprefix("subscription."), row["by"]) for row in reversed(by)] == [
        ("added", "salem"), ("rotated", "salem"), ("disabled", "salem"), ("enabled", "huda")]


def test_the_relays_role_reads_secrets_by_its_claims_alone(servers, room):
    """NRL-15: least privilege; no other role reads a secret at all."""
    room.subscribe("kept")
    for role, may in (("nrc_relay", True), ("nrc_registry", False), ("nrc_monitor", False), ("nrc_steward", False),
                      ("nrc_ingest", False)):
        with psycopg.connect(servers.postgres.dsn(room.world.database, "nrc"), autocommit=True) as db:
            db.execute(f"SET ROLE {role}")
            for sql in ("SELECT * FROM nrc.subscription_secret", "DELETE FROM nrc.delivery", "UPDATE nrc.subscription SET url = 'x'",
                        "SELECT nrc.notify_of('notice.filed', 'notice/1', 1, NULL, NULL, NULL, '{}')",
                        "SELECT nrc.end_subscription(1, 'x', 'x')", "INSERT INTO nrc.acknowledgement VALUES (1, 1, 'x')"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(sql)
            claim = "SELECT * FROM nrc.claim_deliveries('x', '1 s', 1, 1)"
            if may:
                db.execute(claim)
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute("SELECT * FROM nrc.notification")
            else:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(claim)


def test_the_page_for_subscribers_and_operators_holds(room):
    """Each command of ops/doc/notifications.md, in its order; and its few lines of Python."""
    page = (paths.ROOT / "ops" / "doc" / "notifications.md").read_text()
    room.nrc.settings["NRC_RELAY_ALLOW"] = "*.example"
    room.world.rows("SELECT nrc.notify_of('structure.approved', 'request/1', 1, 1, 'review', now() + interval '9 days', '{}')")
    ran = set()
    for line in "".join(re.findall(r"```sh\n(.*?)```", page, re.S)).splitlines():
        words = shlex.split(line, comments=True)
        if words[0] == "nrc" and words[1] not in ("relay", "alarm"):  # the latter: test_alarm.py
            room.nrc.run(*words[1:])
            ran.add(tuple(words[1:3]))
    assert {verb for noun, verb in ran if noun == "subscription"} == {
        "add", "test", "show", "disable", "enable", "replay", "rotate", "list"}
    assert {verb for noun, verb in ran if noun == "notification"} == {"list", "show", "ack", "topics"}
    assert set(re.findall(r"\bstructure\.\w+|\bnotice\.\w+", page)) <= {
        row["type"] for row in room.world.rows("SELECT type FROM nrc.notification_type")}

    room.nrc.settings["NRC_RELAY_ALLOW"] = "127.0.0.0/8"
    receiver = room.subscribe("reader")
    room.relay().start()
    room.see(1)
    (message,) = receiver.wait(1)  # and not of what was before it subscribed
    code, _ = re.findall(r"```python\n(.*?)```", page, re.S)  # the other: test_topic.py
    known = {"secret": receiver.secret, "body": message.body, "headers": message.headers}
    exec(code, known)
    (example,) = re.findall(r"```json\n(.*?)```", page, re.S)
    assert set(json.loads(example)) == set(known["event"]) and set(known["event"]["data"]) <= set(json.loads(example)["data"])
