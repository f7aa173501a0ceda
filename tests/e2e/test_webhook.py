# SPDX-License-Identifier: Apache-2.0
"""Webhooks, one attempt each: what a receiver gets, what its answer means, and which receivers are never called (PDP-1.12)."""

import base64
import socket
import ssl
import time

import pytest
import standardwebhooks
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kit.certificates import Authority
from kit.receiver import Receiver
from kit.webhook_tool import SECRET, Sender

BODY = '{"specversion":"1.0","id":"evt_1","type":"structure.approved","data":{"title":"المواليد","gap":" "}}'
SHORT_MS = 1500
HOST = "hooks.moh.example"


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def sender(request):
    made = []

    def start(*args, **more):
        made.append(Sender(*args, **more))
        return made[-1]

    yield start
    for one in made:
        if one.process.poll() is None:
            one.end()


# -- what a receiver gets


def test_a_request_is_what_the_standard_says(receiver, sender):
    before = int(time.time())
    result = sender().one(receiver.url("/status/204?key=1"), body=BODY, message="evt_0123456789-abc")
    assert result == {"tag": receiver.url("/status/204?key=1"), "status": 204, "outcome": "delivered", "retry_after_s": -1,
                      "text": ""}
    request, = receiver.of("/status/204")
    assert (request.method, request.target, request.version) == ("POST", "/status/204?key=1", "HTTP/1.1")
    assert request.body.decode() == BODY
    signature = request.headers.pop("webhook-signature")
    assert before <= int(request.headers.pop("webhook-timestamp")) <= time.time()
    assert request.headers == {"host": f"127.0.0.1:{receiver.port}", "user-agent": "nrc-relay/test", "accept": "*/*",
                               "content-type": "application/cloudevents+json; charset=utf-8",
                               "content-length": str(len(BODY.encode())), "webhook-id": "evt_0123456789-abc"}
    assert signature.startswith("v1,") and " " not in signature


def test_the_reference_library_verifies_each_signature_of_a_rotation(receiver, sender):
    seed = bytes(range(32))
    pair = Ed25519PrivateKey.from_private_bytes(seed)
    old = "whsec_" + base64.b64encode(bytes(64)).decode()
    secrets = (SECRET, old, "whsk_" + base64.b64encode(seed).decode(), "whsk_" + base64.b64encode(
        seed + pair.public_key().public_bytes_raw()).decode())
    assert sender().one(receiver.url("/status/200"), secrets=secrets, body=BODY)["outcome"] == "delivered"
    request, = receiver.of("/status/200")
    for secret in (SECRET, old):
        assert standardwebhooks.Webhook(secret).verify(request.body, request.headers)["id"] == "evt_1"
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook("whsec_" + base64.b64encode(b"x" * 32).decode()).verify(request.body, request.headers)
    signatures = request.headers["webhook-signature"].split(" ")
    assert [one.partition(",")[0] for one in signatures] == ["v1", "v1", "v1a", "v1a"]
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    for one in signatures[2:]:
        pair.public_key().verify(base64.b64decode(one.partition(",")[2]), signed)


def test_what_cannot_be_signed_is_not_sent(receiver, sender):
    tool = sender()
    url = receiver.url("/status/200")
    for bad in ({"message": "evt.1"}, {"message": "evt 1"}, {"message": ""}, {"message": "x" * 129}, {"message": "evt\r"},
                {"secrets": ("whsec_c2hvcnQ=",)}, {"secrets": ("whpk_" + "A" * 43 + "=",)}, {"secrets": (SECRET,) * 5},
                {"secrets": ()}):
        result = tool.one(url, **bad)
        assert result["error"] == "usage", (bad, result)
        assert not any(secret in result["text"] for secret in bad.get("secrets", ()))
    assert tool.one(url)["outcome"] == "delivered"
    assert len(receiver.requests) == 1


