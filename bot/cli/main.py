"""The console script and its exit codes.

0 ok · 1 a bug · 2 usage or configuration · 3 content · 4 ledger or publishing (also an interrupted
``publish``: run it again).
"""

from __future__ import annotations

import click

from bot import __version__
from bot.cli.content import check, preview
from bot.cli.decisions import cancel, hold, pause, release, resolve, resume
from bot.cli.frame import Frame, common, utf8
from bot.cli.overview import log, status
from bot.cli.publishing import publish, run
from bot.cli.rehearsal import demo, sandbox
from bot.cli.weigh import weigh


@click.group(
    cls=Frame,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok, 1 bug, 2 usage or config, 3 content, 4 ledger or publishing.",
)
@click.version_option(__version__, prog_name="flashtweet")
@common
def cli() -> None:
    """Publish a newsroom's YAML files as threads on X: each post once, in order, on time.

    \b
    First steps:
      flashtweet demo                          watch three threads go out, without any account
      flashtweet check                         is everything in threads/ fit to be published?
      flashtweet preview threads/FILE.yaml     the posts as they will be sent
      flashtweet run                           the daemon
      flashtweet status                        what happened, and what to type
    """


_WRITING = (check, preview, weigh)
_PUBLISHING = (run, publish, status, log)
_DECIDING = (hold, release, cancel, resolve, pause, resume)
_REHEARSING = (sandbox, demo)
for command in (*_WRITING, *_PUBLISHING, *_DECIDING, *_REHEARSING):
    cli.add_command(command)


def main() -> None:
    """Run the command line."""
    utf8()
    cli(prog_name="flashtweet")
