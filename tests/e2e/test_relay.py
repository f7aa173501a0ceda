# SPDX-License-Identifier: Apache-2.0
"""Notifications: written with their cause, delivered at least once and in order, signed, acknowledged, escalated."""

import json
import re
import shlex
import threading

import psycopg
import pytest
import standardwebhooks
from relay_room import OPENED, at, declared, file_notice, receivers, room  # noqa: F401

from kit import paths, process


def test_what_changes_is_told_in_a_signed_envelope_that_carries_no_value(room):
    """NRL-7; NRL-1: the body is thin."""
    receiver = room.subscribe("all")
    number = file_notice(room, "moh.births", "moh.deaths")
    room.nrc.run("notice", "amend", number, "--until", at(9), "--why", "SECRET-WHY")
    room.nrc.run("notice", "withdraw", number, "--why", "SECRET-WHY")
    (incident,) = room.see(1, "marks", kind="bad_frame")
    room.world.execute(f"SELECT nrc.close_incident({incident}, 'SECRET-WHY')")
    relay = room.relay(NRC_REGISTRY_PUBLIC_URL="https://registry.example").start()
    messages = receiver.wait(5)
    assert [m.event.get_type() for m in messages] == [
        "nrc.notice.filed", "nrc.notice.amended", "nrc.notice.withdrawn", OPENED, "nrc.incident.closed"]
    filed, opened = messages[0], messages[3]
    assert filed.headers["content-type"].startswith("application/cloudevents+json")
    event = filed.event
    assert (event.get_specversion(), event.get_source()) == ("1.0", "https://registry.example/nrc/v1")
    assert (event.get_subject(), event.get_id()) == (f"notice/{number}", filed.id)
    assert filed.data["uri"] == f"https://registry.example/nrc/v1/notices/{number}"
    assert filed.data["acknowledge"] == f"https://registry.example/nrc/v1/notifications/{filed.id}/ack"
    assert filed.change["datasets"] == ["moh.births", "moh.deaths"] and filed.change["kind"] == "update"
    assert filed.data["effective_at"][:16] == at(3)[:16]
    assert opened.change == {"agency": "edu", "datasets": ["edu.marks"], "kind": "bad_frame"}
    assert not any(b"SECRET" in m.body for m in messages)
    assert relay.stop() == 0
    assert "SECRET" not in relay.log_text() and "whsec_" not in relay.log_text() and receiver.url not in relay.log_text()


def test_a_rollback_tells_nothing_and_a_late_commit_is_not_passed_over(room):
    """Ids are drawn before COMMIT: a reader that remembers the greatest id would lose the slow transaction's."""
    receiver = room.subscribe("late")
    see = "SELECT nrc.see_incident('t', 'person', NULL, NULL, %s, 'd', 1, now())"
    room.relay().start()
    slow = psycopg.connect(room.world.postgres.dsn(room.world.database))
    gone = psycopg.connect(room.world.postgres.dsn(room.world.database))
    slow.execute(see, ("slow",))
    gone.execute(see, ("gone",))
    gone.rollback()
    room.see(2)
    assert len(receiver.wait(2)) == 2
    slow.commit()
    messages = receiver.wait(3)
    assert messages[-1].change["kind"] == "t" and receiver.doubled() == []
    assert room.world.value("SELECT count(*) FROM nrc.notification_new") == 0
    numbers = [room.nrc.json("notification", "show", m.id)["id"] for m in messages]
    assert numbers[2] < numbers[0] < numbers[1], "the slow one had the smallest number"
    slow.close()
    gone.close()


def test_filters_and_rights_decide_who_is_told(room):
    """NRL-1: problems of one agency are not told to another."""
    everything = room.subscribe("everything")
    moh = room.subscribe("moh", account="salem")
    births = room.subscribe("births", "--dataset", "moh.births")
    notices = room.subscribe("notices", "--type", "notice.*,incident.closed", "--agency", "edu")
    breaking = room.subscribe("breaking", "--class", "breaking")
    room.see(1, "births")
    room.see(1, "marks")
    room.see(1)
    file_notice(room, "edu.marks")
    room.world.rows("SELECT nrc.notify_of('structure.approved', 'request/1', 1, 1, 'breaking', now() + interval '9 days', '{}')")
    room.relay().start()
    everything.wait(5)
    births.wait(2), notices.wait(1), breaking.wait(1)
    moh.wait(3)
    assert [m.change.get("datasets") for m in moh.wait(3)] == [["moh.births"], ["edu.marks"], ["moh.births"]]
    assert moh.types() == [OPENED, "nrc.notice.filed", "nrc.structure.approved"]
    assert births.types() == [OPENED, "nrc.structure.approved"] and notices.types() == ["nrc.notice.filed"]
    assert breaking.types() == ["nrc.structure.approved"] and len(everything.types()) == 5


