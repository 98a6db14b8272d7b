"""Tests of whole folders through the real command line: editors' files, and the complete output.

`expected.txt` of a scenario contains the output of ``flashtweet check`` and ``flashtweet preview threads``.
After an intended change, rewrite it with ``UPDATE_SCENARIOS=1`` and read the difference.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.main import cli

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NEWSLETTER = ROOT.parent / "shared" / "data" / "newsletter-053.txt"
SCENARIOS = sorted(path.parent.name for path in HERE.glob("*/config.yaml"))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code in (0, 3), result.output
    return result.exit_code, result.output


def told(command: str) -> str:
    code, output = run(*command.split())
    return f"$ flashtweet {command}\n{output}exit {code}\n"


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(HERE / name)
    output = f"{told('check')}\n{told('preview threads')}"
    expected = HERE / name / "expected.txt"
    if os.environ.get("UPDATE_SCENARIOS"):
        expected.write_text(output, encoding="utf-8")
    assert output == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SCENARIOS)
def test_json_says_the_same(name: str, monkeypatch: pytest.MonkeyPatch):
    """Every post of the text preview is in the JSON, inside the limit, and replies to the one before."""
    monkeypatch.chdir(HERE / name)
    code, text = run("preview", "threads")
    json_code, machine = run("preview", "threads", "--json")
    editions = json.loads(machine)["editions"]
    assert json_code == code
    assert [one["edition"] for one in editions] == re.findall(r"^([a-z0-9-]+@\S+)  ", text, re.MULTILINE)
    for edition in editions:
        assert all(0 < post["weight"] <= 280 and post["text"] in text for post in edition["posts"])
        assert [post["reply_to"] for post in edition["posts"]] == [None, *range(1, len(edition["posts"]))]


@pytest.mark.parametrize("name", SCENARIOS)
def test_one_edition_previews_as_its_folder_does(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(HERE / name)
    for edition in json.loads(run("preview", "threads", "--json")[1])["editions"]:
        alone = json.loads(run("preview", edition["edition"], "--json")[1])["editions"]
        assert alone == [edition]


@pytest.mark.shared
@pytest.mark.skipif(not NEWSLETTER.exists(), reason="../shared/data/newsletter-053.txt is not here")
def test_the_top_ten_of_issue_53_pasted_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    text = NEWSLETTER.read_text(encoding="utf-8")
    pasted = text.partition("LE TOP 10 DE LA SEMAINE\n")[2].splitlines(keepends=True)[:10]
    file = tmp_path / "threads" / "hebdo-053.yaml"
    file.parent.mkdir()
    file.write_text(
        "issue: 53\ndate: 2020-11-08\ntop10: |\n" + "".join(f"  {line}" for line in pasted), "utf-8"
    )
    (tmp_path / "config.yaml").write_text((ROOT / "config.yaml").read_text("utf-8"), "utf-8")
    monkeypatch.chdir(tmp_path)

    code, output = run("preview", "threads/hebdo-053.yaml", "--json")

    shown = json.loads(output)
    [edition] = shown["editions"]
    texts = [post["text"] for post in edition["posts"]]
    caps = [*(f"{n}\ufe0f\u20e3" for n in range(1, 10)), "🔟"]
    assert (code, shown["findings"], edition["edition"]) == (0, [], "hebdo@2020-11-08")
    assert "#FlashTweetHebdo #53" in texts[0]
    assert "du 2 au 6 novembre 2020" in texts[0]
    assert texts[1:11] == [line.strip() for line in pasted]
    assert [text.split(" ")[0] for text in texts[1:11]] == caps
    assert "#54" in texts[11]
    assert len(texts) == 12
    assert max(post["weight"] for post in edition["posts"]) <= 280
