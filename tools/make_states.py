"""Writes docs/states.md and its pictures from the tables that the code runs on.

Run it after a change to core/publishing/states.py, core/publishing/error_policy.py or errors.py. It needs
graphviz (a Debian package) only where a picture is stale: each carries the digest of what it was drawn from,
so another version of graphviz does not redraw them all, and a test notices a stale one without graphviz.
"""

from __future__ import annotations

import ast
import hashlib
import html
import inspect
import re
import subprocess
import textwrap
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from bot.core.model import DeliveryState, PublicationState
from bot.core.publishing.error_policy import REACTIONS
from bot.core.publishing.states import DELIVERY_MOVES, PUBLICATION_MOVES, DeliveryEvent, PublicationEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)
Moves: TypeAlias = "Mapping[S, Mapping[E, S]]"

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGE = DOCS / "states.md"

WIDTH = 26
"""Letters in a line beside an arrow."""


@dataclass(frozen=True, slots=True)
class Help:
    """What an operator should know of a state."""

    meaning: str
    mover: str
    """Who moves it on."""
    remedy: str = "nothing"
    """What to type."""


_PUBLISH = "`flashtweet publish EDITION`"

EDITIONS: Mapping[PublicationState, Help] = {
    PublicationState.PLANNED: Help(
        "Its text is frozen in the ledger; it waits for its slot. Nothing of it is out.",
        "the daemon, at the slot",
        "nothing; to stop it: `flashtweet hold EDITION`, or for good `flashtweet cancel EDITION`",
    ),
    PublicationState.PUBLISHING: Help(
        "It is under way, or was interrupted: by a crash, a restart, a power cut.",
        "the daemon, or who typed `flashtweet publish`",
        f"nothing while a daemon runs: it goes on by itself; without one {_PUBLISH}. "
        "To stop it before its next post: `flashtweet hold EDITION`",
    ),
    PublicationState.PUBLISHED: Help(
        "Every post is out, or a person left it out, or deleted it on X meanwhile.", "nobody any more"
    ),
    PublicationState.HELD: Help(
        "It stopped; what is out stays out, and no other post is sent. The reason stands in "
        "`flashtweet status` and `flashtweet log EDITION`.",
        "you",
        f"mend what the reason says, then {_PUBLISH}: it goes on after the last post that is out. "
        "If you held it yourself: `flashtweet release EDITION`, and the daemon goes on. "
        "To give it up: `flashtweet cancel EDITION`. "
        "If the reason names a post, look first in the table of posts below",
    ),
    PublicationState.MISSED: Help(
        "Its slot and the grace after it went by, and nothing of it was sent: no daemon ran, "
        "publishing was paused, or the file came too late.",
        "you",
        f"{_PUBLISH} if it should still go out: it is sent at once. Else nothing. "
        "Where only the clock ran ahead and is set back in time, the daemon plans it again",
    ),
    PublicationState.CANCELLED: Help(
        "A person gave it up. What was out stays on X; nothing more of it is sent.", "nobody any more"
    ),
}

POSTS: Mapping[DeliveryState, Help] = {
    DeliveryState.PENDING: Help("It is still to be sent.", "the process that publishes the edition"),
    DeliveryState.SENDING: Help(
        "The intent to send it is on disk, and the request may be under way.",
        "the process that publishes the edition; if that one died, the next one, to which it is in doubt",
        f"nothing while a daemon runs; else {_PUBLISH}",
    ),
    DeliveryState.SENT: Help(
        "It is out, and the ledger knows its id.",
        "the process that publishes the edition, where X refuses the next post because this one is deleted",
        "nothing. Of an edition that is HELD you may say so yourself, once it is deleted on X: "
        "`flashtweet resolve EDITION --post N --skip` looks it up first",
    ),
    DeliveryState.IN_DOUBT: Help(
        "Nobody knows whether it is out: X's answer was lost, its sender died, or the ledger was put back. "
        "It is looked for in your timeline before anything else, and never sent again unread.",
        "the process that publishes the edition, for as long as `settle` in config.yaml says",
        "nothing while the edition is PUBLISHING. "
        f"If the edition is HELD because the timeline cannot be read: {_PUBLISH} reads it again. "
        "Or look at your profile on X yourself, and type what stands at HELD",
    ),
    DeliveryState.REJECTED: Help(
        "X does not take this text, and it is not out. The edition is HELD.",
        "you",
        f"correct the text of that post in its file, and only that, then {_PUBLISH}. "
        "Or leave it out: `flashtweet resolve EDITION --post N --skip`, then the same command. "
        "Where X called it a duplicate, look at your profile first: "
        "if it is there, `flashtweet resolve EDITION --post N --posted ID`",
    ),
    DeliveryState.HELD: Help(
        "Its answer was lost, the timeline does not show it, and `on_unknown: hold` in config.yaml "
        "leaves it to you; or X answered twice with the id of another post. The edition is HELD.",
        "you",
        "look at your profile on X. It is there: `flashtweet resolve EDITION --post N --posted ID`. "
        "It is not: `flashtweet resolve EDITION --post N --resend`. "
        f"Leave it out: `flashtweet resolve EDITION --post N --skip`. Then {_PUBLISH}",
    ),
    DeliveryState.SKIPPED: Help(
        "A person left it out, or deleted it on X after it was sent (it keeps its id then). "
        "The next post replies to the nearest one before it that is out.",
        "nobody any more",
    ),
}


