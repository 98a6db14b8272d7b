"""Parameters of commands."""

from __future__ import annotations

import click

from bot.core.model import EditionKey


class EditionParameter(click.ParamType[EditionKey]):
    """An edition: ``flashtweet@2020-11-06``."""

    name = "edition"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> EditionKey:
        if isinstance(value, EditionKey):
            return value
        try:
            return EditionKey.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
