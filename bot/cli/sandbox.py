"""sandbox and demo: publishing without an account."""

from __future__ import annotations

import sys
import tempfile
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from bot import wiring
from bot.cli import render, render_publications
from bot.cli.common import Options, common, out, print_json
from bot.cli.logging_output import to_stderr
from bot.core.model import EditionKey
from bot.core.publishing.states import PublicationChange
from bot.core.schedule.slots import due_times
from bot.errors import BotError, ConfigError, PublishError, UsageError
from bot.sandbox import SandboxServer, load_faults
from bot.services.composing import thread_for

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from bot.config import Config
    from bot.core.model import Thread
    from bot.core.publishing.publication import Publication
    from bot.core.publishing.states import Change
    from bot.sandbox import Fault, Sandbox, SandboxPost
    from bot.services.publish import Narrator

DEFAULT_PORT = 8281
DEMO_LEAD = timedelta(seconds=3)
"""Time before each slot to which the demo sets its clock."""
SHOWS = ("flashtweet@2020-11-06", "replay@2020-11-06", "hebdo@2020-11-08")
"""Editions that the samples in threads/ make, from the week of issue 53."""


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="0: any free port."
)
@click.option(
    "--faults",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="JSON file of faults to enable (docs/sandbox.md).",
)
@click.option("--json", "machine", is_flag=True, help="Print address and credentials as one JSON document.")
@common
@click.pass_obj
def sandbox(options: Options, port: int, faults: Path | None, machine: bool) -> None:
    """Serve a local X on this machine, until Ctrl-C.

    It prints its address and new credentials at each start; its page shows the timeline as a follower sees
    it. Nothing leaves this machine.

    \b
    flashtweet sandbox
    flashtweet sandbox --port 0 --json
    """
    local_x = wiring.make_sandbox()
    if faults is not None:
        local_x.faults.prepare(*_loaded(faults))
    server = SandboxServer(local_x, port=port)
    with wiring.on_signals(server.stop):
        server.start()
        env = local_x.credentials.env(server.base_url)
        if machine:
            print_json({"base_url": server.base_url, "env": env, "page": server.page})
        else:
            _introduce(server, env, _some_edition(options))
        sys.stdout.flush()
        server.serve_forever()


def _some_edition(options: Options) -> EditionKey | None:
    """Return the next edition with a file, else the latest; None if there is none.

    A sandbox needs neither configuration nor files, so their errors are ignored here.
    """
    try:
        config = wiring.load_config(Path(options.config))
        editions = wiring.desk(config, wiring.issue_source(config)).editions
    except BotError:
        return None
    now = wiring.real_now()
    ahead = (edition for edition in editions if edition.slot_at >= now)
    found = next(ahead, None) or next(reversed(editions), None)
    return found.key if found else None


def _loaded(file: Path) -> tuple[Fault, ...]:
    """Return the faults of `file`.

    Raises:
        UsageError: with every problem found.
    """
    try:
        return load_faults(file.read_text("utf-8"), str(file))
    except ConfigError as error:
        raise UsageError(f"the faults cannot be used:\n{error}") from error


def _introduce(server: SandboxServer, env: dict[str, str], edition: EditionKey | None) -> None:
    console = out()
    console.print(f"A local X listens at {server.base_url}", soft_wrap=True)
    console.print(f"Timeline page: {server.page}", soft_wrap=True)
    console.print("\nIn another terminal, in the project's folder, paste these five lines:\n", soft_wrap=True)
    for name, value in env.items():
        console.print(f"export {name}={value}", soft_wrap=True)
    if edition is not None:
        console.print(f"\nThen, for instance: flashtweet publish {edition}", soft_wrap=True)
    else:
        console.print("\nThen: flashtweet publish EDITION ('flashtweet check' lists them)", soft_wrap=True)
    console.print("Ctrl-C stops it.", soft_wrap=True)


@dataclass(slots=True)
class _Time:
    """The demo's wall clock: the machine's, shifted to each slot in turn."""

    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        return wiring.real_now() + self.offset


