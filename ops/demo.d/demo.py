# SPDX-License-Identifier: Apache-2.0
"""Starts, shows and stops the demo. What runs is known by identity files in build/demo, so a later call finds it."""

import fcntl
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import changes
import planted
from kit import engine, paths, process, stream
from kit.kafka import PrivateKafka
from kit.postgres import PrivatePostgres

HERE = pathlib.Path(__file__).resolve().parent
HOME = paths.BUILD / "demo"
LOGS = HOME / "log"
DATABASE, LOGIN = "nrc", "nrc"
COUNTS = ("received", "applied", "duplicate", "stale", "quarantined", "exempt")

AGENCIES = [
    ("ncsi", "National Centre for Statistics and Information", "المركز الوطني للإحصاء والمعلومات",
     "Information Systems", "Director of Information Systems"),
    ("mol", "Ministry of Labour", "وزارة العمل", "Labour", "Director General of Labour"),
    ("rop", "Royal Oman Police", "شرطة عُمان السلطانية", "Civil Status", "Director General of Civil Status"),
]
DATASETS = [
    # name, key, options
    ("ncsi.localities", "geonameid", []),
    ("rop.residents", "civil_no", ["--event-time", "updated_at"]),
    ("mol.permits", "permit_no", ["--event-time", "issued_at"]),
]
TITLES = {
    "ncsi.localities": ("Localities", "التجمعات السكانية"),
    "rop.residents": ("Residents", "المقيمون"),
    "mol.permits": ("Work permits", "تصاريح العمل"),
}
CONTRACTED = ("rop.residents", "mol.permits")  # the contract: HERE / rop.residents.yaml
PARTITIONS = 4
# Who may sign in at the page: name, person, the same in Arabic, role, options.
PEOPLE = [
    ("demo-operator", "Salim, operator", "سالم، مشغّل", "operator", []),
    ("demo-steward", "Huda, steward", "هدى، أمينة بيانات", "steward", []),
    ("demo-labour", "Maryam, Ministry of Labour", "مريم، وزارة العمل", "producer", ["--agency", "mol"]),
]


def say(text):
    print(f"demo: {text}", flush=True)


