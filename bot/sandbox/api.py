"""The endpoints of X's API v2 that flashtweet uses, for the sandbox's one account."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.routing import Route

from bot.sandbox import refusals, rules, views
from bot.sandbox.bill import Charge
from bot.sandbox.faults import RequestKind
from bot.sandbox.media import LIFETIME
from bot.sandbox.middleware import Middleware
from bot.sandbox.posts import Draft
from bot.sandbox.query import Query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.middleware import Call
    from bot.sandbox.posts import SandboxPost
    from bot.sandbox.state import World

JsonAnswer = tuple[int, dict[str, Any]]


def api_routes(world: World) -> list[Route]:
    """Return the API's routes. Source: OpenAPI spec 2.167."""
    middleware = Middleware(world)
    table = [
        ("POST", "/2/tweets", RequestKind.CREATE, create),
        ("GET", "/2/tweets", RequestKind.LOOKUP, lookup_many),
        ("GET", "/2/tweets/{id}", RequestKind.LOOKUP, lookup_one),
        ("DELETE", "/2/tweets/{id}", RequestKind.DELETE, delete),
        ("GET", "/2/users/me", RequestKind.ME, me),
        ("GET", "/2/users/{id}/tweets", RequestKind.TIMELINE, timeline),
        ("POST", "/2/users/{id}/retweets", RequestKind.REPOST, repost),
        ("POST", "/2/media/upload", RequestKind.UPLOAD, upload),
        ("POST", "/2/media/metadata", RequestKind.METADATA, metadata),
    ]
    return [
        Route(path, middleware.endpoint(kind, partial(handler, world)), methods=[method])
        for method, path, kind, handler in table
    ]


async def create(world: World, call: Call) -> JsonAnswer:
    """Serve ``POST /2/tweets``: check the rules in X's order, as far as known, then create and charge."""
    body = rules.check_create(_json(call))
    text = body.get("text", "")
    replied_to = body.get("reply", {}).get("in_reply_to_tweet_id")
    media_ids = tuple(body.get("media", {}).get("media_ids", ()))
    rules.check_text(text, world.settings)
    rules.check_parent(replied_to, world.posts)
    world.media.check_attachable(media_ids, call.now)
    world.duplicates.check(text, world.settings, call.now)
    post = world.posts.create(Draft(text, replied_to, media_ids), call.now, call.lag)
    world.duplicates.remember(text, call.now)
    world.meter.charge(Charge.POST_WITH_URL if post.urls else Charge.POST)
    return 201, {"data": views.PostView(world.credentials.user_id, ())(post)}


async def delete(world: World, call: Call) -> JsonAnswer:
    """Serve ``DELETE /2/tweets/:id``. X's answer for a missing post is unknown; ours is ``false``."""
    deleted = world.posts.delete(call.request.path_params["id"])
    if deleted:
        world.meter.charge(Charge.DELETE)
    return 200, {"data": {"deleted": deleted}}


async def lookup_one(world: World, call: Call) -> JsonAnswer:
    """Serve ``GET /2/tweets/:id``: 200 with ``errors`` alone for a missing post."""
    query = Query(call.request.query_params)
    view, expansions = _post_parameters(world, query)
    query.done()
    post_id = call.request.path_params["id"]
    post = world.posts.seen(post_id, call.now)
    if post is None:
        return 200, {"errors": [refusals.missing("tweet", "id", post_id)]}
    return 200, {"data": _read(world, call, post, view), **_includes(world, call, expansions, [post], view)}


async def lookup_many(world: World, call: Call) -> JsonAnswer:
    """Serve ``GET /2/tweets?ids=``: visible posts in the order of the ids; ``errors`` names the rest."""
    query = Query(call.request.query_params)
    ids = query.ids()
    view, expansions = _post_parameters(world, query)
    query.done()
    seen = {post_id: world.posts.seen(post_id, call.now) for post_id in ids}
    posts = [post for post in seen.values() if post is not None]
    result: dict[str, Any] = {}
    if posts:
        result["data"] = [_read(world, call, post, view) for post in posts]
        result |= _includes(world, call, expansions, posts, view)
    if errors := [
        refusals.missing("tweet", "ids", post_id) for post_id, post in seen.items() if post is None
    ]:
        result["errors"] = errors
    return 200, result


async def me(world: World, call: Call) -> JsonAnswer:
    """Serve ``GET /2/users/me``."""
    query = Query(call.request.query_params)
    fields = query.fields("user.fields")
    query.fields("tweet.fields")
    query.done()
    return 200, {"data": _user(world, call, fields)}


