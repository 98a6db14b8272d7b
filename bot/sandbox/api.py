"""The endpoints of X's API v2 that flashtweet uses, for the sandbox's one account."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.routing import Route

from bot.sandbox import bodies, refusals, rules, views
from bot.sandbox.bill import Charge
from bot.sandbox.faults import RequestKind
from bot.sandbox.media import LIFETIME
from bot.sandbox.middleware import Endpoint
from bot.sandbox.oauth import Verifier
from bot.sandbox.posts import Draft
from bot.sandbox.query import LookupQuery, Parameters, PostQuery, TimelineQuery, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.middleware import Call
    from bot.sandbox.posts import SandboxPost
    from bot.sandbox.state import World

JsonAnswer = tuple[int, dict[str, Any]]


def api_routes(world: World) -> list[Route]:
    """Return the API's routes. Source: OpenAPI spec 2.167."""
    verifier = Verifier(world.credentials)
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
        Route(path, Endpoint(world, verifier, kind, handler), methods=[method])
        for method, path, kind, handler in table
    ]


async def create(world: World, call: Call) -> JsonAnswer:
    """Serve ``POST /2/tweets``: check the rules in X's order, as far as known, then create and charge."""
    body = bodies.parse(bodies.Create, call.body)
    text, replied_to = body.text, body.reply.in_reply_to_tweet_id if body.reply else None
    media_ids = tuple(body.media.media_ids) if body.media else ()
    rules.check_content(body)
    rules.check_text(text, world.settings)
    rules.check_parent(replied_to, world.posts)
    world.media.check_attachable(media_ids, call.now)
    world.duplicates.check(text, world.settings, call.now)
    post = world.posts.create(Draft(text, replied_to, media_ids), call.now, call.lag)
    world.duplicates.remember(text, call.now)
    world.meter.charge(Charge.POST_WITH_URL if post.urls else Charge.POST)
    return 201, {"data": views.PostView(world.credentials.user_id)(post)}


async def delete(world: World, call: Call) -> JsonAnswer:
    """Serve ``DELETE /2/tweets/:id``. X's answer for a missing post is unknown; ours is ``false``."""
    deleted = world.posts.delete(call.request.path_params["id"])
    if deleted:
        world.meter.charge(Charge.DELETE)
    return 200, {"data": {"deleted": deleted}}


async def lookup_one(world: World, call: Call) -> JsonAnswer:
    """Serve ``GET /2/tweets/:id``: 200 with ``errors`` alone for a missing post."""
    query = parse(PostQuery, call.request.query_params)
    post_id = call.request.path_params["id"]
    post = world.posts.seen(post_id, call.now)
    if post is None:
        return 200, {"errors": [refusals.missing("tweet", "id", post_id)]}
    [data], includes = _read(world, call, query, [post])
    return 200, {"data": data, **includes}


async def lookup_many(world: World, call: Call) -> JsonAnswer:
    """Serve ``GET /2/tweets?ids=``: visible posts in the order of the ids; ``errors`` names the rest."""
    query = parse(LookupQuery, call.request.query_params)
    seen = {post_id: world.posts.seen(post_id, call.now) for post_id in query.ids}
    posts = [post for post in seen.values() if post is not None]
    result: dict[str, Any] = {}
    if posts:
        data, includes = _read(world, call, query, posts)
        result = {"data": data, **includes}
    if errors := [
        refusals.missing("tweet", "ids", post_id) for post_id, post in seen.items() if post is None
    ]:
        result["errors"] = errors
    return 200, result


async def me(world: World, call: Call) -> JsonAnswer:
    """Serve ``GET /2/users/me``."""
    query = parse(Parameters, call.request.query_params)
    return 200, {"data": _user(world, call, query.user_fields)}


async def timeline(world: World, call: Call) -> JsonAnswer:
    """Serve ``GET /2/users/:id/tweets``: newest first, in pages."""
    query = parse(TimelineQuery, call.request.query_params)
    user_id = call.request.path_params["id"]
    if user_id != world.credentials.user_id:
        return 200, {"errors": [refusals.missing("user", "id", user_id)]}
    posts, next_token, previous_token = query.cut(world.posts.newest_first(call.now))
    meta: dict[str, Any] = {"result_count": len(posts)}
    if not posts:
        return 200, {"meta": meta}
    meta |= {"newest_id": posts[0].id, "oldest_id": posts[-1].id}
    tokens = {"next_token": next_token, "previous_token": previous_token}
    meta |= {name: token for name, token in tokens.items() if token}
    data, includes = _read(world, call, query, posts)
    return 200, {"data": data, **includes, "meta": meta}


async def repost(world: World, call: Call) -> JsonAnswer:
    """Serve ``POST /2/users/:id/retweets``; refuse a second repost (X's wording is unconfirmed)."""
    body = bodies.parse(bodies.Repost, call.body)
    if call.request.path_params["id"] != world.credentials.user_id:
        raise refusals.not_permitted()
    original = world.posts.seen(body.tweet_id, call.now)
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
    body = bodies.parse(bodies.AltText, call.body)
    world.media.describe(body.id, body.text)
    world.meter.charge(Charge.ALT_TEXT)
    return 200, {"data": {"id": body.id, "associated_metadata": {"alt_text": {"text": body.text}}}}


def _read(
    world: World, call: Call, query: PostQuery, posts: list[SandboxPost]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Charge for `posts`, and return them with the ``includes`` that `query` requests."""
    expanded = {name.removesuffix(".id") for name in query.expansions}
    view = views.PostView(world.credentials.user_id, query.tweet_fields | expanded)
    charge = Charge.READ_OWN if world.settings.own_app else Charge.READ

    def read(some: list[SandboxPost]) -> list[dict[str, Any]]:
        for post in some:
            world.meter.read(charge, post.id, call.now)
        return [view(post) for post in some]

    data = read(posts)
    includes: dict[str, Any] = {}
    if "author_id" in expanded:
        includes["users"] = [_user(world, call, ())]
    if "referenced_tweets" in expanded:
        ids = dict.fromkeys(post.replied_to or post.repost_of or "" for post in posts)
        referenced = [post for post_id in ids if (post := world.posts.seen(post_id, call.now))]
        if referenced:
            includes["tweets"] = read(referenced)
    return data, {"includes": includes} if includes else {}


def _user(world: World, call: Call, fields: Iterable[str]) -> dict[str, Any]:
    world.meter.read(Charge.READ_USER, world.credentials.user_id, call.now)
    return views.user(world.credentials.user_id, world.born, len(world.posts.all()), fields)
