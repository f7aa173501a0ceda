# SPDX-License-Identifier: Apache-2.0
"""The registry under load: wrk for the closed loop, h2load for the open one, `GET /` of the same server as the floor.

Prints for each operation and number of connections: requests a second, p99, the server's CPU-seconds and what a request
costs of them. PostgreSQL's CPU is printed beside them: a cached look-up must cost it nothing."""

import json
import pathlib
import re
import statistics
import subprocess
import tempfile

from kit import engine, paths, process
from kit.registry import Registry
from kit.servers import Servers

from ground import POSTGRES, emit
from measure import family_cpu_s, process_cpu_s, say
from workloads import rounded

SUBJECT = "bench.residents-value"
TYPES = "application/vnd.schemaregistry.v1+json"
STRUCTURE = json.loads((pathlib.Path(__file__).parent / "typical.avsc").read_text())

LUA_GET = 'wrk.headers["Accept"] = "{types}"\n'
LUA_POST = LUA_GET + """wrk.method = "POST"
wrk.headers["Content-Type"] = "{types}"
wrk.body = {body}
"""
# Each request has a schema of its own: its doc differs.
LUA_REGISTER = LUA_GET + """wrk.method = "POST"
wrk.headers["Content-Type"] = "{types}"
local made = 0
request = function()
  made = made + 1
  local body = string.format('{{"schema":"{{\\\\"type\\\\":\\\\"record\\\\",\\\\"name\\\\":\\\\"R\\\\",\\\\"doc\\\\":\\\\"%d-{salt}\\\\",\\\\"fields\\\\":[]}}"}}', made)
  return wrk.format("POST", string.format("/subjects/bench-{salt}-%d/versions", made % 50), nil, body)
end
"""
CLOSE = """
done = function(summary, latency, requests)
  io.write(string.format('\\n{"requests": %d, "duration_us": %d, "p99_us": %d, "failed": %d}\\n', summary.requests, summary.duration,
    latency:percentile(99), summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout))
end
"""


class Bench:
    def __init__(self, options):
        self.options = options
        self.logs = paths.BUILD / "bench-logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.servers = Servers(self.logs, kafka=False, postgres_settings=POSTGRES)
        self.scratch = tempfile.TemporaryDirectory()

    def __enter__(self):
        say("starting PostgreSQL and the registry")
        self.servers.__enter__()
        self.postgres = self.servers.postgres
        self.database = self.postgres.create_database("bench_registry")
        nrc = engine.Nrc(self.postgres.dsn(self.database, "nrc"), "", program=self.options.build_folder / "ops" / "nrc",
                         NRC_LOG_LEVEL="warn")
        nrc.migrate()
        self.postgres.grant_roles()
        nrc.settings["NRC_LOG_LEVEL"] = "info"
        self.registry = Registry(nrc, self.logs / "registry.log").start()
        self.registry.wait_ready()
        for number in range(20):
            other = {**STRUCTURE, "doc": f"number {number}"}
            self.registry.post(f"/subjects/other-{number}/versions", {"schema": json.dumps(other)})
        self.id = self.registry.post(f"/subjects/{SUBJECT}/versions", {"schema": json.dumps(STRUCTURE)}).json["id"]
        self.registry.put("/config", {"compatibility": "NONE"})
        return self

    def __exit__(self, *what):
        self.registry.stop()
        self.servers.__exit__(*what)
        self.scratch.cleanup()

    def operations(self):
        known = json.dumps(json.dumps({"schema": json.dumps(STRUCTURE)}))
        return {
            "floor": ("/", LUA_GET.format(types=TYPES)),
            "by_id": (f"/schemas/ids/{self.id}", LUA_GET.format(types=TYPES)),
            "look_up": (f"/subjects/{SUBJECT}", LUA_POST.format(types=TYPES, body=known)),
            "known": (f"/subjects/{SUBJECT}/versions", LUA_POST.format(types=TYPES, body=known)),
            "register": ("/", None),
        }

    def cpu(self):
        return process_cpu_s(self.registry.pid), family_cpu_s(self.postgres.pid)

    def closed(self, operation, connections, seconds):
        path, lua = self.operations()[operation]
        if lua is None:
            lua = LUA_REGISTER.format(types=TYPES, salt=f"{connections}x{process.time.monotonic_ns()}")
        script = pathlib.Path(self.scratch.name) / "load.lua"
        script.write_text(lua + CLOSE)
        before = self.cpu()
        done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script,
                               self.registry.url + path], capture_output=True, text=True, check=True)
        after = self.cpu()
        got = json.loads(done.stdout.splitlines()[-1])
        server = after[0] - before[0]
        return {"workload": "registry", "operation": operation, "connections": connections, "loop": "closed",
                "requests": got["requests"], "requests_per_s": got["requests"] / (got["duration_us"] / 1e6),
                "p99_ms": got["p99_us"] / 1e3, "server_cpu_s": server, "postgres_cpu_s": after[1] - before[1],
                "requests_per_cpu_s": got["requests"] / max(server, 0.01), "failed": got["failed"],
                "verified": got["failed"] == 0 and got["requests"] > 0}

    def opened(self, operation, connections, rate, seconds):
        """At a fixed rate: h2load starts each request at its time, also when the server is late."""
        path, _ = self.operations()[operation]
        log = pathlib.Path(self.scratch.name) / "open.log"
        log.unlink(missing_ok=True)
        each = max(1, round(rate / connections))
        done = subprocess.run(["h2load", "--h1", "-t1", f"-c{connections}", f"--rps={each}", f"-D{seconds}", "--warm-up-time=1",
                               f"--log-file={log}", "-H", f"accept: {TYPES}", self.registry.url + path],
                              capture_output=True, text=True, check=True)
        failed = int(re.search(r"(\d+) failed", done.stdout)[1]) + int(re.search(r"(\d+) 4xx", done.stdout)[1])
        took_ms = sorted(int(line.split("\t")[2]) / 1e3 for line in log.read_text().splitlines())
        return {"workload": "registry", "operation": operation, "connections": connections, "loop": "open",
                "asked_per_s": each * connections, "requests": len(took_ms), "p50_ms": took_ms[len(took_ms) // 2],
                "p99_ms": took_ms[int(len(took_ms) * 0.99)], "failed": failed, "verified": failed == 0}


def run(options):
    answers = []
    with Bench(options) as bench:
        bench.closed("floor", 16, 2) # warms the caches
        for connections in options.connections:
            floors, cached = [], []
            for _ in range(options.runs):
                for operation in ("floor", "by_id"):
                    answers.append(bench.closed(operation, connections, options.load_seconds))
                    emit(rounded(answers[-1]))
                floors.append(answers[-2]["requests_per_cpu_s"])
                cached.append(answers[-1]["requests_per_cpu_s"])
            emit(rounded({"workload": "registry", "connections": connections,
                          "ratio_to_floor": statistics.median(c / f for c, f in zip(cached, floors))}))
            for operation in ("look_up", "known", "register"):
                answers.append(bench.closed(operation, connections, options.load_seconds))
                emit(rounded(answers[-1]))
                if operation != "register":
                    emit(rounded({"workload": "registry", "connections": connections, "operation": operation,
                                  "times_by_id": statistics.median(cached) / answers[-1]["requests_per_cpu_s"]}))
        peak = max(a["requests_per_s"] for a in answers if a["operation"] == "by_id")
        answers.append(bench.opened("by_id", 16, peak / 2, options.load_seconds))
        emit(rounded(answers[-1]))
    return 0 if all(a["verified"] for a in answers) else 1
