# SPDX-License-Identifier: Apache-2.0
"""nrc doctor against real servers: what is planted is found, what is well is not blamed, and the exit code says which."""

import json
import os
import re
import subprocess

import pytest

from kit import certificates, process, stream


def doctor(world, *args, code=None, **settings):
    """{finding: its row}; a finding of many topics is one."""
    environment = world.nrc.environment(**{"LC_ALL": "C.UTF-8", **settings})
    done = subprocess.run([world.nrc.program, "doctor", *args, "--json"], env=environment, capture_output=True, text=True,
                          timeout=120)
    answer = json.loads(done.stdout)
    counts = {state: sum(row["state"] == state for row in answer["findings"]) for state in ("ok", "warn", "fail", "unknown")}
    assert counts == {state: answer[state] for state in counts}
    assert done.returncode == (2 if counts["fail"] else 1 if counts["warn"] or counts["unknown"] else 0), done.stderr
    assert code is None or done.returncode == code, done.stdout
    return {row["finding"]: row for row in answer["findings"]}


def test_what_is_planted_is_found_and_nothing_else(world, tmp_path):
    dataset, people = world.residents(partitions=1)
    dataset.send_all(people.change(n) for n in range(20))
    engine = world.engine().start()
    dataset.wait_drained()
    assert engine.stop() == 0
    found = doctor(world)
    for well in ("register", "migrations", "writable", "connections", "locks", "buffers", "wal", "kafka", "topics", "reads", "nothing_lost", "retention", "clock", "login",
                 "role_ingest", "role_registry", "role_relay", "role_monitor", "zone", "certificate_none", "page_none", "conf_none"):
        assert found[well]["state"] == "ok", found.get(well)
    settings = {name: world.value(f"SHOW {name}") for name in ("fsync", "full_page_writes", "synchronous_commit")}
    assert ("durable" in found) == (set(settings.values()) == {"on"}), settings
    assert dataset.topic in found["one_replica"]["sentence"] and found["kafka_version"]["sentence"].startswith("The brokers speak 3.9")
    free = int(found["connections"]["sentence"].split()[0])
    most = int(world.value("SHOW max_connections"))
    locks = int(world.value("SHOW max_locks_per_transaction")) * (most + int(world.value("SHOW max_prepared_transactions")))
    mib = {name: world.value(f"SELECT pg_size_bytes(current_setting('{name}')) / 1048576") for name in ("shared_buffers", "max_wal_size")}
    written = found.get("checkpoints") or found["checkpoints_often"]  # other tests' WAL counts, too
    assert int(written["sentence"].split()[2]) > 0
    assert written["finding"] != "checkpoints" or written["sentence"].endswith(f" {mib['max_wal_size']} MiB.")
    assert found["locks"]["sentence"].startswith(f"There is room for {locks} locks, ")
    assert found["buffers"]["sentence"].endswith(f"shared_buffers {mib['shared_buffers']} MiB.")
    assert found["wal"]["sentence"].startswith(f"wal_level is {world.value('SHOW wal_level')},")
    few = doctor(world, NRC_INGEST_LANES="64", NRC_REGISTRY_WORKERS="64")["connections_few"]
    setting = int(re.search(r"max_connections to (\d+)", few["sentence"])[1])
    assert few["state"] == "warn" and abs(setting - (most + 64 + 64 + 5 - free)) <= 10  # others come and go
    assert "disk" in found or "disk_low" in found or "disk_full" in found or "disk_unknown" in found

    # Kafka deletes what nobody recorded.
    dataset.send_all(people.change(n) for n in range(20, 60))
    world.kafka.delete_records(dataset.topic, 0, 50)
    next_offset = dataset.position()["next_offset"]
    world.kafka.alter_topic(dataset.topic, {"retention.ms": "3600000"})
    found = doctor(world, dataset.topic, code=2)
    assert found["lost"]["state"] == "fail"
    assert f"{dataset.topic}/0: {next_offset} to 49" in found["lost"]["sentence"]
    assert f"{dataset.topic}/0: {next_offset} to 49" in found["lost"]["sentence_ar"]
    assert "kept for 1 hours" in found["retention_short"]["sentence"]
    assert doctor(world, "no.such.topic")["topics"]["sentence"] == "All 0 topics are there."

    # And then the topic itself.
    world.kafka.delete_topic(dataset.topic)
    process.wait_until(lambda: "topic_missing" in doctor(world), 30, "the topic is gone")
    assert dataset.topic in doctor(world, code=2)["topic_missing"]["sentence"]