def test_a_slow_a_failing_a_redirecting_and_a_dead_receiver_delay_no_other(room):
    """What is no 2xx is a failure; order is kept; a receiver that recovers gets all."""
    good, flaky, redirect, dead, slow = (room.subscribe(n) for n in ("good", "flaky", "redirect", "dead", "slow"))
    left = [3]

    def flaky_answer(_):
        left[0] -= 1
        return 503 if left[0] >= 0 else 204
    flaky.answer = flaky_answer
    redirect.answer = (307, {"Location": good.url})
    room.world.execute("UPDATE nrc.subscription SET url = 'http://127.0.0.1:9/dead' WHERE name = 'dead'")
    slow.answer = lambda _: threading.Event().wait(0.25) or 200
    room.see(6)
    relay = room.relay(NRC_RELAY_IN_FLIGHT=8).start()
    first = good.wait(6)
    assert [m.id for m in flaky.wait(6)] == [m.id for m in first] == [m.id for m in slow.wait(6)]
    assert good.doubled() == flaky.doubled() == slow.doubled() == []
    assert len({m.id for m in flaky.messages[:4]}) == 1, "the second is not tried before the first is done"
    assert len({m.id for m in redirect.messages}) == 1 and redirect.taken == [] and len(good.messages) == 6
    assert {d["state"] for d in room.show("redirect")["deliveries"]} == {"waiting"}
    shown = room.show("redirect")
    assert shown["state"] == "failing" and shown["deliveries"][-1]["status"] == 307 and shown["waiting"] == 6
    assert room.show("dead")["deliveries"][-1]["error"]
    assert relay.stop() == 0


def test_receivers_that_hang_do_not_use_up_the_connections(room):
    """They are not known to fail until their time is over."""
    held = threading.Event()
    hanging = [room.subscribe(f"hanging{n}") for n in range(3)]
    for receiver in hanging:
        receiver.answer = lambda _: held.wait(30) and 200
    good = room.subscribe("sound")
    room.see(3)
    relay = room.relay(NRC_RELAY_IN_FLIGHT=2, NRC_RELAY_TIMEOUT_MS=20000, NRC_RELAY_LEASE_MS=30000).start()
    good.wait(3, 15)
    assert [r.taken for r in hanging] == [[], [], []]
    held.set()
    for receiver in hanging:
        receiver.wait(3)
    assert relay.stop() == 0


def test_410_disables_at_once_and_a_replay_delivers_what_was_missed(room):
    receiver = room.subscribe("gone")
    receiver.answer = 410
    room.see(3)
    relay = room.relay().start()
    process.wait_until(lambda: room.show("gone")["state"] == "disabled", 20)
    assert len(receiver.messages) == 1 and room.states("gone")[:3] == ["failed", "skipped", "skipped"]
    (incident,) = room.world.open_incidents("subscription_dead")
    assert incident["engine"] == "gone" and "410" in incident["detail"]
    refused = room.nrc.run("subscription", "replay", "gone", ok=(1,)).stderr
    assert "enable it first" in refused
    process.wait_until(lambda: room.world.value("SELECT count(*) FROM nrc.notification_new") == 0, 10)
    missed = room.nrc.json("subscription", "show", "gone", "--missed")["deliveries"]
    assert len(missed) == 4, "the incident's own notification was skipped, too"
    receiver.answer = 200
    assert room.nrc.json("subscription", "enable", "gone", "--replay") == {"name": "gone", "replayed": 4}
    messages = receiver.wait(5)
    assert [m.event.get_type() for m in messages] == [OPENED] * 4 + ["nrc.incident.closed"]
    assert room.world.open_incidents("subscription_dead") == []
    assert receiver.doubled() == []
    assert room.nrc.json("subscription", "replay", "gone", "--delivered")["replayed"] == 5
    process.wait_until(lambda: len(receiver.doubled()) == 5, 20, "the same ids once more")
    assert relay.stop() == 0


