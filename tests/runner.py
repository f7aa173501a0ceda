# SPDX-License-Identifier: Apache-2.0
"""Every kind of test, in stages that run two at a time where they do not disturb each other.

A stage is a row of STAGES: its needs, the cores that it takes, and a function that runs it and returns how many tests
passed and failed. A stage whose need failed counts as failed: nothing is skipped in silence.

On two cores the whole takes about half of its CPU seconds, which each stage's line shows: the end-to-end tests, which
are the longest and wait more than they work, start as soon as their programs are built, and the others run beside them."""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from kit import engine, paths, process
from kit.postgres import PrivatePostgres

LOGS = paths.BUILD / "test-logs"
TESTS = paths.ROOT / "tests"
CORES = 2
E2E_WORKERS = 4
FUZZ_SECONDS = {"fuzz_decode": 20}  # of the ordinary run; the others 4
BENCHES = sorted(p.stem for folder in ("bench", "tools") for p in (TESTS / folder).glob("*.c"))


class Result:
    def __init__(self, passed=0, failed=0):
        self.passed, self.failed = passed, failed

    def add(self, passed, failed):
        self.passed, self.failed = self.passed + passed, self.failed + failed


class Stage:
    def __init__(self, name, function, needs=(), cores=1, kind=None, full=False):
        """full: runs with --full, or when asked for by name."""
        self.name, self.function, self.needs, self.cores = name, function, needs, cores
        self.kind, self.full = kind or name, full
        self.result = None
        self.seconds = 0.0
        self.cpu_s = 0.0  # of the programs that it ran, and of theirs

    @property
    def log(self):
        return LOGS / f"{self.name}.log"


def reap(child, timeout):
    """Waits for a child, and kills it when its time is up: its exit code, the CPU seconds of it and its own, was it killed."""
    late = threading.Event()

    def kill():
        late.set()
        child.kill()

    timer = threading.Timer(timeout, kill) if timeout else None
    if timer:
        timer.start()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if timer:
        timer.cancel()
    return child.returncode, usage.ru_utime + usage.ru_stime, late.is_set()


def call(stage, argv, env=None, timeout=None):
    """Runs a program with its output in the stage's log. Returns the exit code and the output."""
    environment = {**os.environ, **engine.SANITIZERS, **(env or {})}
    with open(stage.log, "ab") as log:
        log.write(f"$ {' '.join(map(str, argv))}\n".encode())
        log.flush()
        start = log.tell()
        child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 env=environment, cwd=paths.ROOT, start_new_session=True)
        process.Janitor.tell("watch", child.pid, process.start_time(child.pid), 15)
        code, cpu_s, killed = reap(child, timeout)
        stage.cpu_s += cpu_s
        log.write(f"# {f'killed after {timeout} s' if killed else f'exit {code}'}, {cpu_s:.1f} s of CPU\n".encode())
        process.Janitor.tell("forget", child.pid)
    with open(stage.log, "rb") as log:
        log.seek(start)
        return code, log.read().decode(errors="replace")


def counted(code, output, pattern=r"^(?:\w+: )?(\d+) passed, (\d+) failed"):
    """The counts of a program's closing line; a program that fails, or has no such line, counts as one failure."""
    found = re.findall(pattern, output, re.M)
    if not found:
        return Result(0, 1)
    passed, failed = map(int, found[-1])
    return Result(passed, failed if failed or code == 0 else 1)


# -- stages


def build(preset, jobs, *targets):
    """targets: none means everything. The release's and the crash suite's engine need no test programs beside them."""

    def run(stage, _args):
        code, _ = call(stage, ["cmake", "--preset", preset])
        if code == 0:
            only = [word for target in targets for word in ("--target", target)]
            code, _ = call(stage, ["cmake", "--build", "--preset", preset, "-j", jobs, *only])
        return Result(int(code == 0), int(code != 0))

    return run


def programs(preset, label, floor=None):
    """The test programs of a label, of one floor ("storage/commit") or of all, as ctest knows them."""
    listed = subprocess.run(["ctest", "--test-dir", paths.BUILD / preset, "-L", f"^{label}$", "--show-only=json-v1"],
                            capture_output=True, text=True, check=True)
    found = [t for t in json.loads(listed.stdout)["tests"] if t.get("command")]
    return [(t["name"], t["command"]) for t in found if floor is None or floor in labels(t)]


