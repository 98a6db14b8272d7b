"""The invariants of every world, checked after every step that could break them.

The watch keeps its own account of every state, from the recorded changes alone, and sees what X has.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.core.model import Chain
from bot.core.publishing.publication import DeliveryState, PublicationState
from bot.core.publishing.states import (
    DELIVERY_MOVES,
    PUBLICATION_MOVES,
    DeliveryChange,
    DeliveryEvent,
    PublicationEvent,
)
from tests.simulation.conditions import ALLOWANCE
from tests.simulation.hub import MICROSECOND, Broken, Hub, Task

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from bot.core.model import EditionKey, Format, Thread
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.publishing.states import Change
    from bot.ports import Claim, JournalEntry, Ledger
    from tests.simulation.conditions import Conditions
    from tests.simulation.x import SimX, XPost

_D, _P = DeliveryState, PublicationState
_OUT = (_D.SENT, _D.SKIPPED)

_ABSENCES = (DeliveryEvent.REFUSED, DeliveryEvent.GIVEN_UP, DeliveryEvent.NOT_FOUND)

PATIENCE_OF_A_HOLD = 1
"""Posts that may leave after a hold or pause was written: the one already decided."""


@dataclass(slots=True)
class Account:
    """The states of one publication, derived from its journal."""

    state: str
    posts: list[str]


@dataclass(slots=True)
class Watch:
    """All invariants."""

    hub: Hub
    conditions: Conditions
    formats: dict[EditionKey, Format]
    finish_within: timedelta
    x: SimX = None  # type: ignore[assignment]
    ledger: Ledger = None  # type: ignore[assignment]
    """The ledger without faults."""
    is_calm: bool = False
    spoiled: dict[EditionKey, str] = field(default_factory=dict)
    """Editions for which only "nothing is posted twice" holds, with the reason."""
    by_hand: set[Task] = field(default_factory=set)
    """Tasks in which an operator publishes: slot and grace do not apply to them."""
    set_by_operators: set[tuple[EditionKey, int]] = field(default_factory=set)
    """Posts whose id an operator entered: their place is the operator's responsibility."""
    skipped: set[tuple[EditionKey, int]] = field(default_factory=set)
    """Posts that an operator skipped, in any ledger."""
    accounts: dict[EditionKey, Account] = field(default_factory=dict)
    ids: dict[str, tuple[EditionKey, int]] = field(default_factory=dict)
    created: dict[EditionKey, list[XPost]] = field(default_factory=lambda: defaultdict(list))
    lost_at: datetime | None = None
    """Time of the last loss of a ledger."""
    generations: int = 0
    """Number of claims taken and released: the ledger's generation changes with each."""
    shared: frozenset[str] = frozenset()
    """Texts of the first posts of two editions: either may have the other's post."""
    _wishes: dict[EditionKey, int] = field(default_factory=dict)
    """Posts sent since an operator asked for a hold."""
    _since_pause: dict[EditionKey, int] | None = None

    # -- the ledger's journal ----------------------------------------------------------------------------

    def planned(self, publication: Publication) -> None:
        if publication.key not in self.accounts:
            self.hub.count("planned")
            self._begin(publication.key, _P.PLANNED, len(publication.deliveries))

    def missed(self, thread: Thread) -> None:
        self.hub.count("recorded as missed")
        self._begin(thread.edition.key, _P.MISSED, len(thread.posts))

    def _begin(self, key: EditionKey, state: str, posts: int) -> None:
        self.accounts[key] = Account(state, [_D.PENDING] * posts)

    def refrozen(self, publication: Publication) -> None:
        account = self.accounts[publication.key]
        if not set(account.posts) <= {_D.PENDING, _D.REJECTED}:
            raise Broken(f"{publication.key}: text was replaced while posts were {account.posts}")
        account.posts = [_D.PENDING] * len(publication.deliveries)

    def recorded(self, claim: Claim, changes: Iterable[Change], after: Publication) -> None:
        """Check that every change is a legal move from the state in the account."""
        key = claim.key
        account = self.accounts[key]
        for change in changes:
            if isinstance(change, DeliveryChange):
                self._delivery_change(key, account, change, after)
            else:
                if change.before != account.state:
                    raise Broken(f"{key}: {change} from {account.state}")
                legal = PUBLICATION_MOVES[_P(account.state)].get(change.event)
                if legal != change.after:
                    raise Broken(f"{key}: {change} is no legal move")
                account.state = change.after
                self._publication_change(key, account, change.event)
        stored = [one.state for one in after.deliveries]
        if not (after.state == account.state and stored == account.posts):
            raise Broken(f"{key}: stored is not what was recorded")

    def _publication_change(self, key: EditionKey, account: Account, event: PublicationEvent) -> None:
        self.hub.count(f"publication {event}")
        if event is PublicationEvent.FINISH and any(one not in _OUT for one in account.posts):
            raise Broken(f"{key}: finished with {account.posts}")
        if event is PublicationEvent.MISS and _D.SENT in account.posts:
            raise Broken(f"{key}: missed with {account.posts}")
        if event is not PublicationEvent.START:  # START may have crossed the wish
            self._wishes.pop(key, None)

    def _delivery_change(
        self, key: EditionKey, account: Account, change: DeliveryChange, after: Publication
    ) -> None:
        one, position = change.after, change.after.position
        before = account.posts[position - 1]
        if change.before != before:
            raise Broken(f"{key}: post {position} {change.event} from {before}")
        legal = DELIVERY_MOVES[_D(before)].get(change.event)
        if legal != one.state:
            raise Broken(f"{key}: post {position} {change.event} is no legal move")
        account.posts[position - 1] = one.state
        self.hub.count(f"delivery {change.event}")
        if one.state is _D.SKIPPED:
            self.skipped.add((key, position))
        if one.state is _D.SENT:
            if change.event is DeliveryEvent.POSTED:
                self.set_by_operators.add((key, position))
            self._sent(key, one, after)
        elif change.event in _ABSENCES and change.reason != "an operator decides":
            self._absent(key, one, change.event)

    def _sent(self, key: EditionKey, one: Delivery, after: Publication) -> None:
        """Check that a post marked SENT is on X: this text, in this place, recorded once."""
        post = self.x.by_id.get(one.post_id or "")
        if post is None:
            raise Broken(f"{_where(key, one)}, which X does not have")
        if post.text != one.text:
            raise Broken(f"{_where(key, one)}, whose text is {post.text!r}")
        if key in self.spoiled or (key, one.position) in self.set_by_operators:
            pass
        elif post.remote.replied_to != self._parent(after, one.position):
            raise Broken(f"{_where(key, one)}: wrong parent")
        known = self.ids.setdefault(one.post_id or "", (key, one.position))
        if known != (key, one.position):
            raise Broken(f"{_where(key, one)}, already recorded for {known}")

    def _absent(self, key: EditionKey, one: Delivery, event: DeliveryEvent) -> None:
        """Check that a text recorded as absent or refused was not posted by us: in strict worlds, always.

        In a trusting world the clock of the database may jump, so that another process takes over while a
        request is in flight (A5): it may record the post as absent before X has it.
        """
        out = any(post.text == one.text for post in self.created[key])
        if not out or one.text in self.shared:
            return
        self.hub.count(f"limit: {event} though it was posted")
        too_early = event in (DeliveryEvent.NOT_FOUND, DeliveryEvent.GIVEN_UP)  # as in `on_unknown`
        if self.conditions.strict or not (key in self.spoiled or too_early):
            raise Broken(f"{key}: post {one.position} {event}, but it is on X")

    def _parent(self, publication: Publication, position: int) -> str | None:
        if self.formats[publication.key].chain is Chain.STANDALONE:
            return None
        earlier = [d.post_id for d in publication.deliveries[: position - 1] if d.state is _D.SENT]
        return earlier[-1] if earlier else None

    def claimed(self) -> None:
        self.generations += 1

    def released(self, _: None) -> None:
        self.generations += 1

    # -- operators' requests -----------------------------------------------------------------------------

    def hold_asked(self, key: EditionKey) -> None:
        self._wishes[key] = 0

    def paused(self) -> None:
        self._since_pause = {}

    def resumed(self) -> None:
        self._since_pause = None

    def _respects_operators(self, key: EditionKey) -> None:
        for what, counts in (("hold", self._wishes), ("pause", self._since_pause)):
            if counts is None or (what == "hold" and key not in counts):
                continue
            counts[key] = counts.get(key, 0) + 1
            if not (counts[key] <= PATIENCE_OF_A_HOLD):
                raise Broken(f"{key}: post {counts[key]} since the {what}")

    # -- requests ----------------------------------------------------------------------------------------

    def request(self, task: Task, key: EditionKey, parent: str) -> int:
        """Check a request about to be sent, and return the position of its post."""
        if not (task.elapsed_read < task.valid_until):
            raise Broken(f"{key}: a request after its claim: {task.elapsed_read} of {task.valid_until}")
        publication = self.ledger.get(key)
        assert publication is not None
        one = next((d for d in publication.deliveries if d.state not in _OUT), None)
        if one is not None and not parent:
            self._spoil_if_far_ahead(key, one)
        if publication.fence != task.fence:
            self.hub.count("a request while another process has the claim")
            return 0
        if one is None or one.state is not _D.SENDING:
            raise Broken(f"{key}: a request, but the ledger has no intent: {one}")
        if publication.state is not _P.PUBLISHING:
            raise Broken(f"{key}: a request while {publication.state}")
        if (parent or None) != self._parent(publication, one.position):
            raise Broken(f"{key}: wrong parent")
        self._in_time(task, publication, one)
        self._respects_operators(key)
        return one.position

    def _spoil_if_far_ahead(self, key: EditionKey, head: Delivery) -> None:
        if head.first_intent_at and head.first_intent_at - ALLOWANCE * MICROSECOND > self.x.now():
            self.spoil(key, "the sender's clock is too far ahead of X's to find a lost head again (A3)")

    def _in_time(self, task: Task, publication: Publication, one: Delivery) -> None:
        now, key = task.now_read, publication.key
        begun = any(d.post_id is not None for d in publication.deliveries)
        grace = self.formats[key].grace
        if task not in self.by_hand:
            if not begun and not (now >= publication.slot_at):  # continue what an operator started
                raise Broken(f"{key}: a request before its slot")
            if not (begun or now <= publication.slot_at + grace):
                raise Broken(f"{key}: a head after its grace")
        if not (now >= one.due_at):
            raise Broken(f"{key}: a request before it was due")
        end = publication.deliveries[-1].due_at + self.finish_within
        grace_end = publication.slot_at + grace
        if not (now <= max(end, grace_end)):
            raise Broken(f"{key}: a request after finish_within")

    # -- X -------------------------------------------------------------------------------------------------

    def on_x(self, post: XPost) -> None:
        """Check a new post on X."""
        key = post.key
        if key is None:
            return
        mine = self.created[key]
        if self.lost_at is not None and any(of == key for of, _ in self.skipped):
            self.hub.count("limit: an operator's skip was lost with its ledger (A6)")
            self.spoiled[key] = "an operator's skip was lost with its ledger (A6)"
            mine.append(post)
            return
        if not (all(post.text != other.text for other in mine)):
            raise Broken(f"{key}: twice on X: {post.text!r}")
        copied = any(other.key is None and other.text == post.text for other in self.x.posts)
        if key not in self.spoiled and not copied:  # A7: a copy by hand may have been taken for it
            late = [other.position for other in mine if post.position and other.position > post.position]
            if late:
                raise Broken(f"{key}: post {post.position} came after {late}")
        mine.append(post)

    # -- ledgers replaced ------------------------------------------------------------------------------

    def spoil(self, key: EditionKey, why: str) -> None:
        """Lower the guarantees of an edition; never in a strict world."""
        if key not in self.spoiled:
            if self.conditions.strict:
                raise Broken(f"{key}: spoiled in a strict world: {why}")
            self.spoiled[key] = why
            self.hub.note(key, f"spoiled: {why}")
            self.hub.count(f"spoiled: {why}")

    def another_ledger(self, ledger: Ledger) -> None:
        """Take another store's ledger: the accounts are what its own journal yields."""
        self.ledger = ledger
        self._wishes.clear()
        self._since_pause = {} if ledger.paused() else None
        self.ids.clear()
        known = set(self.formats)
        self.accounts.clear()
        for key in sorted(known):
            publication = ledger.get(key)
            if publication is not None:
                self.accounts[key] = replay(ledger.journal(key), len(publication.deliveries))
                for one in publication.deliveries:
                    if one.post_id:
                        self.ids[one.post_id] = (key, one.position)

    def explained(self) -> None:
        """Check that every state in the ledger results from replaying its journal through the tables."""
        for key, account in self.accounts.items():
            publication = self.ledger.get(key)
            assert publication is not None
            replayed = replay(self.ledger.journal(key), len(publication.deliveries))
            states = [one.state for one in publication.deliveries]
            if not (
                replayed.state == publication.state == account.state
                and replayed.posts == states == account.posts
            ):
                raise Broken(
                    f"{key}: the ledger has {publication.state} {states}, its journal gives {replayed}"
                )


