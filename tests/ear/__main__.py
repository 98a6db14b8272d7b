"""``make ear``: real prose as posts, to be read aloud, and figures over texts of many styles.

``python -m tests.ear sample`` prints the sample long read alone, as its golden file has it; with the name of
a style, its posts.
"""

from __future__ import annotations

import sys

import click

from tests.ear import reading, styles


def main() -> None:
    """Print every post, then what there is to worry about."""
    if sys.argv[1:] == ["sample"]:
        click.echo(str(reading.sample()), nl=False)
        return
    if sys.argv[1:]:
        [style] = [one for one in styles.styles() if one.name == sys.argv[1]]
        click.echo("\n----\n".join(style.posts))
        return
    readings = [*(reading.newsletter() if reading.NEWSLETTER.is_file() else ()), reading.sample()]
    for one in readings:
        click.echo(str(one))
    for one in readings:
        click.echo(f"{one.title}: {reading.summary([one])}")
    click.echo(f"in all: {reading.summary(readings)}\n")
    for line in styles.table(styles.styles()):
        click.echo(line)


if __name__ == "__main__":
    main()
