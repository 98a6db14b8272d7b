"""Schema of editors' files, for pydantic; docs/guide-redaction.md describes them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Discriminator, Field, Tag

from bot.core.model import Clean, Rubric
from bot.yamldoc import KnownKeys
from bot.yamldoc.typed import Model
from bot.yamldoc.unknown_keys import close_key
from bot.yamldoc.values import Count, Day, Flag, LocalTime, Text, WallTime, one_of


class EditorsModel(Model):
    """Base of what editors write, with French and English synonyms of its keys."""

    synonyms: ClassVar[dict[str, str]] = {
        "texte": "text",
        "titre": "text",
        "title": "text",
        "contenu": "text",
        "content": "text",
        "corps": "text",
        "body": "text",
        "lien": "link",
        "liens": "link",
        "links": "link",
        "url": "link",
        "source": "link",
        "adresse": "link",
        "photo": "image",
        "photos": "images",
        "picture": "image",
        "visuel": "image",
        "illustration": "image",
        "img": "image",
        "legende": "alt",
        "caption": "alt",
        "rubrique": "rubric",
        "categorie": "rubric",
        "category": "rubric",
        "heure": "at",
        "horaire": "at",
        "time": "at",
        "hour": "at",
        "jour": "date",
        "day": "date",
        "numero": "issue",
        "number": "issue",
        "edition": "issue",
        "jours": "days",
        "brouillon": "draft",
        "serie": "series",
        "top": "top10",
        "topten": "top10",
        "classement": "top10",
        "articles": "items",
        "infos": "items",
        "breves": "items",
        "actus": "items",
        "actualites": "items",
        "news": "items",
        "liste": "items",
        "list": "items",
        "introduction": "intro",
        "opening": "intro",
        "conclusion": "outro",
        "closing": "outro",
        "fin": "outro",
        "nettoyer": "clean",
        "markdown": "clean",
    }


_OF_NO_ITEM = {"text": "Remove it; only the intro, the items and the outro are posted."}


class ItemFile(EditorsModel):
    """One piece of news, written as keys."""

    text: Text
    link: Text | None = None
    image: Text | None = None
    images: tuple[Text, ...] = ()
    alt: Text | None = None
    replay: Text | None = None
    """The item's text in the replay, where links are left out."""
    rubric: Annotated[Rubric | None, one_of(Rubric)] = None


def _kind(value: object) -> str:
    """Return the kind of value that was meant; a mapping without a known key was meant as text.

    No key has such a name: these occur in the locations of errors.
    """
    if isinstance(value, dict) and _are_keys(value):
        return "=mapping"
    return "=list" if isinstance(value, list) else "=text"


def _are_keys(value: dict[str, object]) -> bool:
    """Return True if a mapping was meant as one: ``Photo : le musée rouvre`` is a text."""
    close = [key for key in value if close_key(key, ItemFile)]
    if len(close) > 1:
        return True
    # Every item has a text, so ``replay : le retour`` alone is a text.
    return any(not key[:1].isupper() and close_key(key, ItemFile) != "replay" for key in close)


def _kind_of_items(value: object) -> str:
    return "=list" if isinstance(value, list) else "=text"


ItemEntry = Annotated[
    Annotated[Text, Tag("=text")] | Annotated[ItemFile, Tag("=mapping")], Discriminator(_kind)
]
Items = Annotated[
    Annotated[Text, Tag("=text")] | Annotated[list[ItemEntry], Tag("=list")], Discriminator(_kind_of_items)
]


class ReplayFile(EditorsModel):
    """The replay's differences from the original."""

    intro: Text | None = None
    outro: Text | None = None
    at: WallTime | None = None


class DayFile(EditorsModel):
    """A day's items inside a weekly issue."""

    advice: ClassVar[dict[str, str]] = _OF_NO_ITEM

    at: WallTime | None = None
    intro: Text | None = None
    items: Items
    outro: Text | None = None
    replay: ReplayFile = ReplayFile()


class DailyFile(DayFile):
    """A daily issue."""

    date: Day | None = None
    series: Text | None = None
    clean: Annotated[Clean | None, one_of(Clean)] = None
    draft: Flag = False


class WeeklyFile(EditorsModel):
    """A weekly issue."""

    advice: ClassVar[dict[str, str]] = _OF_NO_ITEM

    issue: Count
    date: Day | None = None
    at: WallTime | None = None
    intro: Text | None = None
    top10: Items
    outro: Text | None = None
    article: Text | None = None
    days: dict[Day, DayFile] = Field(default_factory=dict)
    replay: ReplayFile = ReplayFile()
    series: Text | None = None
    clean: Annotated[Clean | None, one_of(Clean)] = None
    draft: Flag = False


class SpecialFile(EditorsModel):
    """A free text with its own time."""

    at: LocalTime
    intro: Text | None = None
    text: Text
    outro: Text | None = None
    clean: Annotated[Clean | None, one_of(Clean)] = None
    draft: Flag = False


FILE_KEYS = KnownKeys(
    top=frozenset({*DailyFile.model_fields, *WeeklyFile.model_fields, *SpecialFile.model_fields}),
    entries=frozenset(ItemFile.model_fields),
    texts=frozenset({"items", "top10", "text", "intro", "outro", "link", "article", "alt"}),
    addresses=frozenset({"link", "article"}),
    synonyms=EditorsModel.synonyms,
)
"""All keys that a file may have, of any kind."""
