# SPDX-License-Identifier: Apache-2.0
"""Who is told by mail or by an Alertmanager: subscriptions of these kinds have the order, the retries and the end of all others."""

import json
import socket
import subprocess
import urllib.request

import pytest
from kit import paths
from kit.process import wait_until
from kit.smtp import MailServer
from relay_room import Room, declared, receivers, room  # noqa: F401

ALERTMANAGER = paths.BUILD / "clients" / "alertmanager" / "alertmanager"
LOGIN = ("nrc", "s3cret")


@pytest.fixture
def serve(room):  # noqa: F811
    made = []

    def start(**more):
        made.append(MailServer(login=LOGIN, **more))
        room.nrc.settings.update({"NRC_RELAY_ALLOW": "127.0.0.0/8 center.example *.moh.example", "NRC_ALARM_SMTP": made[-1].url(),
                                  "NRC_ALARM_FROM": "nrc@center.example", "NRC_ALARM_USER": LOGIN[0],
                                  "NRC_ALARM_PASSWORD": LOGIN[1]})
        return made[-1]

    yield start
    for server in made:
        server.close()


def incident(room, kind="late", dataset="births"):  # noqa: F811
    number, = room.see(1, dataset, kind)
    return number


def close(room, number):  # noqa: F811
    room.nrc.run("incident", "close", str(number), "--reason", "it is mended")


def test_a_problem_is_mailed_when_it_begins_and_when_it_ends(room, serve):  # noqa: F811
    """In both languages, once each, in order; the second belongs to the first."""
    server = serve()
    room.add("duty", "--type", "incident.*", way=("--mail", "Duty@Center.example"))
    room.relay().start()
    number = incident(room)
    server.wait(1)
    close(room, number)
    opened, closed = server.wait(2)
    assert opened.to == ["Duty@center.example"] and opened.sender == "nrc@center.example" and opened.login == LOGIN[0]
    guids = [n["guid"] for n in reversed(room.nrc.json("notification", "list")) if n["type"].startswith("incident.")]
    assert [m.id for m in (opened, closed)] == [f"<{guid}@center.example>" for guid in guids]
    assert {str(m.message["References"]) for m in (opened, closed)} == {f"<incident-{number}@center.example>"}
    assert str(opened.message["Subject"]) == "فتح بلاغ عن خلل: late، moh.births | A problem began: late, moh.births"
    text = opened.part("plain")
    for words in ("Dataset: moh.births", "Agency: moh", "Kind: late (a source is later than", "What to do:", "مجموعة البيانات: moh.births"):
        assert words in text, text
    assert "SECRET-DETAIL" not in opened.data.decode() + text, "a detail is read with one's own rights"
    assert "A problem ended" in str(closed.message["Subject"])
    assert room.states("duty") == ["delivered", "delivered"] and room.show("duty")["deliveries"][0]["status"] == 250


def test_who_may_be_mailed(room, serve):  # noqa: F811
    """PDP-1.12: a domain is on the list, or nothing is sent to it."""
    serve()
    for address, word in (("a@gmail.example", "[relay] allow does not have gmail.example"), ("a@127.0.0.1", "not an e-mail address"),
                          ("a@center.example\r\nBcc: b@c", "not an e-mail address"), ("duty", "not an e-mail address")):
        done = room.nrc.run("subscription", "add", "x", "--account", "huda", "--mail", address, ok=None)
        assert done.returncode != 0 and word in done.stderr, done.stderr
    done = room.nrc.run("subscription", "add", "x", "--account", "huda", "--mail", "a@center.example", "--notify", ok=None)
    assert "give one of" in done.stderr
    made = room.add("salem", account="salem", way=("--mail", "salem@mail.moh.example"))
    assert "secret" not in made
    assert (room.show("salem")["kind"], room.show("salem")["url"]) == ("mailto", "mailto:salem@mail.moh.example")
    trail = [row for row in room.nrc.json("audit", "list") if row["what"] == "subscription.added"]
    assert "salem@" not in json.dumps(trail), "of an address the trail has the domain alone"


