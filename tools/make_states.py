"""Generator of docs/states.md and its pictures from the state tables of the code.

Run it after a change to core/publishing/states.py, core/publishing/error_policy.py or errors.py. It needs
graphviz (a Debian package) only for stale pictures: each contains the digest of its source, so another
version of graphviz does not redraw them all, and a test detects a stale picture without graphviz.
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

from bot.core.publishing.error_policy import REACTIONS
from bot.core.publishing.publication import DeliveryState, PublicationState
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
"""Characters per line of an arrow's label."""


@dataclass(frozen=True, slots=True)
class Help:
    """The operator's documentation of a state."""

    meaning: str
    mover: str
    """The process or person that moves it on."""
    remedy: str = "nothing"
    """The command to type."""


_PUBLISH = "`flashtweet publish EDITION`"

EDITIONS: Mapping[PublicationState, Help] = {
    PublicationState.PLANNED: Help(
        "Its text is frozen in the ledger; it waits for its slot. Nothing of it is posted.",
        "the daemon, at the slot",
        "nothing; to stop it: `flashtweet hold EDITION`, or for good `flashtweet cancel EDITION`",
    ),
    PublicationState.PUBLISHING: Help(
        "It is being posted, or was interrupted by a crash, a restart or a power cut.",
        "the daemon, or the process of `flashtweet publish`",
        f"nothing while a daemon runs, which resumes it; without a daemon {_PUBLISH}. "
        "To stop it before its next post: `flashtweet hold EDITION`",
    ),
    PublicationState.PUBLISHED: Help(
        "Every post was sent, or skipped by the operator, or deleted on X during the thread.", "final"
    ),
    PublicationState.HELD: Help(
        "It stopped; sent posts stay on X, and no other post is sent. "
        "`flashtweet status` and `flashtweet log EDITION` show the reason.",
        "you",
        f"fix the cause, then {_PUBLISH}: it resumes after the last sent post. "
        "If you held it yourself: `flashtweet release EDITION`, and the daemon resumes it. "
        "To cancel it: `flashtweet cancel EDITION`. "
        "If the reason names a post, look first in the table of posts below",
    ),
    PublicationState.MISSED: Help(
        "Its slot and grace passed before any post was sent: no daemon ran, "
        "publishing was paused, or the file came too late.",
        "you",
        f"{_PUBLISH} if it is still to be posted: it is sent at once. Otherwise nothing. "
        "If the clock was fast and is set back in time, the daemon plans it again",
    ),
    PublicationState.CANCELLED: Help(
        "The operator cancelled it. Sent posts stay on X; no other post is sent.", "final"
    ),
}

POSTS: Mapping[DeliveryState, Help] = {
    DeliveryState.PENDING: Help("It has not been sent.", "the process that publishes the edition"),
    DeliveryState.SENDING: Help(
        "The intent to send it is on disk, and the request may be under way.",
        "the process that publishes the edition; if it died, the next one, which sets it in doubt",
        f"nothing while a daemon runs; otherwise {_PUBLISH}",
    ),
    DeliveryState.SENT: Help(
        "It is on X, and the ledger has its id.",
        "the process that publishes the edition, if X refuses the next post because this one was deleted",
        "nothing. If the edition is HELD and the post is deleted on X, you may record that: "
        "`flashtweet resolve EDITION --post N --skip` looks it up first",
    ),
    DeliveryState.IN_DOUBT: Help(
        "It may be on X: X's answer was lost, its sender died, or the ledger was restored. "
        "Your timeline is searched first, and the post is never sent again without that search.",
        "the process that publishes the edition, within the time of `settle` in config.yaml",
        "nothing while the edition is PUBLISHING. "
        f"If the edition is HELD because the timeline cannot be read: {_PUBLISH} reads it again. "
        "Or look at your profile on X yourself, and type the command listed at HELD",
    ),
    DeliveryState.REJECTED: Help(
        "X refused this text, and it is not on X. The edition is HELD.",
        "you",
        f"correct the text of that post in its file, and nothing else, then {_PUBLISH}. "
        "Or skip it: `flashtweet resolve EDITION --post N --skip`, then the same command. "
        "If X called it a duplicate, look at your profile first: "
        "if it is there, `flashtweet resolve EDITION --post N --posted ID`",
    ),
    DeliveryState.HELD: Help(
        "Its answer was lost, the timeline does not show it, and `on_unknown: hold` in config.yaml "
        "leaves it to you; or X answered twice with the id of another post. The edition is HELD.",
        "you",
        "look at your profile on X. If it is there: `flashtweet resolve EDITION --post N --posted ID`. "
        "If not: `flashtweet resolve EDITION --post N --resend`. "
        f"To skip it: `flashtweet resolve EDITION --post N --skip`. Then {_PUBLISH}",
    ),
    DeliveryState.SKIPPED: Help(
        "The operator skipped it, or it was deleted on X after it was sent (it then keeps its id). "
        "The next post replies to the nearest earlier post on X.",
        "final",
    ),
}