def labels(test):
    return next((p["value"] for p in test["properties"] if p["name"] == "LABELS"), [])


def cmocka(stage, name, command, env=None):
    """One program's tests, counted from cmocka's closing lines."""
    code, output = call(stage, command, env, timeout=300)
    passed = sum(map(int, re.findall(r"^\[  PASSED  \] (\d+) test", output, re.M)))
    failed = sum(map(int, re.findall(r"^\[  FAILED  \] (\d+) test", output, re.M)))
    skipped = sum(map(int, re.findall(r"^\[  SKIPPED \] (\d+) test", output, re.M)))
    failed += skipped
    if (code != 0 and failed == 0) or passed + failed == 0:
        failed += 1
    if failed:
        print(f"  {name}: exit {code}, {failed} failed; see {stage.log.relative_to(paths.ROOT)}", flush=True)
    return Result(passed, failed)


def of_programs(total, args):
    """A floor may have tests of one kind alone; of all floors, none is a fault."""
    return total if total.passed + total.failed or has_tests(args.floor) else Result(0, 1)


def has_tests(floor):
    return floor is not None and any(programs("asan", label, floor) for label in ("unit", "component"))


def unit(stage, args):
    total = Result()
    for name, command in programs("asan", "unit", args.floor):
        result = cmocka(stage, name, command)
        total.add(result.passed, result.failed)
    return of_programs(total, args)


def component(stage, args):
    """Each program gets a fresh database of one private PostgreSQL."""
    total = Result()
    run = process.run_folder_for_session(in_memory=True)
    # Its processes may be killed, but the machine never: what the kernel has is safe.
    postgres = PrivatePostgres(run, LOGS / "component-postgres.log",
                               {"fsync": "off", "min_wal_size": "32MB", "max_wal_size": "256MB"})
    postgres.start()
    try:
        for name, command in programs("asan", "component", args.floor):
            database = postgres.create_database()
            result = cmocka(stage, name, command, {"NRC_TEST_DSN": postgres.keywords(database)})
            total.add(result.passed, result.failed)
            postgres.drop_database(database)
        stage.cpu_s += process.cpu_s(postgres.pid, with_children=True)
    finally:
        postgres.stop_immediate()
        run.remove()
    return of_programs(total, args)


def lint(stage, _args):
    total = Result()
    for script in ("run", "selftest"):
        result = counted(*call(stage, [TESTS / "lint" / script]))
        total.add(result.passed, result.failed)
    return total


def oracle(stage, args):
    """NAME_oracle.py drives the program NAME_tool and compares it with an independent implementation."""
    total = Result()
    for script in sorted((TESTS / "oracle").glob("*_oracle.py")):
        tool = paths.BUILD / "asan" / "tests" / f"{script.stem.removesuffix('_oracle')}_tool"
        # The ordinary run tries the same cases each time; the full one tries new ones, and says its seed.
        how = ["--cases", "40000"] if args.full else ["--seed", "20261122"]
        code, output = call(stage, [sys.executable, script, "--tool", tool, *how], timeout=3600 if args.full else 600)
        for line in output.splitlines():
            if args.full and line.startswith("seed"):
                print(f"  {script.stem}: {line}", flush=True)
        result = counted(code, output)
        total.add(result.passed, result.failed)
    return total if total.passed + total.failed else Result(0, 1)


