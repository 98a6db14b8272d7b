"""Commands for an operator, for each publication that needs one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing.progress import first_unsettled
from bot.core.publishing.publication import Cause, DeliveryState, PublicationState
from bot.core.publishing.states import OPEN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from bot.core.model import EditionKey, Post
    from bot.core.publishing.publication import Delivery, Publication

_WORDS = 40
"""Characters of a post that identify it to an operator."""


def is_by_hand(publication: Publication) -> bool:
    """Return True if an operator stopped `publication` and nothing is wrong with it."""
    return publication.cause is Cause.PERSON


def beginning(post: Delivery | Post) -> str:
    """Return the start of `post`, ``« 6️⃣ Jack Dorsey reste… »``: post 7 is rarely item 7."""
    words = " ".join(post.text.split())
    return f"« {words if len(words) <= _WORDS else words[: _WORDS - 1] + '…'} »"


def next_action(publication: Publication) -> str | None:
    """Return the advice on `publication`, which ends in a command; None if nothing is to be done."""
    key = publication.key
    if publication.state is PublicationState.MISSED:
        return f"To post it late, type: flashtweet publish {key}"
    if publication.state is not PublicationState.HELD:
        return None
    delivery = first_unsettled(publication)
    if delivery is not None and delivery.state in _ABOUT_A_POST:
        sentence = _DUPLICATE if _is_duplicate(delivery) else _ABOUT_A_POST[delivery.state]
        path, words = publication.path or "its file", beginning(delivery)
        return sentence.format(key=key, post=delivery.position, path=path, words=words)
    if is_decided(publication):
        return f"The post is resolved. To resume, type: flashtweet publish {key}"
    if is_by_hand(publication):
        return f"To resume it, type: flashtweet release {key} (or, at once: flashtweet publish {key})"
    return _by_cause(publication)


def _by_cause(publication: Publication) -> str:
    key, cause = publication.key, publication.cause
    publish = f"flashtweet publish {key}"
    if cause is Cause.DELETED:
        coming = first_unsettled(publication)
        above = publication.parent_of(coming.position) if coming is not None else None
        how = f"under post {above.position}" if above is not None else "as a thread of its own"
        return f"To send the rest {how}, type: {publish} (or cancel it: flashtweet cancel {key})"
    if cause is Cause.LIMIT:
        return f"After that, type: {publish}"
    if cause is Cause.PARENT:
        look = "Look at your profile on X: is the post before it there, and can it be replied to?"
        return f"{look} To try again, type: {publish}"
    if cause is Cause.LATE:
        return f"To post the rest late, type: {publish}"
    return f"Once that is fixed, type: {publish}"


OLD_NEWS = timedelta(days=1)
"""A slot missed longer ago than this is no longer reported."""


def remedies(
    values: Iterable[Publication],
    now: datetime,
    *,
    daemon_is_needed: bool,
    by_hand: Collection[EditionKey] = (),
) -> dict[EditionKey, str]:
    """Return the advice on each of `values` that needs an operator.

    `daemon_is_needed` is True if a daemon should run and none does; editions published `by_hand` need none.
    """
    found: dict[EditionKey, str] = {}
    for value in values:
        what = next_action(value)
        is_due = value.state is PublicationState.PUBLISHING or (value.state in OPEN and value.slot_at <= now)
        if is_due and daemon_is_needed and value.key not in by_hand:
            what = f"No daemon runs: start one, or type: flashtweet publish {value.key}"
        is_old = value.state is PublicationState.MISSED and value.slot_at < now - OLD_NEWS
        if what is not None and not is_old:
            found[value.key] = what
    return found


def is_decided(publication: Publication) -> bool:
    """Return True if an operator resolved the post that held `publication`; its reason is older than that."""
    if publication.state is not PublicationState.HELD or is_by_hand(publication):
        return False
    one = first_unsettled(publication)
    is_open = one is not None and one.state in _ABOUT_A_POST
    return not is_open and any(one.decided for one in publication.deliveries)


def _is_duplicate(delivery: Delivery) -> bool:
    return delivery.state is DeliveryState.REJECTED and delivery.duplicate


_DUPLICATE = (
    "Look at your profile on X first. If post {post} {words} is there, type: "
    "flashtweet resolve {key} --post {post} --posted ID; if not, correct its text in {path}, and only that; "
    "then: flashtweet publish {key} (or leave it out: flashtweet resolve {key} --post {post} --skip)"
)

_ABOUT_A_POST = {
    DeliveryState.REJECTED: (
        "Correct the text of post {post} {words} in {path}, and only that; then type: "
        "flashtweet publish {key} (or leave it out: flashtweet resolve {key} --post {post} --skip)"
    ),
    DeliveryState.HELD: (
        "Look at your profile on X. If post {post} {words} is there, type: "
        "flashtweet resolve {key} --post {post} --posted ID; if not: "
        "flashtweet resolve {key} --post {post} --resend; then: flashtweet publish {key}"
    ),
    DeliveryState.IN_DOUBT: "To read the timeline again and resume, type: flashtweet publish {key}",
    DeliveryState.SENDING: "To read the timeline and resume, type: flashtweet publish {key}",
}


def is_undecided(delivery: Delivery) -> bool:
    """Return True if an operator can resolve `delivery`."""
    return delivery.state in _ABOUT_A_POST
