"""run: the daemon, for real or as a rehearsal."""

from __future__ import annotations

import contextlib
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from bot import wiring
from bot.cli.common import CLICKS, Options, common, ending
from bot.cli.logging_output import Objects, to_stderr
from bot.core.alerts import AlertKind
from bot.core.typed_commands import GlobalOptions
from bot.errors import AlreadyRuns, BotError, ConfigError, UsageError
from bot.ports import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.adapters.alerts import AppriseAlerter
    from bot.config import Config

log = logging.getLogger("flashtweet.daemon")


class LocalParameter(click.ParamType[datetime]):
    """A date and time in the configured zone, without its offset."""

    name = "local"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"'{value}' is not a date and time. Write it like '2020-11-06 07:29:50'.", param, ctx)
        if at.tzinfo is not None:
            self.fail(f"'{value}' has an offset; write the local time of config.yaml's zone.", param, ctx)
        return at


@click.command()
@click.option(
    "--sandbox", is_flag=True, help="Rehearse: publish to a private sandbox, with a separate ledger."
)
@click.option(
    "--start-at", type=LocalParameter(), metavar="LOCAL", help="Start as if it were LOCAL (with --sandbox)."
)
@click.option(
    "--until",
    type=LocalParameter(),
    metavar="LOCAL",
    help="Start no thread after LOCAL; stop once the current one is published (with --sandbox).",
)
@click.option(
    "--log",
    "form",
    type=click.Choice(["text", "json"]),
    help="Format of the log.  [default: text; json under systemd]",
)
@common
@click.pass_obj
def run(
    options: Options, sandbox: bool, start_at: datetime | None, until: datetime | None, form: str | None
) -> None:
    """Run the daemon: publish each edition at its slot.

    It reads the threads folder every two seconds and runs until SIGTERM or Ctrl-C. A post in flight is
    completed and recorded first.

    \b
    flashtweet run
    flashtweet run --sandbox --start-at '2020-11-06 07:29:50'
    """
    wiring.ignore_hangups()  # until a handler exists: a reload must not end a starting daemon
    in_journal = wiring.stderr_is_journal()
    machine = (form or ("json" if in_journal else "text")) == "json"
    with _end_as_line(in_journal, debug=options.debug) if machine else contextlib.nullcontext():
        if (start_at or until) and not sandbox:
            raise UsageError("--start-at and --until shift the clock: they work with --sandbox only.")
        load = wiring.load_config if sandbox else wiring.load_as_far
        config = load(Path(options.config))
        zone = ZoneInfo(config.programme.zone)
        clock = _clock(start_at.replace(tzinfo=zone) if start_at else None)
        end = until.replace(tzinfo=zone) if until else None
        zone_name = config.programme.zone
        # Operators do not type the path that a service manager passes to its daemon.
        typed = GlobalOptions(options.config, rehearsal=True) if sandbox else GlobalOptions()
        with to_stderr(clock, zone_name, machine=machine, for_journal=in_journal, typed=typed):
            for one in config.warnings:
                log.warning(str(one), extra={"code": one.code, "path": one.path})
            if sandbox:
                _rehearse(config, clock, end, typed)
            else:
                _serve(config, clock, end)


def _clock(start_at: datetime | None) -> wiring.SystemClock:
    if start_at is None:
        return wiring.SystemClock()
    # Whole seconds: one integer for daemon and sandbox alike.
    return wiring.SystemClock(timedelta(seconds=round((start_at - wiring.real_now()).total_seconds())))


@contextlib.contextmanager
def _end_as_line(for_journal: bool, *, debug: bool) -> Iterator[None]:
    """Log an error that ends `run` as a line of JSON too: plain text would break readers of the log."""
    try:
        yield
    except CLICKS:
        raise
    except Exception as error:
        reason, code = ending(error)
        about = {"msg": "flashtweet ended with an error", "reason": reason, "exit_code": code}
        level = {"levelno": logging.ERROR, "levelname": "ERROR"}
        traceback = {"exc_info": (type(error), error, error.__traceback__) if debug else None}
        record = logging.makeLogRecord(about | level | traceback)
        # Not through the log, which may not exist yet or may already be closed.
        click.echo(Objects(wiring.SystemClock(), for_journal=for_journal).format(record), err=True)
        raise click.exceptions.Exit(code) from error


def _rehearse(
    config: Config, clock: wiring.SystemClock, until: datetime | None, typed: GlobalOptions
) -> None:
    from bot.sandbox import SandboxServer

    ledger = wiring.rehearsal_ledger(config)
    with wiring.daemon_lock(ledger):
        wiring.forget(ledger)  # its sandbox is gone, with everything published there
        with SandboxServer(wiring.make_sandbox(clock.now)) as server:
            log.info("sandbox started", extra={"page": server.page})
            rehearsal, access = wiring.rehearse(config, server)
            with (
                wiring.reachable(ledger, access, clock.offset),
                wiring.alerting(rehearsal, typed=typed) as alerter,
                wiring.newsroom(rehearsal, access, clock, ledger) as newsroom,
            ):
                _loop(newsroom, alerter, until, rehearses=True)


def _serve(config: Config, clock: wiring.SystemClock, until: datetime | None) -> None:
    ledger = wiring.ledger_path(config, config.access)
    with wiring.alerting(config, ledger) as alerter, _alerted_end():
        if not config.ledger_is_known:
            raise ConfigError(config.problems)
        with wiring.daemon_lock(ledger):
            if config.problems:
                raise ConfigError(config.problems)
            wiring.alert_destinations(config)
            access = wiring.need_access(config)
            with wiring.newsroom(config, access, clock, ledger) as newsroom:
                _loop(newsroom, alerter, until)


@contextlib.contextmanager
def _alerted_end() -> Iterator[None]:
    """Alert if the daemon cannot start or ends with an error; raise the error again."""
    try:
        yield
    except (AlreadyRuns, Interrupted):
        raise  # nothing is wrong
    except Exception as error:
        reason = str(error) if isinstance(error, BotError) else f"a bug ({type(error).__name__})"
        about = {"reason": reason, "next": "flashtweet doctor", "alert": AlertKind.START}
        log.error("the daemon cannot run", extra=about)  # noqa: TRY400  (its traceback is shown at the end)
        raise


def _loop(
    newsroom: wiring.Newsroom, alerter: AppriseAlerter, until: datetime | None, *, rehearses: bool = False
) -> None:
    from bot.daemon import Daemon, build_sinks

    sinks = build_sinks(newsroom)
    sinks.alerter, sinks.manager = alerter, wiring.service_manager()
    daemon = Daemon(
        newsroom,
        wiring.folder_reader(newsroom.config, newsroom.clock),
        until,
        sinks,
        reread=lambda: wiring.reread(newsroom, keep_access=rehearses),
    )
    with (
        wiring.on_signals(daemon.stop, daemon.reload),
        wiring.health(newsroom, sinks.metrics, daemon.readiness()),
    ):
        daemon.run()
