"""Keys of X are checked for their form before they are used; no message quotes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config import load
from bot.config.x_keys import KEY_NAMES
from bot.errors import ConfigError
from bot.wiring import need_access

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Config

NUMBER = "2244994945"
TOKEN = f"{NUMBER}-{'Tk9' * 13}a"
SOUND = dict(zip(KEY_NAMES, ("aK3" * 8 + "b", "sE5" * 16 + "cd", TOKEN, "zQ7" * 15), strict=True))


def loaded(folder: Path, environment: dict[str, str], dotenv: str = "") -> Config:
    (folder / "config.yaml").write_text("series:\n  flashtweet: {at: 07:30, weekdays: mon-fri}\n")
    (folder / ".env").write_bytes(dotenv.encode())
    (folder / ".env").chmod(0o600)
    return load(folder / "config.yaml", environment, folder)


def test_sound_keys_are_taken(tmp_path: Path):
    config = loaded(tmp_path, SOUND)
    assert need_access(config).user_id == NUMBER
    assert (config.malformed, config.warnings) == ((), ())


ODD = {
    "quotes kept by an env file": (f'"{TOKEN}"', 1, "QUOTATION MARK (U+0022)", "Remove the"),
    "single quotes": (f"'{TOKEN}'", 1, "APOSTROPHE (U+0027)", "Remove the"),
    "a closing quote": (f'{TOKEN}"', 52, "QUOTATION MARK (U+0022)", "Remove the"),
    "curly quotes": (f"“{TOKEN}”", 1, "LEFT DOUBLE QUOTATION MARK (U+201C)", "Remove the"),
    "French quotes": (f"«{TOKEN}", 1, "LEFT-POINTING DOUBLE ANGLE QUOTATION MARK (U+00AB)", "Remove the"),
    "a trailing blank": (f"{TOKEN} ", 52, "SPACE (U+0020)", "Remove it"),
    "a no-break space": (f"\u00a0{TOKEN}", 1, "NO-BREAK SPACE (U+00A0)", "Remove it"),
    "a line break": (f"{TOKEN}\n", 52, "LINE FEED (U+000A)", "Remove it"),
    "a line break within": (f"{TOKEN[:20]}\r\n{TOKEN[20:]}", 21, "CARRIAGE RETURN (U+000D)", "Remove it"),
    "a zero-width space": (f"{TOKEN[:5]}\u200b{TOKEN[5:]}", 6, "ZERO WIDTH SPACE (U+200B)", "invisible"),
    "a byte order mark": (f"\ufeff{TOKEN}", 1, "ZERO WIDTH NO-BREAK SPACE (U+FEFF)", "invisible"),
    "a word joiner": (f"{TOKEN}\u2060", 52, "WORD JOINER (U+2060)", "invisible"),
    "a control": (f"{TOKEN}\x1b", 52, "a control character (U+001B)", "invisible"),
    "a dash of typography": (f"{NUMBER}–{'a' * 40}", 11, "EN DASH (U+2013)", "Copy it again"),
    "a letter of another script": (f"{TOKEN}\u0430", 52, "a letter or digit outside ASCII", "Copy it again"),
}  # fmt: skip


@pytest.mark.parametrize("name", KEY_NAMES)
@pytest.mark.parametrize("odd", ODD)
def test_the_odd_character_is_named_with_its_place(tmp_path: Path, name: str, odd: str):
    value, at, character, remedy = ODD[odd]
    config = loaded(tmp_path, SOUND | {name: value})
    [found] = config.malformed
    assert (config.access, found.path, found.code) == (None, "environment", "key-form")
    assert found.message == f"{name}: character {at} of {len(value)} is {character}, which no key contains."
    assert remedy in found.remedy
    with pytest.raises(ConfigError, match=f"environment: {name}: character {at} of"):
        need_access(config)


FORMS = {
    "no dash": ("a" * 33, "this has 33 characters and no '-'", "Copy it again"),
    "an API key": (SOUND["X_API_KEY"], "this has 25 characters and no '-'", "An X_API_KEY has this length"),
    "an API key's secret": (SOUND["X_API_KEY_SECRET"], "no '-'", "An X_API_KEY_SECRET has this length"),
    "a user name": (f"flash-{'a' * 40}", "the 5 characters before the first '-' are not all digits", "Copy"),
    "no number": (f"-{'a' * 40}", "the 0 characters before the first '-' are not all digits", "Copy"),
    "half": (f"{NUMBER}-", "this has 10 characters before the '-' and 0 after it", "Copy"),
    "two of them": (f"{TOKEN},{TOKEN}", "character 52 of 103 is COMMA (U+002C)", "Copy"),
    "a number too long": (f"{'1' * 20}-a", "this has 20 characters before the '-' and 1 after it", "Copy"),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_access_token_is_never_split_into_a_user(tmp_path: Path, form: str):
    value, misfit, remedy = FORMS[form]
    config = loaded(tmp_path, SOUND | {"X_ACCESS_TOKEN": value})
    [found] = config.malformed
    assert found.message.startswith("X_ACCESS_TOKEN: an access token is digits, '-', letters and digits; ")
    assert misfit in found.message
    assert remedy in found.remedy
    assert value not in str(found)


def test_a_token_and_its_secret_are_swapped(tmp_path: Path):
    swapped = {"X_ACCESS_TOKEN": SOUND["X_ACCESS_TOKEN_SECRET"], "X_ACCESS_TOKEN_SECRET": TOKEN}
    token, secret = loaded(tmp_path, SOUND | swapped).malformed
    assert "swapped with X_ACCESS_TOKEN_SECRET" in token.remedy
    assert secret.message == "X_ACCESS_TOKEN_SECRET: this looks like an access token."


def test_an_access_token_is_no_api_key(tmp_path: Path):
    [found] = loaded(tmp_path, SOUND | {"X_API_KEY": TOKEN}).malformed
    assert str(found) == (
        "environment: X_API_KEY: this looks like an access token. Put it in X_ACCESS_TOKEN."
    )


def test_a_length_alone_is_a_warning(tmp_path: Path):
    """X documents no lengths."""
    swapped = {"X_API_KEY": SOUND["X_API_KEY_SECRET"], "X_API_KEY_SECRET": SOUND["X_API_KEY"]}
    config = loaded(tmp_path, SOUND | swapped)
    assert config.access is not None
    [warning] = config.warnings
    assert (warning.severity, warning.code) == ("warning", "key-form")
    assert "swapped" in warning.remedy
    assert loaded(tmp_path, {name: value[:30] for name, value in SOUND.items()}).access is not None


def test_the_source_of_the_value_is_named(tmp_path: Path):
    """Quotes of .env are its own; a file's blanks at the end are nobody's."""
    (tmp_path / "token").write_text(f'"{TOKEN}"\n')
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "X_ACCESS_TOKEN").write_text(f'"{TOKEN}"\n')
    others = {name: value for name, value in SOUND.items() if name != "X_ACCESS_TOKEN"}
    for environment, dotenv, source in (
        ({"X_ACCESS_TOKEN_FILE": "token"}, "", "token"),
        ({"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}, "", "credentials/X_ACCESS_TOKEN"),
        ({}, f"\n\nX_ACCESS_TOKEN='\"{TOKEN}\"'\n", ".env:3:1"),
    ):
        [found] = loaded(tmp_path, others | environment, dotenv).malformed
        assert str(found).startswith(f"{source}: X_ACCESS_TOKEN: character 1 of 53 is QUOTATION MARK")
    assert loaded(tmp_path, others, f'X_ACCESS_TOKEN="{TOKEN}" \n').access is not None


def test_an_editor_needs_no_keys(tmp_path: Path):
    """check and preview do not care; what is missing beside is still named."""
    config = loaded(tmp_path, {"X_ACCESS_TOKEN": "secret"})
    assert config.programme.series
    assert config.missing == tuple(name for name in KEY_NAMES if name != "X_ACCESS_TOKEN")
