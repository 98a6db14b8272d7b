"""Secrets on every line of config.yaml, of .env and in the environment: no message quotes one, nor a half."""

from __future__ import annotations

import io
import itertools
import logging
import traceback
from typing import TYPE_CHECKING

import pytest

from bot.cli.main import cli
from bot.config import load, rescue
from bot.config.x_keys import KEY_NAMES
from bot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN, PASSWORD = "xQ7vK2mZp9LwRt4B", "Zk3TqW8uHs5NcY6e"
SECRETS = (TOKEN, PASSWORD)
NOBODY = "http://127.0.0.1:9"
"""Where nobody listens; nothing here may reach further."""

PLANTS = (
    TOKEN,
    f"json://127.0.0.1:9/{TOKEN}/{PASSWORD}",
    f"postgresql://bot:{PASSWORD}@127.0.0.1/{TOKEN}",
    f"https://{TOKEN}:{PASSWORD}@127.0.0.1:9/",
    f"2244994945-{TOKEN}{PASSWORD}",
    f"{TOKEN},{PASSWORD}",
    f"{TOKEN}: {PASSWORD}",
    f"{TOKEN} #{PASSWORD}",
    f"${{{TOKEN}",
    f"${{{TOKEN}}}",
    f"json://127.0.0.1:9/${{{TOKEN}-{PASSWORD}}}",
    f'"{TOKEN}',
    f"'{TOKEN}",
    f"{{{TOKEN}",
    f"[{TOKEN}, {PASSWORD}",
    f"[{TOKEN}, {PASSWORD}]",
    f"{{{TOKEN}: {PASSWORD}}}",
    f"| {TOKEN}",
    f"!{TOKEN} x",
    f"&{TOKEN} x",
    f"*{TOKEN}",
    f"@{TOKEN}",
    f"&{TOKEN[:8]};",
    f'"\\q{TOKEN}"',
    f"{TOKEN}\u00e2\u20ac\u2122",
)
SERIES_KEYS = (
    "at",
    "weekdays",
    "grace",
    "numbering",
    "gap",
    "chain",
    "links",
    "intro",
    "outro",
    "ping",
    "replays",
)
TOP_KEYS = (
    "timezone", "locale", "threads", "ledger", "settle", "on_unknown", "lease", "finish_within",
    "duplicate_window", "health", "reminder", "pauses", "series", "special", "alerts", "network",
)  # fmt: skip
NETWORK_KEYS = ("proxy", "ca_file")
ALERT_KEYS = ("urls", "on", "hourly_ping", "token", "slack")
SERIES = "series:\n  flashtweet:\n    at: 7:30\n    weekdays: mon-fri\n"
FORMS = ("{key}: {plant}", "{key}:\n{pad}  - {plant}", "{key}:{plant}", "{key}:\n{pad}  {plant}: x",
         "{key}: x # {plant}", "{key}: x #{plant}", "{plant}", "{plant}: x", "#{plant}",
         "{key}:\n{pad}{plant}", "- {plant}", "{key}: a\n{pad}{key}: {plant}",
         "{plant}: 1\n{pad}{plant}: 2")  # fmt: skip
PATHS = frozenset({("threads", TOKEN), ("threads", f"{TOKEN},{PASSWORD}")})
"""Paths are shown on purpose."""


def planted(key: str, form: str, plant: str) -> Iterator[str]:
    """Files that hold `plant` at `key`."""
    if key in TOP_KEYS:
        yield form.format(key=key, plant=plant, pad="") + f"\n{SERIES}"
    if key in SERIES_KEYS:
        yield SERIES + "    " + form.format(key=key, plant=plant, pad="    ") + "\n"
        yield f"{SERIES}special:\n  " + form.format(key=key, plant=plant, pad="  ") + "\n"
    if key in NETWORK_KEYS:
        yield f"{SERIES}network:\n  " + form.format(key=key, plant=plant, pad="  ") + "\n"
    if key in ALERT_KEYS:
        yield f"{SERIES}alerts:\n  " + form.format(key=key, plant=plant, pad="  ") + "\n"


