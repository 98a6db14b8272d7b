"""Break the promise deliberately, one piece at a time, and see the tests fail: ``make mutants``.

Each mutant is one change in one place of a copy of the code. A mutant that survives the tests is a promise
without a test; a place that is no longer found is a mutant to rewrite. Both are failures.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUITE = ("tests/unit/services", "tests/unit/core", "tests/unit/adapters", "tests/contract/test_ledger.py")
SECONDS = 600

STATES = "bot/core/publishing/states.py"
TURN = "bot/core/turn.py"
KNOWN_TEXTS = "bot/core/publishing/known_texts.py"
STEPS = "bot/core/publishing/steps.py"
ERROR_POLICY = "bot/core/publishing/error_policy.py"
MATCHING = "bot/core/text/matching.py"
ATTEMPTS = "bot/core/publishing/attempts.py"
PUBLISH = "bot/services/publish.py"
FREEZE = "bot/services/freeze.py"
RECONCILE = "bot/services/reconcile.py"
LEDGER = "bot/adapters/sql_ledger/ledger.py"
ROWS = "bot/adapters/sql_ledger/rows.py"
SQLITE = "bot/adapters/sql_ledger/sqlite.py"


@dataclass(frozen=True)
class Mutant:
    """A mutant: `what` is gone if `old`, which occurs once in `path`, is replaced by `new`."""

    what: str
    path: str
    old: str
    new: str


MUTANTS = (
    Mutant(
        "the intent on the disk before the request",
        PUBLISH,
        "publication = self._commit(claim, before, *begun)\n",
        "publication = states.apply(before, *begun)\n",
    ),
    Mutant(
        "nothing planned again that would be missed at once",
        STEPS,
        "max(now, head.due_at, head.not_before or now) <=",
        "now <=",
    ),
    Mutant(
        "what was missed in truth stays so",
        FREEZE,
        "if not missed or now >= missed[-1]:",
        "if not missed:",
    ),
    Mutant(
        "the fence on every write",
        ROWS,
        '(*_IS, publication.c.fence == sa.bindparam("of_fence"))',
        '(*_IS, sa.bindparam("of_fence") == sa.bindparam("of_fence"))',
    ),
    Mutant(
        "a living process's claim",
        LEDGER,
        "is_taken = row.claimed_by is not None and row.left > 0 and not self._is_free(key, row)",
        "is_taken = False",
    ),
    Mutant(
        "the claim of the dead is free at once",
        LEDGER,
        "in self._given_up or self._is_dead(row.claimed_by)",
        "in self._given_up",
    ),
    Mutant(
        "the settle window",
        RECONCILE,
        "return self.clock.elapsed() - opened >= self.policy.settle.total_seconds()",
        "return True",
    ),
    Mutant(
        "the settle window runs on the clock that never jumps",
        RECONCILE,
        "return self.clock.elapsed() - opened >= self.policy.settle.total_seconds()",
        "return delivery.doubt_since is not None and self.clock.now() >= delivery.doubt_since"
        " + self.policy.settle",
    ),
    Mutant("a read that fails starts the window again", RECONCILE, "self._opened.clear()", "pass"),
    Mutant("the read-back", RECONCILE, "found = self.find(delivery)", "found = None"),
    Mutant(
        "no id is adopted twice",
        RECONCILE,
        "set(own) - self.ledger.recorded(own)",
        "set(own)",
    ),
    Mutant(
        "the claim's deadline right before the request",
        PUBLISH,
        "if elapsed >= claim.valid_until:",
        "if False:",
    ),
    Mutant(
        "the edition's window right before the request",
        PUBLISH,
        "if not steps.may_leave(publication, position, self.policy, now, since_last):",
        "if False:",
    ),
    Mutant(
        "the reaction to a duplicate",
        ERROR_POLICY,
        "errors.Duplicate: Reaction.READ_OR_REFUSE,",
        "errors.Duplicate: Reaction.READ,",
    ),
    Mutant(
        "a duplicate is not a refusal at once",
        ERROR_POLICY,
        "errors.Duplicate: Reaction.READ_OR_REFUSE,",
        "errors.Duplicate: Reaction.REFUSE,",
    ),
    Mutant(
        "a lost answer is a doubt",
        ERROR_POLICY,
        "errors.InDoubt: Reaction.READ,",
        "errors.InDoubt: Reaction.BACK_OFF,",
    ),
    Mutant(
        "a parent that is not visible is not waited for without end",
        ERROR_POLICY,
        "errors.ParentNotVisible: Reaction.SEEK_PARENT,",
        "errors.ParentNotVisible: Reaction.BACK_OFF,",
    ),
    Mutant("an orphaned send is a doubt", STATES, "_DE.LOST: _D.IN_DOUBT,", "_DE.LOST: _D.PENDING,"),
    Mutant(
        "no head after its grace",
        STEPS,
        "        return publication.slot_at + policy.grace\n",
        "        return publication.slot_at + 99 * policy.grace\n",
    ),
    Mutant(
        "no post after finish_within",
        STEPS,
        "return publication.deliveries[-1].due_at + policy.finish_within",
        "return publication.deliveries[-1].due_at + 99 * policy.finish_within",
    ),
    Mutant("nothing before its slot", STEPS, "at = max(at, publication.slot_at)", "pass"),
    Mutant(
        "a ledger that cannot vouch is doubted",
        STEPS,
        "if _is_unvouched(publication, delivery, policy, vouched_since, young=young):",
        "if False:",
    ),
    Mutant(
        "a ledger that was put back is noticed",
        LEDGER,
        'if known.get("generation") != (self._witness.read() or ""):',
        "if False:",
    ),
    Mutant(
        "a post is what it was when it was read",
        ROWS,
        'delivery.c.state == sa.bindparam("before"),',
        'sa.bindparam("before") != "",',
    ),
    Mutant(
        "an edition is what it was when it was read",
        ROWS,
        'publication.c.state == sa.bindparam("before")',
        'sa.bindparam("before") != ""',
    ),
    Mutant(
        "the mark of the sidecar",
        "bot/adapters/sql_ledger/generation.py",
        'return f"{generation} {file.st_ino} {file.st_ctime_ns}"',
        "return generation",
    ),
    Mutant(
        "a clock that was set back vouches for nothing",
        LEDGER,
        "max(now, self._after_all_it_knows(db, known))",
        "now",
    ),
    Mutant(
        "a hold that a person asks for",
        STEPS,
        "if publication.hold_asked is not None:",
        "if False:",
    ),
    Mutant(
        "a pause",
        STEPS,
        "    if paused is not None:\n        return Wait",
        "    if False:\n        return Wait",
    ),
    Mutant(
        "on_unknown: hold",
        RECONCILE,
        "self.policy.on_unknown is OnUnknown.HOLD",
        "False",
    ),
    Mutant(
        "ours is what replies to our parent",
        MATCHING,
        "post.replied_to == delivery.parent_id",
        "True",
    ),
    Mutant(
        "ours is what is not older than the first attempt",
        MATCHING,
        "        and post.created_at >= search_from(delivery)\n",
        "",
    ),
    Mutant(
        "the first attempt counts, not the last",
        ATTEMPTS,
        "first_intent_at=delivery.first_intent_at or now,",
        "first_intent_at=now,",
    ),
    Mutant(
        "the lease is kept alive",
        PUBLISH,
        "            return self.ledger.renew(claim, self.lease)\n        return claim\n",
        "            return claim\n        return claim\n",
    ),
    Mutant(
        "a clock that is set changes no gap",
        PUBLISH,
        "        if not step:\n            return publication\n",
        "        return publication\n",
    ),
    Mutant(
        "gaps run on the clock that never jumps",
        STEPS,
        "    if since_last is not None:\n",
        "    if False:\n",
    ),
    Mutant(
        "a post that is not shown yet is not gone",
        "bot/services/parent_lookup.py",
        "self.age(one) < SHOWN_WITHIN or not",
        "not",
    ),
    Mutant(
        "a claim lasts for its lease, whatever the clock",
        "bot/adapters/sql_ledger/claims.py",
        "return lasting(timedelta(seconds=most)) if row.left > most else {}",
        "return {}",
    ),
    Mutant(
        "a begun thread keeps its frozen text",
        TURN,
        " or (known is not None and has_begun(known))",
        "",
    ),
    Mutant(
        "of two copies of one turn only one is posted",
        TURN,
        "        texts.add(edition, own)\n",
        "",
    ),
    Mutant(
        "a copy within X's window is not posted",
        KNOWN_TEXTS,
        "not apart or (apart < self._window and not one.is_unposted)",
        "not apart",
    ),
    Mutant("commits survive a power cut", SQLITE, "PRAGMA synchronous = EXTRA", "PRAGMA synchronous = OFF"),
)


def outcome(mutant: Mutant, suite: tuple[str, ...]) -> tuple[bool, str]:
    """Return True if the suite fails for `mutant`, and a line about it."""
    with tempfile.TemporaryDirectory(prefix="flashtweet-mutant-") as folder:
        copy = Path(folder)
        for part in ("bot", "tests"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "config.yaml"):
            shutil.copy(ROOT / name, copy)
        for part in ("threads", "docs", "tools"):
            (copy / part).symlink_to(ROOT / part)
        broken = copy / mutant.path
        text = broken.read_text("utf-8")
        if text.count(mutant.old) != 1:
            return False, f"{mutant.path} has its place {text.count(mutant.old)} times, not once"
        broken.write_text(text.replace(mutant.old, mutant.new), "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *suite],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    lines = done.stdout.strip().splitlines()
    if done.returncode == 1:  # tests failed; 2 and above are pytest errors
        failed = [line for line in lines if line.startswith("FAILED")]
        return True, failed[0].partition(" - ")[0].removeprefix("FAILED ") if failed else "red"
    return False, lines[-1] if lines else done.stderr.strip()


def main() -> int:
    """Run all mutants; the exit code is 0 if all were caught."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", help="a part of the names of those to run")
    parser.add_argument("--jobs", type=int, default=2, help="how many side by side; default 2")
    options = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if not options.only or options.only in mutant.what]
    alive = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for mutant, (caught, line) in zip(
            chosen, pool.map(lambda one: outcome(one, SUITE), chosen), strict=True
        ):
            alive += not caught
            print(f"{'caught' if caught else 'ALIVE '}  {mutant.what}: {line}", flush=True)
    print(f"{len(chosen) - alive} of {len(chosen)} mutants caught")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