# ---- what the source says --------------------------------------------------------------------------


def meanings(kind: type[E]) -> dict[E, str]:
    """The docstring below each member of `kind`: Python drops them, the source keeps them."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101  (for mypy: a class was parsed)
    told = {}
    for member, below in zip(definition.body, definition.body[1:], strict=False):
        match member, below:
            case ast.Assign(targets=[ast.Name(name)]), ast.Expr(ast.Constant(str(text))):
                told[kind[name]] = " ".join(text.split())
    return told


def is_by_a_person(meaning: str) -> bool:
    """Whether the event of that meaning is a person's doing alone."""
    return meaning.startswith(("An operator", "An editor"))


def needs_a_person(state: S, moves: Moves[S, E], told: Mapping[E, str]) -> bool:
    """Whether only a person moves what is in `state`; that a clock was wrong is nothing to wait for."""
    awaited = [told[event] for event in moves[state] if event is not PublicationEvent.REPLAN]
    return bool(awaited) and all(map(is_by_a_person, awaited))


def first_sentence(kind: type) -> str:
    text = " ".join((inspect.getdoc(kind) or "").split())
    return re.split(r"(?<=\.) ", text, maxsplit=1)[0]


# ---- pictures --------------------------------------------------------------------------------------

_PLAIN, _PERSON = ("#e6edf7", "#40546e"), ("#ffe3c2", "#a84a00")
"""Of each: the colour within, and that of lines and letters."""


def drawing(title: str, moves: Moves[S, E], told: Mapping[E, str], room: int = 1) -> str:
    """The DOT of a table of moves: what waits for a person is orange, what a person does is dashed.

    `room` is how many rows a person's arrow spans at least: two keep the words of crossing arrows apart.
    """
    start = next(iter(moves))
    lines = [
        f"digraph {title} {{",
        '  graph [rankdir=TB, nodesep=0.5, ranksep=0.6, bgcolor=white, pad=0.3, fontname="Helvetica"];',
        '  node [shape=box, style="rounded,filled", margin="0.22,0.12"];',
        '  node [fontname="Helvetica-Bold", fontsize=15];',
        '  edge [fontname="Helvetica", fontsize=12, arrowsize=0.8];',
        '  begin [shape=circle, label="", width=0.18, fixedsize=true, style=filled, fillcolor="#333333"];',
        f"  begin -> {start};",
        *(_node(state, moves, told) for state in moves),
        *(_edge(one, event, to, told[event], room) for one in moves for event, to in moves[one].items()),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _node(state: S, moves: Moves[S, E], told: Mapping[E, str]) -> str:
    waits = needs_a_person(state, moves, told)
    (fill, line), width = (_PERSON, 3) if waits else (_PLAIN, 1)
    borders = 1 if moves[state] else 2
    return f'  {state} [fillcolor="{fill}", color="{line}", penwidth={width}, peripheries={borders}];'


def _edge(state: StrEnum, event: StrEnum, to: StrEnum, meaning: str, room: int) -> str:
    """An arrow with the event's name, and its meaning in small letters below."""
    style, line, rows = "solid", _PLAIN[1], 1
    if is_by_a_person(meaning):
        style, line, rows = "dashed", _PERSON[1], room
    said = '<br align="left"/>'.join(html.escape(part) for part in textwrap.wrap(meaning, WIDTH))
    text = f'<b>{event}</b><br align="left"/><font point-size="11">{said}<br align="left"/></font>'
    label = f'<table border="0" cellpadding="5"><tr><td>{text}</td></tr></table>'  # clear of its arrow
    look = f'style={style}, color="{line}", fontcolor="{line}", minlen={rows}'
    return f"  {state} -> {to} [label=<{label}>, {look}];"


def digest(dot: str) -> str:
    return hashlib.sha256(dot.encode()).hexdigest()


def mark(dot: str) -> str:
    """The comment by which a picture says what it was drawn from."""
    return f"<!-- Drawn by tools/make_states.py; do not edit. SHA-256 of the DOT: {digest(dot)} -->"


def render(dot: str) -> str:
    """`dot` as an SVG with its mark."""
    drawn = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True, check=True).stdout  # noqa: S607
    head, svg, rest = drawn.partition("<svg")
    return f"{head}{mark(dot)}\n{svg}{rest}"