# ---- texts from the source -------------------------------------------------------------------------


def meanings(kind: type[E]) -> dict[E, str]:
    """Return the docstring below each member of `kind`, from the source: Python discards them."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101  (for mypy: a class was parsed)
    found = {}
    for member, below in zip(definition.body, definition.body[1:], strict=False):
        match member, below:
            case ast.Assign(targets=[ast.Name(name)]), ast.Expr(ast.Constant(str(text))):
                found[kind[name]] = " ".join(text.split())
    return found


def is_by_a_person(meaning: str) -> bool:
    """Return True if only a person causes the event with this meaning."""
    return meaning.startswith(("An operator", "An editor"))


def needs_a_person(state: S, moves: Moves[S, E], texts: Mapping[E, str]) -> bool:
    """Return True if only a person can move on from `state`; a wrong clock, which is rare, does not count."""
    awaited = [texts[event] for event in moves[state] if event is not PublicationEvent.REPLAN]
    return bool(awaited) and all(map(is_by_a_person, awaited))


def first_sentence(kind: type) -> str:
    text = " ".join((inspect.getdoc(kind) or "").split())
    return re.split(r"(?<=\.) ", text, maxsplit=1)[0]


# ---- pictures --------------------------------------------------------------------------------------

_PLAIN, _PERSON = ("#e6edf7", "#40546e"), ("#ffe3c2", "#a84a00")
"""Fill colour, and colour of lines and letters."""


def drawing(title: str, moves: Moves[S, E], texts: Mapping[E, str], room: int = 1) -> str:
    """Return the DOT of a table of moves; states that need a person are orange, a person's moves are dashed.

    A person's arrow spans at least `room` rows: two keep the labels of crossing arrows apart.
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
        *(_node(state, moves, texts) for state in moves),
        *(_edge(one, event, to, texts[event], room) for one in moves for event, to in moves[one].items()),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _node(state: S, moves: Moves[S, E], texts: Mapping[E, str]) -> str:
    waits = needs_a_person(state, moves, texts)
    (fill, line), width = (_PERSON, 3) if waits else (_PLAIN, 1)
    borders = 1 if moves[state] else 2
    return f'  {state} [fillcolor="{fill}", color="{line}", penwidth={width}, peripheries={borders}];'


def _edge(state: StrEnum, event: StrEnum, to: StrEnum, meaning: str, room: int) -> str:
    """Return an arrow with the event's name, and its meaning in small letters below."""
    style, line, rows = "solid", _PLAIN[1], 1
    if is_by_a_person(meaning):
        style, line, rows = "dashed", _PERSON[1], room
    small = '<br align="left"/>'.join(html.escape(part) for part in textwrap.wrap(meaning, WIDTH))
    text = f'<b>{event}</b><br align="left"/><font point-size="11">{small}<br align="left"/></font>'
    label = f'<table border="0" cellpadding="5"><tr><td>{text}</td></tr></table>'  # padding from its arrow
    look = f'style={style}, color="{line}", fontcolor="{line}", minlen={rows}'
    return f"  {state} -> {to} [label=<{label}>, {look}];"


