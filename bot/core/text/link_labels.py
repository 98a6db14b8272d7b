"""Labels of links, which mean little without them: ``Voir la collection``, ``Les comptes : https://…``."""

from __future__ import annotations

import re

_DOCUMENTS = (
    r"(?:articles?|dossiers?|enquêtes?|reportages?|suites?|communiqués?|programmes?|détails?|interviews?"
    r"|entretiens?|vidéos?|récits?|comptes?(?:[ -]rendus?)?|rapports?|études?|billets?|tribunes?|analyses?"
    r"|podcasts?|émissions?|photos?|images?|cartes?|listes?|chiffres|données|résultats?|classements?"
    r"|calendriers?|horaires|tarifs|documents?|textes?|infos?|informations?|inscriptions?|billetterie"
    r"|formulaires?|pages?|sites?|blogs?|threads?|annonces?|explications?|liens?"
    r"|report|story|stories|study|details|review|list|figures|results|post)"
)
_OF_THEM = (
    r"(?: (?:complet|complète|intégral|intégrale|officiel|officielle|détaillé|détaillée|annuel|annuelle"
    r"|spécial|spéciale|public|publique)s?)?"
    r"(?: (?:(?:des?|du|sur|en|dans|à|aux?|par|chez|vers|of|by|on|in)\b ?|d['’])"
    r"(?:(?:la|les?|the) |l['’])?[^\s.!?…,;:]+(?: [A-ZÀ-Þ][^\s.!?…,;:]*)*){0,2}"
)
"""Words that may follow the name of a document: no verb is among them."""
_BIDS = re.compile(
    r"(?:(?:pour )?(?:"
    r"(?P<bids>(?:re)?(?:lisez|découvrez|consultez|retrouvez|voyez|regardez|écoutez|visionnez|inscrivez-vous"
    r"|réservez|téléchargez)|discover|find out|read (?:more|on|the)|see (?:more|the)|watch (?:the|it)"
    rf"|(?:lire|voir) (?:aussi|plus|la suite|(?:l['’]|notre |le |la |les ){_DOCUMENTS})"
    r"|voir en ligne|jetzt lesen|mehr dazu)"
    r"|lire|voir|découvrir|consulter|retrouver|regarder|écouter|télécharger|s['’]inscrire|réserver)\b)"
    r"(?:[ \xa0\u202f][^\s.!?…,;]+){0,5}[ \xa0\u202f:→-]*$",
    re.IGNORECASE,
)
"""Words that bid somebody follow a link, which they need: ``Voir la collection``, ``Lire l’article``."""
_NAMES = re.compile(
    r"(?:(?i:l['’]|les? |la |nos |notre |(?:plus )?d['’]|the (?:full )?))?"
    rf"(?i:{_DOCUMENTS}){_OF_THEM}$"
)
"""The name of a document, which is a label where a sign points from it to a link: ``Les comptes :``."""
_IN_BRACKETS = re.compile(r" \([^()]{1,20}\)$")
"""A remark on a document, as in ``Le rapport (PDF)``."""
_PICTURE = r"(?![👉➡▶→])[\u2190-\u2bff\U0001f300-\U0001faff]\ufe0f?"
_FRAGMENT_STARTS = re.compile(rf"(?:[.!?…»)]|[:|•👉▶→]|➡\ufe0f?|{_PICTURE})[ \t\xa0\u202f]+|[(\[]|\n\s*|\A")
"""The beginnings of sentences and the like."""
_ONLY_PICTURES = re.compile(rf"(?:{_PICTURE}|\s)*\Z")
_CAPITAL = re.compile(r"(?<=[^\W\d_] )(?=(?:Lire|Voir|Les?|La|Nos|Notre|The|Plus)\b|[LD]['’])")
"""A capital letter in mid-sentence may begin a label that had a line for itself."""
_SIGNS = " \t\xa0\u202f:"
_MOST_WORDS = 3
"""Words of a label that is all that is left; more may be a headline without a verb."""
_POINTS = re.compile(r"(?:[:→🔗⤵]|👉[\U0001f3fb-\U0001f3ff]?|[➡▶]\ufe0f?)[ \t\n\xa0\u202f]*\Z")


def points_at_link(before: str) -> bool:
    """Return whether the text `before` a link ends in a sign that points at it."""
    return _POINTS.search(before) is not None


def ends_in_label(before: str, *, is_whole: bool, is_pointed: bool) -> bool:
    """Return whether the words `before` a removed link only bid somebody follow it, or name what it leads to.

    `is_whole`: the text begins so; `is_pointed`: a sign pointed at the link. In both cases the sentence ends
    there. An infinitive may begin an item (``Lire redevient à la mode``), but hardly a second sentence.
    """
    before = _IN_BRACKETS.sub("", before.rstrip(_SIGNS))
    *_, start = _FRAGMENT_STARTS.finditer(before)
    is_beginning = _ONLY_PICTURES.match(before[: start.end()]) is not None
    if bid := _BIDS.match(before, start.end()):
        return not is_beginning or (is_whole and bid["bids"] is not None)
    is_subject = before[: start.end()].rstrip().endswith((":", "|"))  # of a headline: ``Bourse : résultats``
    if is_pointed and not is_subject and _NAMES.match(before, start.end()):
        return not is_beginning or (is_whole and len(before.split()) <= _MOST_WORDS)
    return any(_is_label_inside(before, at.end(), is_pointed=is_pointed) for at in _CAPITAL.finditer(before))


def _is_label_inside(before: str, at: int, *, is_pointed: bool) -> bool:
    """Return whether a label begins in the middle of a line, where lines were joined."""
    bid = _BIDS.match(before, at)
    return (bid is not None and bid["bids"] is not None) or (is_pointed and bool(_NAMES.match(before, at)))