def _where(key: EditionKey, one: Delivery) -> str:
    return f"{key}: post {one.position} is recorded as {one.post_id}"


def replay(story: Iterable[JournalEntry], posts: int) -> Account:
    """Return the states that a journal leads to.

    Raises:
        Broken: a line does not follow the previous one, or is no legal move.

    """
    account = Account("", [_D.PENDING] * posts)
    for line in story:
        if line.event in ("frozen", "refrozen"):
            account.posts = [_D.PENDING] * posts
        if line.position is None:
            before, legal = account.state, _publication_move(account.state, line)
            account.state = line.after
        else:
            before = account.posts[line.position - 1]
            legal = DELIVERY_MOVES[_D(before)].get(DeliveryEvent(line.event), "")
            account.posts[line.position - 1] = line.after
        if line.before != before or line.after != legal:
            raise Broken(f"inconsistent journal: {line} follows {before}")
    return account


_REMARKS = ("refrozen", "rescheduled", "clock_set", "hold_asked")


def _publication_move(state: str, line: JournalEntry) -> str:
    """Return the state that `line` must lead to."""
    if line.event == "frozen":
        return line.after if not state else ""
    if line.event in _REMARKS:
        return state
    return PUBLICATION_MOVES[_P(state)].get(PublicationEvent(line.event), "")
