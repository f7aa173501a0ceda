# SPDX-License-Identifier: Apache-2.0
"""A receiver of webhooks that answers as the request's path says, well or badly, and remembers what came."""

import contextlib
import socket
import struct
import threading

CHUNK = b"10\r\n" + b"x" * 16 + b"\r\n"


class Request:
    def __init__(self, head, body):
        first, *lines = head.decode().split("\r\n")
        self.method, self.target, self.version = first.split(" ")
        self.path = self.target.partition("?")[0]
        self.fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines if line]
        self.headers = {name.lower(): value for name, value in self.fields}
        self.body = body


class Receiver:
    """/status/N answers N; the other paths are the methods below."""

    def __init__(self, address="127.0.0.1", context=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.bind((address, 0))
        self.listener.listen(1024)
        self.address, self.context = address, context
        self.port = self.listener.getsockname()[1]
        self.connections, self.requests = 0, []
        self.ended = threading.Event()
        self.lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path, host=None, scheme=None):
        host = host or (f"[{self.address}]" if ":" in self.address else self.address)
        return f"{scheme or ('https' if self.context else 'http')}://{host}:{self.port}{path}"

    def close(self):
        self.ended.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def of(self, path):
        with self.lock:
            return [request for request in self.requests if request.path == path]

    def _accept(self):
        while not self.ended.is_set():
            try:
                s = self.listener.accept()[0]
            except OSError:
                return
            with self.lock:
                self.connections += 1
            threading.Thread(target=self._serve, args=(s,), daemon=True).start()

    def _serve(self, s):
        with contextlib.suppress(OSError), s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.context:
                s = self.context.wrap_socket(s, server_side=True)
            while request := self._read(s):
                with self.lock:
                    self.requests.append(request)
                action, _, word = request.path[1:].partition("/")
                if not getattr(self, action)(s, request, word):
                    return

    def _read(self, s):
        data = b""
        while b"\r\n\r\n" not in data:
            more = s.recv(65536)
            if not more:
                return None
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        request = Request(head, b"")
        while len(body) < int(request.headers.get("content-length", 0)):
            body += s.recv(65536)
        request.body = body
        return request

    # -- what paths do; True keeps the connection

    def status(self, s, request, word):
        body = b"" if word in ("204", "304") else b"thanks\n"
        length = "" if word == "204" else f"Content-Length: {len(body)}\r\n"
        s.sendall(f"HTTP/1.1 {word} Word\r\n{length}\r\n".encode() + body)
        return True

    def retry(self, s, request, word):
        """/retry/N?TEXT: status N with the query as Retry-After."""
        value = request.target.partition("?")[2].replace("%20", " ")
        s.sendall(f"HTTP/1.1 {word} Later\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n".encode())
        return True

    def redirect(self, s, request, word):
        s.sendall(f"HTTP/1.1 {word} Elsewhere\r\nLocation: {self.url('/status/200')}\r\nContent-Length: 0\r\n\r\n".encode())
        return True

    def interim(self, s, request, word):
        s.sendall(b"HTTP/1.1 103 Early\r\nRetry-After: 99\r\n\r\nHTTP/1.1 100 Go\r\n\r\n")
        s.sendall(f"HTTP/1.1 {word} Done\r\nContent-Length: 0\r\n\r\n".encode())
        return True

    def old(self, s, request, word):
        s.sendall(f"HTTP/1.0 {word} Old\r\n\r\nuntil the close".encode())

    def large(self, s, request, word):
        s.sendall(f"HTTP/1.1 {word} Page\r\nContent-Length: 1000000\r\n\r\n".encode() + b"x" * 1000000)
        return True

    def endless(self, s, request, word):
        s.sendall(f"HTTP/1.1 {word} Endless\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        while not self.ended.is_set():
            s.sendall(CHUNK * 64)

    def drip(self, s, request, word):
        s.sendall(f"HTTP/1.1 {word} Slow\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        while not self.ended.wait(0.02):
            s.sendall(b"1\r\nx\r\n")

    def drip_header(self, s, request, word):
        s.sendall(b"HTTP/1.1 200 Slow\r\nX-Long: ")
        while not self.ended.wait(0.02):
            s.sendall(b"x")

    def endless_header(self, s, request, word):
        s.sendall(b"HTTP/1.1 200 Long\r\n")
        while not self.ended.is_set():
            s.sendall(b"X-More: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n" * 64)

    def endless_interim(self, s, request, word):
        while not self.ended.is_set():
            s.sendall(b"HTTP/1.1 102 Processing\r\n\r\n" * 64)

    def hang(self, s, request, word):
        self.ended.wait()

    def cut(self, s, request, word):
        """A reset in the middle of the answer."""
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close_early(self, s, request, word):
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    def silent(self, s, request, word):
        pass

    def garbage(self, s, request, word):
        s.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")

    def cookie(self, s, request, word):
        s.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nWWW-Authenticate: Basic realm=x\r\n"
                  b"Strict-Transport-Security: max-age=31536000\r\nAlt-Svc: h2=\":1\"\r\nContent-Length: 0\r\n\r\n")
        return True

    def bye(self, s, request, word):
        s.sendall(f"HTTP/1.1 {word} OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode())
