# SPDX-License-Identifier: Apache-2.0
"""A request that is broken, slow or left is answered 4xx or closed in bounded time, and the server goes on."""

import json
import select
import socket
import struct
import time

import pytest
from kit import process
from kit.http_tool import CHUNKED, GET, POST, SOON, all_of, answer, send_what_is_taken

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


def test_bad_requests_are_refused_in_bounded_time(serve):
    # One slot: the next client is served only when the connection before it has ended.
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
