# SPDX-License-Identifier: Apache-2.0
"""base/http/server.h from the outside: what honest clients need, and what the others may not do to them."""

import asyncio
import json
import os
import select
import signal
import socket
import ssl
import struct
import subprocess
import time
import warnings

import pytest

from kit import engine, paths, process

TOOL = paths.BUILD / os.environ.get("NRC_TEST_PRESET", "asan") / "tests" / "http_tool"
LOGS = paths.BUILD / "test-logs" / "e2e-http"
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
SOON = 30.0  # seconds: beyond every deadline that the tests set


class Server:
    def __init__(self, name, under=(), **options):
        log = LOGS / f"{name}.log"
        log.unlink(missing_ok=True)
        self.process = process.Process("http_tool", log)
        self.process.spawn([*under, TOOL, *(f"{k}={v}" for k, v in options.items())], env={**os.environ, **engine.SANITIZERS})
        self.port = process.wait_until(self._port, 30, "the server accepts")

    def lines(self):
        return self.process.log.read_text(errors="replace").splitlines()

    def _port(self):
        assert self.process.alive(), self.process.log_tail()
        return json.loads(next(line for line in self.lines() if line.startswith("{")))["port"]

    def connect(self, timeout=SOON):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def ask(self, request=GET):
        """One request on a connection of its own."""
        with self.connect() as s:
            s.sendall(request)
            return answer(s)

    def still_serves(self):
        assert self.ask()[0] == 200

    def term(self):
        self.process.send(signal.SIGTERM)

    def end(self):
        """Its own counts; a sanitizer's word in the log or a bad exit is a failure."""
        self.term()
        assert self.process.wait(30) == 0, self.process.log_tail()
        text = self.process.log.read_text(errors="replace")
        assert "Sanitizer" not in text and "runtime error:" not in text, text[-3000:]
        return json.loads(self.lines()[-1])


@pytest.fixture
def serve(request):
    started = []

    def start(**options):
        started.append(Server(f"{request.node.name.replace('/', '_')[:60]}-{len(started)}", **options))
        return started[-1]

    yield start
    for server in started:
        if server.process.alive():
            server.end()