def test_nothing_of_the_environment_is_used(receiver, sender, tmp_path):
    other = Receiver()
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login user password secret\n")
    (tmp_path / ".curlrc").write_text('header = "X-Curlrc: 1"\n')
    proxy = other.url("")
    tool = sender(environment={"HOME": tmp_path, "http_proxy": proxy, "ALL_PROXY": proxy, "HTTPS_PROXY": proxy})
    assert [r["outcome"] for r in tool.send(*[receiver.url("/cookie")] * 2)] == ["delivered"] * 2
    assert tool.one(receiver.url("/cookie"))["outcome"] == "delivered"
    assert other.connections == 0 and len(receiver.requests) == 3
    for request in receiver.requests:
        assert not {"cookie", "authorization", "x-curlrc", "proxy-connection", "upgrade", "expect"} & set(request.headers)
    other.close()


def test_a_connection_is_kept_for_the_next(receiver, sender):
    tool = sender()
    for _ in range(20):
        assert tool.one(receiver.url("/status/200"))["outcome"] == "delivered"
    assert receiver.connections == 1
    for _ in range(3):  # one that the receiver closes is opened again, and the request not lost
        assert tool.one(receiver.url("/bye/200"))["outcome"] == "delivered"
    assert receiver.connections == 3


def test_ipv6(sender):
    try:
        receiver = Receiver("::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert sender("::1").one(receiver.url("/status/200"))["outcome"] == "delivered"
    assert sender("127.0.0.1").one(receiver.url("/status/200"))["outcome"] == "refused"
    assert receiver.requests[0].headers["host"] == f"[::1]:{receiver.port}"
    receiver.close()


# -- what an answer means


def test_2xx_and_nothing_else_is_delivered(receiver, sender):
    tool = sender(max_in_flight=8)
    wanted = {200: "delivered", 201: "delivered", 202: "delivered", 204: "delivered", 299: "delivered", 300: "retry",
              304: "retry", 400: "retry", 401: "retry", 404: "retry", 410: "gone", 429: "retry", 500: "retry", 502: "retry",
              503: "retry", 504: "retry", 599: "retry", 600: "retry", 999: "retry"}
    for status, outcome in wanted.items():
        result = tool.one(receiver.url(f"/status/{status}"))
        assert (result["status"], result["outcome"]) == (status, outcome), result
        assert result["text"].startswith("" if outcome == "delivered" else f"HTTP {status}")
    for path, outcome in {"/interim/200": "delivered", "/interim/500": "retry", "/old/200": "delivered"}.items():
        assert tool.one(receiver.url(path))["outcome"] == outcome


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver, sender, status):
    result = sender().one(receiver.url(f"/redirect/{status}"))
    assert (result["outcome"], result["status"]) == ("retry", status)
    assert "redirects are not followed" in result["text"]
    assert len(receiver.requests) == 1


def test_retry_after_is_told(receiver, sender):
    tool = sender()
    soon = time.strftime("%a,%%20%d%%20%b%%20%Y%%20%H:%M:%S%%20GMT", time.gmtime(time.time() + 600))
    for value, low, high in (("7", 7, 7), (soon, 500, 600), ("9999999999", 86400, 86400), ("-1", -1, -1), ("soon", -1, -1),
                             ("x" * 1500, -1, -1)):
        for status in (429, 503):
            result = tool.one(receiver.url(f"/retry/{status}?{value}"))
            assert result["status"] == status and result["outcome"] == "retry"
            assert low <= result["retry_after_s"] <= high, (value, result)
    for path in ("/retry/200?7", "/retry/410?7", "/interim/503"):  # an interim answer's is not the answer's
        assert tool.one(receiver.url(path))["retry_after_s"] == -1


def test_bad_answers_end_in_time_and_are_tried_again(receiver, sender):
    tool = sender(timeout_ms=SHORT_MS)
    for path in ("/hang", "/drip/200", "/drip_header", "/endless_header", "/endless_interim", "/cut", "/close_early", "/silent",
                 "/garbage"):
        began = time.monotonic()
        result = tool.one(receiver.url(path + "?token=s3cret"))
        assert result["outcome"] == "retry", (path, result)
        assert time.monotonic() - began < SHORT_MS / 1000 + 10
        assert result["text"] and not any(word in result["text"] for word in ("s3cret", "token", path)), result
    for path in ("/endless_header", "/endless_interim"):
        assert "header is too long" in tool.one(receiver.url(path))["text"]
    assert tool.one(receiver.url("/status/200"))["outcome"] == "delivered"


