# SPDX-License-Identifier: Apache-2.0
"""What is installed for Prometheus and Grafana: each alert has a test and says what to do, and all name metrics that there are."""

import json
import re

import pytest
import yaml

from kit import metrics, paths

DEPLOY = paths.ROOT / "ops" / "deploy"
RULES = DEPLOY / "prometheus" / "nrc.rules.yml"
TESTS = paths.ROOT / "tests" / "e2e" / "prometheus" / "alerts.test.yml"
DASHBOARD = DEPLOY / "grafana" / "nrc.json"
OF_PROMETHEUS = {"up"}


def rules():
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels():
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def exprs():
    """[(where, expression)]"""
    found = [(rule["alert"], rule["expr"]) for rule in rules()]
    return found + [(panel["title"], target["expr"]) for panel in panels() for target in panel["targets"]]


def named(expr):
    """The metrics that an expression selects: words before a brace, or that look like one of ours."""
    words = re.findall(r"[a-zA-Z_:][\w:]*(?=\{)", expr) + re.findall(r"\b(?:nrc|process|go)_\w+", expr)
    return {re.sub(r"_(bucket|sum|count)$", "", word) for word in words} - OF_PROMETHEUS


def test_names_are_found_where_they_are():
    expr = 'sum by (le) (rate(nrc_a_seconds_bucket{job="x"}[5m])) / other_total{a="b"} > time() - nrc_c and up{x="y"} == 0'
    assert named(expr) == {"nrc_a_seconds", "other_total", "nrc_c"}


@pytest.mark.parametrize("where, expr", exprs())
def test_every_metric_named_is_in_the_table(where, expr):
    names, table = named(expr), metrics.table()
    assert names or where == "NrcDaemonGone"
    assert names <= set(table), names - set(table)


def test_alerts_are_told_by_none_but_their_metrics():
    """Only a metric that some daemon has can speak; a label that none has never would."""
    page = metrics.PAGE.read_text(encoding="utf-8")
    for where, expr in exprs():
        for label in re.findall(r'\b(\w+)(?:=|!=|=~)"', expr):
            assert label == "job" or f"`{label}=" in page or re.search(rf"`[\w,]*\b{label}\b[\w,]*`", page), (where, label)


def test_promtool_takes_the_rules_and_their_tests():
    assert "SUCCESS" in metrics.promtool("check", "rules", RULES)
    assert "SUCCESS" in metrics.promtool("test", "rules", TESTS)


def test_promtool_takes_the_scrape_configuration():
    assert "SUCCESS" in metrics.promtool("check", "config", DEPLOY / "prometheus" / "scrape.yml")


def test_promtool_takes_the_dashboards_expressions(tmp_path):
    found = [target["expr"].replace("$__rate_interval", "5m") for panel in panels() for target in panel["targets"]]
    path = tmp_path / "dashboard.yml"
    path.write_text(json.dumps({"groups": [{"name": "d", "rules": [
        {"record": f"panel:{i}", "expr": expr} for i, expr in enumerate(found)]}]}))
    assert len(found) > 20 and "SUCCESS" in metrics.promtool("check", "rules", path)


def test_every_alert_is_seen_to_speak_and_to_be_silent():
    speaks, silent = set(), set()
    for test in yaml.safe_load(TESTS.read_text())["tests"]:
        for one in test["alert_rule_test"]:
            (speaks if one["exp_alerts"] else silent).add(one["alertname"])
    alerts = {rule["alert"] for rule in rules()}
    assert speaks == silent == alerts


def test_every_alert_says_what_it_means_and_has_a_section_in_the_runbook():
    page = (paths.ROOT / "ops" / "doc" / "runbook.md").read_text(encoding="utf-8")
    alerts = re.search(r"^## Alerts\n(.*?)(?=^## |\Z)", page, re.M | re.S).group(1)
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", alerts, re.M | re.S))
    assert list(sections) == [rule["alert"] for rule in rules()]
    for rule in rules():
        assert rule["annotations"]["summary"].endswith(".") and rule["labels"]["severity"] in ("critical", "warning", "info")
        for part in ("**Means**", "**Look at**", "**Do**"):
            assert part in sections[rule["alert"]], rule["alert"]


def test_the_dashboard_can_be_imported():
    board = json.loads(DASHBOARD.read_text())
    ids = [panel["id"] for panel in board["panels"]]
    assert board["uid"] == "nrc" and len(set(ids)) == len(ids)
    for panel in panels():
        assert panel["title"] and panel["fieldConfig"]["defaults"]["unit"], panel["id"]
        assert all(target["datasource"]["uid"] == "${source}" for target in panel["targets"])
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24


def test_the_runbook_names_commands_and_log_lines_that_there_are():
    page = (paths.ROOT / "ops" / "doc" / "runbook.md").read_text(encoding="utf-8")
    commands = (paths.ROOT / "ops" / "doc" / "commands.md").read_text(encoding="utf-8")
    for command in re.findall(r"`(nrc [a-z]+(?: [a-z]+)?)(?=[ `])", page):
        assert re.search(rf"^{command}\b", commands, re.M) or command == "nrc ingest lane", command  # a session's name
    sources = "".join(p.read_text(encoding="utf-8") for room in ("base", "ingest", "ops", "registry", "storage")
                      for p in (paths.ROOT / room).rglob("*.[ch]"))
    of_postgres = {"pg_stat_activity", "pg_blocking_pids", "wait_event"}
    for event in set(re.findall(r"`([a-z]+_[a-z_]+)`", page)) - of_postgres:
        assert f'"{event}"' in sources or re.search(rf"\b{event}\b", metrics.PAGE.read_text(encoding="utf-8")), event