def answer(s, head=False):
    """(status, header lines, body) of the next answer; a close before it is complete is an EOFError."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = s.recv(1)
        if not more:
            raise EOFError(data)
        data += more
    lines = data.decode().split("\r\n")
    fields = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if line)}
    body = b""
    want = 0 if head else int(fields.get("content-length", 0))
    while len(body) < want:
        more = s.recv(min(65536, want - len(body)))
        if not more:
            raise EOFError(body)
        body += more
    return int(lines[0].split()[1]), fields, body


def all_of(s):
    """Everything until the other side closes; a reset is a close."""
    data = b""
    try:
        while more := s.recv(65536):
            data += more
    except ConnectionError:
        pass
    return data


# -- honest clients


def test_connections_are_kept_and_requests_pipelined(serve):
    server = serve(workers=1)
    with server.connect() as s:
        s.sendall(GET + b"HEAD /large HTTP/1.1\r\nHost: h\r\n\r\n" + b"GET /who/a%2Fb?q=1+2 HTTP/1.1\r\nHost: h\r\n\r\n")
        assert answer(s)[2] == b"{}"
        status, fields, _ = answer(s, head=True)
        assert status == 200 and fields["content-length"] == "8388608"
        who = json.loads(answer(s)[2])
        assert who == {"peer": "127.0.0.1", "tls": False, "subject": None, "worker": 0, "q": "1 2", "name": "a/b"}
        s.sendall(b"DELETE /it HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        status, fields, _ = answer(s)
        assert status == 204 and fields["connection"] == "close" and "content-length" not in fields
        assert s.recv(1) == b""


def test_a_deep_pipeline_is_answered_in_order(serve):
    server = serve(workers=1)
    with server.connect() as s:
        s.sendall(b"".join(b"GET /who?q=%d HTTP/1.1\r\nHost: h\r\n\r\n" % i for i in range(2000)))
        for i in range(2000):
            assert json.loads(answer(s)[2])["q"] == str(i)


def test_a_client_that_has_said_all_still_gets_its_answers(serve):
    server = serve(workers=1)
    with server.connect() as s:
        s.sendall(GET + GET)
        s.shutdown(socket.SHUT_WR)
        assert answer(s)[0] == 200 and answer(s)[0] == 200
        assert s.recv(1) == b""


def test_http_1_0_closes_unless_asked(serve):
    server = serve(workers=1)
    with server.connect() as s:
        s.sendall(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert answer(s)[1]["connection"] == "keep-alive"
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert answer(s)[1]["connection"] == "close"
        assert s.recv(1) == b""


@pytest.mark.parametrize("form", ["length", "chunked"])
def test_a_body_waits_for_100_continue(serve, form):
    server = serve(workers=1)
    head = b"Content-Length: 5" if form == "length" else b"Transfer-Encoding: chunked"
    body = b"hello" if form == "length" else b"5\r\nhello\r\n0\r\n\r\n"
    with server.connect() as s:
        for _ in range(2):
            s.sendall(b"POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n" + head + b"\r\n\r\n")
            assert answer(s)[0] == 100
            s.sendall(body)
            assert answer(s)[2] == b"hello"


LENGTH = b"Content-Length: 1000000\r\n"


@pytest.mark.parametrize("framing", [LENGTH, b"Transfer-Encoding: chunked\r\n", LENGTH + b"Expect: 100-continue\r\n"],
                         ids=["length", "chunked", "expect"])
def test_a_body_that_nobody_takes_is_not_waited_for(serve, framing):
    server = serve(workers=1, connections=1, request_timeout_ms=60000)
    for status, head in ((404, b"POST /none HTTP/1.1\r\n"), (405, b"PUT /echo HTTP/1.1\r\n"),
                         (401, b"POST /closed/x HTTP/1.1\r\n"), (400, b"POST /%zz HTTP/1.1\r\n")):
        with server.connect() as s:
            s.sendall(head + b"Host: h\r\n" + framing + b"\r\n")
            said, fields, _ = answer(s)
            assert said == status and fields["connection"] == "close"
        server.still_serves()


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_who_asks_is_asked_once_and_remembered_until_the_body_is_in(serve, chunked):
    server = serve(workers=1)
    head = b"POST /closed/%s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n" + (
        b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: 100000\r\n\r\n")
    bodies = [bytes([letter]) * 100000 for letter in b"abc"]
    clients = [server.connect() for _ in bodies]
    for n, s in enumerate(clients):
        s.sendall(head % ((b"name%d" % n,) * 3))
        process.wait_until(lambda: server.lines().count("authorize") == n + 1, 10, every=0.002)
    for start in range(0, 100000, 10000):
        for s, body in zip(clients, bodies):
            piece = body[start : start + 10000]
            s.sendall(b"2710;" + b"x" * 200 + b"\r\n" + piece + b"\r\n" if chunked else piece)
    for n, s in enumerate(clients):
        s.sendall(b"0\r\n\r\n" if chunked else b"")
        name = b"name%d" % n
        assert answer(s)[2] == b" ".join((name, name, name, bodies[n]))
        s.sendall(GET)  # and the connection goes on
        assert answer(s)[0] == 200
        s.close()
    assert server.lines().count("authorize") == len(clients)


def test_bodies_that_are_not_whole_take_no_more_memory_than_all_may(serve):
    server = serve(workers=2, request_timeout_ms=60000, body_total_bytes=2100000)
    big = POST + b"Content-Length: 1000000\r\n\r\n"
    holders = [server.connect() for _ in range(2)]
    for s in holders:
        s.sendall(big.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert answer(s)[0] == 100  # so its memory is held
    for more in (big + b"x" * 70000, CHUNKED + b"40000\r\n" + b"x" * 0x40000):
        with server.connect() as s:
            send_what_is_taken(s, more)
            status, fields, body = answer(s)
            assert (status, fields["connection"], fields["retry-after"]) == (503, "close", "1")
            assert json.loads(body)["error_code"] == 503
    server.still_serves()
    for s in holders:
        s.sendall(b"x" * 1000000)
        assert answer(s)[2] == b"x" * 1000000
        s.close()
    for _ in range(5):  # what was held is given back, however a request ends
        with server.connect() as gone:
            gone.sendall(big)
        with server.connect() as s:
            s.sendall(big + b"y" * 1000000)
            assert answer(s)[2] == b"y" * 1000000


def test_large_bodies_and_answers_pass_whole(serve):
    server = serve(workers=1)
    body = os.urandom(1024 * 1024)
    with server.connect() as s:
        s.sendall(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert answer(s)[2] == body
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (body[i : i + 777] for i in range(0, len(body), 777)))
        s.sendall(b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
        assert answer(s)[2] == body
        s.sendall(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        assert len(answer(s)[2]) == 8 * 1024 * 1024


def test_a_request_byte_by_byte(serve):
    server = serve(workers=1)
    with server.connect() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok":
            s.sendall(bytes([byte]))
        assert answer(s)[2] == b"ok"


# -- the others: every line is answered 4xx or closed, in bounded time, and the server goes on

POST = b"POST /echo HTTP/1.1\r\nHost: h\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
BAD = {
    "length-and-encoding": (400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "encoding-and-length": (400, POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    "two-lengths": (400, POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
    "same-length-twice": (400, POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    "length-list": (400, POST + b"Content-Length: 5, 5\r\n\r\nhello"),
    "negative-length": (400, POST + b"Content-Length: -5\r\n\r\nhello"),
    "garbage-length": (400, POST + b"Content-Length: five\r\n\r\nhello"),
    "space-before-colon": (400, POST + b"Content-Length : 5\r\n\r\nhello"),
    "folded-header": (400, POST + b"X: a\r\n b\r\n\r\n"),
    "bare-lf": (400, b"GET / HTTP/1.1\nHost: h\n\n"),
    "bare-cr": (400, b"GET / HTTP/1.1\rHost: h\r\r"),
    "nul-in-header": (400, b"GET / HTTP/1.1\r\nHost: h\0h\r\n\r\n"),
    "nul-in-target": (400, b"GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"),
    "no-host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "two-hosts": (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    "no-version": (400, b"GET /\r\n\r\n"),
    "http-2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "tls-hello": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500),
    "noise": (400, bytes(range(256)) * 16),
    "bad-escape": (400, b"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"),
    "cut-escape": (400, b"GET /%4 HTTP/1.1\r\nHost: h\r\n\r\n"),
    "nul-escape": (400, b"GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n"),
    "not-utf-8": (400, b"GET /%ff HTTP/1.1\r\nHost: h\r\n\r\n"),
    "overlong": (400, b"GET /%c0%af HTTP/1.1\r\nHost: h\r\n\r\n"),
    "bad-query": (400, b"GET /?a=%f HTTP/1.1\r\nHost: h\r\n\r\n"),
    "many-parameters": (400, b"GET /?" + b"a&" * 65 + b" HTTP/1.1\r\nHost: h\r\n\r\n"),
    "many-segments": (400, b"GET " + b"/a" * 65 + b" HTTP/1.1\r\nHost: h\r\n\r\n"),
    "unknown-encoding": (400, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "unknown-expectation": (400, POST + b"Expect: 200-ok\r\nContent-Length: 5\r\n\r\n"),
    "huge-chunk": (413, CHUNKED + b"7fffffff\r\n"),
    "overflowing-chunk": (400, CHUNKED + b"ffffffffffffffffff\r\nhello"),
    "negative-chunk": (400, CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n"),
    "long-chunk": (400, CHUNKED + b"5\r\nhello, hello\r\n0\r\n\r\n"),
    "endless-extension": (400, CHUNKED + b"5;" + b"x" * 100000),
    "endless-trailers": (431, CHUNKED + b"0\r\n" + b"T: v\r\n" * 10000),
    "sum-of-chunks": (413, CHUNKED + b"10000\r\n%s\r\n" % (b"x" * 65536) * 17),
    "large-body": (413, POST + b"Content-Length: 1048577\r\n\r\n" + b"x" * 1048577),
    "absurd-length": (413, POST + b"Content-Length: 99999999999999999999999\r\n\r\n"),
    "large-body-announced": (413, POST + b"Expect: 100-continue\r\nContent-Length: 1048577\r\n\r\n"),
    "large-header": (431, b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 1000000 + b"\r\n\r\n"),
    "endless-line": (431, b"G" * 1000000),
    "many-headers": (431, b"GET / HTTP/1.1\r\nHost: h\r\n" + b"a: b\r\n" * 2000 + b"\r\n"),
    "good-then-bad": (400, GET + b"GET / HTTP/9\r\n\r\n"),
    "slow-nothing": (None, b""),
    "unfinished-line": (408, b"GET / HT"),
    "unfinished-header": (408, b"GET / HTTP/1.1\r\nHost: h\r\n"),
    "unfinished-body": (408, POST + b"Content-Length: 5\r\n\r\nhell"),
    "unfinished-chunk": (408, CHUNKED + b"5\r\nhell"),
    "unfinished-trailer": (408, CHUNKED + b"5\r\nhello\r\n0\r\nT: v\r\n"),
}


def send_what_is_taken(s, data):
    """The other side may close in the middle: an answer that is there by then is still to be read."""
    try:
        s.sendall(data)
    except ConnectionError:
        pass


def test_bad_requests_are_refused_in_bounded_time(serve):
    # One slot: whoever comes next is served only when the one before has truly ended.
    patient = serve(workers=1, connections=1)
    hasty = serve(workers=1, connections=1, request_timeout_ms=600, idle_timeout_ms=600)
    for name, (status, data) in BAD.items():
        server = hasty if status in (None, 408) else patient  # what is not finished is waited for
        begin = time.monotonic()
        with server.connect() as s:
            send_what_is_taken(s, data)
            said = all_of(s)
        assert time.monotonic() - begin < SOON, name
        if status is None:
            assert said == b"", name
            continue
        last = said[said.rindex(b"HTTP/1.1 4") :]
        assert last.startswith(b"HTTP/1.1 %d " % status), f"{name}: {said[-300:]}"
        head, _, body = last.partition(b"\r\n\r\n")
        assert b"\r\nConnection: close" in head, name
        assert set(json.loads(body)) == {"error_code", "message"}, name
        server.still_serves()
    counts = [patient.end(), hasty.end()]
    assert sum(c["refused"] for c in counts) == sum(1 for status, _ in BAD.values() if status)
    assert all(c["connections_now"] <= 1 for c in counts)


def test_a_client_that_reads_only_when_all_is_sent_hears_its_refusal(serve):
    server = serve(workers=1)
    body = b"x" * (16 * 1024 * 1024)
    with server.connect() as s:
        s.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)  # not cut off in the middle
        assert answer(s)[0] == 413


def drip(s, first, piece):
    """Sends a byte or two each 50 ms until the other side says something; then all it says, and the time."""
    begin = time.monotonic()
    s.sendall(first)
    while not select.select([s], [], [], 0.05)[0]:
        assert time.monotonic() - begin < SOON
        send_what_is_taken(s, piece)
    return all_of(s), time.monotonic() - begin


@pytest.mark.parametrize("first, piece", [
    (b"", b"G"),
    (b"GET / HTTP/1.1\r\nHost: h\r\n", b"X: y\r\n"),
    (POST + b"Content-Length: 10000\r\n\r\n", b"x"),
    (CHUNKED, b"1\r\nx\r\n"),
], ids=["line", "header", "body", "chunks"])
def test_dripping_bytes_do_not_move_the_deadline(serve, first, piece):
    server = serve(workers=1, connections=1, request_timeout_ms=700)
    with server.connect() as s:
        said, seconds = drip(s, first, piece)
    assert said.startswith(b"HTTP/1.1 408 "), said
    assert 0.5 < seconds < SOON
    server.still_serves()


def test_a_client_that_never_closes_loses_its_slot(serve):
    server = serve(workers=1, connections=1, request_timeout_ms=700)
    with server.connect() as stubborn:
        stubborn.sendall(b"GET / HTTP/9\r\n\r\n")
        assert answer(stubborn)[0] == 400
        server.still_serves()


def test_a_client_that_does_not_read_loses_its_slot(serve):
    server = serve(workers=1, connections=1, request_timeout_ms=700)
    with server.connect() as deaf:
        deaf.sendall(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        server.still_serves()


def test_a_deadline_that_passed_while_the_worker_was_busy_is_forgiven(serve):
    server = serve(workers=1, request_timeout_ms=1500)
    with server.connect() as late, server.connect() as slow:
        late.sendall(GET[:10])
        slow.sendall(b"GET /slow?ms=2500 HTTP/1.1\r\nHost: h\r\n\r\n")
        process.wait_until(lambda: "slow" in server.lines(), 10, every=0.002)
        late.sendall(GET[10:])
        assert answer(slow)[0] == 200
        assert answer(late)[0] == 200


def test_a_handler_slower_than_the_deadline_takes_nothing_from_its_client(serve):
    server = serve(workers=1, request_timeout_ms=1500)
    with server.connect() as s:
        for _ in range(2):
            s.sendall(b"GET /slow?ms=2000 HTTP/1.1\r\nHost: h\r\n\r\n"
                      b"GET /slow-large?ms=2000 HTTP/1.1\r\nHost: h\r\n\r\n")
            assert answer(s)[2] == b"{}"
            assert len(answer(s)[2]) == 8 * 1024 * 1024


def test_clients_that_vanish_leave_nothing_behind(serve):
    server = serve(workers=2, connections=50, request_timeout_ms=2000)
    whole = POST + b"Content-Length: 5\r\n\r\nhello" + b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n"
    for cut in range(len(whole) + 1):
        with server.connect() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # the close is a reset
            s.sendall(whole[:cut])
            if cut % 3 == 0 and cut > len(POST) + 26:
                s.recv(10)
    counts = b"GET /counts HTTP/1.1\r\nHost: h\r\n\r\n"
    process.wait_until(lambda: json.loads(server.ask(counts)[2])["connections_now"] == 1, 30)


# -- many


def test_beyond_the_limit_clients_wait_for_their_turn(serve):
    server = serve(workers=3, connections=4, idle_timeout_ms=60000)
    inside = [server.connect() for _ in range(4)]
    for s in inside:
        s.sendall(GET)
        assert answer(s)[0] == 200
    outside = [server.connect() for _ in range(12)]
    for s in outside:
        s.sendall(GET)
    assert select.select(outside, [], [], 0.5)[0] == []
    for _ in range(12):
        inside.pop(0).close()
        ready = select.select(outside, [], [], SOON)[0]
        assert len(ready) == 1
        assert answer(ready[0])[0] == 200
        outside.remove(ready[0])
        inside.append(ready[0])
    for s in inside:
        s.close()


async def one_client(port, context, request=b"GET /who HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"):
    names = {"server_hostname": "localhost", "ssl_handshake_timeout": 100} if context else {}
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, **names)
    writer.write(request)
    said = await reader.read()
    writer.close()
    return said


async def many_clients(count, port, context):
    return await asyncio.wait_for(asyncio.gather(*(one_client(port, context) for _ in range(count))), 150)


def make_certificates(folder):
    """A CA, a certificate of the server and one of a client; and a client's that signed itself."""
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], cwd=folder, check=True, capture_output=True, timeout=60)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA")
    openssl("req", "-x509", *new, "-keyout", "other.key", "-out", "other.pem", "-subj", "/CN=other")
    for name, subject in (("server", "/CN=localhost"), ("client", "/O=Health/CN=moh")):
        (folder / f"{name}.ext").write_text("subjectAltName=DNS:localhost\n")
        openssl("req", *new[:5], "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", f"{name}.ext", "-out", f"{name}.pem")
    return folder


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("tls"))


def tls_options(folder, **more):
    return {"certificate": folder / "server.pem", "key": folder / "server.key", **more}


def client_context(folder, name=None):
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    if name:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


def tls_connect(server, context):
    return context.wrap_socket(server.connect(), server_hostname="localhost")


def test_a_thousand_tls_clients_at_once_are_all_served(serve, certificates):
    server = serve(workers=2, connections=200, request_timeout_ms=20000, **tls_options(certificates))
    said = asyncio.run(many_clients(1000, server.port, client_context(certificates)))
    assert all(s.startswith(b"HTTP/1.1 200 ") and b'"tls":true' in s for s in said)
    counts = server.end()
    assert counts["requests"] == 1000 and counts["ok"] == 1000


def test_few_slots_serve_many_workers_and_clients(serve):
    server = serve(workers=4, connections=2)
    said = asyncio.run(many_clients(500, server.port, None))
    assert all(s.startswith(b"HTTP/1.1 200 ") for s in said)
    assert server.end()["requests"] == 500


def test_without_file_descriptors_clients_wait(serve):
    server = serve(under=["prlimit", "--nofile=24"], workers=2, connections=200)
    said = asyncio.run(many_clients(150, server.port, None))
    assert all(s.startswith(b"HTTP/1.1 200 ") for s in said)
    assert any("http_accept_failed" in line for line in server.lines())