@click.command()
@common
@click.pass_obj
def demo(options: Options) -> None:
    """Watch FlashTweet, Replay and Hebdo of the sample week being posted, in under 90 seconds.

    The real daemon publishes real threads to the sandbox, with its clock set shortly before each slot. It
    uses neither an account nor your ledger.
    """
    config = options.load()
    desk = wiring.desk(config, wiring.issue_source(config))
    threads = [thread_for(desk, EditionKey.parse(key)) for key in SHOWS]
    time = _Time()
    console = out()
    local_x = wiring.make_sandbox(time.now)
    with (
        to_stderr(wiring.SystemClock(), config.programme.zone, quiet=True),
        tempfile.TemporaryDirectory(prefix="flashtweet-demo-") as folder,
        SandboxServer(local_x) as server,
    ):
        console.print(f"Timeline, live: {server.page}\n", soft_wrap=True)
        for thread in threads:
            _watch(config, thread, time, server, Path(folder) / "demo.db", console)
        console.print(
            f"Timeline: {server.page}" + (" (open until Ctrl-C)" if console.is_terminal else ""),
            soft_wrap=True,
        )
        result = _Result.of(local_x, threads)
        console.print(str(result), soft_wrap=True)
        if console.is_terminal:
            _stay()
    if not result.is_perfect:
        click.get_current_context().exit(PublishError.exit_code)


def _watch(
    config: Config, thread: Thread, time: _Time, server: SandboxServer, ledger: Path, console: Console
) -> None:
    """Run one daemon from shortly before the slot of `thread` until its last post."""
    from bot.daemon import Daemon, build_sinks

    slot, zone = thread.edition.slot_at, config.programme.zone
    time.offset = timedelta(seconds=round((slot - DEMO_LEAD - wiring.real_now()).total_seconds()))
    clock = wiring.SystemClock(time.offset)
    console.print(
        Text("It is ")
        + Text(render.local_time(clock.now(), zone), style="bold")
        + Text(
            f":{clock.now():%S} in {zone}; "
            f"{thread.edition.key} is due at {render.local_time(slot, zone)[-5:]}."
        ),
        soft_wrap=True,
    )
    end = due_times(slot, thread.edition.format.gap, len(thread.posts))[-1]
    rehearsal, access = wiring.rehearse(config, server)
    reader = wiring.files_reader([Path(thread.edition.path)], clock)
    with wiring.daemon_lock(ledger), wiring.newsroom(rehearsal, access, clock, ledger) as newsroom:
        sinks = build_sinks(newsroom, _printer(console, zone))
        daemon = Daemon(newsroom, reader, end, sinks)
        stopped = False

        def stop() -> None:
            nonlocal stopped
            stopped = True
            daemon.stop()

        with wiring.on_signals(stop):
            daemon.run()
        if stopped:
            raise click.Abort
    console.print()


def _printer(console: Console, zone: str) -> Narrator:
    def narrate(publication: Publication, change: Change) -> None:
        line = render_publications.change_line(publication, change, zone)
        if line is not None and not (isinstance(change, PublicationChange) and change.reason is None):
            console.print(line, soft_wrap=True)

    return narrate


@dataclass(frozen=True, slots=True)
class _Result:
    """The sandbox's posts compared with the threads."""

    threads: int
    posts: int
    duplicates: int
    lost: int
    lateness: tuple[timedelta, ...]
    """Delay of each first post."""

    @classmethod
    def of(cls, local_x: Sandbox, threads: list[Thread]) -> _Result:
        posts = local_x.posts()
        texts = [post.text for post in posts]
        chains = [_chain(posts, thread) for thread in threads]
        return cls(
            threads=sum(
                len(chain) == len(thread.posts) for chain, thread in zip(chains, threads, strict=True)
            ),
            posts=len(posts),
            duplicates=len(texts) - len(set(texts)),
            lost=sum(len(thread.posts) - len(chain) for chain, thread in zip(chains, threads, strict=True)),
            lateness=tuple(
                chain[0].created_at - thread.edition.slot_at
                for chain, thread in zip(chains, threads, strict=True)
                if chain
            ),
        )

    @property
    def is_perfect(self) -> bool:
        return not self.duplicates and not self.lost and all(late >= timedelta(0) for late in self.lateness)

    def __str__(self) -> str:
        late = "/".join(f"{round(one / timedelta(milliseconds=1)):+d}" for one in self.lateness)
        return (
            f"{self.threads} threads, {self.posts} posts, {self.duplicates} duplicates, {self.lost} lost, "
            f"first posts {late} ms after their slots"
        )


def _chain(posts: tuple[SandboxPost, ...], thread: Thread) -> list[SandboxPost]:
    """Return the posts of `thread` in the timeline, each a reply to the one before."""
    chain: list[SandboxPost] = []
    for text in thread.texts:
        parent = chain[-1].id if chain else None
        found = [post for post in posts if post.text == text and post.replied_to == parent]
        chain.extend(found[:1])
    return chain


def _stay() -> None:
    done = threading.Event()
    with wiring.on_signals(done.set):
        done.wait()
