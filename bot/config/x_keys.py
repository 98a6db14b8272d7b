"""Checks of the form of X's keys before they are used. No finding quotes a key.

Source: ids and keys as X's developer portal issues them, seen 2026-11-23: an API key of 25, its secret of
50 letters and digits; an access token of the user's id, ``-`` and 40 letters and digits; its secret of 45.
X documents neither the alphabets nor the lengths (unverified), so a length alone is never an error.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.config.environment import Variable

KEY_NAMES = ("X_API_KEY", "X_API_KEY_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")
API_KEY, API_KEY_SECRET, ACCESS_TOKEN, ACCESS_TOKEN_SECRET = KEY_NAMES

_TOKEN = re.compile(r"[0-9]{1,19}-[A-Za-z0-9]+")
_LENGTHS = {API_KEY: 25, API_KEY_SECRET: 50, ACCESS_TOKEN_SECRET: 45}
_KEY = re.compile(r"""[!#-&(-_a-~]+""")
"""Visible ASCII characters other than quotes."""
_CONSOLE = "Copy it again from X's developer console ('Keys and tokens')."


def check_keys(found: Mapping[str, Variable]) -> Iterator[Finding]:
    """Yield the errors in the form of the keys in `found`. Missing keys are reported elsewhere."""
    for name in KEY_NAMES:
        if name in found and (wrong := _of_characters(found[name].value) or _of_form(name, found)):
            yield _finding(name, found[name], Severity.ERROR, *wrong)
    if _is_like(API_KEY_SECRET, found.get(API_KEY)) and _is_like(API_KEY, found.get(API_KEY_SECRET)):
        message = f"{_LENGTHS[API_KEY_SECRET]} characters, the usual length of {API_KEY_SECRET}, which has "
        message += f"{_LENGTHS[API_KEY]} (X does not document these lengths)"
        yield _finding(
            API_KEY, found[API_KEY], Severity.WARNING, message, "If the two are swapped, swap them back."
        )


def _finding(name: str, variable: Variable, severity: Severity, message: str, remedy: str) -> Finding:
    line, column = variable.line, min(variable.line, 1)
    return Finding(variable.source, line, column, severity, "key-form", f"{name}: {message}.", remedy)


def _of_characters(value: str) -> tuple[str, str] | None:
    """Return message and remedy for the first character that no key contains."""
    usual = _KEY.match(value)
    at = usual.end() if usual else 0
    if at == len(value):
        return None
    message = f"character {at + 1} of {len(value)} is {_name(value[at])}, which no key contains"
    return message, _remedy(value[at])


def _name(character: str) -> str:
    """Return the Unicode name and number of `character`; a letter is not named, as it may be secret."""
    number = f"U+{ord(character):04X}"
    if character.isalnum():
        return "a letter or digit outside ASCII"
    name = unicodedata.name(character, "") or _CONTROLS.get(character, "a control character")
    return f"{name} ({number})"


_CONTROLS = {"\t": "CHARACTER TABULATION", "\n": "LINE FEED", "\r": "CARRIAGE RETURN"}


def _remedy(character: str) -> str:
    if character in "\"'`":
        return "Remove the quotes around the value: a Docker env file keeps them as part of it."
    if unicodedata.category(character) in ("Pi", "Pf", "Ps", "Pe"):
        return "Remove the quotes around the value, and copy it as plain text."
    if character.isspace():
        return "Remove it: a blank or line break is part of the value here."
    if unicodedata.category(character) in ("Cf", "Cc"):
        return "It is invisible: type the value again, or paste it through a plain text editor."
    return _CONSOLE


def _of_form(name: str, found: Mapping[str, Variable]) -> tuple[str, str] | None:
    """Return message and remedy if the value does not have the form of its key, or has that of another."""
    value = found[name].value
    if name != ACCESS_TOKEN:
        is_token = _TOKEN.fullmatch(value) and len(value) > _LENGTHS[ACCESS_TOKEN_SECRET]
        return ("this looks like an access token", f"Put it in {ACCESS_TOKEN}.") if is_token else None
    if _TOKEN.fullmatch(value):
        return None
    message = f"an access token is digits, '-', letters and digits; {_misfit(value)}"
    secret = found.get(ACCESS_TOKEN_SECRET)
    if secret is not None and _TOKEN.fullmatch(secret.value):
        return message, f"It seems to be swapped with {ACCESS_TOKEN_SECRET}: swap them back."
    meant = [other for other in _LENGTHS if _is_like(other, found[name])]
    if meant:
        return message, f"An {meant[0]} has this length: is it in the wrong place? {_CONSOLE}"
    return message, _CONSOLE


def _misfit(value: str) -> str:
    if "-" not in value:
        return f"this has {len(value)} characters and no '-'"
    first, _, rest = value.partition("-")
    if not first.isdigit():
        return f"here, the {len(first)} characters before the first '-' are not all digits"
    odd = re.search(r"[^A-Za-z0-9]", rest)
    if odd is not None:
        return f"here, character {len(first) + 2 + odd.start()} of {len(value)} is {_name(odd[0])}"
    return f"this has {len(first)} characters before the '-' and {len(rest)} after it"


def _is_like(name: str, variable: Variable | None) -> bool:
    return (
        variable is not None
        and len(variable.value) == _LENGTHS[name]
        and variable.value.isascii()
        and variable.value.isalnum()
    )
