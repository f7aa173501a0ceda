# SPDX-License-Identifier: Apache-2.0
"""Told past the register: when it is full or away, [alarm] says whom to tell."""

import json
import os
import subprocess

import pytest
from kit import engine, paths, process
from kit.relay import Receivers
from kit.smtp import MailServer
from monitor_room import monitor  # noqa: F401 - a fixture

NRC = paths.BUILD / os.environ.get("NRC_TEST_PRESET", "asan") / "ops" / "nrc"
LOGIN = ("nrc", "s3cret-of-the-mail")


@pytest.fixture
def receivers():
    made = Receivers()
    yield made
    made.close()


@pytest.fixture
def serve():
    made = []

    def start(**more):
        made.append(MailServer(login=LOGIN, **more))
        return made[-1]

    yield start
    for server in made:
        server.close()


def settings(server, **more):
    return {"NRC_RELAY_ALLOW": "127.0.0.0/8 center.example", "NRC_ALARM_SMTP": server.url(), "NRC_ALARM_FROM": "nrc@center.example",
            "NRC_ALARM_USER": LOGIN[0], "NRC_ALARM_PASSWORD": LOGIN[1], "NRC_ALARM_EMAIL": "duty@center.example, head@center.example",
            **more}


def nrc(environment, *args, code=0):
    done = subprocess.run([NRC, *args], env={**engine.SANITIZERS, "PATH": os.environ["PATH"], **environment}, capture_output=True,
                          text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_each_who_is_named_is_told(serve, receivers):
    server, alertmanager = serve(), receivers.add("am/api/v2/alerts")
    environment = settings(server, NRC_ALARM_ALERTMANAGER=f"http://127.0.0.1:{receivers.port}/am/")
    told = json.loads(nrc(environment, "alarm", "test", "--json").stdout)
    assert sorted((row["to"], row["way"], row["outcome"], row["status"]) for row in told) == [
        ("duty@center.example", "email", "delivered", 250), ("head@center.example", "email", "delivered", 250),
        (f"http://127.0.0.1:{receivers.port}/am/", "alertmanager", "delivered", 200)]
    assert sorted(m.to[0] for m in server.mails) == ["duty@center.example", "head@center.example"]
    mail = server.mails[0]
    assert "اختبار إنذار" in str(mail.message["Subject"]) and "nrc alarm test" in mail.part("plain") and mail.login == LOGIN[0]
    alert, = json.loads(alertmanager.messages[0].body)
    assert alert["labels"] == {"alertname": "alarm_test", "job": "nrc", "severity": "info"} and "endsAt" not in alert


def test_one_who_is_not_reached_keeps_nobody_else_from_it(serve):
    def rcpt(argument):
        return "hang" if "duty" in argument else None

    server = serve(answers={"RCPT": rcpt})
    environment = settings(server, NRC_ALARM_TIMEOUT_MS="800", NRC_ALARM_ALERTMANAGER="http://127.0.0.1:1,https://10.1.2.3")
    done = nrc(environment, "alarm", "test", code=1)
    assert [m.to for m in server.mails] == [["head@center.example"]]
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert said["head@center.example"] == "delivered" and said["duty@center.example"].startswith("not told: ")
    assert "[relay] allow has neither" in said["https://10.1.2.3"] and "http://127.0.0.1:1" in said


@pytest.mark.parametrize("wrong, said", [
    ({"NRC_ALARM_EMAIL": ""}, "nobody is named"), ({"NRC_ALARM_FROM": ""}, "[alarm] from: not an e-mail address"),
    ({"NRC_ALARM_SMTP": "mail.center.example"}, "[alarm] smtp: not a URL"), ({"NRC_RELAY_ALLOW": "a/b"}, "the allowed address"),
    ({"NRC_ALARM_EMAIL": ",".join(f"a{n}@center.example" for n in range(65))}, "names more than 64")])
def test_a_setting_that_is_none_is_told(serve, wrong, said):
    server = serve()
    assert said in nrc(settings(server, **wrong), "alarm", "test", code=1).stderr
    assert server.connections == 0


def test_without_a_mail_server_that_is_said(serve):
    server = serve()
    out = nrc(settings(server, NRC_ALARM_SMTP=""), "alarm", "test", code=1).stdout
    assert out.count("[alarm] smtp names no mail server") == 2


def test_the_password_is_a_credential_and_shown_to_nobody(serve, tmp_path):
    server = serve()
    (tmp_path / "nrc_alarm.password").write_text(LOGIN[1] + "\n")
    environment = settings(server, CREDENTIALS_DIRECTORY=str(tmp_path))
    del environment["NRC_ALARM_PASSWORD"]
    assert len(json.loads(nrc(environment, "alarm", "test", "--json").stdout)) == 2
    assert LOGIN[1] not in nrc(environment, "config", "show").stdout
    wrong = nrc({**environment, "NRC_ALARM_USER": "other"}, "alarm", "test", code=1)
    assert "the login of [alarm] user: SMTP 535" in wrong.stdout and LOGIN[1] not in wrong.stdout + wrong.stderr


FULL = """
    CREATE SEQUENCE public.tries;
    GRANT USAGE ON SEQUENCE public.tries TO PUBLIC;
    CREATE FUNCTION public.fill_the_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('public.tries');
        RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file "base/5/1259": No space left on device';
    END $$;
    CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON nrc.monitor_turn FOR EACH STATEMENT EXECUTE FUNCTION public.fill_the_disk()"""


def test_a_register_that_cannot_be_written_is_told_all_the_same_once(world, monitor, serve):  # noqa: F811
    """What PostgreSQL answers when its disk is full, to each turn of the monitor; then there is room again."""
    server = serve()
    world.execute(FULL)
    monitor(**settings(server))
    process.wait_until(lambda: len(server.mails) == 2, 60, "those who are named are told")
    mail = server.mails[0]
    assert "The register's disk is full" in str(mail.message["Subject"]) and "امتلأ قرص السجل الوطني" in str(mail.message["Subject"])
    assert "No space left on device" in mail.part("plain") and "تعذرت الكتابة فيه" in mail.part("plain")
    process.wait_until(lambda: world.value("SELECT last_value FROM public.tries") >= 4, 60, "other turns fail, too")
    assert len(server.mails) == 2, "once, and not once a turn"
    assert world.value("SELECT count(*) FROM nrc.incident WHERE kind LIKE 'register%%'") == 0, "it could not be written"
    world.execute("DROP TRIGGER full_disk ON nrc.monitor_turn")
    process.wait_until(lambda: len(server.mails) == 4, 60, "they are told that it is over")
    assert {m.to[0] for m in server.mails[2:]} == {"duty@center.example", "head@center.example"}
    assert server.mails[2].message["References"] is not None, "the end stands under the begin"
    process.wait_until(lambda: world.value("SELECT count(*) FROM nrc.incident WHERE kind = 'register_full'") == 1, 30, "it is on record")
    assert len(server.mails) == 4
