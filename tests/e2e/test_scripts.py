# SPDX-License-Identifier: Apache-2.0
"""A newcomer's scripts: they write below build/ only, name the reason when they cannot go on, and README's lines work."""

import hashlib
import os
import re
import shutil
import subprocess
import sys

import pytest

from kit import paths, stream

sys.path.insert(0, str(paths.ROOT / "tests"))
ROOT = paths.ROOT
FOLDERS = ("PYTHONPYCACHEPREFIX", "PIP_CACHE_DIR", "npm_config_cache", "GOPATH", "GOMODCACHE", "GOCACHE")


def test_what_tools_keep_is_kept_under_build(tmp_path):
    done = subprocess.run(["sh", "-euc", f'root={ROOT}; . "$root/ops/env.sh"; env; npm config get cache; '
                           'go env GOPATH GOMODCACHE GOCACHE; python3 -c "import sys; print(sys.pycache_prefix)"'],
                          env={"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path.parent / "config"),
                               "PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    kept = dict(line.split("=", 1) for line in lines if "=" in line)
    for name in FOLDERS:
        assert kept[name].startswith(f"{ROOT}/build/"), name
    assert [line for line in lines[-5:] if not line.startswith(f"{ROOT}/build/")] == []
    assert "-modcacherw" in kept["GOFLAGS"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("script", ["ops/install", "ops/demo", "tests/run", "tests/mutate"])
def test_every_script_takes_its_folders_from_one_place(script):
    text = (ROOT / script).read_text()
    sourced = text.index('. "$root/ops/env.sh"')
    for tool in ("npm ci", "go build", "mvn -q", "/bin/pip", "build/venv/bin/python"):
        assert tool not in text or text.index(tool) > sourced, tool


def test_help_needs_no_python_and_is_the_runners(tmp_path):
    done = subprocess.run(["/bin/sh", ROOT / "tests" / "run", "--help"], env={"PATH": "/usr/bin:/bin"},
                          capture_output=True, text=True, check=True)
    runner = subprocess.run([sys.executable, ROOT / "tests" / "runner.py", "--help"], capture_output=True, text=True,
                            check=True).stdout
    assert "python" not in (ROOT / "tests" / "run").read_text().split("EOF")[0]
    for option in set(re.findall(r"--[a-z]+", runner)):
        assert option in done.stdout, option
    for stage in re.search(r"\{([a-z0-9,-]+)\}", runner)[1].split(","):
        assert re.search(rf"\b{stage}\b", done.stdout), stage


def test_an_install_that_may_not_says_so(tmp_path):
    """No root, no sudo, and a package missing: one line on standard error, not in a log."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("dirname", "mkdir", "grep", "flock", "sh", "cat"):
        (tools / name).symlink_to(subprocess.run(["which", name], capture_output=True, text=True).stdout.strip())
    for name, body in (("id", "echo 1000"), ("dpkg-query", "echo missing")):
        (tools / name).write_text(f"#!/bin/sh\n{body}\n")
        (tools / name).chmod(0o755)
    clone = tmp_path / "clone" / "ops"
    clone.mkdir(parents=True)
    for name in ("install", "env.sh", "packages.txt"):
        (clone / name).write_text((ROOT / "ops" / name).read_text())
    done = subprocess.run(["/bin/sh", clone / "install", "demo"], env={"PATH": str(tools), "HOME": str(tmp_path)},
                          capture_output=True, text=True)
    assert done.returncode == 1
    assert "needs root or sudo" in done.stderr and "scdoc" in done.stderr, done.stderr


def fake(tools, name, body):
    """A program that notes its name in `calls`, and does this."""
    (tools / name).write_text(f'#!/bin/sh\necho {name} >>"{tools}/calls"\n{body}\n')
    (tools / name).chmod(0o755)


def test_a_part_of_the_install_that_fails_fails_it_and_alone_is_done_again(tmp_path):
    """Nothing is downloaded: the tools are fakes, and Python's packages are there."""
    clone, tools = tmp_path / "clone", tmp_path / "bin"
    for name in ("ops/install", "ops/env.sh", "ops/packages.txt", "tests/requirements.txt", "tests/odcs-3.1-requirements.txt",
                 "tests/kit/kafka",
                 "tests/kit/java", "tests/kit/clients", "tests/oracle/go", "tests/bench/peer", "ops/monitor/page/package.json",
                 "ops/monitor/page/package-lock.json"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, clone / name)
    venv = clone / "build" / "venv"
    venv.mkdir(parents=True)
    (venv / ".made-from").write_text(hashlib.sha256(b"".join(
        (clone / "tests" / name).read_bytes() for name in ("requirements.txt", "odcs-3.1-requirements.txt"))).hexdigest())
    tools.mkdir()
    for name, body in (("dpkg-query", "echo installed"), ("npm", ""), ("go", '[ "$1" != build ] || { echo "#!/bin/sh" >"$4"; chmod +x "$4"; }'), ("javac", ""), ("promtool", ""),
                       ("mvn", "echo 'no route to the mirror'; exit 1")):
        fake(tools, name, body)

    def install():
        (tools / "calls").write_text("")
        done = subprocess.run(["/bin/sh", clone / "ops" / "install"], capture_output=True, text=True, timeout=60,
                              env={"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(tmp_path)})
        calls = set((tools / "calls").read_text().split()) - {"dpkg-query"}
        return done.returncode, calls, done.stderr

    code, calls, said = install()
    assert code == 1 and {"npm", "go", "mvn"} <= calls and "javac" not in calls, said
    assert "no route to the mirror" in said and {"kafka", "avro"} == set(said.splitlines()[-1].split()[2:]), said
    fake(tools, "mvn", 'for word; do case $word in -DoutputDirectory=*) mkdir -p "${word#*=}" ;; esac; done')
    code, calls, said = install()
    assert (code, calls) == (0, {"mvn", "javac"}), said
    assert install() == (0, set(), "")


def test_an_installation_has_the_manual(tmp_path):
    build = paths.BUILD / os.environ.get("NRC_TEST_PRESET", "asan")
    subprocess.run(["cmake", "--build", build, "--target", "man"], check=True, capture_output=True)
    subprocess.run(["cmake", "--install", build, "--prefix", tmp_path], check=True, capture_output=True)
    assert subprocess.run([tmp_path / "bin" / "nrc", "--version"], capture_output=True).returncode == 0
    manual = (tmp_path / "share" / "man" / "man1" / "nrc.1").read_text()
    assert manual.count(".SS nrc ") > 20 and "ledger verify" in manual
    assert "batch_rows" in (tmp_path / "share" / "man" / "man5" / "nrc.conf.5").read_text()
    assert "#batch_rows = " in next(tmp_path.rglob("nrc.conf")).read_text()


def readme(language):
    return re.search(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), re.S)[1]


def test_readmes_python_producer_delivers(world):
    registry = world.registry(anonymous=False).start()
    fields = [{"name": "civil_no", "type": "string"}, {"name": "seq", "type": "long"}]
    structure = stream.Structure({"type": "record", "name": "Birth", "fields": fields})
    dataset = world.dataset("moh.births", "civil_no")
    world.engine().start()
    secret = world.nrc.json("account", "add", "moh-births", "--service", "--person", "Births", "--role", "producer",
                            "--agency", "moh", "--decision", "Letter 12/2026")["secret"]
    (world.folder / "births.avsc").write_text(structure.text)
    code = readme("python").replace("https://registry.example:8081", registry.url)
    code = code.replace("kafka.example:9092", world.kafka.bootstrap).replace("THE-SECRET", secret)
    code = code.replace('"moh.births"', f'"{dataset.topic}"')
    done = subprocess.run([sys.executable, "-c", f'birth = {{"civil_no": "1", "seq": 1}}\n{code}'], cwd=world.folder,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    dataset.comparable = False
    dataset.wait_drained()
    assert [row["civil_no"] for row in dataset.rows()] == ["1"]
    world.finish()


# The variables of a shell after `eval "$(./ops/demo env)"`, and worse ones.
CALLERS = {"NRC_REGISTER_DSN": "postgresql://nobody@/nowhere", "NRC_KAFKA_BOOTSTRAP": "nowhere:1",
           "NRC_REGISTRY_URL": "http://nowhere", "NRC_INGEST_LANES": "99999", "NRC_LOG_LEVEL": "loud",
           "NRC_CONFIG": "/nowhere/nrc.conf", "NRC_FAILPOINT": "after_seal:kill", "PGHOST": "nowhere", "PGOPTIONS": "-c x=y"}


def unit_programs_that_read_a_configuration():
    """Or the environment. Each by its own name, as a person starts it."""
    unit = ROOT / "tests" / "unit"
    for source in sorted(unit.rglob("test_*.c")):
        if re.search(r"\b(conf_load|setenv|getenv)\b", source.read_text()):
            yield "_".join([*source.parent.relative_to(unit).parts, source.stem])


@pytest.mark.parametrize("program", list(unit_programs_that_read_a_configuration()))
def test_a_callers_variables_do_not_reach_a_unit_test(program):
    path = paths.BUILD / os.environ.get("NRC_TEST_PRESET", "asan") / "tests" / program
    done = subprocess.run([path], env={**os.environ, **CALLERS}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def kept_by(code, *folders):
    """The caller's variables that are left once the code has run."""
    code = f"import sys; sys.path[:0] = {[str(ROOT / f) for f in folders]!r}; {code}; import os; print(*os.environ)"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **CALLERS}, capture_output=True, text=True,
                          check=True)
    return set(done.stdout.split()) & set(CALLERS)


@pytest.mark.parametrize("entry", ["import runner", "import workloads, ground", "import demo", "import produce",
                                   "sys.path[:0] = [f'{sys.path[0]}/crash']; import run", "import conftest"])
def test_a_callers_variables_do_not_reach_what_tests_benches_and_the_demo_start(entry):
    assert kept_by(entry, "tests", "tests/bench", "ops/demo.d", "tests/e2e") == set()


def test_the_demo_is_told_nothing_by_the_variables_that_it_prints():
    for command, code in (("env", 1), ("status", 1)):
        done = subprocess.run([sys.executable, ROOT / "ops" / "demo.d" / "demo.py", command],
                              env={**os.environ, **CALLERS}, capture_output=True, text=True)
        assert (done.returncode, "not running" in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr
