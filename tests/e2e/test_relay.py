# SPDX-License-Identifier: Apache-2.0
"""Notifications: written with their cause, delivered at least once and in order. Who gets them: test_subscriptions.py."""

import threading

import psycopg
import pytest
from relay_room import OPENED, at, declared, file_notice, receivers, room, see_and_tell  # noqa: F401

from kit import process


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
    assert opened.change == {"agency": "edu", "datasets": ["edu.marks"], "kind": "bad_frame", "severity": 2}
    assert not any(b"SECRET" in m.body for m in messages)
    assert relay.stop() == 0
    assert "SECRET" not in relay.log_text() and "whsec_" not in relay.log_text() and receiver.url not in relay.log_text()


def test_a_rollback_tells_nothing_and_a_late_commit_is_not_passed_over(room):
    """Ids are drawn before COMMIT: a reader that remembers the greatest id would lose the slow transaction's."""
    receiver = room.subscribe("late")
    room.relay().start()
    slow = psycopg.connect(room.world.postgres.dsn(room.world.database))
    gone = psycopg.connect(room.world.postgres.dsn(room.world.database))
    see_and_tell(slow, "t", None, "slow")
    see_and_tell(gone, "t", None, "gone")
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


def test_settings_that_would_send_twice_are_refused(room):
    relay = room.relay(NRC_RELAY_LEASE_MS=1000, NRC_RELAY_TIMEOUT_MS=1000).start()
    assert relay.wait_gone() == 1 and "lease_ms must be more than timeout_ms" in relay.log_text()
    relay = room.relay("r2", NRC_RELAY_ALLOW="10.0.0.0/99").start()
    assert relay.wait_gone() == 1 and "10.0.0.0/99" in relay.log_text()