def fuzz(stage, args):
    """Every target from its seed corpus, for its share of the time; a crash, a leak or a time-out fails."""
    targets = sorted((paths.BUILD / "fuzz" / "tests").glob("fuzz_*"))
    targets = [t for t in targets if t.is_file() and os.access(t, os.X_OK)]
    sources = sorted((TESTS / "fuzz").glob("fuzz_*.c"))
    total = Result(0, abs(len(sources) - len(targets)))
    for target in targets:
        seconds = 120 if args.full else FUZZ_SECONDS.get(target.name, 4)
        found = paths.BUILD / "fuzz" / "corpus" / target.name
        shutil.rmtree(found, ignore_errors=True)
        found.mkdir(parents=True)
        seeds = [d for d in (TESTS / "fuzz" / "corpus" / target.name,
                             TESTS / "fuzz" / "corpus" / target.name.removeprefix("fuzz_")) if d.is_dir()]
        if not seeds:
            print(f"  {target.name}: no seed corpus in tests/fuzz/corpus", flush=True)
        code, _ = call(stage, [target, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
                               "-print_final_stats=1", f"-artifact_prefix={LOGS}/{target.name}-", found, *seeds],
                       timeout=seconds + 120)
        good = code == 0 and bool(seeds)
        total.add(int(good), int(not good))
    return total if total.passed + total.failed else Result(0, 1)


def run_pytest(stage, args, folder, *more, env=None):
    report = LOGS / f"{stage.name}.xml"
    report.unlink(missing_ok=True)
    code, _ = call(stage, [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=15",
                           f"--junitxml={report}", *more, folder],
                   {**(env or {}), **({"NRC_TEST_FULL": "1"} if args.full else {})},
                   timeout=7200 if args.full else 1800)
    if not report.exists():
        return Result(0, 1)
    import xml.etree.ElementTree as tree

    suites = tree.parse(report).getroot().iter("testsuite")
    counts = [{k: int(s.get(k, 0)) for k in ("tests", "failures", "errors", "skipped")} for s in suites]
    bad = sum(c["failures"] + c["errors"] + c["skipped"] for c in counts)
    good = sum(c["tests"] for c in counts) - bad
    return Result(good, bad if bad or code == 0 else 1)


def e2e(stage, args):
    """Each worker has servers of its own. There are more workers than cores: a test waits more than it works."""
    return run_pytest(stage, args, TESTS / "e2e", "-n", E2E_WORKERS, "--dist", "worksteal",
                      env={"NRC_TEST_PRESET": "asan", "NRC_TEST_LOGS": str(LOGS / stage.name)})


def host(stage, args):
    """What a host gets: the package, its units, completion. Of the release, as it is shipped."""
    code, _ = call(stage, ["cmake", "--build", "--preset", "release", "--target", "deb"])
    return run_pytest(stage, args, TESTS / "host") if code == 0 else Result(0, 1)


def page(stage, args):
    """The monitor's page in a browser: against made-up answers, and against the daemon with planted faults, side by side."""
    logs = LOGS / stage.name
    result = run_pytest(stage, args, TESTS / "page", "-n", 2, "--dist", "worksteal",
                        env={"NRC_TEST_PRESET": "asan", "NRC_TEST_LOGS": str(logs)})
    measured = logs / "rendering.log"
    for line in measured.read_text(errors="replace").splitlines() if measured.exists() else ():
        if line.startswith("# "):
            print(f"  page: {line[2:]}", flush=True)
    return result


def crash(stage, args):
    rounds = args.rounds or (500 if args.full else 20)
    seed = ["--seed", str(args.seed)] if args.seed is not None else []
    code, output = call(stage, [sys.executable, TESTS / "crash" / "run.py", "--rounds", rounds, "--many", 80 if args.full else 5,
                                 *(["--thousand"] if args.full else []), *seed],
                        {"NRC_TEST_PRESET": "crash"}, timeout=60 * rounds + (5000 if args.full else 300))
    for line in output.splitlines():
        if line.startswith("seed"):
            print(f"  crash: {line}", flush=True)
    return counted(code, output)


def races(stage, _args):
    """It builds by itself: an ordinary run needs neither the preset nor its Kafka client."""
    return counted(*call(stage, [sys.executable, TESTS / "races" / "run.py"], timeout=3600))


STAGES = [
    Stage("build-asan", build("asan", 2), cores=2, kind="build"),
    Stage("e2e", e2e, ("build-asan",)),
    Stage("page", page, ("build-asan",)),
    Stage("unit", unit, ("build-asan",)),
    Stage("component", component, ("build-asan",)),
    Stage("build-release", build("release", 1, "nrc", *BENCHES), kind="build"),
    Stage("lint", lint, ("build-release",)),
    Stage("host", host, ("build-release",)),
    Stage("build-crash", build("crash", 1, "nrc"), kind="build"),
    Stage("crash", crash, ("build-crash",)),
    Stage("build-fuzz", build("fuzz", 1), kind="build"),
    Stage("fuzz", fuzz, ("build-fuzz",)),
    Stage("oracle", oracle, ("build-asan",)),
    Stage("races", races, cores=2, full=True),
]