def digest(dot: str) -> str:
    return hashlib.sha256(dot.encode()).hexdigest()


def mark(dot: str) -> str:
    """Return the comment that identifies the source of a picture."""
    return f"<!-- Drawn by tools/make_states.py; do not edit. SHA-256 of the DOT: {digest(dot)} -->"


def render(dot: str) -> str:
    """Return `dot` as an SVG with its mark."""
    drawn = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True, check=True).stdout  # noqa: S607
    head, svg, rest = drawn.partition("<svg")
    return f"{head}{mark(dot)}\n{svg}{rest}"


# ---- the page --------------------------------------------------------------------------------------


def pictures() -> dict[Path, str]:
    """Return the DOT of each picture."""
    return {
        DOCS / "states-edition.svg": drawing("edition", PUBLICATION_MOVES, meanings(PublicationEvent)),
        DOCS / "states-post.svg": drawing("post", DELIVERY_MOVES, meanings(DeliveryEvent), room=2),
    }


def page() -> str:
    """Return the text of docs/states.md."""
    return "\n".join(
        [
            _HEAD,
            *_chapter("An edition", "edition", EDITIONS, PUBLICATION_MOVES, meanings(PublicationEvent)),
            *_chapter("A post", "post", POSTS, DELIVERY_MOVES, meanings(DeliveryEvent)),
            _ANSWERS,
            *_table(
                ("error", "meaning", "reaction"),
                [(f"`{kind.__name__}`", first_sentence(kind), f"{what}") for kind, what in REACTIONS.items()],
            ),
            "",
        ]
    )


_HEAD = """\
# The states of an edition and of its posts

<!-- Written by tools/make_states.py from bot/core/publishing/states.py, its neighbour error_policy.py
     and bot/errors.py; do not edit. -->

An edition is one series on one day, such as `flashtweet@2020-11-06`; its posts make one thread. The ledger
keeps the state of both. These tables are generated from those that the program uses: a move that is not in
them cannot happen. Every move is written to the journal, which `flashtweet log EDITION` shows.

In the pictures, states with a **thick orange border** wait for you, and **dashed orange arrows** are your
moves. The program makes all other moves. A double border marks a final state.

`flashtweet pause` is not a state of an edition: it stops all posting by every process until `flashtweet
resume`, even across restarts. Editions that are too late by then become MISSED or HELD, with the pause as
reason.
"""

_ANSWERS = """\
## Reactions to X's answers

The reaction depends only on the type of the error, never on the text of its message. config.yaml has
`settle`, `on_unknown`, `on_deleted`, `grace` and `finish_within`.
"""


def _chapter(
    title: str, name: str, helps: Mapping[S, Help], moves: Moves[S, E], texts: Mapping[E, str]
) -> list[str]:
    return [
        f"## {title}",
        "",
        f"![The states of {title.lower()}; the tables below have the same content](states-{name}.svg)",
        "",
        *_table(
            ("state", "meaning", "moved by", "remedy"),
            [_row_of(state, helps[state], moves, texts) for state in moves],
        ),
        "",
        *_table(
            ("from", "event", "to", "meaning"),
            [
                (f"`{state}`", f"`{event}`", f"`{to}`", texts[event])
                for state in moves
                for event, to in moves[state].items()
            ],
        ),
        "",
    ]


def _row_of(state: S, of: Help, moves: Moves[S, E], texts: Mapping[E, str]) -> tuple[str, ...]:
    mover = f"**{of.mover}**" if needs_a_person(state, moves, texts) else of.mover
    return (f"`{state}`", of.meaning, mover, of.remedy)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    cells = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]


def main() -> None:
    """Write the page, and draw stale pictures."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {PAGE.stat().st_size} bytes")
    for path, dot in pictures().items():
        if path.exists() and mark(dot) in path.read_text(encoding="utf-8"):
            continue
        path.write_text(render(dot), encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: drawn")


if __name__ == "__main__":
    main()
