"""X's OpenAPI spec 2.167 as strict JSON Schema, and the mapping between its field names and tweepy's.

Strict: properties missing from the spec are failures, even in answers, which X itself is free to extend.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from jsonschema import Draft202012Validator

PATH = Path(__file__).parents[3] / "shared" / "data" / "x-openapi-2.167.json"

NEW_NAMES = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "tweet_count": "post_count",
    "retweet_count": "repost_count",
    "tweets": "posts",
}
"""Legacy names, read by tweepy 4.17 and written by the sandbox, and their names in the spec's answers."""
NEW_PARAMETERS = {"tweet.fields": "post.fields"}
NEW_VALUES = {"referenced_tweets.id": "referenced_posts"}
"""Values of ``expansions``."""
ALWAYS_THERE = {"author_id", "edit_history_tweet_ids", "in_reply_to_user_id", "referenced_tweets"}
"""Values of the legacy ``tweet.fields`` that the new ``post.fields`` omits, although Post has them."""


def document() -> dict[str, Any]:
    if not PATH.exists():
        pytest.skip(f"X's OpenAPI spec is not here: {PATH} is missing (it is not part of the repository)")
    spec: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return spec


class Spec:
    """Validator of requests and answers; every method returns the problems, empty for valid input."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._paths = spec["paths"]
        self._parameters = spec["components"]["parameters"]
        self._schemas = {name: strict(schema) for name, schema in spec["components"]["schemas"].items()}

    def request(self, method: str, path: str, body: object) -> list[str]:
        content = self._operation(method, path)["requestBody"]["content"]
        return self._problems(content["application/json"]["schema"], body)

    def answer(self, method: str, path: str, status: int, body: object) -> list[str]:
        responses = self._operation(method, path)["responses"]
        if str(status) not in responses:
            return [f"status {status} is not one of {sorted(responses)}"]
        return self._problems(responses[str(status)]["content"]["application/json"]["schema"], renamed(body))

    def query(self, method: str, path: str, query: str) -> list[str]:
        known = {}
        for parameter in self._operation(method, path).get("parameters", ()):
            resolved = (
                self._parameters[parameter["$ref"].rsplit("/", 1)[1]] if "$ref" in parameter else parameter
            )
            known[resolved["name"]] = resolved["schema"]
        problems = []
        for old, text in parse_qsl(query, keep_blank_values=True):
            name = NEW_PARAMETERS.get(old, old)
            if name not in known:
                problems.append(f"{old}: not a parameter")
            else:
                problems += self._problems(known[name], _value(known[name], text))
        return problems

    def _operation(self, method: str, path: str) -> Any:
        for pattern, operations in self._paths.items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[0-9]+", pattern), path) and method.lower() in operations:
                return operations[method.lower()]
        raise AssertionError(f"the spec has no {method} {path}")

    def _problems(self, schema: dict[str, Any], value: object) -> list[str]:
        whole = {**strict(schema), "components": {"schemas": self._schemas}}
        return [
            f"{error.json_path}: {error.message}" for error in Draft202012Validator(whole).iter_errors(value)
        ]


def _value(schema: dict[str, Any], text: str) -> object:
    if schema["type"] == "array":
        return [NEW_VALUES.get(part, part) for part in text.split(",") if part not in ALWAYS_THERE]
    return int(text) if schema["type"] == "integer" else text


def strict(schema: Any) -> Any:
    """Convert `schema` (OpenAPI 3.0) to JSON Schema that rejects unknown properties."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {
        name: strict(part) for name, part in schema.items() if name not in {"discriminator", "nullable"}
    }
    if result.get("type") == "object" and "properties" in result:
        result.setdefault("additionalProperties", False)
    if schema.get("nullable"):
        return {"anyOf": [result, {"type": "null"}]}
    return result


def renamed(value: object) -> object:
    """Return `value` with the spec's names."""
    if isinstance(value, list):
        return [renamed(part) for part in value]
    if isinstance(value, dict):
        return {NEW_NAMES.get(name, name): renamed(part) for name, part in value.items()}
    return value