# -- running them


def wanted(names, full):
    by_name = {s.name: s for s in STAGES}
    if not names:
        return [s for s in STAGES if full or not s.full]
    asked = {s.name for s in STAGES if s.name in names or s.kind in names}
    keep = asked.union(*(by_name[name].needs for name in asked))
    return [s for s in STAGES if s.name in keep]


def run_stage(stage, stages, args):
    failed = [n for n in stage.needs if (need := next(s for s in stages if s.name == n)).result.failed]
    stage.log.unlink(missing_ok=True)
    start = time.monotonic()
    if failed:
        stage.log.write_text(f"not run: {', '.join(failed)} failed\n")
        stage.result = Result(0, 1)
    else:
        try:
            stage.result = stage.function(stage, args)
        except Exception as error:  # noqa: BLE001 - one broken stage must not hide the others
            with open(stage.log, "a") as log:
                log.write(f"{type(error).__name__}: {error}\n")
            stage.result = Result(0, 1)
    stage.seconds = time.monotonic() - start
    mark = "ok  " if not stage.result.failed else "FAIL"
    print(f"{mark} {stage.name:14} {stage.seconds:6.1f} s  {stage.cpu_s:6.1f} s of CPU   {stage.result.passed} passed,"
          f" {stage.result.failed} failed", flush=True)
    if stage.result.failed:
        if not stage.log.exists():
            stage.log.write_text("nothing was run: is there no such test?\n")
        tail = stage.log.read_text(errors="replace").splitlines()[-60:]
        print("\n".join(f"    | {line}" for line in tail), flush=True)


def run_all(stages, args):
    free = threading.Condition()
    cores = CORES
    waiting, running = list(stages), []

    def work(stage):
        nonlocal cores
        try:
            run_stage(stage, stages, args)
        finally:
            with free:
                cores += stage.cores
                running.remove(stage)
                free.notify_all()

    with free:
        while waiting or running:
            done = {s.name for s in stages if s not in waiting and s not in running}
            ready = [s for s in waiting if set(s.needs) <= done]
            # The first that is ready goes first, and is not overtaken for want of cores.
            if ready and ready[0].cores <= cores:
                stage = ready[0]
                waiting.remove(stage)
                running.append(stage)
                cores -= stage.cores
                threading.Thread(target=work, args=(stage,), daemon=True).start()
            else:
                free.wait()


def main():
    names = sorted({word for s in STAGES if s.kind != "build" for word in (s.name, s.kind)})
    parser = argparse.ArgumentParser(
        prog="tests/run", description="Installs what is missing, builds, and runs every kind of test.",
        epilog=f"Each stage's line shows its seconds and its CPU seconds. Logs: {LOGS.relative_to(paths.ROOT)}/. The last"
               " line is 'N passed, N failed'; exit 1 when any failed.")
    parser.add_argument("--full", action="store_true",
                        help="the long versions: 500 crash rounds, minutes of fuzzing, all repeats end to end; and races")
    parser.add_argument("--only", action="append", choices=names, help="this stage and its build (may be repeated)")
    parser.add_argument("--floor", help="unit and component tests of this floor alone, such as storage/commit")
    parser.add_argument("--rounds", type=int, help="crash rounds")
    parser.add_argument("--seed", type=int, help="the crash rounds' seed, as an earlier run printed it")
    args = parser.parse_args()

    LOGS.mkdir(parents=True, exist_ok=True)
    stages = wanted(args.only, args.full)
    start = time.monotonic()
    run_all(stages, args)
    passed = sum(s.result.passed for s in stages)
    failed = sum(s.result.failed for s in stages)
    print(f"total {time.monotonic() - start:.0f} s, {sum(s.cpu_s for s in stages):.0f} s of CPU")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