def test_a_subscription_that_fails_too_long_is_disabled_with_an_incident_and_a_success_resets(room):
    bad, mended = room.subscribe("bad"), room.subscribe("mended")
    bad.answer = 500
    tries = []
    mended.answer = lambda m: tries.append(m) or (500 if len(tries) < 3 else 200)
    room.see(2)
    relay = room.relay(NRC_RELAY_GIVE_UP_MS=1200).start()
    process.wait_until(lambda: room.show("bad")["state"] == "disabled", 20)
    shown = room.show("bad")
    assert "500" in shown["disabled_why"] and shown["disabled_by"] == "nrc relay"
    assert room.states("bad")[:2] == ["failed", "skipped"] and len({m.id for m in bad.messages}) == 1
    assert len(bad.messages) >= 3
    assert [i["engine"] for i in room.world.open_incidents("subscription_dead")] == ["bad"]
    assert "bad" in room.nrc.run("incident", "list").stdout
    mended.wait(2)
    assert room.show("mended")["state"] == "active" and room.show("mended")["failing_since"] is None
    trail = [row["what"] for row in room.nrc.json("audit", "list", "--object", "subscription/bad")]
    assert trail == ["subscription.disabled", "subscription.added"]
    assert relay.stop() == 0


def test_retry_after_is_obeyed(room):
    receiver = room.subscribe("later")
    receiver.answer = lambda m: 200 if len(receiver.messages) > 1 else (429, {"Retry-After": "2"})
    room.see(1)
    room.relay().start()
    receiver.wait(1)
    first, second = receiver.messages
    assert 1.9 <= second.at - first.at < 5


@pytest.mark.parametrize("point", ["outbox_fanned_out", "delivery_claimed", "delivery_sent"])
def test_a_relay_that_is_killed_loses_nothing_and_ids_stay(room, point):
    """At each step; what was in flight at that moment may come twice."""
    one, two = room.subscribe("one"), room.subscribe("two")
    room.see(5)
    relay = room.relay(NRC_RELAY_FAN_OUT=2).start(failpoint=f"{point}:kill:2")
    assert relay.wait_gone() == -9
    taken = {r.name: len(r.taken) for r in (one, two)}
    again = room.relay("again", NRC_RELAY_FAN_OUT=2).start()
    for receiver in (one, two):
        messages = receiver.wait(5)
        numbers = [room.nrc.json("notification", "show", m.id)["id"] for m in messages]
        assert numbers == sorted(numbers)
        in_flight = receiver.taken[:taken[receiver.name]][-1:]
        assert set(receiver.doubled()) <= set(in_flight), "only the one whose answer was not recorded"
        assert point != "outbox_fanned_out" or receiver.doubled() == []
    assert again.stop() == 0


def test_two_relays_at_once_deliver_none_twice_and_keep_the_order(room):
    subscribers = [room.subscribe(f"s{n}") for n in range(6)]
    relays = [room.relay(f"relay{n}", NRC_RELAY_FAN_OUT=3, NRC_RELAY_LEASE_MS=30000).start() for n in range(2)]
    for _ in range(5):
        room.see(8)
    for receiver in subscribers:
        messages = receiver.wait(40, 40)
        assert receiver.doubled() == []
    order = [m.id for m in messages]
    assert all([m.id for m in r.wait(40)] == order for r in subscribers)
    assert [r.stop() for r in relays] == [0, 0]


def test_a_register_that_goes_away_is_waited_for(room):
    receiver = room.subscribe("patient")
    relay = room.relay().start()
    room.see(1)
    receiver.wait(1)
    postgres, database = room.world.postgres, room.world.database
    postgres.sql(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
    postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,))
    process.wait_until(lambda: relay.log_lines("register_away"), 20)
    postgres.sql(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    room.see(1)
    receiver.wait(2)
    assert relay.log_lines("register_back") and relay.stop() == 0


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
    (("x", "--account", "huda"), 2, "--webhook URL or --notify"),
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
        if words[0] == "nrc" and words[1] != "relay":
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


def test_settings_that_would_send_twice_are_refused(room):
    relay = room.relay(NRC_RELAY_LEASE_MS=1000, NRC_RELAY_TIMEOUT_MS=1000).start()
    assert relay.wait_gone() == 1 and "lease_ms must be more than timeout_ms" in relay.log_text()
    relay = room.relay("r2", NRC_RELAY_ALLOW="10.0.0.0/99").start()
    assert relay.wait_gone() == 1 and "10.0.0.0/99" in relay.log_text()
