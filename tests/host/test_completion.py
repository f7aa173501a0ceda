# SPDX-License-Identifier: Apache-2.0
"""Completion in bash and zsh, held against what --help says, which is printed by other code from the same tables."""

import re
import shlex
import subprocess

import pytest

from kit import paths

PROGRAM = paths.BUILD / "release" / "ops" / "nrc"


@pytest.fixture(scope="module")
def scripts(unpacked):
    return {"bash": unpacked / "usr/share/bash-completion/completions/nrc",
            "zsh": unpacked / "usr/share/zsh/vendor-completions/_nrc"}


def in_bash(script, words, folder):
    """words: of the line, the last is the one to be completed. As readline cuts them: = is a word of its own."""
    body = (f"source {script}; complete -p nrc; COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; "
            '_nrc; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "--noprofile", "--norc", "-c", body], cwd=folder, capture_output=True, text=True, check=True)
    registered, *offered = done.stdout.splitlines()
    assert registered == "complete -F _nrc nrc" and done.stderr == ""
    return {o for o in offered if o}


def in_zsh(script, words, folder):
    """With the functions of zsh's completion that it calls replaced by ones that print what they are given."""
    last = words[-1]
    body = (
        "compdef() { }; compset() { PREFIX=${PREFIX#*=} }; _files() { print -l -- *(N) };"
        "compadd() { shift; print -l -- $@ }; _describe() { local n=${@[-1]}; print -l -- ${(P)n%%:*} };"
        f"source {script}; words=({shlex.join(words)}); CURRENT={len(words)}; PREFIX={shlex.quote(last)}; _nrc |"
        "while read -r one; do [[ $one == $PREFIX* ]] && print -r -- $one; done; true")
    if "=" in last:
        body = body.replace("$PREFIX*", "${PREFIX#*=}*")
    done = subprocess.run(["zsh", "-f", "-c", body], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return {o for o in done.stdout.splitlines() if o}


def help_of(*words):
    return subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True, check=True).stdout


def listed(text):
    return re.findall(r"^  ([a-z][a-z-]*) ", text.split("Global options")[0].split("\n\n  --")[0], re.M)


def options(text):
    return {o for o in re.findall(r"^  (--[a-z0-9-]+)", text, re.M)}


NOUNS = listed(help_of().split("`nrc NOUN --help`")[0])


@pytest.fixture(params=["bash", "zsh"])
def complete(request, scripts, tmp_path):
    (tmp_path / "births.avsc").touch()
    (tmp_path / "a folder").mkdir()
    ask = {"bash": in_bash, "zsh": in_zsh}[request.param]
    return lambda *words: ask(scripts[request.param], ["nrc", *words], tmp_path)


def test_nouns(complete):
    assert len(NOUNS) > 25
    assert complete("") == set(NOUNS)
    assert complete("qu") == {"quarantine", "quality"}
    assert complete("--config", "x", "qua") == {"quarantine", "quality"}


def test_verbs_and_options_of_every_noun(complete):
    for noun in NOUNS:
        text = help_of(noun)
        verbs = {v for v in re.findall(r"^  ([a-z][a-z-]*) ", text, re.M)} if "VERB --help" in text else set()
        if not verbs:
            continue
        assert complete(noun, "") == verbs, noun
    for words in (["dataset", "add"], ["ingest"], ["doctor"], ["catalogue", "export"], ["account", "rotate"]):
        assert complete(*words, "--") == options(help_of(*words)), words


def test_a_value_that_is_a_choice(complete):
    assert complete("agency", "add", "--class", "") == {"1", "2", "3"}
    assert complete("dataset", "edit", "moh.births", "--origin", "h") == {"held"}


def test_a_value_after_an_equals_sign(scripts, tmp_path):
    assert in_bash(scripts["bash"], ["nrc", "dataset", "edit", "--origin", "=", "h"], tmp_path) == {"held"}
    assert in_bash(scripts["bash"], ["nrc", "dataset", "edit", "--origin", "="], tmp_path) == {"held", "produced"}
    assert in_zsh(scripts["zsh"], ["nrc", "dataset", "edit", "--origin=h"], tmp_path) == {"held"}


def test_files_also_with_spaces(complete):
    assert complete("structure", "register", "moh.births", "") == {"births.avsc", "a folder"}
    assert complete("check", "--structure", "b") == {"births.avsc"}


def test_nothing_is_asked_of_a_server_and_nothing_runs(complete):
    assert complete("dataset", "show", "") == set()
    assert complete("agency", "add", "--name", "") == set()
    assert complete("dataset", "show", "$(touch ran)") == set()
    assert complete("no-such-noun", "") == set()
    assert complete("") == set(NOUNS) and "ran" not in str(complete("check", ""))


def test_an_options_value_is_no_noun(complete):
    assert complete("--config", "agency", "") == set(NOUNS)
    assert "add" in complete("--json", "agency", "")
