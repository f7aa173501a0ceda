# SPDX-License-Identifier: Apache-2.0
"""base/http/server.h from the outside: what honest clients need."""

import json
import os
import socket

import pytest
from kit import process
from kit.http_tool import CHUNKED, GET, POST, answer, send_what_is_taken


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
