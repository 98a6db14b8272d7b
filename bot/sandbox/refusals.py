"""X's error answers: one function per body, so that tests can list them all.

Sources, gathered 2026-11-23: X's docs repository (snapshot 2026-08-22), its OpenAPI spec 2.167 and
third-party reports. A docstring notes where X's wording is incomplete or unknown. Clients
should match the suffix of ``type``, then the status: both hosts, api.twitter.com and api.x.com, occur.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_PROBLEMS = "https://api.twitter.com/2/problems"
_SPEC_PROBLEMS = "https://api.x.com/2/problems"
"""The host in the spec's enumerations; used for problems inside a 2xx answer."""


@dataclass(frozen=True)
class Refusal(Exception):
    """A 4xx or 5xx answer: nothing was created, changed or deleted."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


def _plain(status: int, title: str, detail: str) -> Refusal:
    return Refusal(status, {"title": title, "type": "about:blank", "status": status, "detail": detail})


def too_large(most: int) -> Refusal:
    """Refuse a body over our own limit. X's wording is unknown."""
    return _plain(413, "Payload Too Large", f"The request body is longer than {most} bytes")


def too_slow(seconds: float) -> Refusal:
    """Refuse a request that did not arrive in time. X's wording is unknown."""
    return _plain(408, "Request Timeout", f"The request took longer than {seconds:g} s to arrive")


def unauthorized() -> Refusal:
    """Refuse a bad or missing signature, stale timestamp or used nonce; X does not distinguish them."""
    return _plain(401, "Unauthorized", "Unauthorized")


def credits_depleted(account_id: str) -> Refusal:
    return Refusal(
        402,
        {
            "account_id": int(account_id),
            "title": "CreditsDepleted",
            "detail": f"Your enrolled account [{account_id}] does not have any credits "
            "to fulfill this request.",
            "type": f"{_PROBLEMS}/credits",
        },
    )


def forbidden(detail: str) -> Refusal:
    return _plain(403, "Forbidden", detail)


def duplicate() -> Refusal:
    """Refuse a duplicate. The body has no id: only the timeline shows which post is the original."""
    return forbidden("You are not allowed to create a Tweet with duplicate content.")


def too_long() -> Refusal:
    """Refuse an over-long text. 400 has been reported as well (v1 code 186)."""
    return forbidden("Your Tweet text is too long.")


def too_many_cashtags() -> Refusal:
    """Refuse a second cashtag. X's sentence is only known in part; 400 may occur too (unverified)."""
    return forbidden("Posts are limited to a maximum of one cashtag.")


def parent_not_visible(status: int = 403) -> Refusal:
    """Refuse a reply to an invisible parent. `status` 400 has been reported as well."""
    title = "Forbidden" if status == 403 else "Bad Request"  # noqa: PLR2004
    return _plain(status, title, "You attempted to reply to a Tweet that is deleted or not visible to you.")


def not_permitted() -> Refusal:
    """Refuse with X's catch-all."""
    return forbidden("You are not permitted to perform this action.")


def reply_not_allowed() -> Refusal:
    """Refuse a reply (self-serve tiers, since 2026-02-23). Own threads are exempt, but not in the docs."""
    return forbidden(
        "You can only reply to or quote posts where you are mentioned or are the author",
    )


def _forbidden_problem(suffix: str, detail: str, **more: str) -> Refusal:
    body = {"title": "Forbidden", "detail": detail, "type": f"{_PROBLEMS}/{suffix}", "status": 403, **more}
    return Refusal(403, body)


def suspended() -> Refusal:
    return _forbidden_problem("user-suspended", "The user used for authentication is suspended")


def _numbered(code: int, message: str) -> Refusal:
    """Return a body in the older form, with one of X's old numbers.

    Users report it for accounts that X locked. It has left X's docs, and the wording is unverified.
    Source: https://twittercommunity.com/t/code-326-how-do-you-deal-with-it/89348, 2026-11-29.
    """
    return Refusal(403, {"errors": [{"code": code, "message": message}]})


def locked() -> Refusal:
    return _numbered(326, "To protect our users, this account is temporarily locked. Log in to unlock it.")


def automated() -> Refusal:
    return _numbered(226, "This request looks like it might be automated. Please try again later.")


def read_only_app() -> Refusal:
    """Refuse a write while the app's permission is "Read"; a change needs new tokens."""
    return _forbidden_problem(
        "oauth1-permissions",
        "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.",
    )


def not_authorized_for_resource() -> Refusal:
    return _forbidden_problem(
        "not-authorized-for-resource",
        "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged "
        "by the author of the post you are replying to.",
        resource_type="tweet",
    )


def invalid_request(*messages: str) -> Refusal:
    """Refuse a malformed request, with one message per problem."""
    return Refusal(
        400,
        {
            "errors": [{"parameters": {}, "message": message} for message in messages],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": f"{_PROBLEMS}/invalid-request",
        },
    )


def not_found() -> Refusal:
    """Refuse an unknown endpoint."""
    return _plain(404, "Not Found", "Not Found")


def too_many_requests(headers: dict[str, str], *, code_88: bool = False) -> Refusal:
    """Refuse a request over a rate limit; with `code_88`, in an older form that still occurs."""
    if code_88:
        return Refusal(429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, headers)
    return Refusal(429, _plain(429, "Too Many Requests", "Too Many Requests").body, headers)


def service_unavailable() -> Refusal:
    return _plain(503, "Service Unavailable", "Service Unavailable")


def missing(resource: str, parameter: str, value: str) -> dict[str, str]:
    """Return an entry of ``errors`` for a post or user that does not exist, as in a 200."""
    return {
        "value": value,
        "detail": f"Could not find {resource} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{_SPEC_PROBLEMS}/resource-not-found",
    }
