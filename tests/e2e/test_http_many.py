# SPDX-License-Identifier: Apache-2.0
"""More clients than the server has slots or files for: they wait for their turn, and all are served."""

import asyncio
import select

from kit.http_tool import GET, SOON, answer, client_context, tls_options


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
