"""``alerts:`` and ``ping:`` in config.yaml: what they say, what is wrong and where, and no secret shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config import Config, load
from bot.core.alerts import Alerting, AlertKind
from bot.errors import ConfigError, Finding

if TYPE_CHECKING:
    from pathlib import Path

SERIES = "series:\n  flashtweet:\n    at: 7:30\n    weekdays: mon-fri\n"
SECRET = "planted-secret-1f3c"
URL = f"slack://{SECRET}/b/c"
KINDS = "missed, held, late, deleted, preflight, clock, folder, finding, ledger, config, budget, start, bug"


def loaded(folder: Path, text: str, environment: dict[str, str] | None = None) -> Config:
    path = folder / "config.yaml"
    path.write_text(text)
    return load(path, environment or {}, folder)


def problems(folder: Path, text: str, environment: dict[str, str] | None = None) -> tuple[Finding, ...]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, environment)
    return caught.value.findings


def test_nobody_hears_of_anything_unless_it_is_written(tmp_path: Path):
    config = loaded(tmp_path, SERIES)
    assert (config.alerting, config.unset, config.warnings) == (Alerting(), (), ())
    assert config.alerting.on == frozenset(AlertKind)


def test_who_hears_of_what(tmp_path: Path):
    text = (
        SERIES + "    ping: https://hc.example/${PING}\n"
        "alerts:\n"
        "  urls:\n"
        "    - ${CHAT}\n"
        "    - mailto://${USER}:${PASSWORD}@example.com\n"
        "  on: [missed, held]\n"
        "  hourly_ping: ${HOURLY}\n"
    )
    environment = {
        "CHAT": URL,
        "USER": "a",
        "PASSWORD": "b$1\\1",
        "PING": "p",
        "HOURLY": "https://hc.example/h",
    }
    config = loaded(tmp_path, text, environment)
    found = config.alerting
    assert [(one.name, one.url) for one in found.urls] == [
        ("alerts.urls 1 (slack, ${CHAT})", URL),
        ("alerts.urls 2 (mailto, ${USER}, ${PASSWORD})", "mailto://a:b$1\\1@example.com"),
    ]
    assert found.on == {AlertKind.MISSED, AlertKind.HELD}
    assert [(name, one.name, one.url) for name, one in found.pings] == [
        ("flashtweet", "series.flashtweet.ping", "https://hc.example/p")
    ]
    assert found.hourly_ping
    assert (found.hourly_ping.name, found.hourly_ping.url) == ("alerts.hourly_ping", "https://hc.example/h")
    assert (config.unset, config.warnings) == ((), ())


@pytest.mark.parametrize(
    ("text", "on"),
    [("held", {AlertKind.HELD}), ("held, bug", {AlertKind.HELD, AlertKind.BUG}), ("[]", set())],
)
def test_kinds(tmp_path: Path, text: str, on: set[AlertKind]):
    assert loaded(tmp_path, f"{SERIES}alerts:\n  on: {text}\n").alerting.on == on


def test_one_url_needs_no_list(tmp_path: Path):
    config = loaded(tmp_path, SERIES + "alerts:\n  urls: json://127.0.0.1:8000/a?x=1,2\n")
    assert [one.url for one in config.alerting.urls] == ["json://127.0.0.1:8000/a?x=1,2"]


WRONG = {
    "a kind that there is not": (
        "  on: [missed, hold]\n",
        f"config.yaml:6:16: alerts.on.2: a text of 4 characters is not one of {KINDS}. Did you mean 'held'?",
    ),
    "a url without a scheme": (
        f"  urls:\n    - {SECRET}\n",
        (
            "config.yaml:7:7: alerts.urls.1: a text of 19 characters is not the URL of an alert service. "
            "Write an apprise URL: slack://…, mailto://…, json://HOST/…"
        ),
    ),
    "a url with a space in it": (
        f"  urls: slack://a b/{SECRET}\n",
        (
            "config.yaml:6:3: alerts.urls: a URL of 31 characters (slack://…) is not the URL of an alert "
            "service. Write an apprise URL: slack://…, mailto://…, json://HOST/…"
        ),
    ),
    "a variable that is no url": (
        "  urls:\n    - ${WORD}\n",
        (
            "config.yaml:7:7: alerts.urls.1: the value of ${WORD} is not the URL of an alert service. "
            "Write an apprise URL: slack://…, mailto://…, json://HOST/…"
        ),
    ),
    "a malformed reference": (
        f"  urls:\n    - slack://{SECRET}/${{A-B}}\n",
        (
            "config.yaml:7:7: alerts.urls.1: a URL of 34 characters (slack://…) contains a malformed "
            "reference. Write ${NAME}, with letters, digits and '_' in its name."
        ),
    ),
    "a ping that is no web page": (
        f"  hourly_ping: ping://{SECRET}\n",
        (
            "config.yaml:6:3: alerts.hourly_ping: a URL of 26 characters (ping://…) is not the address of a "
            "web page. Write it as https://HOST/…"
        ),
    ),
    "a ping whose host is not one": (
        f"  hourly_ping: https://[{SECRET}/a\n",
        (
            "config.yaml:6:3: alerts.hourly_ping: a URL of 30 characters (https://…) is not the address of a "
            "web page. Write it as https://HOST/…"
        ),
    ),
    "a text for all": (
        f"  {URL}\n",
        "config.yaml:5:1: alerts: a text where keys with values are expected. Write below it: urls: …",
    ),
    "a misspelt key": (
        "  hourly-ping: a\n",
        "config.yaml:6:3: a text of 11 characters is not a key that stands here. Known keys are:",
    ),
    "keys for a url": (
        f"  urls:\n    - slack: {SECRET}\n",
        (
            "config.yaml:7:7: alerts.urls.1: a colon or a brace made keys and values of this text. "
            'Put the whole text in double quotes ("…"), or on lines of its own after "|".'
        ),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_its_place_and_without_its_secret(tmp_path: Path, name: str):
    text, expected = WRONG[name]
    found = problems(tmp_path, SERIES + "alerts:\n" + text, {"WORD": SECRET})
    said = "\n".join(map(str, found))
    assert said.startswith(expected)
    assert SECRET not in said


def test_a_file_of_a_reference_that_cannot_be_read_is_an_error(tmp_path: Path):
    [found] = problems(tmp_path, SERIES + "alerts:\n  urls: ${CHAT}\n", {"CHAT_FILE": "gone"})
    assert (found.path, found.code) == ("environment", "secret-file")


def test_an_editor_without_the_secrets_is_not_stopped(tmp_path: Path):
    """What is not set is left out and told to whoever needs it."""
    text = SERIES + "    ping: ${PING}\nalerts:\n  urls:\n    - ${CHAT}\n    - json://localhost/\n"
    config = loaded(tmp_path, text)
    assert [one.url for one in config.alerting.urls] == ["json://localhost/"]
    assert [str(one) for one in config.unset] == [
        (
            "config.yaml:5:5: series.flashtweet.ping: PING is not set. "
            "Set it in .env beside this file: PING=… (or PING_FILE, or a systemd credential)."
        ),
        (
            "config.yaml:8:7: alerts.urls.1: CHAT is not set. "
            "Set it in .env beside this file: CHAT=… (or CHAT_FILE, or a systemd credential)."
        ),
    ]
    assert {one.code for one in config.unset} == {"unset-variable"}
    assert config.warnings == ()


def test_a_url_in_the_file_itself_is_warned_of(tmp_path: Path):
    [warning] = loaded(tmp_path, f"{SERIES}alerts:\n  urls: {URL}\n").warnings
    assert warning.code == "bare-secret"
    assert str(warning) == (
        "config.yaml:6:3: alerts.urls: this URL is a secret in plain text: anyone who can read this file can "
        "use it. "
        "Put it in .env under a name, and write ${NAME} here."
    )


def test_no_repr_shows_a_url(tmp_path: Path):
    text = f"{SERIES}    ping: ${{PING}}\nalerts:\n  urls: ${{CHAT}}\n  hourly_ping: ${{PING}}\n"
    config = loaded(tmp_path, text, {"CHAT": URL, "PING": f"https://example.com/{SECRET}"})
    assert len(config.alerting.pings) == 1
    assert SECRET not in f"{config!r} {config}"
