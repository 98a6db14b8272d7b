"""Failpoint × post: kill a publisher there, restart it, and compare X with the ledger.

X's duplicate rule is switched off, so a post sent twice is posted twice and detected.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.publishing.publication import DeliveryState, PublicationState
from bot.errors import PublishError
from tests.failpoints import forks
from tests.failpoints.points import POINTS, Point, arm
from tests.failpoints.stage import Slot, Stage, warm_up
from tests.processes import DAILY, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from tests.failpoints.forks import Child
    from tests.failpoints.stage import Recorded

COUNT = 12
"""Number of posts in the thread."""

SAMPLE = (1, 12)
MIDDLE = 6
"""The head, one in the middle, the last."""

CONFIG = """
timezone: {zone}
settle: {settle}ms
series:
  flashtweet: {{at: '{wall}', weekdays: mon-sun, gap: {gap}, intro: "Bonjour du {{date}} !", outro: Fin !}}
"""


@dataclass(frozen=True)
class Layout:
    """The publisher, and whether the commit of a post's id includes the next post's intent."""

    name: str
    command: str
    gap: str


LAYOUTS = (
    Layout("by hand, at once", "publish", "0ms"),
    Layout("by hand, paced", "publish", "20ms"),
    Layout("daemon", "run", "20ms"),
)


@dataclass(frozen=True)
class Cell:
    """One kill."""

    point: Point
    position: int
    layout: Layout
    lag: float
    """Seconds until X's timeline shows a post."""
    settle: float
    """Seconds that flashtweet waits for it."""
    breaks: Callable[[], object] = lambda: None
    """Called first in each publishing process: a mutant's change to the bot."""

    def __str__(self) -> str:
        return f"{self.point.name} of post {self.position} ({self.layout.name}, lag {self.lag:g} s)"

    @property
    def is_of_daemon(self) -> bool:
        """True if a daemon publishes: nothing held but its first claim and its last release."""
        edge = 1 if self.point.name == "in-claim" else COUNT
        return self.layout.command == "run" and (not self.point.held or self.position == edge)


def settle_for(lag: float) -> float:
    """Return a settle window that matches `lag` on a busy machine."""
    return lag + max(lag / 2, 0.6)