def test_an_agency_is_mailed_what_is_its_own(room, serve):  # noqa: F811
    server = serve()
    room.add("salem", account="salem", way=("--mail", "salem@mail.moh.example"))
    room.add("amal", account="amal", way=("--mail", "amal@center.example"))
    room.add("huda", way=("--mail", "huda@center.example"))
    room.relay().start()
    incident(room)
    server.wait(2)
    room.nrc.run("subscription", "test", "amal")
    last = server.wait(3)[-1]
    assert sorted(m.to[0].split("@")[0] for m in server.mails) == ["amal", "huda", "salem"]
    assert last.to == ["amal@center.example"] and "A test of a subscription" in str(last.message["Subject"])


def test_what_a_reply_means_for_the_subscription(room, serve):  # noqa: F811
    """4xx: again, and in order. 5xx for a message: the next. No such mailbox: the end, with an incident."""
    tries = []

    def rcpt(argument):
        who = argument.split("<")[1].split("@")[0]
        tries.append(who)
        return {"later": "450 4.2.1 greylisted" if tries.count("later") < 3 else None, "gone": "550 5.1.1 no such mailbox",
                "picky": "554 5.7.1 not this one" if tries.count("picky") == 1 else None}.get(who)

    server = serve(answers={"RCPT": rcpt})
    for name in ("later", "gone", "picky", "sound"):
        room.add(name, "--type", "incident.*", "--dataset", "moh.births", way=("--mail", f"{name}@center.example"))
    room.relay().start()
    first, second = incident(room, "late"), incident(room, "gap")
    for name, count in (("later", 2), ("picky", 1), ("sound", 2)):
        server.wait(count, seen=lambda m, name=name: m.to == [f"{name}@center.example"])
    refers = [str(m.message["References"]).split("@")[0] for m in server.mails if m.to == ["later@center.example"]]
    assert refers == [f"<incident-{first}", f"<incident-{second}"] and tries.count("later") == 4
    wait_until(lambda: room.states("picky") == ["failed", "delivered"], 20, lambda: room.states("picky"))
    failed = room.show("picky")["deliveries"][1]
    assert (failed["status"], failed["error"]) == (554, "SMTP 554 5.7.1 not this one")
    wait_until(lambda: room.show("gone")["state"] == "disabled", 20, lambda: room.show("gone"))
    assert "550" in room.show("gone")["disabled_why"]
    assert "subscription_dead" in [i["kind"] for i in room.nrc.json("incident", "list")]


def test_a_mail_server_that_is_silent_delays_no_webhook(room, serve):  # noqa: F811
    """It takes the message, and then says nothing: libcurl would wait inside its call."""
    server = serve(answers={"BODY": "hang"})
    room.add("duty", way=("--mail", "duty@center.example"))
    room.relay(NRC_RELAY_TIMEOUT_MS=20000, NRC_RELAY_LEASE_MS=60000).start()
    incident(room)
    server.wait_for("BODY")
    hook = room.subscribe("hook")
    for _ in range(3):
        incident(room, "gap", "deaths")
    hook.wait(3)
    assert room.states("duty")[0] == "waiting", "the mail is still on its way"


def test_a_mail_that_came_twice_is_known_by_its_id(room, serve):  # noqa: F811
    """A relay that is killed between the server's answer and the record sends it again, under the same Message-ID and date."""
    server = serve()
    room.add("duty", way=("--mail", "duty@center.example"))
    incident(room)
    killed = room.relay("killed").start(failpoint="delivery_sent:kill:1")
    server.wait(1)
    killed.wait_gone()
    room.relay("next").start()
    first, again = server.wait(2)
    assert first.data == again.data and first.id == again.id
    wait_until(lambda: room.states("duty") == ["delivered"], 20, lambda: room.states("duty"))


def test_without_a_mail_server_a_mail_waits(room, serve):  # noqa: F811
    server = serve()
    room.add("duty", way=("--mail", "duty@center.example"))
    incident(room)
    without = room.relay("without", NRC_ALARM_SMTP="").start()
    wait_until(lambda: room.show("duty")["deliveries"][0]["attempts"] > 0, 20)
    assert "[alarm] smtp names no mail server" in room.show("duty")["deliveries"][0]["error"]
    without.stop()
    room.relay("with").start()
    server.wait(1)