def test_of_a_large_answer_the_status_counts(receiver, sender):
    tool = sender(timeout_ms=20000)
    began = time.monotonic()
    for path, outcome in {"/large/200": "delivered", "/endless/200": "delivered", "/endless/500": "retry",
                          "/endless/410": "gone"}.items():
        assert tool.one(receiver.url(path))["outcome"] == outcome, path
    assert time.monotonic() - began < 10


def test_a_receiver_that_is_not_there_is_tried_again(sender):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        result = sender().one(f"http://127.0.0.1:{s.getsockname()[1]}/x?token=s3cret")
    assert (result["outcome"], result["status"]) == ("retry", 0)
    assert "s3cret" not in result["text"]
    tool = sender("gone.invalid")
    tool.resolve("gone.invalid", "nonsense.invalid")
    assert tool.one("http://gone.invalid/")["outcome"] == "retry"


def test_dead_receivers_delay_nobody(receiver, sender):
    tool = sender(timeout_ms=4000, max_in_flight=300)
    dead = [receiver.url(f"/hang/{i}") for i in range(100)]
    good = [receiver.url(f"/status/200?{i}") for i in range(100)]
    results = tool.send(*[url for both in zip(dead, good) for url in both])
    assert [r["outcome"] for r in results] == ["delivered"] * 100 + ["retry"] * 100


def test_a_name_server_that_is_silent_delays_nobody(receiver, sender):
    tool = sender(f"127.0.0.1 {HOST}", timeout_ms=SHORT_MS)
    tool.resolve(HOST, "never")
    results = tool.send(receiver.url("/status/200", HOST), receiver.url("/status/200"))
    assert [r["outcome"] for r in results] == ["delivered", "retry"]
    began = time.monotonic()
    tool.end()
    assert time.monotonic() - began < 30


def test_more_than_the_limit_is_sent_back(receiver, sender):
    tool = sender(max_in_flight=2, timeout_ms=SHORT_MS)
    results = tool.send(*[receiver.url("/hang")] * 3)
    assert sorted(r.get("error") or r["outcome"] for r in results) == ["overloaded", "retry", "retry"]
    refused = tool.send(*["http://10.0.0.1/"] * 3)
    assert sorted(r.get("error") or r["outcome"] for r in refused) == ["overloaded", "refused", "refused"]
    assert tool.one(receiver.url("/status/200"))["outcome"] == "delivered"


# -- who is never called


def test_a_name_that_means_this_host_is_not_called(receiver, sender):
    for name in ("localhost", HOST):
        tool = sender(f"{name} 10.0.0.0/8 0.0.0.0/0 ::/0")
        tool.resolve(name, "127.0.0.1")
        result = tool.one(receiver.url("/status/200?token=s3cret", name))
        assert result["outcome"] == "refused" and result["status"] == 0
        assert "1 is a loopback address" in result["text"] and "s3cret" not in result["text"]
    assert receiver.connections == 0


@pytest.mark.parametrize("address", ["0.0.0.0", "127.1.2.3", "::1", "::", "::ffff:127.0.0.1", "::127.0.0.1", "10.0.0.1",
                                     "169.254.169.254", "fe80::1", "fd00::1", "64:ff9b::7f00:1", "2002:7f00:1::"])
def test_no_spelling_of_an_address_opens_it(receiver, sender, address):
    tool = sender(f"{HOST} 0.0.0.0/0 ::/0", timeout_ms=SHORT_MS)
    tool.resolve(HOST, address)
    assert tool.one(receiver.url("/status/200", HOST))["outcome"] == "refused"
    literal = f"[{address}]" if ":" in address else address
    assert tool.one(receiver.url("/status/200", literal))["outcome"] == "refused"
    assert receiver.connections == 0


