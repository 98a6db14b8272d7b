"""Uploaded images, kept in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.sandbox import refusals

if TYPE_CHECKING:
    from datetime import datetime

LIFETIME = timedelta(hours=24)
"""Time during which an upload can be attached. Third-party reports, gathered 2026-11-23."""
MAX_IMAGE_BYTES = 5 * 1024 * 1024
"""Source: X's docs, snapshot 2026-08-22."""
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}
_CATEGORIES = frozenset({"tweet_image", "tweet_gif"})
"""Categories of one-shot uploads. X takes videos in chunks, which the sandbox does not support."""


@dataclass(frozen=True)
class Medium:
    """One uploaded image."""

    id: str
    content: bytes
    content_type: str
    uploaded_at: datetime
    alt_text: str | None = None


class MediaStore:
    """The uploads of one sandbox. For the event loop only."""

    def __init__(self) -> None:
        self._media: dict[str, Medium] = {}

    def upload(self, content: bytes, category: str, media_id: str, now: datetime) -> Medium:
        """Store `content` under `media_id`. Raises `Refusal` (400) for formats and sizes that X rejects."""
        content_type = next((name for start, name in _SIGNATURES.items() if content.startswith(start)), None)
        if category not in _CATEGORIES:
            raise refusals.invalid_request(f"$.media_category: [{category}] is not supported by the sandbox")
        if content_type is None:
            raise refusals.invalid_request("$.media: not a PNG, JPEG, GIF or WebP image")
        if len(content) > MAX_IMAGE_BYTES:
            raise refusals.invalid_request(f"$.media: {len(content)} bytes, at most {MAX_IMAGE_BYTES}")
        medium = self._media[media_id] = Medium(media_id, content, content_type, now)
        return medium

    def describe(self, media_id: str, alt_text: str) -> None:
        """Set the alt text of an upload. Raises `Refusal` (400) if the upload is unknown."""
        if media_id not in self._media:
            raise refusals.invalid_request(f"$.id: media [{media_id}] does not exist")
        self._media[media_id] = replace(self._media[media_id], alt_text=alt_text)

    def check_attachable(self, media_ids: tuple[str, ...], now: datetime) -> None:
        """Raise `Refusal` (400) if an id is unknown or its upload has expired."""
        for media_id in media_ids:
            medium = self._media.get(media_id)
            if medium is None or now - medium.uploaded_at > LIFETIME:
                raise refusals.invalid_request("Your media IDs are invalid.")

    def get(self, media_id: str) -> Medium | None:
        return self._media.get(media_id)
