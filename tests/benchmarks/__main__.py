"""``make bench``: the cost of our promises, measured side by side in one run.

Machines are noisy, so every figure is a ratio of medians of two things measured in turns.
"""

from __future__ import annotations

import argparse
import platform
from typing import TYPE_CHECKING

from tests.benchmarks import files, folder, idle, publish, slots, start, text

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS: dict[str, Callable[[], list[str]]] = {
    "text": text.rows,
    "slots": slots.rows,
    "publish": publish.rows,
    "files": files.rows,
    "start": start.rows,
    "folder": folder.rows,
    "idle": idle.rows,
}


def main() -> None:
    """Run all parts, or those named."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"one of {', '.join(PARTS)}; default all")
    named = parser.parse_args().part or list(PARTS)
    print(f"Python {platform.python_version()}, {platform.machine()}\n")
    for part in named:
        print(f"## {part}\n")
        for row in PARTS[part]():
            print(row, flush=True)
        print()


if __name__ == "__main__":
    main()
