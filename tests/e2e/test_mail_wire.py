# SPDX-License-Identifier: Apache-2.0
"""A mail as its reader gets it, and on its way: what is composed, what is never said in the clear, and what a server's reply means.
Most cases are what users of other notifiers met."""

import base64
import email
import email.policy
import json
import re
import ssl
import subprocess

import pytest
from kit import engine, paths
from kit.certificates import Authority
from kit.smtp import MailServer
from kit.webhook_tool import Sender

TOOL = paths.BUILD / "asan" / "tests" / "mail_tool"
LONG_AR = "بدأ خلل في مصدر البيانات: تأخر وصول سجلات المواليد من وزارة الصحة عن الموعد المتفق عليه في عقد البيانات " * 3
LOGIN = ("nrc", "pässwort:1")
HOST = "mail.center.example"  # a name, so it is not known to be this machine


def tool(*words):
    env = {**engine.SANITIZERS}
    done = subprocess.run([str(TOOL), *words], capture_output=True, env=env, timeout=30)
    assert not done.stderr, done.stderr[-2000:]
    return done.returncode, done.stdout


def compose(subject="A problem began", subject_ar="بدأ خلل", text="Dataset: moh.births\n", text_ar="مجموعة البيانات: moh.births\n",
            link="https://registry.example/nrc/v1/notifications/0b6f"):
    code, out = tool("mail", "nrc@center.example", "duty@center.example", "0b6f-1", "incident-12", "1764258274", link, subject,
                     subject_ar, text, text_ar)
    assert code == 0
    return out


def read(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


# -- what is composed


def test_a_mail_is_in_both_languages_as_text_and_as_html():
    message = read(compose())
    assert not message.defects and not any(part.defects for part in message.walk())
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    heads = {"From": "nrc@center.example", "To": "duty@center.example", "Message-ID": "<0b6f-1@center.example>",
             "References": "<incident-12@center.example>", "Auto-Submitted": "auto-generated", "MIME-Version": "1.0",
             "Subject": "بدأ خلل | A problem began"}
    assert {name: str(message[name]).strip("<>") if name in ("From", "To") else str(message[name]) for name in heads} == heads
    assert message["Date"].datetime.isoformat() == "2025-11-27T15:44:34+00:00"
    text = message.get_body(("plain",)).get_content()
    assert "مجموعة البيانات: moh.births" in text and "Dataset: moh.births" in text and "/notifications/0b6f" in text
    page = message.get_body(("html",)).get_content()
    assert '<div lang="ar" dir="rtl">' in page and '<div lang="en" dir="ltr">' in page
    assert '<a href="https://registry.example/nrc/v1/notifications/0b6f">' in page


def test_a_long_arabic_subject_is_folded_into_words_that_are_whole():
    """RFC 2047: a word that is cut inside a character, or goes on in the next line, is shown as it is written."""
    raw = compose(subject_ar=LONG_AR)
    head = raw.split(b"\r\n\r\n")[0].decode("ascii")
    words = re.findall(r"=\?UTF-8\?B\?([^?]*)\?=", head)
    assert len(words) > 8 and all(len(word) + 12 <= 75 for word in words)
    for word in words:
        base64.b64decode(word, validate=True).decode("utf-8")
    assert max(map(len, head.split("\r\n"))) <= 78
    assert str(read(raw)["Subject"]).startswith(LONG_AR[:200])


@pytest.mark.parametrize("evil", ["x\r\nBcc: all@else.example", "x\nBcc: all@else.example", "x\r\n\r\n<p>body", "x\u2028Bcc: a@b",
                                  "x\x01y", "=?UTF-8?B?Qg==?=\r\n b", "\u202etxet", "x" * 5000])
def test_no_text_adds_a_head_or_a_part(evil):
    raw = compose(subject=evil, subject_ar=evil, text=evil + "\r\n.\r\nQUIT\r\n--=_nrc_either--\r\n", text_ar=evil, link="")
    message = read(raw)
    assert message["Bcc"] is None and not message.defects and len(list(message.iter_parts())) == 2
    assert sorted(message.keys()) == sorted(read(compose(link="")).keys())
    assert not re.search("[\r\n\u2028\u202e\x01]", str(message["Subject"]))
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998 and not any(re.search(rb"[\r\n\x80-\xff]", line) for line in lines)
    assert b"." not in lines


def test_text_is_text_in_the_page_and_stays_itself_in_the_subject():
    message = read(compose(subject='<script>alert("1")</script> > 90% & more', text="a < b\nnext", subject_ar="", text_ar=""))
    page = message.get_body(("html",)).get_content()
    assert "<script>" not in page and "&lt;script&gt;" in page and "a &lt; b<br>" in page and 'dir="rtl"' not in page
    assert str(message["Subject"]) == '<script>alert("1")</script> > 90% & more'


@pytest.mark.parametrize("given, as_read", [
    ("duty@center.example", "duty@center.example"), ("A.b+c_d-e='f@Center.EXAMPLE", "A.b+c_d-e='f@center.example"),
    ("duty@مركز.example", "duty@" + "مركز.example".encode("idna").decode()), ("duty@center.example.", "duty@center.example")])
def test_an_address_has_one_reading(given, as_read):
    assert tool("mailbox", given) == (0, as_read.encode())


@pytest.mark.parametrize("bad", [
    "", "duty", "@center.example", "duty@", "a b@c.example", "a@b@c.example", "a@b.example\r\nBcc: x@y", "<a@b.example>", ".a@b.example",
    "a..b@c.example", '"a b"@c.example', "a%c.example@d.example", "a!b@c.example", "a@[127.0.0.1]", "a@127.0.0.1", "a@b.example:25",
    "a@b.example/x", "a@b.example?subject=x", "a@-b.example", "موظف@center.example", "x" * 65 + "@c.example", "a@" + "b" * 300])
def test_what_could_be_read_in_two_ways_is_no_address(bad):
    code, out = tool("mailbox", bad)
    assert code == 1 and out.startswith(b"not an e-mail address: ")


def test_an_alert_has_the_same_labels_when_it_begins_and_when_it_is_over():
    words = ("late", "2", "12", "moh.births", "moh", "2026-11-27T10:00:00Z")
    opened, = json.loads(tool("alert", *words, "", "A problem began", "بدأ خلل", "text", "نص")[1])
    closed, = json.loads(tool("alert", *words, "2026-11-27T11:00:00Z", "A problem ended", "انتهى خلل", "text", "نص")[1])
    assert opened["labels"] == closed["labels"] == {"alertname": "late", "job": "nrc", "severity": "warning", "incident": "12",
                                                    "dataset": "moh.births", "agency": "moh"}
    assert (opened["endsAt"], closed["endsAt"]) == ("9999-12-31T23:59:59Z", "2026-11-27T11:00:00Z")
    assert opened["annotations"]["summary_ar"] == "بدأ خلل"


# -- on its way


@pytest.fixture
def letter(tmp_path):
    path = tmp_path / "letter.eml"
    path.write_bytes(compose(text="one\n.\n..two\n"))
    return path


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def context_of(pair):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*pair)
    return made