EVERY = [
    (text, key, plant)
    for at, key in enumerate(dict.fromkeys((*TOP_KEYS, *SERIES_KEYS, *NETWORK_KEYS, *ALERT_KEYS)))
    for (row, form), (column, plant) in itertools.product(enumerate(FORMS), enumerate(PLANTS))
    if (at + row + column) % 3 == 0
    for text in planted(key, form, plant)
]
"""Each key has every form and every plant; three keys in a row have each form with each plant."""


def quoted(said: str) -> list[str]:
    """The parts of secrets, of eight characters, that `said` holds."""
    parts = {secret[at : at + 8] for secret in SECRETS for at in range(len(secret) - 7)}
    return sorted(part for part in parts if part.lower() in said.lower())


def said_of(folder: Path, text: str, environment: dict[str, str]) -> str:
    """All that can be read of a configuration."""
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    try:
        found = load(path, environment, folder)
    except ConfigError as error:
        traces = io.StringIO()
        traceback.print_exc(file=traces)
        found = rescue(path, environment, folder, error.findings)
        trouble = f"{error}\n{error!r}\n{traces.getvalue()}"
    else:
        trouble = ""
    words = (*found.warnings, *found.unset, *found.malformed, *found.problems)
    names = [one.name for one in (*found.alerting.urls, *(ping for _, ping in found.alerting.pings))]
    return "\n".join(
        [trouble, *map(str, words), *map(repr, words), *names, repr(found.alerting), repr(found.access)]
    )


@pytest.mark.parametrize("key", dict.fromkeys((*TOP_KEYS, *SERIES_KEYS, *ALERT_KEYS)))
def test_no_finding_quotes_a_secret_in_the_file(tmp_path: Path, key: str):
    cases = [(text, plant) for text, at, plant in EVERY if at == key and (at, plant) not in PATHS]
    leaks = {text: found for text, _ in cases if (found := quoted(said_of(tmp_path, text, {})))}
    assert leaks == {}
    assert len(cases) >= 80


NAMES = (
    *KEY_NAMES,
    "X_API_BASE_URL",
    "FLASHTWEET_LEDGER",
    "CHAT",
    *(f"{name}_FILE" for name in (*KEY_NAMES, "CHAT")),
)


@pytest.mark.parametrize("name", NAMES)
def test_no_finding_quotes_a_secret_of_the_environment(tmp_path: Path, name: str):
    text = f"{SERIES}    ping: ${{CHAT}}\nalerts:\n  urls: [{TOKEN}, '${{CHAT}}']\n"
    sound = dict(zip(KEY_NAMES, ("a" * 25, "b" * 50, f"1-{'c' * 40}", "d" * 45), strict=True))
    for plant in PLANTS:
        lines = (
            f"{name}={plant}",
            f"{name} {plant}",
            f'{name}="{plant}',
            plant,
            f"export {plant}",
            f"{plant}={name}",
        )
        for line in lines:
            (tmp_path / ".env").write_text(f"{line}\nOTHER=x\n", "utf-8")
            (tmp_path / ".env").chmod(0o644)
            assert quoted(said_of(tmp_path, text, {})) == [], line
        (tmp_path / ".env").unlink()
        assert quoted(said_of(tmp_path, text, sound | {name: plant})) == [], plant


COMMANDS = [
    [*arguments, *more]
    for arguments in (
        ["check"],
        ["check", "--json"],
        ["doctor"],
        ["doctor", "--json"],
        ["run"],
        ["run", "--log", "json"],
        ["status"],
        ["status", "--json"],
        ["alert", "--test"],
        ["alert", "--test", "--json"],
        ["reload"],
    )
    for more in ([], ["--debug"])
]


