"""The effects of faults: an answer in place of the request's effect, or a different answer after it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from starlette.responses import Response

from bot.sandbox import refusals
from bot.sandbox.answers import HungUp, Truncated, answer, refusal_answer
from bot.sandbox.faults import FORMS, Fault, FaultedLimit, FaultKind, Forbidden, Form, When

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.sandbox.refusals import Refusal
    from bot.sandbox.state import World

_OK, _CREATED, _BAD_REQUEST = 200, 201, 400
_PAGE = "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
_REASONS: dict[Forbidden, Callable[[], Refusal]] = {
    Forbidden.SUSPENDED: refusals.suspended,
    Forbidden.LOCKED: refusals.locked,
    Forbidden.AUTOMATED: refusals.automated,
    Forbidden.READ_ONLY_APP: refusals.read_only_app,
    Forbidden.DUPLICATE: refusals.duplicate,
    Forbidden.REPLY_NOT_ALLOWED: refusals.reply_not_allowed,
    Forbidden.NOT_AUTHORIZED: refusals.not_authorized_for_resource,
    Forbidden.NOT_PERMITTED: refusals.not_permitted,
}
_PREFIXES = {
    FaultedLimit.QUARTER: "x-rate-limit",
    FaultedLimit.USER_DAY: "x-user-limit-24hour",
    FaultedLimit.APP_DAY: "x-app-limit-24hour",
}


def before_effect(fault: Fault, world: World) -> Response | None:
    """Return the answer that replaces serving the request, or None to serve it."""
    match fault.fault:
        case FaultKind.DROPPED:
            return HungUp(world)
        case FaultKind.UNAVAILABLE | FaultKind.ODD if strikes(fault) is When.BEFORE:
            return _strange(fault, _OK)
        case kind if kind in _REFUSALS:
            return refusal_answer(_REFUSALS[kind](fault, world), {})
        case _:
            return None


def after_effect(fault: Fault, world: World, served: Response) -> Response:
    """Return the answer the client receives in place of `served`."""
    match fault.fault:
        case FaultKind.ANSWER_LOST:
            return HungUp(world)
        case FaultKind.TRUNCATED:
            return Truncated(world, served)
        case FaultKind.UNAVAILABLE | FaultKind.ODD:
            return _strange(fault, served.status_code)
        case _:
            return served


def strikes(fault: Fault) -> When:
    """Return the side of the effect on which `fault` strikes."""
    if fault.when is not None:
        return fault.when
    successful = fault.fault is FaultKind.ODD and _odd_status(fault, _OK) < _BAD_REQUEST
    return When.AFTER if successful else When.BEFORE


def _odd_status(fault: Fault, success: int) -> int:
    if fault.status is not None:
        return fault.status
    return _BAD_REQUEST if fault.form is Form.LIST else success


def _strange(fault: Fault, success: int) -> Response:
    form = fault.form or FORMS[fault.fault][0]
    if fault.fault is FaultKind.UNAVAILABLE:
        if form is Form.JSON:
            return refusal_answer(refusals.service_unavailable(), {})
        return Response(_PAGE.format(title="503 Service Unavailable"), 503, media_type="text/html")
    status = _odd_status(fault, success)
    if form is Form.LIST:
        return answer(status, ["Over capacity"])
    return Response(
        b"" if form is Form.EMPTY else _PAGE.format(title="X / ?"), status, media_type="text/html"
    )


def _rate_limited(fault: Fault, world: World) -> Refusal:
    prefix = _PREFIXES[fault.window]
    headers = {f"{prefix}-limit": str(world.settings.posts_per_15min), f"{prefix}-remaining": "0"}
    if fault.reset_seconds is not None:
        headers[f"{prefix}-reset"] = str(_reset(world.now(), fault.reset_seconds))
    return refusals.too_many_requests(headers, code_88=fault.form is Form.CODE_88)


def _reset(now: datetime, seconds: float) -> int:
    return round(now.astimezone(UTC).timestamp() + seconds)


_REFUSALS: dict[FaultKind, Callable[[Fault, World], Refusal]] = {
    FaultKind.RATE_LIMIT: _rate_limited,
    FaultKind.CREDITS: lambda _, world: refusals.credits_depleted(world.credentials.user_id),
    FaultKind.UNAUTHORIZED: lambda _fault, _world: refusals.unauthorized(),
    FaultKind.FORBIDDEN: lambda fault, _: _REASONS[fault.reason](),
    FaultKind.PARENT_NOT_VISIBLE: lambda fault, _: refusals.parent_not_visible(fault.status or 403),
}
