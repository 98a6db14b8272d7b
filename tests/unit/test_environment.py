"""Where secrets come from: the environment, files that it names, systemd's credentials, ``.env``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config import load
from bot.config.environment import Variables, variables
from bot.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "planted-secret-1f3c"


def sources(folder: Path) -> dict[str, tuple[dict[str, str], str]]:
    """Each place that may hold NAME: its environment and its ``.env``; the files are there."""
    for name in ("of-environment", "of-dotenv"):
        (folder / name).write_text(f"value {name}\n")
    (folder / "credentials").mkdir()
    (folder / "credentials" / "NAME").write_text("value of-systemd\n")
    return {
        "environment": ({"NAME": "value environment"}, ""),
        "of-environment": ({"NAME_FILE": "of-environment"}, ""),
        "of-systemd": ({"CREDENTIALS_DIRECTORY": str(folder / "credentials")}, ""),
        "dotenv": ({}, "NAME=value dotenv\n"),
        "of-dotenv": ({}, "NAME_FILE=of-dotenv\n"),
    }


def read(folder: Path, environment: dict[str, str], dotenv: str = "") -> Variables:
    path = folder / ".env"
    path.write_text(dotenv)
    path.chmod(0o600)
    return variables(folder, folder, environment)


def test_the_first_place_that_has_it_wins(tmp_path: Path):
    """All places at once, then without the first, and so on."""
    places = list(sources(tmp_path).items())
    while places:
        environment = {name: value for _, (own, _) in places for name, value in own.items()}
        found = read(tmp_path, environment, "".join(dotenv for _, (_, dotenv) in places))
        assert (found.get("NAME"), found.findings) == (f"value {places[0][0]}", [])
        places.pop(0)
    assert read(tmp_path, {}).get("NAME") is None


@pytest.mark.parametrize("empty", ["NAME", "NAME_FILE"])
def test_what_is_set_to_nothing_is_not_set(tmp_path: Path, empty: str):
    assert read(tmp_path, {empty: ""}, "NAME=b\n").get("NAME") == "b"


def test_a_file_is_relative_to_the_configuration_and_may_be_absolute(tmp_path: Path):
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbfa b\r\n")
    for path in ("secret", "./secret", str(tmp_path / "secret")):
        assert read(tmp_path, {"NAME_FILE": path}).get("NAME") == "a b"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xff", "is not UTF-8 text. Name a file that contains only the value."),
        (b"a" * 65537, "is longer than 64 KiB. Name a file that contains only the value."),
    ],
)
def test_a_file_that_cannot_be_used_is_reported_once(tmp_path: Path, content: bytes, what: str):
    (tmp_path / "secret").write_bytes(content)
    found = read(tmp_path, {"NAME_FILE": "secret"})
    assert [found.get("NAME"), found.get("NAME")] == [None, None]
    [finding] = found.findings
    assert str(finding) == f"secret: the file of NAME_FILE {what}"
    assert finding.code == "secret-file"


def test_keys_of_x_come_from_files_too(tmp_path: Path):
    config = tmp_path / "config.yaml"
    config.write_text("series:\n  flashtweet: {at: 07:30, weekdays: mon-fri}\n")
    (tmp_path / "key").write_text("aKey\n")
    environment = {
        "X_API_KEY_FILE": "key",
        "X_API_KEY_SECRET": "b",
        "X_ACCESS_TOKEN": "1-c",
        "X_ACCESS_TOKEN_SECRET": "d",
    }
    access = load(config, environment, tmp_path).access
    assert access
    assert access.api_key == "aKey"
    with pytest.raises(ConfigError) as caught:
        load(config, environment | {"X_API_KEY_FILE": "kee"}, tmp_path)
    assert [finding.path for finding in caught.value.findings] == ["environment"]


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (SECRET, ""),
        (f"./{SECRET}", ""),
        (f"/run/gone/{SECRET}", ""),
        (f"/{SECRET}", ""),
        (f"{SECRET}/" * 300, ""),
        ("{folder}/gone", " in {folder}"),
    ],
)
def test_a_file_that_is_not_there_may_be_the_value_itself(tmp_path: Path, value: str, where: str):
    """The folder is named where it exists; the rest is not quoted."""
    value, where = value.format(folder=tmp_path), where.format(folder=tmp_path)
    for environment, dotenv, source in (
        ({"NAME_FILE": value}, "", "environment"),
        ({}, f"\nNAME_FILE={value}\n", ".env:2:1"),
    ):
        found = read(tmp_path, environment, dotenv)
        assert [found.get("NAME"), found.get("NAME")] == [None, None]
        [finding] = found.findings
        assert str(finding) == (
            f"{source}: NAME_FILE: there is no file{where} by this name ({len(value)} characters). "
            "Write the path of a file that contains the value; the value itself belongs in NAME."
        )


def test_a_folder_of_credentials_that_cannot_be_one_holds_none(tmp_path: Path):
    for folder in (SECRET, f"{SECRET}/" * 300):
        found = read(tmp_path, {"CREDENTIALS_DIRECTORY": folder})
        assert (found.get("NAME"), found.findings) == (None, [])


def test_a_line_that_sets_nothing_is_reported_and_not_quoted(tmp_path: Path):
    dotenv = f'# NAME={SECRET}\n\nOTHER=b\nhttps://{SECRET}\nNAME "{SECRET}\nexport LAST=c\n'
    found = read(tmp_path, {}, dotenv)
    assert [found.get("OTHER"), found.get("LAST")] == ["b", "c"]
    assert [(one.line, one.code) for one in found.findings] == [(4, "stray-line"), (5, "stray-line")]
    assert SECRET not in "".join(map(str, found.findings))


def test_each_value_names_its_source(tmp_path: Path):
    environment, dotenv = {}, "\n# a comment\nOTHER=a\n\nNAME=b\n"
    for where, (own, _) in sources(tmp_path).items():
        environment[where] = own
    found = {where: read(tmp_path, own, dotenv).find("NAME") for where, own in environment.items()}
    assert {where: (one.source, one.line) for where, one in found.items() if one} == {
        "environment": ("environment", 0),
        "of-environment": ("of-environment", 0),
        "of-systemd": ("credentials/NAME", 0),
        "dotenv": (".env", 5),
        "of-dotenv": (".env", 5),
    }


def test_no_repr_shows_a_value(tmp_path: Path):
    found = read(tmp_path, {"NAME": SECRET}, f"OTHER={SECRET}\n")
    assert SECRET not in repr(found)
