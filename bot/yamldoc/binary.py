"""Files that are no text, by their first bytes: a word processor's document keeps its kind under any name."""

from __future__ import annotations

_ZIP = b"PK\x03\x04"
_IN_ZIPS = (
    (b"word/", "a Word document"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "a document of LibreOffice Writer"),
    (b"Index/Document.iwa", "a document of Pages"),
    (b"xl/", "an Excel sheet"),
)
"""Names of members: each stands before what it holds, uncompressed.

Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3.7, 2026-11-29
"""
_STARTS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an old Word or Excel"),
    (b"{\\rtf", "a document in rich text (RTF)"),
    (b"%PDF-", "a PDF"),
)


def binary_kind(data: bytes) -> str | None:
    """Return what `data` is, with its article; None for what may be a text."""
    if data.startswith(_ZIP):
        return next((kind for name, kind in _IN_ZIPS if name in data), "a zip archive")
    return next((kind for start, kind in _STARTS if data.startswith(start)), None)