class Demo:
    def __init__(self):
        HOME.mkdir(parents=True, exist_ok=True)
        place = HOME / "run-folder"
        self.run_file = place
        self.people = HOME / "people.json"  # their secrets: of this demo, and gone with it
        self.run = paths.RunFolder(place.read_text().strip()) if place.exists() else None
        self.postgres = self._postgres() if self.run else None
        self.kafka = PrivateKafka(HOME / "kafka", LOGS / "kafka.log", keep=HOME / "kafka.pid", heap_mb=384)
        self.registry = process.Process("nrc registry", LOGS / "registry.log", keep=HOME / "registry.pid")
        self.ingest = process.Process("nrc ingest", LOGS / "ingest.log", keep=HOME / "ingest.pid")
        self.relay = process.Process("nrc relay", LOGS / "relay.log", keep=HOME / "relay.pid")
        self.monitor = process.Process("nrc monitor", LOGS / "monitor.log", keep=HOME / "monitor.pid")
        self.producer = process.Process("the producers", LOGS / "producers.log", keep=HOME / "producers.pid")

    def _postgres(self):
        return PrivatePostgres(self.run, LOGS / "postgres.log", keep=HOME / "postgres.pid")

    # -- what there is

    def parts(self):
        return {"PostgreSQL": self.postgres and self.postgres.alive(), "Kafka": self.kafka.alive(),
                "nrc registry": self.registry.alive(), "nrc ingest": self.ingest.alive(), "nrc relay": self.relay.alive(), "nrc monitor": self.monitor.alive(),
                "the producers": self.producer.alive()}

    def running(self):
        return all(self.parts().values())

    def dsn(self):
        return self.postgres.dsn(DATABASE, LOGIN)

    def nrc(self):
        return engine.Nrc(self.dsn(), self.kafka.bootstrap, engine.binary("release"))

    def change_nrc(self):
        """For commands that judge a webhook's address."""
        return engine.Nrc(self.dsn(), self.kafka.bootstrap, engine.binary("release"), NRC_RELAY_ALLOW="127.0.0.0/8")

    # -- start

    def build(self):
        say("building build/release")
        log = LOGS / "build.log"
        LOGS.mkdir(parents=True, exist_ok=True)
        with open(log, "wb") as out:
            for step in (["cmake", "--preset", "release"],
                         ["cmake", "--build", "--preset", "release", "--target", "nrc"]):
                if subprocess.run(step, cwd=ROOT, stdout=out, stderr=out).returncode:
                    raise RuntimeError("the build failed:\n" + "\n".join(
                        log.read_text(errors="replace").splitlines()[-30:]))

    def start_servers(self):
        self.run = paths.RunFolder()
        self.run_file.write_text(f"{self.run.path}\n")
        self.postgres = self._postgres()
        say("starting a private PostgreSQL")
        self.postgres.start()
        self.postgres.create_database(DATABASE, LOGIN)
        say("starting a private Kafka")
        self.kafka.start()
        for name, _, _ in DATASETS:
            self.kafka.create_topic(name, PARTITIONS)
        self.kafka.create_topic(changes.TOPIC, PARTITIONS)

    def register(self):
        say("migrating the register; adding agencies and datasets")
        nrc = self.nrc()
        nrc.migrate()
        self.postgres.grant_roles(LOGIN)
        for code, name, name_ar, division, head in AGENCIES:
            nrc.add_agency(code, name, name_ar, division=division, head=head)
        for name, key, options in DATASETS:
            nrc.add_dataset(name, *options, key=key, decided=True)
        for name, (title, title_ar) in TITLES.items():
            nrc.run("dataset", "edit", name, "--title", title, "--title-ar", title_ar, "--reason", "the demo")
        for name in CONTRACTED:
            nrc.run("contract", "apply", HERE / f"{name}.yaml")
        self.add_people()

    def start_stream(self):
        say("starting nrc registry, nrc ingest, nrc relay and the producers")
        nrc = self.nrc()
        self.registry.log.unlink(missing_ok=True)
        self.registry.spawn([nrc.program, "registry"], env=nrc.environment(NRC_REGISTRY_LISTEN="127.0.0.1:0",
                                                                           NRC_REGISTRY_ANONYMOUS="loopback"))
        process.wait_until(self.registry_url, 30, "the registry answers", every=0.05)
        self.ingest.spawn([nrc.program, "ingest"], env=nrc.environment(NRC_INGEST_LANES=2, NRC_INGEST_INSTANCE="demo"))
        self.relay.spawn([nrc.program, "relay"], env=nrc.environment(
            NRC_RELAY_ALLOW="127.0.0.0/8", NRC_RELAY_TOPIC=changes.TOPIC, NRC_REGISTRY_PUBLIC_URL=self.registry_url()))
        self.monitor.log.unlink(missing_ok=True)
        self.monitor.spawn([nrc.program, "monitor"], env=nrc.environment(NRC_MONITOR_EVERY_MS=5000, NRC_PAGE_LISTEN="127.0.0.1:0"))
        process.wait_until(self.page_url, 30, "the page answers", every=0.05)
        self.producer.spawn([sys.executable, HERE / "produce.py", "--bootstrap", self.kafka.bootstrap,
                             "--registry", self.registry_url(), "--expected", HOME / "expected.json"])

    def registry_url(self):
        return self.url_of(self.registry, "started", "127.0.0.1")

    def page_url(self):
        # A browser gives its cookie to this name without TLS, and to no other.
        return self.url_of(self.monitor, "page", "localhost")

    @staticmethod
    def url_of(daemon, event, host):
        """Its port stands in a line of its log; None: not yet."""
        if not daemon.alive():
            return None
        found = re.search(rf"event={event} .*port=(\d+)", daemon.log.read_text(errors="replace"))
        return f"http://{host}:{found[1]}" if found else None

    def add_people(self):
        secrets = {}
        for name, person, person_ar, role, options in PEOPLE:
            secrets[name] = self.nrc().json("account", "add", name, "--person", person, "--person-ar", person_ar, "--role", role,
                                            "--decision", "No. 2 of the demo", *options)["secret"]
        self.people.touch(mode=0o600)
        self.people.write_text(json.dumps(secrets))

    def follow(self):
        """Shows progress until everything there was has been sent and taken."""
        deadline = time.monotonic() + 600
        shown = 0.0
        while True:
            if not self.running():
                raise RuntimeError(f"stopped: {', '.join(n for n, alive in self.parts().items() if not alive)}")
            expected = self.expected()
            done = expected.get("phase") == "changes"
            if done and self.compare()[0]:
                return
            if time.monotonic() > deadline:
                raise RuntimeError("the register does not equal what was sent after ten minutes")
            if time.monotonic() - shown > 1:
                shown = time.monotonic()
                sent = sum(d["received"] for d in expected.get("datasets", {}).values())
                say(f"  sent {sent:>7,}   in the register {self.taken():>7,}")
            process.pause(0.1)

    def start(self):
        if self.running():
            say("already running (./ops/demo stop ends it)")
            return self.status()
        if any(self.parts().values()) or self.run:
            say("what is left of an earlier demo goes first")
            self.stop(quiet=True)
            self.__init__()
        began = time.monotonic()
        try:
            self.build()
            self.start_servers()
            self.register()
            self.start_stream()
            self.follow()
            say("the ministry of labour states how many permits it sent")
            planted.state_totals(self.nrc(), self.expected()["statements"])
            say("a change of each class, while the stream goes on")
            changes.play(self.change_nrc(), self.registry_url(), self.kafka.bootstrap, say)
        except BaseException as error:
            if not isinstance(error, KeyboardInterrupt):
                say(f"failed: {error}")
                for part in (self.registry, self.ingest, self.relay, self.monitor, self.producer):
                    if part.log_tail():
                        say(f"the end of {part.log.relative_to(ROOT)}:\n{part.log_tail(15)}")
            self.stop(quiet=True)
            return 1
        say(f"ready after {time.monotonic() - began:.0f} s\n")
        return self.status(everything=True)

    # -- look

    def expected(self):
        path = HOME / "expected.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def taken(self):
        return self.postgres.sql("SELECT coalesce(sum(received), 0)::bigint FROM nrc.ledger", database=DATABASE)[0][0]

    def actual(self):
        """The register's side of expected.json, in one snapshot."""
        found = {}
        with self.postgres.connect(DATABASE, LOGIN) as db:
            db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for name, _, _ in DATASETS:
                agency, dataset = name.split(".")
                of_it = ("SELECT d.id FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id"
                         f" WHERE a.code = '{agency}' AND d.name = '{dataset}'")
                sums = ", ".join(f"coalesce(sum({c}), 0)::bigint" for c in COUNTS)
                row = db.execute(f"SELECT {sums} FROM nrc.ledger WHERE dataset_id = ({of_it})").fetchone()
                reasons = db.execute("SELECT reason, count(*) FROM nrc.quarantine"
                                     f" WHERE dataset_id = ({of_it}) GROUP BY 1 ORDER BY 1").fetchall()
                live = db.execute(f'SELECT count(*) FROM "{agency}"."{dataset}"').fetchone()[0]
                rules = db.execute(
                    "SELECT k.name, sum(c.failed)::bigint, sum(c.evaluated)::bigint"
                    f" FROM nrc.measured(({of_it}), 'day', '-infinity', 'infinity') m"
                    " CROSS JOIN LATERAL nrc.rule_counts(m.keys, m.counts) c JOIN nrc.rule k ON k.id = c.rule_id GROUP BY 1").fetchall()
                found[name] = {"live_keys": live, **dict(zip(COUNTS, row)), "reasons": dict(reasons),
                               "rules": {name: {"failed": failed, "evaluated": of} for name, failed, of in rules}}
        return found

    def compare(self, timeout=0.0):
        """(equal, sent, register). The stream goes on, so a difference is looked at again until time is up."""
        deadline = time.monotonic() + timeout
        while True:
            expected, actual = self.expected().get("datasets", {}), self.actual()
            if expected == actual or time.monotonic() > deadline:
                return expected == actual, expected, actual
            process.pause(0.05)

    def status(self, everything=False):
        parts = self.parts()
        if not any(parts.values()):
            say("not running; start it with ./ops/demo")
            return 1
        for name, alive in parts.items():
            print(f"  {name:14} {'running' if alive else 'NOT RUNNING'}")
        if not (parts["PostgreSQL"] and parts["Kafka"]):
            return 1
        balanced, expected, actual = self.compare(timeout=10)
        heads = ("dataset", "", "live keys", *COUNTS)
        print("\n  " + "".join(f"{h:>12}" if i > 1 else f"{h:17}" if i == 0 else f"{h:10}" for i, h in enumerate(heads)))
        for name in actual:
            for who, side in (("sent", expected.get(name, {})), ("register", actual[name])):
                print(f"  {name:17}{who:10}" + "".join(f"{side.get(k, 0):>12,}" for k in ("live_keys", *COUNTS)))
        nrc = self.nrc()
        all_caught = True
        if everything:
            print("\nQuarantined in rop.residents, by reason:")
            for reason, count in actual["rop.residents"]["reasons"].items():
                print(f"  {count:>5}  {reason}")
            self.show(nrc, "quarantine", "list", head=12)
            self.show(nrc, "freshness")
            self.show(nrc, "lag")
            self.show(nrc, "quality")
            for name in CONTRACTED:
                self.show(nrc, "quality", name, "--explain")
        self.show(nrc, "incident", "list")
        print("  One event in 500 of rop.residents is broken on purpose. What that opens closes by itself with the good events\n"
              "  after it; the more often it comes back, the longer it stays open: `nrc incident list --all`, `nrc incident show ID`.")
        verified = self.show(nrc, "ledger", "verify") == 0
        if everything:
            all_caught = self.show_planted(nrc)
        print(f"\n{'balanced' if balanced and verified else 'NOT BALANCED'}: the register "
              f"{'equals' if balanced else 'differs from'} what was sent; the stream goes on.")
        print('\nLook further:  eval "$(./ops/demo env)"; psql "$NRC_REGISTER_DSN" -c "SELECT count(*) FROM ncsi.localities"'
              "\n               build/release/ops/nrc lag; build/release/ops/nrc quarantine list"
              '\n               curl "$NRC_REGISTRY_URL/subjects"' 
              "\nEnd it:        ./ops/demo stop")
        self.show_page()
        return 0 if balanced and verified and all_caught and all(parts.values()) else 1

    def show_page(self):
        if self.page_url() and self.people.exists():
            secrets = json.loads(self.people.read_text())
            print(f"\nThe page:      {self.page_url()}/   which source is worst, since when, why, and what to do")
            for name, person, *_ in PEOPLE:
                print(f"               sign in as {name:14} with {secrets[name]}   ({person})")

    @staticmethod
    def show_planted(nrc):
        """What is wrong on purpose, and which part of a score tells of it: all of it, and nothing else."""
        caught, missed, strange = planted.judge_when_ready(nrc)
        print("\nPlanted, and caught (contracts: ops/demo.d/*.yaml):\n")
        for line in planted.lines(caught, sys.stdout.isatty()):
            print(f"  {line}")
        for row in missed:
            print(f"  NOT CAUGHT: {row.what} ({row.dataset}, {row.part})")
        for (dataset, dimension, part), (score, bad) in strange.items():
            print(f"  NOT PLANTED: {dataset}, {dimension}, {part}: {score}, {bad} times")
        print(f"\n  {len(caught)} of {len(planted.TABLE)} planted faults caught, {len(strange)} that nobody planted")
        return not missed and not strange

    @staticmethod
    def show(nrc, *args, head=None):
        print(f"\n$ nrc {' '.join(args)}")
        done = nrc.run(*args, ok=None)
        lines = (done.stdout + done.stderr).rstrip().splitlines()
        print("\n".join("  " + line for line in lines[:head]))
        if head and len(lines) > head:
            print(f"  … {len(lines) - head} more")
        return done.returncode

    def env(self):
        if not (self.postgres and self.postgres.alive() and self.kafka.alive()):
            say_error("not running; start it with ./ops/demo")
            return 1
        print(f"export NRC_REGISTER_DSN='{self.dsn()}'")
        print(f"export NRC_KAFKA_BOOTSTRAP='{self.kafka.bootstrap}'")
        if self.registry_url():
            print(f"export NRC_REGISTRY_URL='{self.registry_url()}'")
        return 0

    # -- stop

    def stop(self, quiet=False):
        was = any(self.parts().values())
        self.producer.end()
        self.monitor.end()
        self.relay.end()
        self.ingest.end()
        self.registry.end()
        self.kafka.stop()
        if self.postgres:
            self.postgres.stop()
        if self.run:
            self.run.remove()
        shutil.rmtree(HOME / "kafka", ignore_errors=True)
        for name in ("run-folder", "expected.json", "people.json"):
            (HOME / name).unlink(missing_ok=True)
        if not quiet:
            say("stopped; its data is gone, its logs are in build/demo/log" if was else "was not running")
        return 0


def say_error(text):
    print(f"demo: {text}", file=sys.stderr)


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else "start"
    HOME.mkdir(parents=True, exist_ok=True)
    if command in ("start", "stop"):
        lock = open(HOME / ".lock", "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say_error("another ./ops/demo is starting or stopping it at this moment")
            return 1
    return getattr(Demo(), command)()


if __name__ == "__main__":
    sys.exit(main())
