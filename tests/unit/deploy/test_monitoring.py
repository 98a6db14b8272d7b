"""Dashboard and alert rules refer to existing metrics, labels and headings."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.adapters.metrics import Metrics
from bot.adapters.metrics.instruments import ENDS, GAUGES
from tests.fakes.scrape import page

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy" / "prometheus-alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"
OPERATORS = (ROOT / "docs" / "operators.md").read_text("utf-8")
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",), "gauge": ("",)}


def exported() -> set[str]:
    """Return the names of all series that a daemon can export."""
    families = list(text_string_to_metric_families(page(Metrics(["flashtweet"], lambda: 0.0))))
    return {f"{one.name}{suffix}" for one in families for suffix in SUFFIXES[one.type]}


def rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return list(group["rules"])


def dashboard() -> dict[str, Any]:
    return dict(json.loads(DASHBOARD.read_text("utf-8")))


def panels() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])


def named_in(text: str) -> set[str]:
    return set(re.findall(r"\b(?:flashtweet|process)_[a-z_]+", text))


def promtool(*arguments: str, cwd: Path = ROOT) -> str:
    """Return promtool's output; fail if it reports an error."""
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not here: apt-get install --no-install-recommends prometheus")
    done = subprocess.run(
        [tool, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_name_is_exported():
    names = {name for expression in expressions() for name in named_in(expression)}
    assert len(names) > 15
    assert names - exported() == set()


def test_every_state_exists():
    """An alert on a misspelt state would never fire."""
    states = {state for text in expressions() for state in re.findall(r'state="(\w+)"', text)}
    assert states
    assert states <= set(ENDS)


def test_every_bound_is_a_bucket():
    text = page(Metrics(["flashtweet"], lambda: 0.0))
    bounds = {bound for text in expressions() for bound in re.findall(r'le="([^"]+)"', text)}
    assert bounds
    assert [one for one in bounds if f'flashtweet_slot_lateness_seconds_bucket{{le="{one}"' not in text] == []


def test_every_metric_is_documented():
    table = set(re.findall(r"^\| `(flashtweet_[a-z_]+)` \w+ \|", OPERATORS, re.MULTILINE))
    ours = {name for name in exported() if name.startswith("flashtweet_")}
    of_histograms = {name for name in ours if name.endswith(("_bucket", "_sum", "_count"))}
    bases = {re.sub("_(bucket|sum|count)$", "", name) for name in of_histograms}
    assert table == (ours - of_histograms) | bases
    assert {f"flashtweet_{name}" for name in GAUGES} <= table


def test_every_rule_has_a_remedy_and_a_runbook():
    headings = {line.lstrip("#").strip() for line in OPERATORS.splitlines() if line.startswith("##")}
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "description", "runbook"}
        assert rule["annotations"]["runbook"] in headings, rule["alert"]
        assert rule["labels"]["severity"] in ("warning", "critical")


def test_every_rule_is_in_the_table():
    assert [one["alert"] for one in rules() if f"| `{one['alert']}`" not in OPERATORS] == []


def test_every_command_of_a_rule_exists():
    from bot.cli.main import COMMANDS  # noqa: PLC0415

    commands = {name for listed in COMMANDS.values() for name in listed}
    words = " ".join(rule["annotations"]["description"] for rule in rules())
    typed = set(re.findall(r"[Tt]ype: flashtweet (\w+)", words))
    assert typed
    assert typed <= commands


def test_promtool_accepts_the_rules():
    assert "SUCCESS" in promtool("check", "rules", str(RULES))


def test_the_rules_fire_when_they_should(tmp_path: Path):
    """No rule fires on a day without problems; each problem fires its rule."""
    shutil.copy(RULES, tmp_path)
    shutil.copy(Path(__file__).parent / "alerts.test.yml", tmp_path)
    assert "SUCCESS" in promtool("test", "rules", "alerts.test.yml", cwd=tmp_path)


def test_every_rule_is_tested():
    tried = (Path(__file__).parent / "alerts.test.yml").read_text("utf-8")
    assert [one["alert"] for one in rules() if f'alertname="{one["alert"]}"' not in tried] == []


def test_the_dashboard_can_be_imported_anywhere():
    """The viewer chooses its data source, and it has nothing specific to a machine."""
    board = dashboard()
    assert board["id"] is None
    assert [one["name"] for one in board["templating"]["list"]] == ["datasource", "instance"]
    own = {"type": "prometheus", "uid": "${datasource}"}
    for panel in panels():
        assert panel["datasource"] == own
        assert all(target["datasource"] == own for target in panel["targets"])
        assert all('instance=~"$instance"' in target["expr"] for target in panel["targets"])
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_no_panel_lies_over_another():
    cells: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        own = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not own & cells, panel["title"]
        cells |= own


def test_promtool_accepts_the_expressions_of_the_dashboard(tmp_path: Path):
    """Check them as rules, with the variable filled in: promtool cannot check a single expression."""
    found = [
        {"record": f"panel:{n}", "expr": text.replace("$instance", ".+")}
        for n, text in enumerate(expressions())
    ]
    rule_file = tmp_path / "dashboard.yml"
    rule_file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": found}]}), "utf-8")
    assert "SUCCESS" in promtool("check", "rules", str(rule_file))
