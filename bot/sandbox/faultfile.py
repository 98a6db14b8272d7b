"""Parser of the faults file, which reports all problems together."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from bot.errors import ConfigError, Finding, Severity
from bot.sandbox.faults import COMMON_FIELDS, FORMS, PARAMETERS, STATUSES, Fault, FaultKind, RequestKind
from bot.sandbox.schema import choices, problems_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

_FAULT = TypeAdapter(Fault)
_REMEDIES = {
    "after": "Write a whole number from 0.",
    "times": "Write a whole number from 1.",
    "seconds": "Write a number of seconds from 0.",
    "status": "Write a whole number from 100.",
    "reset_seconds": "Write seconds, or null for no header.",
}
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
        fault, problems = _parsed(entry)
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


def _parsed(entry: object) -> tuple[Fault | None, list[_Problem]]:
    """Return the fault that `entry` describes, or the problems that prevent it."""
    if not isinstance(entry, dict):
        return None, [_Problem("fault-shape", f'{_shown(entry)} is not an object with a "fault".')]
    kind = entry.get("fault")
    if kind not in list(FaultKind):
        found = f"fault is {_shown(kind)}." if "fault" in entry else "fault is missing."
        return None, [_Problem("fault-value", found, f"Choose one of: {', '.join(FaultKind)}.")]
    known = (*COMMON_FIELDS, *PARAMETERS[FaultKind(kind)])
    problems = [
        _Problem("fault-unknown-field", f"{kind} has no {name!r}.", f"It takes: {', '.join(known[1:])}.")
        for name in entry
        if name not in known
    ]
    try:
        fault = _FAULT.validate_json(json.dumps({name: entry[name] for name in known if name in entry}))
    except ValidationError as error:
        return None, problems + [_wrong_value(problem) for problem in problems_in(error)]
    problems = problems or [*_contradictions(fault)]
    return (None if problems else fault), problems


def _wrong_value(problem: ErrorDetails) -> _Problem:
    if problem["type"] == "json_invalid":  # accepted by json: a lone surrogate, or deep nesting
        return _Problem("faults-not-json", f"this is not JSON: {problem['ctx']['error']}.")
    name = str(problem["loc"][0])
    remedy = _REMEDIES.get(name) or f"Choose one of: {choices(problem)}."
    return _Problem("fault-value", f"{name} is {_shown(problem['input'])}.", remedy)


def _contradictions(fault: Fault) -> Iterator[_Problem]:
    kind = fault.fault
    if kind is FaultKind.REFUSED and fault.times != 1:
        yield _Problem(
            "fault-value",
            f"times is {fault.times}, but a refused request cannot be counted.",
            "Leave times out, and list the fault once for each refusal.",
        )
    if fault.form is not None and fault.form not in FORMS[kind]:
        yield _Problem("fault-value", f'form is "{fault.form}".', f"Choose one of: {', '.join(FORMS[kind])}.")
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


def _shown(value: object) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:59] + "…"  # noqa: PLR2004


def _finding(path: str, line: int, column: int, problem: _Problem) -> Finding:
    return Finding(path, line, column, Severity.ERROR, problem.code, problem.message, problem.remedy)
