# SPDX-License-Identifier: Apache-2.0
"""Breaks the event's path in small ways (mutants), and counts how many of them the tests see.

A mutant is one changed line of one file of FILES, as universalmutator makes them. It is built under the sanitizers in a
copy of the sources, and the unit and component tests of its file's floor run: one that fails, or takes too long, kills it.
Not counted: a mutant that does not compile, or that the optimiser makes the same program of. A survivor is a missing test,
or it cannot be seen: then a line of tests/mutate.txt explains it, as

    file ## the line ## the changed line ## why no test can see it

and it is not counted either. Answers are kept by content in build/mutate. Not a part of tests/run."""

import argparse
import concurrent.futures
import contextlib
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from kit import engine, paths, process
from kit.postgres import PrivatePostgres

ROOT = paths.ROOT
HOME = paths.BUILD / "mutate"
EXPLAINED = ROOT / "tests" / "mutate.txt"
WORKERS = 2

# The way of an event, where a test of the file's floor can see what it does wrong: what computes, and the transaction.
FILES = [*(f"ingest/{name}.c" for name in ("batch", "build", "context", "engine", "handles", "identity", "partition",
                                            "verdict", "writer")),
         "schema/decode/*.c", "schema/plan/*.c", "storage/commit/*.c", "storage/commit/order.h"]
# Floors whose tests are tried too: a plan shows what it is when it is run.
ALSO = {"schema/plan": ["schema/decode"]}

ROOMS = ("base", "schema", "storage", "ingest", "registry", "ops")
RULES = ["universal.rules", "c_like.rules", "c.rules"]
# Lines that say nothing of their own: the preprocessor's, closing braces, texts for people.
IGNORED = [r"^\s*#", r"^\s*[{}();]*\s*$", r"^\s*\"", r"\blog_(debug|info|warn|error)\(", r"\bLOG_(STR|INT|ERR)\("]
# A mutant may loop for ever: a program has four times what it takes unchanged, and this.
GRACE_S = 10


class Mutant:
    def __init__(self, file, line, old, new):
        """file: below the root. new: the line's text."""
        self.file, self.line, self.old, self.new = file, line, old, new
        self.floor = os.path.dirname(file)
        self.key = file, " ".join(old.split()), " ".join(new.split())  # as tests/mutate.txt names it

    def __str__(self):
        return f"{self.file}:{self.line}: {self.old.strip()} -> {self.key[2]}"

    def text(self):
        lines = (ROOT / self.file).read_text().splitlines(keepends=True)
        return "".join([*lines[: self.line - 1], self.new, *lines[self.line :]])


def mutants(wanted):
    """All of them, always in the same order."""
    sys.path.append(str(HOME / "lib"))
    from universalmutator import mutator

    found = []
    for pattern in FILES:
        paths_of = sorted(ROOT.glob(pattern))
        if not paths_of:
            raise SystemExit(f"mutate: no file is {pattern} any more: see FILES in tests/mutate.py")
        for path in paths_of:
            file = str(path.relative_to(ROOT))
            if wanted and not any(file.startswith(one) for one in wanted):
                continue
            lines = path.read_text().splitlines(keepends=True)
            with contextlib.redirect_stdout(io.StringIO()):
                made = mutator.mutants_regexp(lines, RULES, ignorePatterns=IGNORED, ignoreStringOnly=True)
            found += [Mutant(file, number, lines[number - 1], new) for number, new, *_ in made]
    return found


def explanations():
    """{(file, line, changed line): why}"""
    found = {}
    for line in EXPLAINED.read_text().splitlines() if EXPLAINED.exists() else []:
        if line.strip() and not line.startswith("# "):
            file, old, new, why = line.split(" ## ")
            found[file.strip(), " ".join(old.split()), " ".join(new.split())] = why
    return found


# -- the copies