@pytest.fixture(scope="module")
def tls(authority):
    return context_of(authority.server(host=HOST))


@pytest.fixture
def serve():
    made = []

    def start(*args, **more):
        made.append(MailServer(*args, **more))
        return made[-1]

    yield start
    for server in made:
        server.close()


@pytest.fixture
def sender(authority):
    made = []

    def start(allow=f"{HOST} localhost 127.0.0.0/8", login=LOGIN, ca=authority.path, **more):
        environment = dict(zip(("NRC_ALARM_USER", "NRC_ALARM_PASSWORD"), login)) if login else {}
        made.append(Sender(allow, environment=environment, ca=ca, **more))
        made[-1].resolve(HOST, "127.0.0.1")
        return made[-1]

    yield start
    for one in made:
        one.end()


def test_a_mail_goes_over_tls_with_a_login(serve, sender, tls, letter):
    one = sender()
    for server in (serve(tls, login=LOGIN), serve(tls, implicit=True, login=LOGIN)):
        result = one.mail(server.url(HOST), letter)
        assert (result["outcome"], result["status"]) == ("delivered", 250), result
        mail, = server.mails
        assert (mail.sender, mail.to, mail.login) == ("nrc@center.example", ["duty@center.example"], LOGIN[0])
        assert mail.is_tls and mail.data == letter.read_bytes() and "\r\n.\r\n..two" in mail.part("plain")
        assert server.commands[-1] == "QUIT"


def test_without_starttls_nothing_is_said(serve, sender, tls, letter):
    """Whoever stands before the server can take STARTTLS out of its answer: then neither login nor mail is told to him."""
    server = serve(tls, starttls=False, login=LOGIN)
    result = sender().mail(server.url(HOST), letter)
    assert (result["outcome"], result["status"]) == ("retry", 0) and "offers no STARTTLS" in result["text"]
    assert server.mails == [] and {c.split(" ")[0] for c in server.commands} <= {"greeting", "EHLO", "QUIT"}


def test_what_is_said_before_tls_does_not_count(serve, sender, tls, letter):
    """CVE-2021-22947: replies that somebody puts behind "220 go on" are not the server's."""
    server = serve(tls, login=LOGIN, answers={"STARTTLS": "220 go on\r\n250-mail\r\n250 AUTH PLAIN\r\n235 welcome\r\n250 ok"})
    assert sender().mail(server.url(HOST), letter)["outcome"] == "retry"
    assert server.mails == [] and not any(c.startswith(("AUTH", "MAIL")) for c in server.commands)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_server_on_this_machine_needs_no_certificate(serve, sender, tls, letter, host):
    server = serve(tls)
    assert sender(login=None).mail(server.url(host), letter)["outcome"] == "delivered"
    assert not server.mails[0].is_tls


