"""One world: a storm in which everything may go wrong, then calm, in which every thread must be completed."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.core.model import Chain
from bot.core.publishing.policy import Policy
from bot.core.publishing.publication import DeliveryState, PublicationState
from bot.services.publish import PublishRun
from tests.simulation.actors import Operator, SimDaemon, Stage
from tests.simulation.conditions import conditions
from tests.simulation.desk import HEAD, make_desk
from tests.simulation.hub import BASE, MICROSECOND, MINUTE, SECOND, Broken, Host, Hub, Process, Task
from tests.simulation.stores import KINDS
from tests.simulation.watch import Watch
from tests.simulation.x import SimX

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication
    from bot.ports import Ledger

_P = PublicationState
_DOUBTED = (DeliveryState.SENDING, DeliveryState.IN_DOUBT, DeliveryState.HELD)
_OPEN = (_P.PLANNED, _P.PUBLISHING)
STORM = 8 * MINUTE
"""Maximum time that things go wrong after the last slot."""
EXPLAINED = 0.2
"""Probability of replaying all journals after an event; they are always replayed at the end."""
ROUNDS = 24
"""Number of times an operator returns to one edition in the calm."""


class World:
    """The world of one seed."""

    def __init__(
        self,
        seed: int,
        *,
        ledger: str = "memory",
        run_type: type[PublishRun] = PublishRun,
        trace: list[str] | None = None,
    ) -> None:
        dice = random.Random(seed)
        self.hub = hub = Hub(dice, trace)
        self.conditions = conditions(dice)
        self.desk = make_desk(dice, same_heads=not self.conditions.strict)
        self.keys: list[EditionKey] = sorted(self.desk.threads)
        self.hosts = [Host(f"host{n}") for n in range(self.conditions.hosts)]
        policy = Policy(
            finish_within=timedelta(minutes=dice.choice((5, 20, 60))),
            settle=self.conditions.settle,
            on_unknown=self.conditions.on_unknown,
        )
        self.store = KINDS[ledger](hub, self.conditions, self._database_clock)
        formats = {key: thread.edition.format for key, thread in self.desk.threads.items()}
        self.watch = Watch(hub, self.conditions, formats, policy.finish_within)
        self.watch.shared = frozenset({HEAD})
        self.x = self.watch.x = SimX(hub, self.conditions, self.watch.on_x, self._kill, self._jump)
        self.x.recorded = self.watch.ids
        self.stage = Stage(
            hub, self.conditions, self.desk, policy, self.x, self.watch, run_type, self._open_ledger
        )
        self.processes: dict[str, Process] = {}
        self.daemons: list[SimDaemon | None] = [None] * self.conditions.daemons
        self.storm_ends = max(self._slot(key) for key in self.keys) + dice.randrange(STORM)
        self._backup: tuple[object, int, str | None] | None = None
        self._closed = False
        self.left_missed = {key for key in self.keys if dice.random() < 0.5}
        """Editions to abandon once they are missed."""

    # -- parts -------------------------------------------------------------------------------------------

    def _database_clock(self) -> float:
        offset = 0 if self.conditions.own_database_clock else self.hosts[0].offset
        return 1.6e9 + (self.hub.t + offset) / 1e6

    def _slot(self, key: EditionKey) -> int:
        return (self.desk.threads[key].edition.slot_at - BASE) // MICROSECOND

    def _process(self, kind: str, host: Host) -> Process:
        number = len(self.processes) + 1
        process = Process(f"{host.name}:{kind}{number}", kind, host)
        self.processes[process.name] = process
        return process

    def _open_ledger(self, process: Process) -> Ledger:
        now = BASE + (self.hub.t + process.host.offset) * MICROSECOND
        return self.store.open(process.name, lambda owner: self._is_dead(owner, process.host), now)

    def _is_dead(self, owner: str, seen_from: Host) -> bool:
        """Return True if `owner` is dead, which only a process on its own machine can see."""
        process = self.processes[owner]
        return process.is_dead and process.host is seen_from

    # -- the run -------------------------------------------------------------------------------------------

    def play(self) -> Counter[str]:
        """Run storm, calm and verdict; return the counts of events.

        Raises:
            Broken: an invariant does not hold.

        """
        hub = self.hub
        hub.note("world", str(self.conditions))
        try:
            self._begin()
            hub.run(self._is_storm_over)
            self._calm_down()
            self._make_whole()
            self._judge()
        finally:
            self.close()
        return hub.counts

    def close(self) -> None:
        """Unwind all processes."""
        if not self._closed:
            self._closed = True
            for process in self.processes.values():
                self.hub.kill(process)
            self.hub._bury()
            self.store.close()

    def _begin(self) -> None:
        watcher = self._process("watch", self.hosts[0])
        self.watch.ledger = self._open_ledger(watcher)
        self.hub.on_preempted = self._tempt_fate
        for n in range(self.conditions.daemons):
            self.hub.after(self.hub.dice.randrange(30 * SECOND), partial(self._start_daemon, n))
        self._plan_unrest()

    def _start_daemon(self, n: int) -> None:
        daemon = self.daemons[n]
        if daemon is not None and not daemon.process.is_dead:
            return
        host = self.hosts[n % len(self.hosts)]
        self.daemons[n] = SimDaemon(self.stage, self._process("daemon", host))

    def _is_storm_over(self) -> bool:
        return self.hub.t >= self.storm_ends

    # -- unrest --------------------------------------------------------------------------------------------

    def _plan_unrest(self) -> None:
        if self.conditions.unrest:
            delay = int(self.hub.dice.expovariate(1 / self.conditions.unrest)) + SECOND // 10
            self.hub.after(delay, self._unrest)

    def _unrest(self) -> None:
        if not self.watch.is_calm:
            dice = self.hub.dice
            happening = _HAPPENINGS[int(dice.random() * len(_HAPPENINGS))]
            happening(self)
            if dice.random() < EXPLAINED:
                self.watch.explained()
            self._end_sooner()
            self._plan_unrest()

    def _end_sooner(self) -> None:
        """End early: once every thread is posted, only another ledger could still do harm."""
        ended = [a for a in self.watch.accounts.values() if a.state in (_P.PUBLISHED, _P.CANCELLED)]
        if len(ended) == len(self.keys):
            left = self.hub.dice.randrange(4 * MINUTE if self.conditions.loses_ledgers else MINUTE)
            self.storm_ends = min(self.storm_ends, self.hub.t + left)

    def _tempt_fate(self, task: Task) -> None:
        """Perhaps harm a task stopped between two port calls."""
        if self.watch.is_calm:
            return
        dice, deaths = self.hub.dice, self.conditions.deaths
        luck = dice.random()
        if luck < deaths:
            self.hub.count(f"killed at {task.at}")
            self._kill(task.process)
        elif luck < deaths * 1.5:
            self._stop(task.process)
        elif luck < deaths * 2:
            self._freeze(task.process)
        elif luck < deaths * 2.5 and self.conditions.jumps_back:
            self._jump()
        elif luck < deaths * 3 and self.conditions.has_operators:
            self._send_operator()

    def _live_processes(self) -> list[Process]:
        return [p for p in self.processes.values() if not p.is_dead and p.tasks]

    def _pick(self) -> Process | None:
        live = self._live_processes()
        return self.hub.dice.choice(live) if live else None

    def _kill(self, process: Process) -> None:
        self.hub.kill(process)
        if process.kind == "daemon":
            self._restart_later()

    def _restart_later(self) -> None:
        delay = self.hub.dice.choice((1, 5, 30, 200)) * SECOND
        for n in range(self.conditions.daemons):
            self.hub.after(delay, partial(self._start_daemon, n))

    def _kill_one(self) -> None:
        process = self._pick()
        if process is not None:
            for task in process.tasks:
                if not task.is_over:
                    self.hub.count(f"killed at {task.at}")
            self._kill(process)

    def _stop(self, process: Process) -> None:
        self.hub.count(f"stopped: {process.kind}")
        self.hub.stop(process)
        if process.kind == "daemon":
            self._restart_later()
            self.hub.after(201 * SECOND, self._restart_later)

    def _stop_one(self) -> None:
        process = self._pick()
        if process is not None:
            self._stop(process)

    def _freeze(self, process: Process) -> None:
        self.hub.count("froze a process")
        self.hub.freeze(process, self.hub.dice.choice((1, 20, 50, 70, 400)) * SECOND)

    def _freeze_one(self) -> None:
        process = self._pick()
        if process is not None:
            self._freeze(process)

    def _jump(self) -> None:
        if not self.conditions.jumps_back:
            return
        dice = self.hub.dice
        host = dice.choice(self.hosts)
        forward = self.conditions.jumps and dice.random() < 0.5
        offset = (
            dice.randrange(self.conditions.jumps) if forward else -dice.randrange(self.conditions.jumps_back)
        )
        if dice.random() < 0.2:
            offset = 0
        self.hub.count("clock set forward" if offset > host.offset else "clock set back")
        self.hub.set_clock(host, offset)
        if dice.random() < 0.7:
            self.hub.after(dice.choice((1, 20, 120)) * SECOND, lambda: self._set_right(host))

    def _set_right(self, host: Host) -> None:
        self.hub.set_clock(host, 0)

    def _send_operator(self) -> None:
        if self.conditions.has_operators:
            dice = self.hub.dice
            what = dice.choice(_ERRANDS)
            if what == "cancel" and dice.random() < 0.6:
                what = "resolve"
            key = dice.choice(self.keys)
            self._operator(what, key)
            if dice.random() < 0.3:  # and a colleague at the same time
                self._operator(dice.choice(_ERRANDS[:-1]), key)
            if what == "pause":
                self.hub.after(dice.choice((3, 60, 400)) * SECOND, self._send_to_resume)

    def _send_to_resume(self) -> None:
        self._operator("resume", self.keys[0])

    def _operator(self, what: str, key: EditionKey) -> Operator:
        return Operator(self.stage, self._process("operator", self.hub.dice.choice(self.hosts)), what, key)

    def _post_by_hand(self) -> None:
        """Post by hand on X: thanks under one of our posts, or the exact text of one of ours."""
        dice, posts = self.hub.dice, self.x.posts
        if posts and dice.random() < 0.7:
            self.hub.count("thanks by hand")
            parent = dice.choice(posts).remote.post_id if dice.random() < 0.8 else None
            self.x.arrive(f"Merci ! {len(posts)}", parent, None)
        elif self.conditions.has_operators and not (self.conditions.strict and self.conditions.loses_ledgers):
            self.hub.count("our text by hand")
            thread = self.desk.threads[dice.choice(self.keys)]
            self.x.arrive(dice.choice(thread.texts), None, None)

    def _delete(self) -> None:
        """Delete by hand a post that the ledger has; one that it does not have is sent again (A6)."""
        mine = [post for post in self.x.posts if post.remote.post_id in self.watch.ids]
        if mine and not self.conditions.loses_ledgers:
            self.hub.count("a post of ours deleted")
            self.x.deleted.add(self.hub.dice.choice(mine[-3:]).remote.post_id)

    def _cut_off(self) -> None:
        self.hub.count("X cannot be reached")
        self.x.unreachable_until = self.hub.t + self.hub.dice.choice((2, 30, 600)) * SECOND

    # -- ledgers that are lost -----------------------------------------------------------------------------

    def _back_up(self) -> None:
        if self.conditions.loses_ledgers:
            mark = self.store.witness.read()
            self._backup = (self.store.back_up(), self.watch.generations, mark)
            self.hub.note("world", "ledger backed up")

    def _lose_ledger(self) -> None:
        if not self.conditions.loses_ledgers:
            return
        backup = self._backup
        whole = self.hub.dice.random() < 0.5  # with the file beside it, as when a folder is restored
        if backup and self.conditions.strict and not whole and backup[1] == self.watch.generations:
            backup = None
        for process in self._live_processes():
            self._kill(process)
        self.hub._bury()
        if backup and self.hub.dice.random() < 0.7:
            self.hub.count("restored a ledger")
            self.hub.note("world", "old ledger restored")
            self.store.put_back(backup[0])
            if whole and backup[2] is not None:
                self.hub.count("restored a ledger and the file beside it")
                self.store.witness.put_back(backup[2])
        else:
            self.hub.count("deleted the ledger")
            self.hub.note("world", "ledger deleted")
            self.store.delete()
        self.watch.lost_at = BASE + self.hub.t * MICROSECOND
        self.watch.another_ledger(self._open_ledger(self._process("watch", self.hosts[0])))
        for key in self.keys:
            if not self.conditions.strict and (self.watch.created[key] or self.x.in_flight):
                self.watch.spoil(key, "its ledger was lost in a trusting world (A4)")
        for n in range(self.conditions.daemons):
            self.hub.after(self.hub.dice.choice((1, 5)) * SECOND, partial(self._start_daemon, n))

    # -- calm ----------------------------------------------------------------------------------------------

    def _calm_down(self) -> None:
        hub = self.hub
        hub.note("world", "calm")
        self.watch.is_calm = self.x.is_calm = self.store.witness.is_calm = True
        self.x.unreachable_until = self.x.parents_hidden_until = 0
        for host in self.hosts:
            hub.set_clock(host, 0)
        for process in self.processes.values():
            process.frozen_until = 0
        hub.run(self._after(30 * SECOND))

    def _after(self, duration: int) -> Callable[[], bool]:
        end = self.hub.t + duration
        self.hub.after(duration, lambda: None)
        return lambda: self.hub.t >= end

    def _make_whole(self) -> None:
        """Let daemons finish what they can; an operator does the rest."""
        for n in range(ROUNDS):
            if n == ROUNDS // 2:
                self._restart_all()
            if self.watch.ledger.paused():
                self.watch.ledger.resume(BASE + self.hub.t * MICROSECOND)
                self.watch.resumed()
            for one in range(self.conditions.daemons):
                self._start_daemon(one)
            self._run_until_settled()
            if not self._is_settled():
                if all(process.kind != "daemon" for process in self._live_processes()):
                    continue  # the previous one was still stopping when the others were started
                raise Broken(f"still busy: {self.watch.accounts}")
            needy = [key for key in self.keys if self._needs_operator(key)]
            if not needy:
                return
            for key in needy:
                self._operate(key)
        raise Broken(f"no operator can complete it: {self.watch.accounts}")

    def _run_until_settled(self) -> None:
        end = self._after(240 * MINUTE)
        self.hub.run(lambda: self._is_settled() or end())

    def _restart_all(self) -> None:
        """Restart all: a claim taken on a fast clock and not released lasts until that time or a restart."""
        self.hub.count("limit: a restart was needed")
        for process in self._live_processes():
            self.hub.kill(process)
        self.hub.run(self._after(70 * SECOND))

    def _is_settled(self) -> bool:
        if any(account.state in _OPEN for account in self.watch.accounts.values()):
            return False
        if self.x.in_flight or any(p.kind == "operator" for p in self._live_processes()):
            return False
        born = (self.watch.ledger.born_at - BASE) // MICROSECOND
        return all(key in self.watch.accounts or self._slot(key) < born for key in self.keys)

    def _needs_operator(self, key: EditionKey) -> bool:
        account = self.watch.accounts.get(key)
        if account is None or account.state == _P.HELD:
            return True
        return account.state == _P.MISSED and key not in self.left_missed

    def _operate(self, key: EditionKey) -> None:
        """Do what a diligent operator does about an edition that needs one."""
        account = self.watch.accounts.get(key)
        undecided = account and {DeliveryState.HELD, DeliveryState.REJECTED} & set(account.posts)
        if undecided:
            self._run_operator("resolve", key)
            account = self.watch.accounts[key]
            if DeliveryState.HELD in account.posts:
                if key in self.watch.spoiled:
                    self.hub.count("limit: an operator could not mark a post as posted")
                    self._run_operator("cancel", key)
                return
        self._run_operator("publish", key)
        publication = self.watch.ledger.get(key)
        if key in self.watch.spoiled and publication is not None and publication.state is _P.HELD:
            self._run_operator("cancel", key)

    def _run_operator(self, what: str, key: EditionKey) -> None:
        operator = self._operator(what, key)
        self.hub.run(lambda: operator.task.is_over)

    # -- verdict -------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        self.watch.explained()
        for key in self.keys:
            publication = self.watch.ledger.get(key)
            if publication is None:
                raise Broken(f"{key} is in no ledger")
            self.hub.count(f"ended {publication.state}")
            if key not in self.watch.spoiled:
                self._judge_one(publication)

    def _judge_one(self, publication: Publication) -> None:
        key = publication.key
        recorded = [one for one in publication.deliveries if one.state is DeliveryState.SENT]
        given_up = publication.state in (_P.MISSED, _P.CANCELLED)
        if given_up and self.watch.lost_at is not None and self.watch.created[key]:
            # A restored ledger without these posts. Nothing is sent for it; if an operator publishes
            # it by hand, the posts are found and adopted: an operator does so with half of the editions.
            self.hub.count("limit: abandoned by a ledger without its posts")
            return
        known = {one.post_id for one in recorded}
        mine = [post for post in self.watch.created[key] if post.remote.post_id not in known]
        orphans = [post.text for post in mine if post.remote.post_id not in self.watch.ids]
        if publication.state is _P.CANCELLED:  # an unresolved doubt remains and is reported
            doubted = {one.text for one in publication.deliveries if one.state in _DOUBTED}
            orphans = [text for text in orphans if text not in doubted]
        copied = {post.text for post in self.x.posts if post.key is None}
        if set(orphans) - copied:
            raise Broken(f"{key}: on X, and not in the ledger: {orphans}")
        if publication.state is _P.MISSED and recorded:
            raise Broken(f"{key}: missed, but posted")
        if publication.state is _P.PUBLISHED:
            settled = (DeliveryState.SENT, DeliveryState.SKIPPED)
            if any(one.state not in settled for one in publication.deliveries):
                raise Broken(f"{key}: published, but incomplete")
        parent = None
        for one in recorded:
            remote = self.x.by_id[one.post_id or ""].remote
            if remote.replied_to != parent and (key, one.position) not in self.watch.set_by_operators:
                raise Broken(f"{key}: post {one.position} is under {remote.replied_to}, not {parent}")
            if self.watch.formats[key].chain is Chain.REPLY:
                parent = one.post_id


_ERRANDS = ("publish", "publish", "hold", "hold", "release", "release", "resolve", "pause", "cancel")
_HAPPENINGS: tuple[Callable[[World], None], ...] = (
    World._kill_one,
    World._kill_one,
    World._stop_one,
    World._freeze_one,
    World._jump,
    World._jump,
    World._send_operator,
    World._send_operator,
    World._post_by_hand,
    World._delete,
    World._cut_off,
    World._back_up,
    World._back_up,
    World._lose_ledger,
)