# -- TLS


def test_tls_keeps_connections_and_carries_large_bodies(serve, certificates):
    server = serve(workers=1, **tls_options(certificates))
    body = os.urandom(1024 * 1024)
    with tls_connect(server, client_context(certificates)) as s:
        for _ in range(3):
            s.sendall(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            assert answer(s)[2] == body
        s.sendall(b"GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert len(answer(s)[2]) == 8 * 1024 * 1024
        assert s.recv(1) == b""  # with a close_notify: else this is an SSLError


def test_bad_handshakes_hurt_nobody_else(serve, certificates):
    server = serve(workers=1, request_timeout_ms=2000, **tls_options(certificates))
    context = client_context(certificates)
    hello = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = hello.read()
    with tls_connect(server, context) as honest:
        for bad in (GET, b"\0" * 1000, hello[:50], hello[:-1] + b"\xff", hello + b"\x17\x03\x03\x00\x05hello",
                    b"\x16\x03\x03\xff\xff" + b"x" * 70000, hello + hello, b""):
            with server.connect() as s:
                send_what_is_taken(s, bad)
                begin = time.monotonic()
                all_of(s)
                assert time.monotonic() - begin < SOON
            with server.connect() as s:
                send_what_is_taken(s, bad)  # and away in the middle
            honest.sendall(GET)
            assert answer(honest)[0] == 200
    assert server.end()["refused"] == 0


def test_old_tls_is_refused(serve, certificates):
    server = serve(workers=1, **tls_options(certificates))
    context = client_context(certificates)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        tls_connect(server, context)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = client_context(certificates)
        context.minimum_version = context.maximum_version = version
        with tls_connect(server, context) as s:
            s.sendall(GET)
            assert answer(s)[0] == 200


def who(server, context):
    with tls_connect(server, context) as s:
        s.sendall(b"GET /who HTTP/1.1\r\nHost: h\r\n\r\n")
        return json.loads(answer(s)[2])["subject"]


def test_certificates_of_clients(serve, certificates):
    optional = serve(workers=1, **tls_options(certificates, client_ca=certificates / "ca.pem", client_certificate=1))
    required = serve(workers=1, **tls_options(certificates, client_ca=certificates / "ca.pem", client_certificate=2))
    assert who(optional, client_context(certificates)) is None
    for server in (optional, required):
        assert who(server, client_context(certificates, "client")) == "CN=moh,O=Health"
        with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
            who(server, client_context(certificates, "other"))
    with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
        who(required, client_context(certificates))


def test_a_session_with_a_certificate_is_resumed(serve, certificates):
    server = serve(workers=2, **tls_options(certificates, client_ca=certificates / "ca.pem", client_certificate=2))
    context = client_context(certificates, "client")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with tls_connect(server, context) as s:
        session = s.session
    with context.wrap_socket(server.connect(), server_hostname="localhost", session=session) as s:
        assert s.session_reused
        s.sendall(b"GET /who HTTP/1.1\r\nHost: h\r\n\r\n")
        assert json.loads(answer(s)[2])["subject"] == "CN=moh,O=Health"


# -- start and stop


def refuses_to_start(**options):
    done = subprocess.run([TOOL, *(f"{k}={v}" for k, v in options.items())], capture_output=True, text=True, timeout=30,
                          env={**os.environ, **engine.SANITIZERS})
    assert done.returncode == 1 and done.stderr.startswith("http_tool: bad_config: "), done.stderr
    return done.stderr


def test_a_wrong_configuration_does_not_start(serve, certificates):
    server = serve(workers=1)
    assert "in use" in refuses_to_start(listen=f"127.0.0.1:{server.port}")
    for listen in ("", "8081", "127.0.0.1", ":8081", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999", "::1:80", "[]:80"):
        refuses_to_start(listen=listen)
    for name in ("workers", "connections", "header_bytes", "body_bytes", "request_timeout_ms", "idle_timeout_ms"):
        assert name in refuses_to_start(**{name: 0})
    refuses_to_start(certificate=certificates / "server.pem")
    refuses_to_start(certificate=certificates / "none.pem", key=certificates / "server.key")
    refuses_to_start(certificate=certificates / "server.pem", key=certificates / "client.key")
    refuses_to_start(**tls_options(certificates, client_certificate=2))
    refuses_to_start(**tls_options(certificates, client_certificate=1, client_ca=certificates / "ca.key"))
    refuses_to_start(client_certificate=2, client_ca=certificates / "ca.pem")
    server.still_serves()


def refuses(server):
    try:
        server.connect().close()
    except ConnectionError:
        return True
    return False


def test_a_request_under_way_at_the_end_gets_its_answer(serve):
    server = serve(workers=2, drain_ms=120000, request_timeout_ms=60000)
    with server.connect(60) as slow, server.connect(60) as half, server.connect(60) as idle:
        half.sendall(GET[:10])
        idle.sendall(GET)
        assert answer(idle)[0] == 200
        slow.sendall(b"GET /slow?ms=2000 HTTP/1.1\r\nHost: h\r\n\r\n")
        process.wait_until(lambda: "slow" in server.lines(), 30, every=0.005)
        server.term()
        status, fields, body = answer(slow)
        assert (status, fields["connection"], body) == (200, "close", b"{}")
        assert idle.recv(1) == b""
        half.sendall(GET[10:])
        assert answer(half)[1]["connection"] == "close"
        process.wait_until(lambda: refuses(server), 30, "nobody is let in any more")
        slow.close(), half.close()
        assert server.process.wait(60) == 0, "with nobody left it ends, long before the drain's time is over"


def test_a_request_that_came_while_the_worker_was_busy_is_answered_at_the_end(serve):
    server = serve(workers=1)
    with server.connect() as slow, server.connect() as idle:
        idle.sendall(GET)
        assert answer(idle)[0] == 200
        slow.sendall(b"GET /slow?ms=2500 HTTP/1.1\r\nHost: h\r\n\r\n")
        process.wait_until(lambda: "slow" in server.lines(), 30, every=0.002)
        idle.sendall(GET)
        server.term()
        assert answer(slow)[0] == 200
        assert answer(idle)[1]["connection"] == "close"


def test_a_drain_ends_in_its_time_whatever_clients_do(serve):
    server = serve(workers=2, drain_ms=300, request_timeout_ms=60000)
    with server.connect() as half:
        half.sendall(GET[:10])
        server.still_serves()  # so the half is in
        begin = time.monotonic()
        server.term()
        assert server.process.wait(30) == 0
        assert time.monotonic() - begin < 30
        assert all_of(half) == b""


def test_a_drain_does_not_wait_for_one_that_was_writing_when_it_began(serve):
    server = serve(workers=1, drain_ms=60000)
    with server.connect() as s:
        s.sendall(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        assert s.recv(1)  # it is being written
        server.term()
        process.wait_until(lambda: refuses(server), 10, "the drain has begun")
        begin = time.monotonic()
        assert len(all_of(s)) > 8 * 1024 * 1024
        assert server.process.wait(30) == 0
        assert time.monotonic() - begin < 20