def test_a_name_is_judged_anew_at_each_attempt(receiver, sender):
    """Its addresses change between two attempts, as whoever has the name can make them."""
    other = Receiver("127.0.0.2")
    tool = sender(f"{HOST} 127.0.0.1")
    tool.resolve(HOST, "127.0.0.1")
    url = receiver.url("/bye/200", HOST)
    assert tool.one(url)["outcome"] == "delivered"
    tool.resolve(HOST, "127.0.0.2")
    assert tool.one(url)["outcome"] == "refused"
    assert tool.one(other.url("/status/200", HOST))["outcome"] == "refused"
    tool.resolve(HOST, "127.0.0.1")
    assert tool.one(url)["outcome"] == "delivered"
    assert other.connections == 0
    other.close()


def test_of_several_addresses_the_allowed_ones_are_called(receiver, sender):
    tool = sender(f"{HOST} 127.0.0.1", timeout_ms=4000)
    tool.resolve(HOST, "127.0.0.2", "127.0.0.1")
    assert tool.one(receiver.url("/status/200", HOST))["outcome"] == "delivered"
    assert receiver.connections == 1
    tool.resolve("again.moh.example", "127.0.0.2", "10.0.0.1", "::1")
    assert tool.one(receiver.url("/status/200", "again.moh.example"))["outcome"] == "refused"
    assert receiver.connections == 1
    # The allowed one was called and is not there: that may end, so it is tried again.
    tool.resolve(HOST, "127.0.0.2", "127.0.0.1")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        assert tool.one(f"http://{HOST}:{s.getsockname()[1]}/")["outcome"] == "retry"


def test_no_list_calls_nobody(receiver, sender):
    tool = sender("")
    tool.resolve(HOST, "127.0.0.1")
    for url in (receiver.url("/status/200"), receiver.url("/status/200", HOST), "https://www.iana.org/", "ftp://127.0.0.1/",
                "http://user:password@127.0.0.1/", "nonsense"):
        result = tool.one(url)
        assert result["outcome"] == "refused" and result["text"], result
        assert "password@" not in result["text"]
    assert receiver.connections == 0


def test_a_port_of_the_list_is_the_only_one(receiver, sender):
    other = Receiver()
    tool = sender(f"127.0.0.1:{receiver.port} {HOST}:{receiver.port}")
    tool.resolve(HOST, "127.0.0.1")
    for host in (None, HOST):
        assert tool.one(receiver.url("/status/200", host))["outcome"] == "delivered"
        assert tool.one(other.url("/status/200", host))["outcome"] == "refused"
    assert other.connections == 0
    other.close()


# -- TLS


def context_of(authority, **more):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.server(**more))
    return context


def test_certificates_are_verified(sender, tmp_path):
    mine, strange = tmp_path / "mine", tmp_path / "strange"
    mine.mkdir()
    strange.mkdir()
    authority = Authority(mine)
    good = Receiver(context=context_of(authority))
    old = Receiver(context=context_of(authority, name="old", days=-1))
    unknown = Receiver(context=context_of(Authority(strange)))
    tool = sender(f"127.0.0.1 {HOST}", ca=authority.path)
    tool.resolve(HOST, "127.0.0.1")
    assert tool.one(good.url("/status/200"))["outcome"] == "delivered"
    assert tool.one(good.url("/status/200"))["outcome"] == "delivered"
    assert good.connections == 1
    for url in (unknown.url("/status/200"), old.url("/status/200"), good.url("/status/200", HOST),
                good.url("/status/200", scheme="http")):
        result = tool.one(url)
        assert result["outcome"] == "retry" and result["status"] == 0 and result["text"], result
    # Without the file the system's authorities are asked, which do not know this one.
    assert sender().one(good.url("/status/200"))["outcome"] == "retry"
    assert len(good.requests) == 2 and not old.requests and not unknown.requests
    for one in (good, old, unknown):
        one.close()


def test_a_missing_ca_file_is_said_at_the_start(sender, tmp_path):
    tool = sender(ca=tmp_path / "none.pem")
    assert "none.pem" in tool.process.stdout.readline()
    assert tool.process.wait(30) == 1
