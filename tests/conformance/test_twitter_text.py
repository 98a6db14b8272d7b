"""X's own conformance suite, read as data: every case of validate.yml, extract.yml and tlds.yml."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bot.core.text import entities
from bot.core.text.entities import EntityKind, extract
from bot.core.text.weight import V1, V2, V3, WeightRules, spans, weight
from tests.conformance.npm import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = REPOSITORY.parent / "shared" / "data" / "twitter-text"
CASES = 1_909

pytestmark = pytest.mark.shared

Check = Callable[[str], Any]


@dataclass(frozen=True)
class Case:
    file: str
    section: str
    number: int
    description: str
    text: str
    expected: Any

    def __str__(self) -> str:
        return f"{self.file}:{self.section}:{self.number}"


def read_cases() -> Iterator[Case]:
    for file in ("validate", "extract", "tlds"):
        if not FOLDER.is_dir():
            return
        sections = yaml.safe_load((FOLDER / f"{file}.yml").read_text(encoding="utf-8"))["tests"]
        for section, cases in sections.items():
            for number, case in enumerate(cases, start=1):
                yield Case(file, section, number, case["description"], case["text"], case["expected"])


ALL = list(read_cases())


def texts(*kinds: EntityKind) -> Check:
    """The entities of these kinds as the suite writes them: without their sign, lists by their owner."""
    return lambda text: [_name(entity) for entity in extract(text) if entity.kind in kinds]


def _name(entity: entities.Entity) -> str:
    return entity.text if entity.kind is EntityKind.URL else entity.text[1:].partition("/")[0]


def places(key: str, *kinds: EntityKind) -> Check:
    return lambda text: [
        {key: _name(entity), "indices": [entity.start, entity.end]}
        for entity in extract(text)
        if entity.kind in kinds
    ]


def lists(text: str) -> list[dict[str, Any]]:
    found = []
    for entity in extract(text):
        owner, slash, slug = entity.text[1:].partition("/")
        found.append({"screen_name": owner, "list_slug": slash + slug, "indices": [entity.start, entity.end]})
    return found


def reply(text: str) -> str | None:
    """The name that a text begins with."""
    first = next(iter(extract(text)), None)
    replies = first and first.kind is EntityKind.MENTION and not text[: first.start].strip()
    return _name(first) if first and replies else None


def is_one(kind: EntityKind) -> Check:
    return lambda text: [(e.kind, e.text) for e in extract(text)] == [(kind, text)]


def valid(config: WeightRules) -> Check:
    return lambda text: (
        0 < weight(text, config) <= config.limit and not re.search("[\ufffe\ufeff\uffff]", text)
    )


def measures(config: WeightRules) -> Check:
    def measure(text: str) -> dict[str, Any]:
        found = weight(text, config)
        return {
            "weightedLength": found,
            "valid": valid(config)(text),
            "permillage": math.floor(found / config.limit * 1000),
        }

    return measure


NAMES = (EntityKind.MENTION, EntityKind.LIST)
CHECKS: dict[str, Check] = {
    "tweets": valid(V1),
    "usernames": is_one(EntityKind.MENTION),
    "lists": is_one(EntityKind.LIST),
    "validate:hashtags": is_one(EntityKind.HASHTAG),
    "validate:urls": entities.is_url,
    "urls_without_protocol": is_one(EntityKind.URL),
    "WeightedTweetsCounterTest": measures(V2),
    "WeightedTweetsWithDiscountedEmojiCounterTest": measures(V3),
    "UnicodeDirectionalMarkerCounterTest": measures(V3),
    "mentions": texts(*NAMES),
    "mentions_with_indices": places("screen_name", *NAMES),
    "mentions_or_lists_with_indices": lists,
    "replies": reply,
    "extract:urls": texts(EntityKind.URL),
    "urls_with_indices": places("url", EntityKind.URL),
    "urls_with_directional_markers": places("url", EntityKind.URL),
    "tco_urls_with_params": texts(EntityKind.URL),
    "extract:hashtags": texts(EntityKind.HASHTAG),
    "hashtags_from_astral": texts(EntityKind.HASHTAG),
    "hashtags_with_indices": places("hashtag", EntityKind.HASHTAG),
    "cashtags": texts(EntityKind.CASHTAG),
    "cashtags_with_indices": places("cashtag", EntityKind.CASHTAG),
    "country": texts(EntityKind.URL),
    "generic": texts(EntityKind.URL),
}


@pytest.fixture(autouse=True)
def suite() -> None:
    if not ALL:
        pytest.skip(f"X's conformance suite is not at {FOLDER}")


def test_every_case_is_read(record_testsuite_property, capsys):
    """None is lost on the way from the files to the checks."""
    with capsys.disabled():
        print(f"\ntwitter-text conformance: {len(ALL)} cases from {FOLDER}")  # noqa: T201 (the count is asked for)
    record_testsuite_property("conformance cases", len(ALL))
    assert len(ALL) == CASES


@pytest.mark.parametrize("section", sorted({(case.file, case.section) for case in ALL}), ids=":".join)
def test_section(section: tuple[str, str]):
    """Every case of a section; all that fail are shown."""
    file, name = section
    check = CHECKS.get(f"{file}:{name}") or CHECKS[name]
    cases = [case for case in ALL if (case.file, case.section) == section]
    wrong = [
        (str(case), case.description, case.text, found, case.expected)
        for case in cases
        if (found := _comparable(check(case.text), case.expected)) != case.expected
    ]
    assert wrong == []


def _comparable(found: Any, expected: Any) -> Any:
    """X's case for the weight also states ranges, which are checked below."""
    if isinstance(expected, dict):
        return {**expected, **found}
    return found


def test_the_limit_falls_where_x_says():
    """The last UTF-16 unit inside the limit, from the same spans that texts are split with."""
    wrong = []
    for case in (case for case in ALL if case.section == "WeightedTweetsWithDiscountedEmojiCounterTest"):
        text = unicodedata.normalize("NFC", case.text)
        shrunk = _units(case.text) - _units(text)
        last = shrunk + _units(text[: _fitting(text)]) - 1
        if last != case.expected["validRangeEnd"]:
            wrong.append((str(case), last, case.expected["validRangeEnd"]))
    assert wrong == []


def _fitting(text: str) -> int:
    """How many characters of `text`, which is in NFC, fit."""
    weights = [1] * len(text)
    for span in spans(text):
        weights[span.start : span.end] = [0] * (span.end - span.start)
        weights[span.start] = span.weight
    sums = list(accumulate(weights))
    return next((n for n, total in enumerate(sums) if total > V3.limit), len(text))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
