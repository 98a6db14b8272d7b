"""The faults file: every fault can be expressed, and all errors are reported together, each at its place."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.sandbox import Fault, FaultKind, Forbidden, Form, RequestKind, When, load_faults
from bot.sandbox.faults import PARAMETERS

DOCS = Path(__file__).parents[3] / "docs" / "sandbox.md"


def test_an_empty_list_is_no_fault():
    assert load_faults("[]") == ()


def test_a_fault_needs_only_its_name():
    assert load_faults('[{"fault": "answer-lost"}]') == (
        Fault(FaultKind.ANSWER_LOST, RequestKind.CREATE, 0, 1),
    )


def test_a_fault_in_full():
    text = """[
        {"fault": "delay", "request": "timeline", "after": 4, "times": 2, "seconds": 0.5, "when": "after"},
        {"fault": "rate-limit", "reset_seconds": null},
        {"fault": "odd", "form": "list", "status": 404}
    ]"""
    assert load_faults(text) == (
        Fault(FaultKind.DELAY, RequestKind.TIMELINE, after=4, times=2, seconds=0.5, when=When.AFTER),
        Fault(FaultKind.RATE_LIMIT, reset_seconds=None),
        Fault(FaultKind.ODD, form=Form.LIST, status=404),
    )


@pytest.mark.parametrize("kind", list(FaultKind))
def test_the_json_of_a_fault_can_be_parsed_back(kind):
    fault = Fault(kind)
    assert load_faults(json.dumps([fault.to_json()])) == (fault,)


def test_the_documentation_shows_one_valid_example_of_each_kind():
    blocks = DOCS.read_text(encoding="utf-8").split("```json\n")[1:]
    shown = [
        fault for block in blocks if block.startswith("[") for fault in load_faults(block.split("```")[0])
    ]
    assert {fault.fault for fault in shown} == set(FaultKind)
    assert set(PARAMETERS) == set(FaultKind)


def test_the_documentation_has_every_reason_of_a_refusal():
    [row] = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| `forbidden`")]
    assert [reason for reason in Forbidden if f"`{reason}`" not in row] == []


def findings(text: str) -> list[tuple[int, int, str, str]]:
    with pytest.raises(ConfigError) as caught:
        load_faults(text, "faults.json")
    return [(f.line, f.column, f.code, f.message) for f in caught.value.findings]


def test_every_problem_is_reported_at_its_place():
    text = """[
  {"fault": "lost"},
  {"fault": "delay", "seconds": "x", "form": "html"},

    {"fault": "rate-limit", "after": -1, "times": 0, "request": "crate"},
  7, {}
]"""
    found = findings(text)
    assert [(line, column, code) for line, column, code, _ in found] == [
        (2, 3, "fault-value"),
        (3, 3, "fault-unknown-field"),
        (3, 3, "fault-value"),
        (5, 5, "fault-value"),
        (5, 5, "fault-value"),
        (5, 5, "fault-value"),
        (6, 3, "fault-shape"),
        (6, 6, "fault-value"),
    ]
    assert found[-1][3] == "fault is missing."


def test_a_remedy_names_the_choices():
    with pytest.raises(ConfigError) as caught:
        load_faults('[{"fault": "forbidden", "reason": "banned"}]', "faults.json")
    assert str(caught.value) == (
        'faults.json:1:2: reason is "banned". Choose one of: suspended, locked, automated, '
        "read-only-app, duplicate, reply-not-allowed, not-authorized, not-permitted."
    )


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('{"fault": "refused", "times": 2}', "times is 2, but a refused request cannot be counted."),
        ('{"fault": "unavailable", "form": "list"}', 'form is "list".'),
        ('{"fault": "odd", "form": "json"}', 'form is "json".'),
        ('{"fault": "odd", "status": 100}', "status is 100; odd answers 200 to 599."),
        (
            '{"fault": "parent-not-visible", "status": 404}',
            "status is 404; parent-not-visible answers 400 to 403.",
        ),
        (
            '{"fault": "timeline-lag", "request": "me"}',
            "request is me, but timeline-lag applies to creating posts only.",
        ),
        ('{"fault": "delay", "seconds": -1}', "seconds is -1."),
        ('{"fault": "delay", "seconds": true}', "seconds is true."),
        ('{"fault": "delay", "seconds": NaN}', "seconds is NaN."),
        ('{"fault": "delay", "after": 1.5}', "after is 1.5."),
        ('{"fault": ["delay"]}', 'fault is ["delay"].'),
        ('{"fault": "delay", "when": {"a": 1}}', 'when is {"a": 1}.'),
        ('{"fault": "rate-limit", "reset_seconds": "soon"}', 'reset_seconds is "soon".'),
    ],
)
def test_contradictions_and_wrong_values(entry, message):
    assert [found[3] for found in findings(f"[{entry}]")] == [message]


def test_files_that_are_not_a_json_list():
    assert findings('[\n{"fault" "delay"}]')[0][:3] == (2, 10, "faults-not-json")
    assert findings("[" * 100_000)[0][2] == "faults-not-json"
    for text in ('"\\ud800"', "[" * 300 + "]" * 300):  # neither Unicode, nor parsed by pydantic
        assert findings(f'[{{"fault": "delay", "when": {text}}}]')[0][:3] == (1, 2, "faults-not-json")
    assert findings('{"fault": "delay"}')[0][2:] == (
        "faults-not-a-list",
        'the file contains {"fault": "delay"}, not a list.',
    )


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5)
)
def test_no_json_crashes_the_reader(value):
    for text in (json.dumps(value), json.dumps([{"fault": "delay", "seconds": value, "when": value}])):
        with contextlib.suppress(ConfigError):
            load_faults(text)
