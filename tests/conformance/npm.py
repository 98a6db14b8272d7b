"""X's own library under node, as a yardstick.

Install it anywhere with ``npm install twitter-text@3.1.0`` and point TWITTER_TEXT_NODE_MODULES to the
resulting ``node_modules`` folder, or keep that folder in ``.cache/`` of this repository.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

_SCRIPT = """
const twitter = require('twitter-text');
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const kind = e => 'url' in e ? 'url' : 'hashtag' in e ? 'hashtag' : 'cashtag' in e ? 'cashtag'
  : e.listSlug ? 'list' : 'mention';
const point = (text, unit) => Array.from(text.slice(0, unit)).length;
process.stdout.write(JSON.stringify(texts.map(text => ({
  weight: twitter.parseTweet(text).weightedLength,
  entities: twitter.extractEntitiesWithIndices(text)
    .map(e => [kind(e), ...e.indices.map(i => point(text, i))]),
}))));
"""


@dataclass(frozen=True)
class Reading:
    """What X's library makes of a text."""

    weight: int
    entities: list[tuple[str, int, int]]


def node_modules() -> Path | None:
    """The folder that holds twitter-text, if node and the package are there."""
    named = os.environ.get("TWITTER_TEXT_NODE_MODULES")
    folder = Path(named) if named else REPOSITORY / ".cache" / "node_modules"
    return folder if shutil.which("node") and (folder / "twitter-text").is_dir() else None


def read(texts: list[str], folder: Path) -> list[Reading]:
    """X's reading of each text."""
    done = subprocess.run(
        ["node", "-e", _SCRIPT],
        input=json.dumps(texts).encode(),
        env={**os.environ, "NODE_PATH": str(folder)},
        capture_output=True,
        check=True,
    )
    return [
        Reading(answer["weight"], [(kind, start, end) for kind, start, end in answer["entities"]])
        for answer in json.loads(done.stdout)
    ]