def test_a_certificate_that_is_not_believed_says_what_to_do(serve, sender, authority, tls, letter, tmp_path):
    stranger = context_of(Authority(tmp_path, "stranger").server(host=HOST))
    for context, word in ((stranger, "certificate"), (context_of(authority.server("old", -1, HOST)), "expired"),
                          (context_of(authority.server("other", host="else.example")), HOST)):
        server = serve(context, login=LOGIN)
        result = sender().mail(server.url(HOST), letter)
        assert result["outcome"] == "retry" and result["status"] == 0, result
        assert word in result["text"] and "[relay] ca_file" in result["text"], result
        assert server.mails == [] and not any(c.startswith(("AUTH", "MAIL")) for c in server.commands)


def test_only_what_the_rules_allow_is_called(serve, sender, tls, letter):
    server = serve(tls)
    for allow in (HOST, "127.0.0.0/8:1", f"{HOST}:25 127.0.0.0/8:25"):
        result = sender(allow=allow).mail(server.url(HOST), letter)
        assert result["outcome"] == "refused" and "[relay] allow" in result["text"], (allow, result)
    assert server.connections == 0
    for bad in ("http://127.0.0.1/", f"smtp://user:x@127.0.0.1:{server.port}", f"{server.url()}/ehlo", "smtp://", "127.0.0.1"):
        assert sender().mail(bad, letter)["outcome"] == "refused", bad
    assert server.connections == 0


# -- what a reply means

REPLIES = [
    ({"greeting": "421 4.3.2 full"}, "retry"), ({"greeting": "554 5.7.1 you are listed"}, "retry"), ({"EHLO": "421 busy", "HELO": "421 busy"}, "retry"),
    ({"AUTH": "535 5.7.8 wrong"}, "retry"), ({"AUTH": "454 4.7.0 later"}, "retry"), ({"MAIL": "451 4.3.0 later"}, "retry"),
    ({"MAIL": "550 5.7.1 sender refused"}, "retry"), ({"RCPT": "450 4.2.1 greylisted"}, "retry"),
    ({"RCPT": "550 5.1.1 no such mailbox"}, "gone"), ({"RCPT": "550 5.2.1 mailbox disabled"}, "gone"),
    ({"RCPT": "554 5.7.1 relay access denied"}, "rejected"), ({"RCPT": "550 no"}, "rejected"), ({"DATA": "451 4.3.0 later"}, "retry"),
    ({"DATA": "554 5.5.1 no"}, "rejected"), ({"BODY": "452 4.3.1 disk full"}, "retry"), ({"BODY": "554 5.7.1 looks like spam"}, "rejected"),
    ({"greeting": "cut"}, "retry"), ({"EHLO": "cut"}, "retry"), ({"MAIL": "cut"}, "retry"), ({"BODY": "cut"}, "retry"),
    ({"greeting": "SSH-2.0-OpenSSH_9.2p1"}, "retry"), ({"MAIL": "x" * 3000}, "retry")]


def test_4xx_is_for_now_and_5xx_for_good(serve, sender, letter):
    one = sender(timeout_ms=8000)
    for answers, outcome in REPLIES:
        server = serve(login=LOGIN, answers=answers)
        result = one.mail(server.url(), letter)
        said = list(answers.values())[-1]
        assert result["outcome"] == outcome and result["text"], (answers, result)
        if said[:3].isdigit():
            assert (result["status"], f"SMTP {said}" in result["text"]) == (int(said[:3]), True), (answers, result)
        assert server.mails == []
        server.close()


def test_a_server_that_hangs_delays_no_other(serve, sender, letter):
    """One that accepts and never says a word, or falls silent at a command: the others are through while it is waited for."""
    one = sender(timeout_ms=20000)
    good, hanging = serve(login=LOGIN), []
    for verb in ("greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "BODY"):
        hanging.append(serve(login=LOGIN, answers={verb: "hang"}))
        one.tell("mail", "hanging", hanging[-1].url(), "nrc@center.example", "a@center.example", letter)
        hanging[-1].wait_for(verb)
        one.tell("mail", "good", good.url(), "nrc@center.example", "b@center.example", letter)
        one.tell("poll")
        result = json.loads(one.process.stdout.readline())
        assert (result["tag"], result["outcome"]) == ("good", "delivered"), (verb, result)
    for server in hanging:
        server.close()
    one.tell("wait")
    results = [json.loads(one.process.stdout.readline()) for _ in hanging]
    assert [r["outcome"] for r in results] == ["retry"] * len(hanging), results


def test_a_mail_that_is_taken_is_taken_whatever_comes_after(serve, sender, letter):
    """A server that is silent at QUIT has the mail: it is not sent once more."""
    server = serve(login=LOGIN, answers={"QUIT": "hang"})
    assert sender(timeout_ms=20000).mail(server.url(), letter)["outcome"] == "delivered"


def test_time_is_over_for_a_server_that_is_silent(serve, sender, letter):
    one = sender(timeout_ms=500)
    for verb in ("greeting", "BODY"):
        result = one.mail(serve(login=LOGIN, answers={verb: "hang"}).url(), letter)
        assert (result["outcome"], result["status"]) == ("retry", 0) and "time" in result["text"].lower(), result