# ---- the page --------------------------------------------------------------------------------------


def pictures() -> dict[Path, str]:
    """The DOT of each picture."""
    return {
        DOCS / "states-edition.svg": drawing("edition", PUBLICATION_MOVES, meanings(PublicationEvent)),
        DOCS / "states-post.svg": drawing("post", DELIVERY_MOVES, meanings(DeliveryEvent), room=2),
    }


def page() -> str:
    """The text of docs/states.md."""
    return "\n".join(
        [
            _HEAD,
            *_chapter("An edition", "edition", EDITIONS, PUBLICATION_MOVES, meanings(PublicationEvent)),
            *_chapter("A post", "post", POSTS, DELIVERY_MOVES, meanings(DeliveryEvent)),
            _ANSWERS,
            *_table(
                ("error", "what it means", "what happens"),
                [(f"`{kind.__name__}`", first_sentence(kind), f"{what}") for kind, what in REACTIONS.items()],
            ),
            "",
        ]
    )


_HEAD = """\
# The states of an edition and of its posts

<!-- Written by tools/make_states.py from bot/core/publishing/states.py, its neighbour error_policy.py
     and bot/errors.py; do not edit. -->

An edition is one series on one day, such as `flashtweet@2020-11-06`; its posts make one thread. Both have
a state, which the ledger keeps. These tables are drawn from the ones that the program itself obeys: what is
not in them cannot happen. Every move is written to the journal, which `flashtweet log EDITION` shows.

In the pictures, **orange with a thick border** is what waits for you; **dashed orange arrows** are what you
do. All other arrows the program goes by itself. A double border is an end.

`flashtweet pause` is no state of an edition: it stops all sending, by whatever process, until `flashtweet
resume`, restarts included. What is too late by then becomes MISSED or HELD, and the reason names the pause.
"""

_ANSWERS = """\
## What follows from X's answers

What happens depends on the type of the error alone, never on the words of its message. `settle`,
`on_unknown`, `on_deleted`, `grace` and `finish_within` stand in config.yaml.
"""


def _chapter(
    title: str, name: str, helps: Mapping[S, Help], moves: Moves[S, E], told: Mapping[E, str]
) -> list[str]:
    return [
        f"## {title}",
        "",
        f"![The states of {title.lower()}; the tables below say the same in words](states-{name}.svg)",
        "",
        *_table(
            ("state", "what it means", "who moves it", "what to type"),
            [_row_of(state, helps[state], moves, told) for state in moves],
        ),
        "",
        *_table(
            ("from", "event", "to", "what happened"),
            [
                (f"`{state}`", f"`{event}`", f"`{to}`", told[event])
                for state in moves
                for event, to in moves[state].items()
            ],
        ),
        "",
    ]


def _row_of(state: S, of: Help, moves: Moves[S, E], told: Mapping[E, str]) -> tuple[str, ...]:
    mover = f"**{of.mover}**" if needs_a_person(state, moves, told) else of.mover
    return (f"`{state}`", of.meaning, mover, of.remedy)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    cells = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]


def main() -> None:
    """Write the page, and draw what is stale."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {PAGE.stat().st_size} bytes")
    for path, dot in pictures().items():
        if path.exists() and mark(dot) in path.read_text(encoding="utf-8"):
            continue
        path.write_text(render(dot), encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: drawn")


if __name__ == "__main__":
    main()
