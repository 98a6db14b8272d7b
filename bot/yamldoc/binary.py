"""Binary files, recognized by their first bytes, whatever their names end in."""

from __future__ import annotations

_ZIP = b"PK\x03\x04"
_IN_ZIPS = (
    (b"word/", "a Word document"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "a document of LibreOffice Writer"),
    (b"Index/Document.iwa", "a document of Pages"),
    (b"xl/", "an Excel sheet"),
)
"""Names of archive members, which precede their contents uncompressed.

Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3.7, 2026-11-29
"""
_STARTS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an old Word or Excel"),
    (b"{\\rtf", "a document in rich text (RTF)"),
    (b"%PDF-", "a PDF"),
)
_ALL_STARTS = (_ZIP, *(start for start, _ in _STARTS))


def binary_kind(data: bytes) -> str | None:
    """Return the kind of file that `data` is, with its article, or None if it may be text."""
    if not data.startswith(_ALL_STARTS):
        return None
    if data.startswith(_ZIP):
        return next((kind for name, kind in _IN_ZIPS if name in data), "a zip archive")
    return next(kind for start, kind in _STARTS if data.startswith(start))
