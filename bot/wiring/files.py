"""The configuration and the editors' files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import ConfigError, LedgerError
from bot.ports import Loaded
from bot.services.composing import read_desk
from bot.wiring.clock import SystemClock
from bot.wiring.folder_wait import FolderHangs, patiently
from bot.wiring.ledgers import ledger_path, no_ledger, open_ledger, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.adapters.folder import FolderSource
    from bot.adapters.issue_files import ParsedFile
    from bot.config import Config
    from bot.core.publishing.publication import Publication
    from bot.core.schedule.preflight import Check
    from bot.errors import Finding
    from bot.services.composing import Desk


def load_config(path: Path) -> Config:
    """Return the configuration at `path`, with this process's environment.

    Raises:
        ConfigError: with every problem found.
    """
    from bot import config

    return config.load(path, os.environ, Path.cwd())


def load_as_far(path: Path) -> Config:
    """Return `load_config`, or the usable part of a file with problems (`Config.problems`).

    Raises:
        ConfigError: there is no file.
    """
    from bot import config

    try:
        return load_config(path)
    except ConfigError as error:
        return config.rescue(path, os.environ, Path.cwd(), error.findings)


def load_for_ledger(path: Path) -> Config:
    """Return `load_as_far`, for commands by which an operator changes the ledger.

    Raises:
        ConfigError: with every problem found; the usable part names no ledger, or one that does not exist.
    """
    loaded = load_as_far(path)
    if loaded.problems:
        if not loaded.ledger_is_named:
            raise ConfigError(loaded.problems)
        if not ledger_path(loaded, loaded.access).exists():
            raise ConfigError((*loaded.problems, no_ledger(loaded)))
    return loaded


def issue_source(config: Config, answered: Callable[[], None] = lambda: None) -> FolderSource:
    """Return a source for the configured folder."""
    return files_source([config.threads], answered)


def files_source(paths: Sequence[Path], answered: Callable[[], None] = lambda: None) -> FolderSource:
    """Return a source for these files and folders only; it calls `answered` for each file read."""
    from bot.adapters.folder import FolderSource
    from bot.adapters.issue_files import parse

    def read(name: str, data: bytes) -> ParsedFile:
        answered()
        return parse(name, data)

    return FolderSource(paths, read, shown_from=Path.cwd())


def exposure(config: Config) -> tuple[Check, ...]:
    """Return checks of who else can read the secrets, or write configuration, ledger and threads folder."""
    from bot.adapters.host.file_access import accesses, this_user
    from bot.core.schedule import secret_checks as core

    ledger, user = ledger_path(config, config.access), this_user()
    places = (config.path, config.path.absolute().parent, ledger, ledger.parent, config.threads.parent)
    return (
        *core.secrets(accesses(config.secret_files, shown), user),
        *core.places(accesses(dict.fromkeys(places), shown), user),
    )


RECENT_PUBLICATIONS = 100
"""Number of latest publications read: more than a fortnight's."""


def desk(config: Config, source: FolderSource) -> Desk:
    """Return the contents of `source` with the ledger's recent publications, if there is a ledger.

    With an unusable configuration, the desk has only its problems.
    """
    if config.problems:
        return read_desk(Loaded((), (), config.problems), config.programme)
    path = ledger_path(config, config.access)
    known: tuple[Publication, ...] = ()
    if path.exists():
        with contextlib.suppress(LedgerError), open_ledger(path, SystemClock()) as ledger:
            known = ledger.recent(RECENT_PUBLICATIONS)
    return read_desk(source.load(), config.programme, known)


FOLDER_TIMEOUT = 2.0
"""Seconds that a command which only needs the ledger waits for the threads folder."""


def desk_beside(config: Config, patience: float = FOLDER_TIMEOUT) -> tuple[Desk, Finding | None]:
    """Return `desk` for a command that works without the files: wait only briefly for the folder.

    If the folder does not answer, the desk is empty, and it and the second value have the finding.
    """
    return _or_empty(config, lambda: patiently(_read(config), shown(config.threads), limit=patience))


def desk_awaited(config: Config, report: Callable[[str], None]) -> tuple[Desk, Finding | None]:
    """Return `desk_beside` for a command that benefits from the files: wait for the folder as `patiently`."""
    return _or_empty(config, lambda: patiently(_read(config), shown(config.threads), report))


def _read(config: Config) -> Callable[[Callable[[], None]], Desk]:
    return lambda answered: desk(config, issue_source(config, answered))


def _or_empty(config: Config, read: Callable[[], Desk]) -> tuple[Desk, Finding | None]:
    try:
        return read(), None
    except FolderHangs as error:
        (silent,) = error.findings
        return read_desk(Loaded((), (), (silent,)), config.programme), silent


def bare_desk(config: Config) -> Desk:
    """Return a desk without files, for commands that only need the programme."""
    return read_desk(Loaded((), (), ()), config.programme)


Within = Callable[[str], bool]
"""Predicate on a path as findings show it: True if the command covers it."""


def within(paths: Sequence[Path]) -> Within:
    """Return a predicate that accepts `paths` and everything below them; all paths if `paths` is empty."""
    wanted = [path.resolve() for path in paths]
    return lambda shown: not wanted or any(Path(shown).resolve().is_relative_to(path) for path in wanted)