def test_a_configuration_that_cannot_be_read_is_a_finding(world, tmp_path):
    found = doctor(world, code=2, NRC_INGEST_LANES="0")
    assert list(found) == ["conf_bad"] and "from 1 to 64" in found["conf_bad"]["sentence"]
    done = world.nrc.run("config", "show", ok=None)  # any other command ends there
    assert done.returncode == 0
    text = subprocess.run([world.nrc.program, "doctor"], capture_output=True, text=True,
                          env=world.nrc.environment(NRC_INGEST_LANES="0", LC_ALL="ar_OM.UTF-8")).stdout
    assert "لا يمكن استعمال الإعدادات" in text and "fail" in text
    text = subprocess.run([world.nrc.program, "doctor"], capture_output=True, text=True,
                          env=world.nrc.environment(NRC_INGEST_LANES="0", LC_ALL="arn_CL.UTF-8")).stdout
    assert "cannot be used" in text


def test_servers_that_are_away_are_told_and_nothing_of_them_is_guessed(world):
    found = doctor(world, code=2, NRC_REGISTER_DSN="host=127.0.0.1 port=1 dbname=x user=x", NRC_KAFKA_BOOTSTRAP="127.0.0.1:1")
    assert found["register_away"]["state"] == found["kafka_away"]["state"] == "fail"
    guessed = {row["check"] for row in found.values()} & {"migrations", "durability", "clock", "login", "topics", "retention", "lost"}
    assert guessed == set()


def test_a_login_without_rights_and_a_file_that_all_may_read(world, tmp_path):
    world.postgres.ensure_login("stranger")
    conf = tmp_path / "nrc.conf"
    conf.write_text(f"[register]\ndsn = {world.postgres.keywords(world.database, 'stranger')} password=x\n")
    conf.chmod(0o644)
    settings = {"NRC_REGISTER_DSN": "", "NRC_CONFIG": str(conf)}
    environment = {k: v for k, v in world.nrc.environment(**settings, LC_ALL="C.UTF-8").items() if k != "NRC_REGISTER_DSN"}
    answer = json.loads(subprocess.run([world.nrc.program, "doctor", "--json"], env=environment, capture_output=True, text=True).stdout)
    found = {row["finding"]: row for row in answer["findings"]}
    assert found["secrets_open"]["state"] == "fail" and str(conf) in found["secrets_open"]["sentence"]
    for role in ("ingest", "registry", "relay", "monitor"):
        assert found[f"no_role_{role}"]["state"] == "warn" and "stranger" in found[f"no_role_{role}"]["sentence"]
    assert found["topics_not_told"]["state"] == "unknown"
    assert "password=x" not in json.dumps(answer)
    conf.chmod(0o600)
    answer = json.loads(subprocess.run([world.nrc.program, "doctor", "--json"], env=environment, capture_output=True, text=True).stdout)
    assert "secrets" in {row["finding"] for row in answer["findings"]}


@pytest.mark.parametrize("days, key, finding", [(90, None, "certificate"), (5, None, "certificate_soon"), (-1, None, "certificate_over"),
                                                (90, "other", "certificate_bad"), (90, "none", "certificate_bad")])
def test_a_certificate(world, tmp_path, days, key, finding):
    """As the registry loads it; the servers are not asked, so they are away."""
    authority = certificates.Authority(tmp_path)
    certificate, own = authority.server("one", days)
    other = authority.server("other", 90)[1]
    path = {None: own, "other": other, "none": tmp_path / "none.key"}[key]
    found = doctor(world, NRC_REGISTRY_CERTIFICATE=certificate, NRC_REGISTRY_KEY=path, NRC_REGISTER_DSN="", NRC_KAFKA_BOOTSTRAP="")
    assert finding in found and {f for f in found if f.startswith("certificate")} == {finding}
    assert "register_none" in found and "kafka_none" in found
