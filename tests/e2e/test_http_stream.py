# SPDX-License-Identifier: Apache-2.0
"""Event streams of base/http: bounded, without an end of their own, and ended by whoever has enough of them."""

import json
import socket
import time

from kit import process
from kit.http_tool import SOON, all_of, answer


def opened(server, query="", rcvbuf=None):
    s = socket.socket()
    if rcvbuf is not None:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    s.settimeout(SOON)
    s.connect(("127.0.0.1", server.port))
    s.sendall(f"GET /events{query} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    return s


def read_until(s, text):
    data = b""
    while text not in data:
        more = s.recv(65536)
        assert more, data
        data += more
    return data


def counts(server):
    return json.loads(server.ask(b"GET /counts HTTP/1.1\r\nHost: h\r\n\r\n")[2])


def overs(server):
    return server.lines().count("over")


def test_a_stream_is_told_until_its_client_goes(serve):
    server = serve(workers=1)
    with opened(server, "?bytes=3&each=5") as s:
        said = read_until(s, b"event: told\ndata: xxxxx\n\n").decode()
        head, body = said.split("\r\n\r\n", 1)
        assert head.startswith("HTTP/1.1 200 OK\r\n") and "Content-Type: text/event-stream; charset=utf-8" in head
        assert "Content-Length" not in head and "Connection: close" in head
        assert body.startswith("retry: 2000\n\nevent: told\ndata: xxx\n\n")
        assert counts(server)["streams_now"] == 1
    process.wait_until(lambda: overs(server) == 1, SOON, "the stream has ended with its client")
    assert counts(server)["streams_now"] == 0


def test_a_client_that_does_not_read_is_cut_off(serve):
    server = serve(workers=1)
    with opened(server, "?each=15000", rcvbuf=4096) as mute, opened(server, "?each=15000") as reader:
        read_until(mute, b"data: \n\n")
        process.wait_until(lambda: read_until(reader, b"\n\n") and overs(server) == 1, SOON, "it is cut off")
        assert counts(server)["streams_now"] == 1
        all_of(mute)


def test_what_is_no_stream_after_all_ends_at_once(serve):
    server = serve(workers=1)
    with server.connect() as s:
        s.sendall(b"HEAD /events HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")
        status, fields, _ = answer(s, head=True)
        assert (status, fields["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert answer(s)[2] == b"{}"
    assert server.ask(b"GET /events?fail HTTP/1.1\r\nHost: h\r\n\r\n")[0] == 409
    with opened(server, "?bytes=20000") as too_large, opened(server, "?end") as ended, opened(server) as talks:
        assert b"event: told" not in all_of(too_large)
        assert b"event: told" in all_of(ended)
        read_until(talks, b"data: \n\n")
        talks.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"HTTP/1.1" not in all_of(talks)
    process.wait_until(lambda: overs(server) == 5, SOON, "all have ended")
    server.still_serves()


def test_streams_end_with_the_server(serve):
    server = serve(workers=2, drain_ms=120000)
    streams = [opened(server) for _ in range(20)]
    for s in streams:
        read_until(s, b"data: \n\n")
    begin = time.monotonic()
    server.term()
    assert server.process.wait(60) == 0
    assert time.monotonic() - begin < 60 and overs(server) == 20  # long before the drain's time is over
    for s in streams:
        assert all_of(s) == b""
        s.close()
