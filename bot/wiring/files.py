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
    from bot.core.model import Publication
    from bot.core.schedule.preflight import Check
    from bot.errors import Finding
    from bot.services.composing import Desk


def load_config(path: Path) -> Config:
    """The configuration at `path` with this process's environment.

    Raises:
        ConfigError: with every problem found.
    """
    from bot import config

    return config.load(path, os.environ, Path.cwd())


def load_as_far(path: Path) -> Config:
    """As `load_config`; of a file with problems, what can be used without the rest (`Config.problems`).

    Raises:
        ConfigError: there is no file.
    """
    from bot import config

    try:
        return load_config(path)
    except ConfigError as error:
        return config.rescue(path, os.environ, Path.cwd(), error.findings)


def load_for_ledger(path: Path) -> Config:
    """As `load_as_far`, for what a person decides about the ledger.

    Raises:
        ConfigError: with every problem found; the rest does not tell which ledger is meant, or there is none.
    """
    loaded = load_as_far(path)
    if loaded.problems:
        if not loaded.ledger_is_named:
            raise ConfigError(loaded.problems)
        if not ledger_path(loaded, loaded.access).exists():
            raise ConfigError((*loaded.problems, no_ledger(loaded)))
    return loaded


def issue_source(config: Config, answered: Callable[[], None] = lambda: None) -> FolderSource:
    """Return the configured folder."""
    return files_source([config.threads], answered)


def files_source(paths: Sequence[Path], answered: Callable[[], None] = lambda: None) -> FolderSource:
    """Return these files and folders only; `answered` is called as each file is read."""
    from bot.adapters.folder import FolderSource
    from bot.adapters.issue_files import parse

    def read(name: str, data: bytes) -> ParsedFile:
        answered()
        return parse(name, data)

    return FolderSource(paths, read, shown_from=Path.cwd())


def exposure(config: Config) -> tuple[Check, ...]:
    """Return who else can read the secrets, or write configuration, ledger and threads folder."""
    from bot.adapters.host.file_access import accesses, this_user
    from bot.core.schedule import secret_checks as core

    ledger, user = ledger_path(config, config.access), this_user()
    places = (config.path, config.path.absolute().parent, ledger, ledger.parent, config.threads.parent)
    return (
        *core.secrets(accesses(config.secret_files, shown), user),
        *core.places(accesses(dict.fromkeys(places), shown), user),
    )


RECENT_PUBLICATIONS = 100
"""How many of the latest publications count: more than a fortnight of them."""


def desk(config: Config, source: FolderSource) -> Desk:
    """What stands in `source`, with what the ledger, where there is one, knows of these days.

    Nothing, where the configuration does not tell what the files make.
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
"""Seconds that a command which needs the ledger only gives the threads folder."""


def desk_beside(config: Config, patience: float = FOLDER_TIMEOUT) -> tuple[Desk, Finding | None]:
    """As `desk`, for what can do without the files: a folder that does not answer is not waited for.

    The finding says that it did not answer; the desk is empty then, and has it, too.
    """
    return _or_empty(config, lambda: patiently(_read(config), shown(config.threads), limit=patience))


def desk_awaited(config: Config, report: Callable[[str], None]) -> tuple[Desk, Finding | None]:
    """As `desk_beside`, for what is better with the files: the folder is waited for, as in `patiently`."""
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
    """A desk with no files on it, for what needs the programme only."""
    return read_desk(Loaded((), (), ()), config.programme)


Within = Callable[[str], bool]
"""Whether a path, as findings show it, is one that was asked for."""


def within(paths: Sequence[Path]) -> Within:
    """Everything, where `paths` is empty; else what is one of them or below one."""
    wanted = [path.resolve() for path in paths]
    return lambda shown: not wanted or any(Path(shown).resolve().is_relative_to(path) for path in wanted)