@pytest.fixture
def alertmanager(tmp_path):
    """A real one, that would forget in a second what is not repeated."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    (tmp_path / "am.yml").write_text("global: {resolve_timeout: 1s}\nroute: {receiver: none}\nreceivers: [{name: none}]\n")
    made = subprocess.Popen([ALERTMANAGER, f"--config.file={tmp_path}/am.yml", f"--storage.path={tmp_path}/data", "--cluster.listen-address=",
                             f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"

    def alerts():
        try:
            with urllib.request.urlopen(f"{url}/api/v2/alerts", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return None

    wait_until(lambda: alerts() is not None, 20, "the Alertmanager does not answer")
    yield url, alerts
    made.terminate()
    made.wait(20)


def test_an_alertmanager_resolves_what_it_was_told(room, alertmanager):  # noqa: F811
    url, alerts = alertmanager
    refused = room.nrc.run("subscription", "add", "x", "--account", "huda", "--alertmanager", url, "--type", "notice.*", ok=None)
    assert "told of incidents alone" in refused.stderr
    room.add("alerts", way=("--alertmanager", url))
    assert room.show("alerts")["types"] == ["incident.*"]
    room.relay().start()
    number, other = incident(room), incident(room, "gap", None)
    wait_until(lambda: len(alerts()) == 2, 20, alerts)
    wait_until(lambda: room.states("alerts") == ["delivered"] * 2, 20)
    mine, = [a for a in alerts() if a["labels"].get("incident") == str(number)]
    assert mine["labels"] == {"alertname": "late", "job": "nrc", "severity": "warning", "incident": str(number), "dataset": "moh.births",
                              "agency": "moh"}
    assert mine["annotations"]["summary"] == "late: moh.births" and mine["endsAt"].startswith("9999-")
    assert mine["annotations"]["summary_ar"].endswith(": moh.births") and "ما العمل" in mine["annotations"]["description_ar"]
    close(room, number)
    wait_until(lambda: [a["labels"]["incident"] for a in alerts()] == [str(other)], 20, alerts)
    with room.world.connect() as db:  # it comes back, and is open there again
        db.execute("SELECT nrc.see_incident(kind, closes, dataset_id, position_id, engine, 'x', 1, now()) FROM nrc.incident WHERE id = %s",
                   (number,))
    wait_until(lambda: sorted(a["labels"]["incident"] for a in alerts()) == sorted(map(str, (number, other))), 20, alerts)


def test_what_is_told_as_one_is_resolved_one_by_one(room, alertmanager):  # noqa: F811
    """A storm is one mail with its number; an Alertmanager has each incident, so the end of each is seen."""
    url, alerts = alertmanager
    room.add("alerts", way=("--alertmanager", url))
    with room.world.connect() as db:
        storm = db.execute("SELECT array_agg(nrc.see_incident('bad_frame', 'person', d.id, NULL, 'e' || n, 'x', 1, now()) ORDER BY n)"
                           " FROM nrc.dataset d, generate_series(1, 8) n WHERE d.name = 'births'").fetchone()[0]
    room.relay().start()
    open_there = lambda: sorted(int(a["labels"]["incident"]) for a in alerts())  # noqa: E731
    wait_until(lambda: open_there() == storm, 20, open_there)
    assert len(room.states("alerts")) < len(storm), "they were told as one"
    close(room, storm[3])
    wait_until(lambda: open_there() == [n for n in storm if n != storm[3]], 20, open_there)


def test_who_is_on_the_list_is_called_by_mail_when_nobody_acknowledges(room, serve):  # noqa: F811
    """One after the other, each once; and nobody any more when somebody has acknowledged it."""
    server = serve()
    room.world.execute("UPDATE nrc.escalation_policy SET after = interval '1 second', rounds = 1 WHERE severity = 2")
    for name in ("first", "second", "third"):
        room.nrc.run("contact", "add", name, "--email", f"{name}@center.example", "--account", "huda")
    room.relay().start()
    number = incident(room)
    wait_until(lambda: len(server.mails) >= 2, 60, "two are called")
    room.nrc.run("incident", "ack", str(number))
    called = [m.to[0].partition("@")[0] for m in server.mails]
    assert called[:2] == ["first", "second"] and len(set(called)) == len(called)
    assert "moh.births" in str(server.mails[0].message["Subject"]) and "SECRET-DETAIL" not in server.mails[0].data.decode()
