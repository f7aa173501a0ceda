# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL: its own cluster in a run folder, a unix socket that only its account and root reach, no TCP."""

import os
import pathlib
import secrets
import signal
import subprocess

from kit import paths, process

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")

SETTINGS = {
    "listen_addresses": "''",
    "port": "5432",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "fsync": "on",
    "autovacuum": "on",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "'%m [%p] %a '",
    "timezone": "'UTC'",
}


class PrivatePostgres:
    def __init__(self, run, log, settings=None, keep=None):
        """run: a paths.RunFolder. keep: identity file of a server that outlives us (the demo's)."""
        self.run = run
        self.data = run.path / "pg" / "data"
        self.socket = run.path / "pg" / "s"
        self.settings = {**SETTINGS, **(settings or {})}
        self.process = process.Process("postgres", log, keep)
        self.migrated = None  # a database that every register is a copy of, once the first was migrated

    # -- life

    def _tool(self, *argv):
        account = {}
        if os.geteuid() == 0:
            user = paths.server_user()
            account = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        done = subprocess.run([str(a) for a in argv], cwd=self.run.path, capture_output=True, text=True, **account)
        if done.returncode != 0:
            raise RuntimeError(f"{argv[0]} failed:\n{done.stdout}{done.stderr}")

    def create(self):
        top = self.run.owned("pg")
        self._tool(BIN / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                   "--locale=C.UTF-8", "-N")
        self._tool("/bin/mkdir", "-m", "0700", top / "s")
        with open(self.data / "postgresql.conf", "a") as conf:
            conf.write(f"unix_socket_directories = '{self.socket}'\n")
            for name, value in self.settings.items():
                conf.write(f"{name} = {value}\n")
        return self

    def start(self, timeout=60):
        if not self.data.exists():
            self.create()
        self.process.spawn([BIN / "postgres", "-D", self.data], user=paths.server_user(), cwd=self.run.path,
                           end_signal=signal.SIGQUIT)

        def ready():
            if not self.process.alive():
                raise RuntimeError(f"postgres ended:\n{self.process.log_tail()}")
            return self.answers()

        process.wait_until(ready, timeout, "PostgreSQL answers")
        return self

    def answers(self):
        return subprocess.run([BIN / "pg_isready", "-q", "-h", self.socket, "-p", "5432"]).returncode == 0

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.alive()

    def stop(self):
        """Fast shutdown: open transactions are rolled back, a checkpoint is written."""
        self.process.end(signal.SIGINT, 60)

    def stop_immediate(self):
        """Like a power cut for the server's processes: recovery runs at the next start."""
        self.process.end(signal.SIGQUIT, 30)

    def kill9(self):
        """SIGKILL to the postmaster and to each of its children."""
        children = process_children(self.pid)
        self.process.send(signal.SIGKILL)
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(10)
        process.wait_until(lambda: not any(process.start_time(p) for p in children), 10, "backends are gone")

    def restart(self):
        self.stop()
        self.start()

    def remove(self):
        self.stop()
        self.run.remove()

    # -- use

    def dsn(self, database="postgres", user="postgres", socket=None):
        return f"postgresql://{user}@/{database}?host={socket or self.socket}"

    def keywords(self, database="postgres", user="postgres"):
        """The same as libpq's keyword form, to which more can be appended."""
        return f"host={self.socket} port=5432 user={user} dbname={database}"

    def connect(self, database="postgres", user="postgres", **options):
        import psycopg

        return psycopg.connect(self.dsn(database, user), autocommit=True, **options)

    def sql(self, statement, parameters=None, database="postgres"):
        with self.connect(database) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def ensure_login(self, name="nrc"):
        """The login that deployments use: it may create roles and owns its database, and is no superuser."""
        if not self.sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)):
            self.sql(f"CREATE ROLE {name} LOGIN CREATEROLE")
        return name

    def create_database(self, name=None, owner="nrc"):
        name = name or f"t_{secrets.token_hex(4)}"
        self.ensure_login(owner)
        self.sql(f"CREATE DATABASE {name} OWNER {owner}")
        return name

    def copy_database(self, template, owner="nrc"):
        """A copy with the rights on the database itself, which PostgreSQL does not copy."""
        name = f"t_{secrets.token_hex(4)}"
        self.sql(f"CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}")
        for right, role in self.sql("SELECT privilege_type, grantee::regrole::text FROM pg_database, aclexplode(datacl)"
                                    " WHERE datname = %s AND grantee <> 0", (template,)):
            self.sql(f"GRANT {right} ON DATABASE {name} TO {role}")
        return name

    def grant_roles(self, login="nrc"):
        """The administrator's step after the first `nrc db migrate`: the login may take every role."""
        self.sql(f"GRANT nrc_ingest, nrc_registry, nrc_steward, nrc_monitor, nrc_reader, nrc_relay, nrc_watch, nrc_desk TO {login}")

    def drop_database(self, name):
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def backends(self, database, like="nrc%"):
        """Process ids of the engine's sessions."""
        rows = self.sql("SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name LIKE %s ORDER BY pid",
                        (database, like))
        return [row[0] for row in rows]


def process_children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(word) for word in task.read_text().split()]
    return found