def cells(
    positions: Sequence[int], lag: float, *, points: Sequence[Point] = POINTS, every: bool = False
) -> Iterator[Cell]:
    """Yield each failpoint at each of `positions`, alternating between layouts, or with `every` one."""
    for position in positions:
        for number, point in enumerate(points):
            turn = (number + position // 5) % len(LAYOUTS)  # a sample gets all three at each point
            for layout in LAYOUTS if every else LAYOUTS[turn : turn + 1]:
                yield Cell(point, position, layout, lag, settle_for(lag))


@dataclass(frozen=True)
class Verdict:
    """The result of a cell."""

    cell: Cell
    problem: str
    """Empty on success."""


def play_all(wanted: Iterable[Cell], folder: Path, lanes: int) -> Iterator[Verdict]:
    """Run cells in parallel, each with its own folder and sandbox."""

    def begin(job: tuple[int, Cell]) -> Child:
        number, cell = job
        place = folder / f"{number:04d}"
        place.mkdir()
        return forks.fork(lambda: _play_and_tell(cell, place), place, place / "cell.log", {})

    warm_up(folder / "warm-up")
    for (number, cell), child in forks.side_by_side(enumerate(wanted), begin, lanes):
        report = folder / f"{number:04d}" / "problem"
        problem = (
            report.read_text("utf-8") if report.exists() else child.said() or f"it ended with {child.code}"
        )
        yield Verdict(cell, problem if child.code else "")


def _play_and_tell(cell: Cell, place: Path) -> None:
    try:
        play(cell, place)
    except AssertionError as error:
        (place / "problem").write_text(str(error), "utf-8")
        sys.exit(1)


def play(cell: Cell, place: Path) -> None:
    """Publish a thread, killed once on the way, in this process's folder.

    Raises:
        AssertionError: the failpoint was not reached, or a check failed afterwards.

    """
    with Stage(place) as stage:
        edition = _set_up(stage, cell)
        texts = stage.texts(edition)
        assert len(texts) == COUNT
        found = _be_killed(stage, cell, edition)
        _finish(stage, cell, edition)
        found += problems(stage.sandbox.posts(), texts, stage.recorded(edition))
        assert not found, "\n".join(found)


def _set_up(stage: Stage, cell: Cell) -> str:
    slot = Slot.a_minute_ago() if cell.is_of_daemon else Slot("Europe/Paris", "2020-11-06", "07:30")
    settle = round(cell.settle * 1000)
    stage.write(
        "config.yaml", CONFIG.format(zone=slot.zone, wall=slot.wall, gap=cell.layout.gap, settle=settle)
    )
    stage.write(f"threads/{slot.day}.yaml", DAILY)
    stage.sandbox.set(timeline_lag_seconds=cell.lag, duplicate_window_seconds=0)
    if cell.is_of_daemon:
        stage.born_yesterday()
    fault = cell.point.fault(cell.position)
    if fault is not None:
        stage.sandbox.switch_on(**fault)
    return f"flashtweet@{slot.day}"


def _command(cell: Cell, edition: str) -> tuple[str, ...]:
    return ("run",) if cell.is_of_daemon else ("publish", edition)


def _be_killed(stage: Stage, cell: Cell, edition: str) -> list[str]:
    """Run a publisher until it dies at the cell's failpoint; return signs that it did not die there."""

    def prepare() -> None:
        cell.breaks()
        arm(cell.point.name, cell.position)

    if cell.point.name == "in-claim" and cell.position > 1:  # the claim of a publication in progress
        held = stage.start(*_command(cell, edition), prepare=cell.breaks)
        assert held.end() == PublishError.exit_code, f"it was to be held:\n{held.said()}"
    victim = stage.start(*_command(cell, edition), prepare=prepare)
    victim.end()
    if not victim.was_killed:
        return [f"the failpoint was not reached; exit code {victim.code}:\n{victim.said()}"]
    found = []
    out = len(stage.sandbox.posts())
    if out - cell.position not in cell.point.out:
        found.append(f"killed at the wrong time, with {out} posts out")
    recorded = stage.recorded(edition)
    state = recorded.posts[cell.position - 1][0] if recorded else None
    if state != cell.point.state:
        found.append(f"killed at the wrong time, with post {cell.position} {state}")
    return found


def _finish(stage: Stage, cell: Cell, edition: str) -> None:
    """Restart a publisher: it must end by itself, or have nothing left to do."""
    again = stage.start(*_command(cell, edition), prepare=cell.breaks)
    if cell.is_of_daemon:
        until(lambda: stage.is_published(edition), f"{edition} is out")
        stage.stop(again)
        assert again.code == 0
    else:
        assert again.end() == 0, f"started again, it ended with {again.code}:\n{again.said()}"


def problems(
    posts: Sequence[dict[str, object]], texts: Sequence[str], recorded: Recorded | None
) -> list[str]:
    """Return the problems of a thread: each text once, each under the previous one, matching the ledger."""
    found = []
    counts = Counter(post["text"] for post in posts)
    for position, text in enumerate(texts, 1):
        if counts[text] != 1:
            found.append(f"post {position} is lost" if not counts[text] else f"post {position} is out twice")
    found += [f"a stranger is out: {text}" for text in counts.keys() - set(texts)]
    if not found and [post["text"] for post in posts] != list(texts):
        found.append("the posts are out of order")
    ids = [post["id"] for post in posts]
    if not found and [post["replied_to"] for post in posts] != [None, *ids[:-1]]:
        found.append("a post stands under the wrong one")
    if recorded is None or recorded.state != PublicationState.PUBLISHED:
        found.append(f"the ledger says {recorded and recorded.state}")
    elif recorded.posts != tuple((DeliveryState.SENT, post_id) for post_id in ids):
        found.append("the ledger's posts are not X's")
    return found