def sources():
    """What a copy needs, below the root."""
    yield from (ROOT / "CMakeLists.txt", ROOT / "CMakePresets.json")
    for folder in (*ROOMS, "tests"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and "corpus" not in path.parts:
                yield path


class Copy:
    """A copy of the sources with a build folder of its own, and the server that component tests need."""

    def __init__(self, number, run):
        self.root = HOME / f"copy-{number}"
        self.build = self.root / "build" / "asan"
        self.postgres = PrivatePostgres(run, HOME / f"postgres-{number}.log", {"fsync": "off"})
        self.environment = {**os.environ, **engine.SANITIZERS, "CCACHE_BASEDIR": str(self.root), "CCACHE_NOHASHDIR": "1"}
        self.environment.setdefault("CCACHE_DIR", str(paths.BUILD / "cache" / "ccache"))

    def prepare(self):
        """Only what changed is written, so that only that is built."""
        there = set()
        for path in sources():
            copy = self.root / path.relative_to(ROOT)
            there.add(copy)
            if not copy.exists() or copy.read_bytes() != path.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)
        for folder in (*ROOMS, "tests"):
            for path in (self.root / folder).rglob("*"):
                if path.is_file() and path not in there:
                    path.unlink()
        launcher = ["-DCMAKE_C_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        # A mutant may leave a variable unused: warnings are not what is tried.
        subprocess.run(["cmake", "--preset", "asan", "-DCMAKE_C_FLAGS=-w", *launcher], cwd=self.root, check=True,
                       env=self.environment, stdout=subprocess.DEVNULL)
        commands = json.loads((self.build / "compile_commands.json").read_text())
        self.commands = {os.path.relpath(entry["file"], self.root): entry for entry in commands}
        self.postgres.start()

    def make(self, programs):
        done = subprocess.run(["cmake", "--build", self.build, "-j", "1", "--target", *programs], cwd=self.root,
                              env=self.environment, capture_output=True, text=True)
        return done.returncode == 0, done.stdout + done.stderr

    def optimised(self, file):
        """The file's object as the optimiser leaves it; None: it does not compile."""
        words = self.commands[file]["command"].split()
        kept = [word for at, word in enumerate(words)
                if word.startswith(("-I", "-D", "-std")) or "-isystem" in words[at - 1 : at + 1]]
        out = self.root / "one.o"
        done = subprocess.run(["gcc", *kept, "-w", "-O2", "-c", self.root / file, "-o", out], cwd=self.build,
                              capture_output=True)
        return out.read_bytes() if done.returncode == 0 else None

    def passes(self, program, kind, limit_s):
        """Whether the program's tests pass."""
        environment, database = dict(self.environment), None
        if kind == "component":
            database = self.postgres.create_database()
            environment["NRC_TEST_DSN"] = self.postgres.keywords(database)
        try:
            with open(self.root / "out", "wb") as out:
                return subprocess.run([self.build / "tests" / program], env=environment, cwd=self.root, timeout=limit_s,
                                      stdin=subprocess.DEVNULL, stdout=out, stderr=out).returncode == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            if database:
                self.postgres.drop_database(database)

    def close(self):
        self.postgres.stop_immediate()


# -- which tests, and what they said before


class Floor:
    """The programs that try a floor's mutants."""

    def __init__(self, copy, folder):
        self.folder = folder
        listed = subprocess.run(["ctest", "--test-dir", copy.build, "--show-only=json-v1"], capture_output=True,
                                text=True, check=True)
        self.programs = []  # (kind, name)
        for kind in ("unit", "component"):
            for test in json.loads(listed.stdout)["tests"]:
                labels = next((p["value"] for p in test["properties"] if p["name"] == "LABELS"), [])
                if kind in labels and {folder, *ALSO.get(folder, ())} & set(labels):
                    self.programs.append((kind, test["name"]))
        if not self.programs:
            raise SystemExit(f"mutate: {folder} has no tests")
        self.limits = {}

    def programs_for(self, file):
        """One after the other until one fails: most likely that of the file's own name, and last those with a server."""
        stem = pathlib.Path(file).stem
        return sorted(self.programs, key=lambda one: (one[0] == "component", not one[1].endswith(f"test_{stem}")))

    def measure(self, copy):
        """Unchanged, all of them pass; and in which time."""
        good, said = copy.make([name for _, name in self.programs])
        if not good:
            raise SystemExit(f"mutate: {self.folder} does not build:\n{said[-3000:]}")
        for kind, name in self.programs:
            began = time.monotonic()
            if not copy.passes(name, kind, 300):
                raise SystemExit(f"mutate: {name} fails on the sources as they are; see {copy.root / 'out'}")
            self.limits[name] = 4 * (time.monotonic() - began) + GRACE_S

    def contents(self):
        """A name for everything that decides about a mutant: its room, those below it, and the tests."""
        room = self.folder.split("/")[0]
        below = {"ingest": ("ingest", "schema", "storage", "base")}.get(room, (room, "base"))
        folders = [*(ROOT / r for r in below), *sorted((ROOT / "tests" / "component").glob("*.h"))]
        for label in (self.folder, *ALSO.get(self.folder, ())):
            folders += [ROOT / "tests" / kind / label for kind in ("unit", "component")]
        key = hashlib.sha256()
        for folder in folders:
            for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
                if path.is_file():
                    key.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
        return key.digest()


def judge(copy, floor, mutant, before):
    """"killed by …", "survived", "does not compile" or "is the same program". The copy is as it was afterwards."""
    file = copy.root / mutant.file
    file.write_text(mutant.text())
    try:
        if file.suffix == ".c":
            after = copy.optimised(mutant.file)
            if after is None or after == before:
                return "does not compile" if after is None else "is the same program"
        for kind, name in floor.programs_for(mutant.file):
            if not copy.make([name])[0]:
                return "does not compile"
            if not copy.passes(name, kind, floor.limits[name]):
                return f"killed by {name}"
        return "survived"
    finally:
        shutil.copyfile(ROOT / mutant.file, file)


# -- a run


class Run:
    def __init__(self, chosen, count):
        self.waiting = list(enumerate(chosen))
        self.count = count
        self.lock = threading.Lock()
        self.answers = {}  # {place in the order: (mutant, answer)}
        self.floors = {}
        self.objects = {}
        (HOME / "answers").mkdir(parents=True, exist_ok=True)

    def counted(self):
        return sum(answer.startswith(("killed", "survived")) for _, answer in self.answers.values())

    def next(self):
        with self.lock:
            return self.waiting.pop(0) if self.waiting and self.counted() < self.count else None

    def floor(self, copy, folder):
        with self.lock:
            if folder not in self.floors:
                floor = Floor(copy, folder)
                floor.key = floor.contents()
                floor.measured = threading.Lock()
                self.floors[folder] = floor
            return self.floors[folder]

    def answer(self, copy, mutant):
        floor = self.floor(copy, mutant.floor)
        known = HOME / "answers" / hashlib.sha256(floor.key + mutant.file.encode() + mutant.text().encode()).hexdigest()
        if known.exists():
            return known.read_text()
        with floor.measured:
            if not floor.limits:
                floor.measure(copy)
        before = None
        if mutant.file.endswith(".c"):
            if (copy, mutant.file) not in self.objects:
                self.objects[copy, mutant.file] = copy.optimised(mutant.file)
            before = self.objects[copy, mutant.file]
        answer = judge(copy, floor, mutant, before)
        known.write_text(answer)
        return answer

    def work(self, copy):
        while (one := self.next()) is not None:
            place, mutant = one
            answer = self.answer(copy, mutant)
            with self.lock:
                self.answers[place] = (mutant, answer)
                print(f"{min(self.counted(), self.count):4}/{self.count}  {answer:44} {mutant}", flush=True)

    def first(self):
        """The first `count` that count, in the order of the seed: the same ones however the workers shared them."""
        kept = [pair for _, pair in sorted(self.answers.items()) if pair[1].startswith(("killed", "survived"))]
        return kept[: self.count]


def arguments():
    parser = argparse.ArgumentParser(prog="tests/mutate", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, metavar="N", help="how many mutants to try (200)")
    parser.add_argument("--seed", type=int, default=20261122, help="which ones (20261122)")
    parser.add_argument("--only", action="append", metavar="PATH", help="files whose path begins so (may be repeated)")
    parser.add_argument("--list", action="store_true", help="name the files and their mutants' number, and end")
    return parser.parse_args()


def report(run, every):
    explained = explanations()
    known = {m.key for m in every}
    stale = [key for key in explained if key not in known]
    for file, old, new in stale:
        print(f"tests/mutate.txt: {file} has no mutant {old!r} -> {new!r} any more")
    tried = [(m, answer) for m, answer in run.first() if m.key not in explained]
    survivors = [m for m, answer in tried if answer == "survived"]
    print("\nsurvivors:" if survivors else "\nno survivors")
    for mutant in sorted(survivors, key=lambda m: (m.file, m.line)):
        print(mutant)
    killed = len(tried) - len(survivors)
    left_out = len(run.answers) - len(run.first())
    print(f"{killed} of {len(tried)} killed ({100 * killed / max(1, len(tried)):.1f} %); {left_out} were no other programs,"
          f" {len(run.first()) - len(tried)} are explained")
    return 1 if stale else 0


def main():
    args = arguments()
    every = mutants(args.only)
    if args.list:
        for file in sorted({m.file for m in every}):
            print(f"{sum(m.file == file for m in every):6} {file}")
        return 0
    chosen = list(every)
    random.Random(args.seed).shuffle(chosen)
    run, session = Run(chosen, args.count), [process.run_folder_for_session() for _ in range(WORKERS)]
    copies = [Copy(number, session[number]) for number in range(WORKERS)]
    try:
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(Copy.prepare, copies))
            list(pool.map(run.work, copies))
    finally:
        for copy in copies:
            copy.close()
        for folder in session:
            folder.remove()
    return report(run, mutants(None))


if __name__ == "__main__":
    sys.exit(main())
