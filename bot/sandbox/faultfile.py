"""Parser of the faults file, which reports all problems together."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.errors import ConfigError, Finding, Severity
from bot.sandbox.faults import (
    FORMS,
    PARAMETERS,
    STATUSES,
    Fault,
    FaultedLimit,
    FaultKind,
    Forbidden,
    Form,
    RequestKind,
    When,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import StrEnum

_LISTS = {"request": RequestKind, "when": When, "reason": Forbidden, "form": Form, "window": FaultedLimit}
_COUNTS = {"after": 0, "times": 1, "status": 100}
"""Integer fields and their minimums."""
_DOCS = "See docs/sandbox.md for the shape of a fault."


@dataclass(frozen=True)
class _Problem:
    code: str
    message: str
    remedy: str = _DOCS


def load_faults(text: str, path: str = "faults") -> tuple[Fault, ...]:
    """Return the faults in `text`, a JSON list of objects. Findings refer to the file as `path`.

    Raises:
        ConfigError: with a finding for every problem, placed at its entry.

    """
    findings: list[Finding] = []
    faults: list[Fault] = []
    for line, column, entry in _read(text, path):
        fault, problems = parse_fault(entry)
        findings += [_finding(path, line, column, problem) for problem in problems]
        if fault is not None:
            faults.append(fault)
    if findings:
        raise ConfigError(findings)
    return tuple(faults)


def _read(text: str, path: str) -> list[tuple[int, int, object]]:
    line = column = 0
    try:
        return list(_entries(text))
    except json.JSONDecodeError as error:
        line, column = error.lineno, error.colno
        problem = _Problem("faults-not-json", f"this is not JSON: {error.msg}.", "Correct it here. " + _DOCS)
    except ValueError:
        problem = _Problem("faults-not-json", "this contains a number that is too long to parse.")
    except RecursionError:
        problem = _Problem("faults-not-json", "this is nested too deeply for a list of faults.")
    except TypeError as error:
        message = f"the file contains {error}, not a list."
        problem = _Problem("faults-not-a-list", message, "Put [ ] around the faults.")
    raise ConfigError([_finding(path, line, column, problem)])


def parse_fault(entry: object) -> tuple[Fault | None, list[_Problem]]:
    """Return the fault that `entry` describes, or the problems that prevent it."""
    if not isinstance(entry, dict):
        return None, [_Problem("fault-shape", f'{_shown(entry)} is not an object with a "fault".')]
    kind = entry.get("fault")
    if kind not in list(FaultKind):
        return None, [_one_of("fault", kind, FaultKind)]
    problems = [*_field_problems(FaultKind(kind), entry)]
    if problems:
        return None, problems
    values = {name: _LISTS[name](value) if name in _LISTS else value for name, value in entry.items()}
    fault = Fault(**{**values, "fault": FaultKind(kind)})  # type: ignore[arg-type]  # checked above
    problems = [*_contradictions(fault)]
    return (None if problems else fault), problems


def _field_problems(kind: FaultKind, entry: dict[str, Any]) -> Iterator[_Problem]:
    known = ("fault", "request", "after", "times", *PARAMETERS[kind])
    for name, value in entry.items():
        if name not in known:
            yield _Problem(
                "fault-unknown-field", f"{kind} has no {name!r}.", f"It takes: {', '.join(known[1:])}."
            )
        elif name in _LISTS and value not in list(_LISTS[name]):
            yield _one_of(name, value, _LISTS[name])
        elif name in _COUNTS and not (type(value) is int and value >= _COUNTS[name]):
            lowest = _COUNTS[name]
            yield _Problem(
                "fault-value", f"{name} is {_shown(value)}.", f"Write a whole number from {lowest}."
            )
        elif name == "seconds" and not (_is_number(value) and value >= 0):
            yield _Problem("fault-value", f"seconds is {_shown(value)}.", "Write a number of seconds from 0.")
        elif name == "reset_seconds" and not (value is None or _is_number(value)):
            yield _Problem(
                "fault-value", f"reset_seconds is {_shown(value)}.", "Write seconds, or null for no header."
            )


def _contradictions(fault: Fault) -> Iterator[_Problem]:
    kind = fault.fault
    if kind is FaultKind.REFUSED and fault.times != 1:
        yield _Problem(
            "fault-value",
            f"times is {fault.times}, but a refused request cannot be counted.",
            "Leave times out, and list the fault once for each refusal.",
        )
    if fault.form is not None and fault.form not in FORMS[kind]:
        yield _one_of("form", fault.form, FORMS[kind])
    if fault.status is not None and fault.status not in STATUSES[kind]:
        statuses = STATUSES[kind]
        yield _Problem(
            "fault-value",
            f"status is {fault.status}; {kind} answers {statuses[0]} to {statuses[-1]}.",
            "Choose one of these, or leave status out.",
        )
    creates = (RequestKind.CREATE, RequestKind.ANY)
    if kind in {FaultKind.TIMELINE_LAG, FaultKind.PARENT_NOT_VISIBLE} and fault.request not in creates:
        yield _Problem(
            "fault-value",
            f"request is {fault.request}, but {kind} applies to creating posts only.",
            'Write "request": "create", or leave request out.',
        )


def _entries(text: str) -> Iterator[tuple[int, int, object]]:
    """Yield each entry of the JSON list in `text`, with its line and column from 1."""
    whole = json.loads(text)
    if not isinstance(whole, list):
        raise TypeError(_shown(whole))
    at = text.index("[") + 1
    for entry in whole:
        while text[at] in " \t\r\n,":
            at += 1
        yield text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at), entry
        _, at = json.JSONDecoder().raw_decode(text, at)


def _one_of(name: str, value: object, allowed: type[StrEnum] | tuple[Form, ...]) -> _Problem:
    observed = f"{name} is {_shown(value)}." if value is not None else f"{name} is missing."
    return _Problem(
        "fault-value", observed, f"Choose one of: {', '.join(str(choice) for choice in allowed)}."
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _shown(value: object) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:59] + "…"  # noqa: PLR2004


def _finding(path: str, line: int, column: int, problem: _Problem) -> Finding:
    return Finding(path, line, column, Severity.ERROR, problem.code, problem.message, problem.remedy)