async def timeline(world: World, call: Call) -> JsonAnswer:
    """Serve ``GET /2/users/:id/tweets``: newest first, in pages."""
    query = Query(call.request.query_params)
    page = query.page()
    view, expansions = _post_parameters(world, query)
    query.done()
    user_id = call.request.path_params["id"]
    if user_id != world.credentials.user_id:
        return 200, {"errors": [refusals.missing("user", "id", user_id)]}
    posts, next_token, previous_token = page.cut(world.posts.newest_first(call.now))
    meta: dict[str, Any] = {"result_count": len(posts)}
    if not posts:
        return 200, {"meta": meta}
    meta |= {"newest_id": posts[0].id, "oldest_id": posts[-1].id}
    tokens = {"next_token": next_token, "previous_token": previous_token}
    meta |= {name: token for name, token in tokens.items() if token}
    data = [_read(world, call, post, view) for post in posts]
    return 200, {"data": data, **_includes(world, call, expansions, posts, view), "meta": meta}


async def repost(world: World, call: Call) -> JsonAnswer:
    """Serve ``POST /2/users/:id/retweets``; refuse a second repost (X's wording is unconfirmed)."""
    body = _json(call)
    if not isinstance(body, dict) or set(body) != {"tweet_id"} or not isinstance(body["tweet_id"], str):
        raise refusals.invalid_request("$: an object with tweet_id alone expected")
    if call.request.path_params["id"] != world.credentials.user_id:
        raise refusals.not_permitted()
    original = world.posts.seen(body["tweet_id"], call.now)
    if original is None:
        raise refusals.parent_not_visible()
    if any(post.repost_of == original.id for post in world.posts.newest_first(call.now)):
        raise refusals.forbidden("You cannot retweet a Tweet that you have already retweeted.")
    world.posts.create(
        Draft(f"RT @{views.HANDLE}: {original.text}", repost_of=original.id), call.now, call.lag
    )
    world.meter.charge(Charge.REPOST)
    return 200, {"data": {"retweeted": True, "rest_id": original.id}}


async def upload(world: World, call: Call) -> JsonAnswer:
    """Serve ``POST /2/media/upload``: one image in one multipart request."""
    async with call.request.form() as form:
        part = form.get("media")
        if not isinstance(part, UploadFile):
            raise refusals.invalid_request("$.media: a file part expected")
        content, category = await part.read(), str(form.get("media_category", ""))
    medium = world.media.upload(content, category, str(world.posts.next_id(call.now)), call.now)
    return 200, {
        "data": {
            "id": medium.id,
            "media_key": f"3_{medium.id}",
            "size": len(medium.content),
            "expires_after_secs": int(LIFETIME / timedelta(seconds=1)),
            "image": {"image_type": medium.content_type},
        }
    }


async def metadata(world: World, call: Call) -> JsonAnswer:
    """Serve ``POST /2/media/metadata``: the alt text of an upload."""
    body = _json(call)
    try:
        media_id, text = body["id"], body["metadata"]["alt_text"]["text"]
    except (TypeError, KeyError):
        raise refusals.invalid_request("$: id and metadata.alt_text.text expected") from None
    if not (isinstance(media_id, str) and isinstance(text, str)):
        raise refusals.invalid_request("$: id and metadata.alt_text.text must be strings")
    world.media.describe(media_id, text)
    world.meter.charge(Charge.ALT_TEXT)
    return 200, {"data": {"id": media_id, "associated_metadata": {"alt_text": {"text": text}}}}


def _json(call: Call) -> Any:
    try:
        value = json.loads(call.body)
        json.dumps(value, ensure_ascii=False).encode()  # JSON escapes can form lone surrogates
    except (ValueError, RecursionError):
        raise refusals.invalid_request("The request body is not JSON") from None
    return value


def _post_parameters(world: World, query: Query) -> tuple[views.PostView, frozenset[str]]:
    query.fields("user.fields")
    expansions = query.fields("expansions")
    fields = set(query.fields("tweet.fields"))
    if "author_id" in expansions:
        fields.add("author_id")
    if "referenced_tweets.id" in expansions:
        fields.add("referenced_tweets")
    return views.PostView(world.credentials.user_id, fields), expansions


def _read(world: World, call: Call, post: SandboxPost, view: views.PostView) -> dict[str, Any]:
    charge = Charge.READ_OWN if world.settings.own_app else Charge.READ
    world.meter.read(charge, post.id, call.now)
    return view(post)


def _user(world: World, call: Call, fields: Iterable[str]) -> dict[str, Any]:
    world.meter.read(Charge.READ_USER, world.credentials.user_id, call.now)
    return views.user(world.credentials.user_id, world.born, len(world.posts.all()), fields)


def _includes(
    world: World,
    call: Call,
    expansions: frozenset[str],
    posts: list[SandboxPost],
    view: views.PostView,
) -> dict[str, Any]:
    includes: dict[str, Any] = {}
    if "author_id" in expansions:
        includes["users"] = [_user(world, call, ())]
    if "referenced_tweets.id" in expansions:
        ids = {post.replied_to or post.repost_of or "": None for post in posts}
        referenced = [post for post in (world.posts.seen(post_id, call.now) for post_id in ids) if post]
        if referenced:
            includes["tweets"] = [_read(world, call, post, view) for post in referenced]
    return {"includes": includes} if includes else {}
