# SPDX-License-Identifier: Apache-2.0
"""A proxy before PostgreSQL's socket that breaks connections at the worst moments."""

import pathlib
import select
import socket
import threading


class CommitProxy:
    """Listens in a folder of its own; dsn() of the server with socket=proxy.folder goes through it.

    arm("lost_reply")    the next COMMIT reaches the server, its answer is swallowed and the connection cut
    arm("lost_request")  the next COMMIT never reaches the server, the connection is cut"""

    def __init__(self, run, server_socket, name="proxy"):
        self.folder = run.path / name
        self.folder.mkdir(mode=0o700)
        self.target = str(pathlib.Path(server_socket) / ".s.PGSQL.5432")
        self.mode = None
        self.hits = 0
        self.lock = threading.Lock()
        self.open = True
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.folder / ".s.PGSQL.5432"))
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, mode):
        with self.lock:
            self.mode = mode

    def close(self):
        self.open = False
        self.listener.close()

    def _take(self, data):
        """The armed mode, once, if these bytes from the client hold a COMMIT."""
        with self.lock:
            if self.mode is None or b"COMMIT" not in data:
                return None
            mode, self.mode = self.mode, None
            self.hits += 1
            return mode

    def _accept(self):
        while self.open:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self.target)
            self._pump(client, server)
        except OSError:
            pass
        finally:
            client.close()
            server.close()

    def _pump(self, client, server):
        while True:
            ready, _, _ = select.select([client, server], [], [])
            if client in ready:
                data = client.recv(1 << 16)
                if not data:
                    return
                mode = self._take(data)
                if mode == "lost_request":
                    return
                server.sendall(data)
                if mode == "lost_reply":
                    server.recv(1 << 16)
                    return
            if server in ready:
                data = server.recv(1 << 16)
                if not data:
                    return
                client.sendall(data)