def run(arguments: list[str]) -> None:
    """Run a command to its end."""
    with pytest.raises(SystemExit):
        cli.main(arguments, prog_name="flashtweet")


WRONG = {
    "a URL under on": f"alerts:\n  on: slack://{TOKEN}/{PASSWORD}\n",
    "a URL as a key": f"alerts:\n  slack://{TOKEN}/{PASSWORD}: x\n",
    "a URL after a hash": f"alerts:\n  urls: x #slack://{TOKEN}/{PASSWORD}\n",
    "a quote left open": f'alerts:\n  urls: "slack://{TOKEN}/{PASSWORD}\n',
    "a brace left open": f"alerts:\n  urls: ${{{TOKEN}\n  hourly_ping: json://127.0.0.1:9/${{{PASSWORD}\n",
    "a token as a reference": f"alerts:\n  urls: ${{{TOKEN}}}\n",
    "PostgreSQL": f"ledger: postgresql://bot:{PASSWORD}@127.0.0.1/{TOKEN}\n",
    "PostgreSQL as a file": f"ledger: sqlite:///bot:{PASSWORD}@127.0.0.1/{TOKEN}\n",
    "a URL as the folder": f"threads: https://{TOKEN}:{PASSWORD}@127.0.0.1/\n",
    "a token as a zone": f"timezone: {TOKEN}\n",
    "an alert's address that nobody answers": f"alerts:\n  urls: json://bot:{PASSWORD}@127.0.0.1:9/{TOKEN}\n",
}
ENVIRONMENTS = {
    "swapped": {
        "X_ACCESS_TOKEN": TOKEN + PASSWORD,
        "X_ACCESS_TOKEN_SECRET": f"2244994945-{TOKEN}{PASSWORD}a1b2c3",
    },
    "no dash": {"X_ACCESS_TOKEN": TOKEN + PASSWORD},
    "quotes": {"X_ACCESS_TOKEN": f'"1-{TOKEN}"', "X_API_KEY": f"“{PASSWORD}”"},
    "a line break": {"X_API_KEY_SECRET": f"{TOKEN}\n{PASSWORD}"},
    "user info": {"X_API_BASE_URL": f"https://{TOKEN}:{PASSWORD}@127.0.0.1:9"},
    "a path": {"X_API_BASE_URL": f"https://127.0.0.1:9/{TOKEN}"},
    "the value as a file's name": {"X_API_KEY_FILE": TOKEN, "X_ACCESS_TOKEN_FILE": f"/{PASSWORD}"},
    "PostgreSQL": {"FLASHTWEET_LEDGER": f"postgresql://bot:{PASSWORD}@127.0.0.1/{TOKEN}"},
}


@pytest.mark.parametrize("name", [*WRONG, *(f"env: {name}" for name in ENVIRONMENTS)])
def test_no_command_quotes_a_secret(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
):
    environment = ENVIRONMENTS.get(name.removeprefix("env: "), {}) if name.startswith("env: ") else {}
    sound = dict(zip(KEY_NAMES[:2], ("a" * 25, "b" * 50), strict=True))
    for key, value in (sound | {"X_API_BASE_URL": NOBODY} | environment).items():
        monkeypatch.setenv(key, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "threads").mkdir()
    (tmp_path / "config.yaml").write_text(WRONG.get(name, "") + SERIES, "utf-8")
    (tmp_path / ".env").write_text(f'CHAT json://127.0.0.1:9/{TOKEN}\nOTHER="{PASSWORD}\n', "utf-8")
    caplog.set_level(logging.DEBUG)
    for command in COMMANDS:
        run(command)
        out, err = capfd.readouterr()
        assert quoted(f"{out}{err}{caplog.text}") == [], command
        assert "this is a bug" not in err, command
    files = [
        path for path in tmp_path.rglob("*") if path.is_file() and path.name not in ("config.yaml", ".env")
    ]
    assert [str(path) for path in files if quoted(f"{path}{path.read_bytes()!r}")] == []
