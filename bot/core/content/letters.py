"""Words around a text that are no news: greetings, signatures, and what programs for mail and chat add.

Short closed lists of French and English words, and shapes of lines. What they find is posted, with a warning.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOOT = "the foot of a newsletter"
BUTTON = "a button of a web page"
QUOTED = "a line that a mail quotes"
_LONGEST = 120
"""Characters of a line that is no news, at most."""
_NAME = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+(?:[-'’][A-ZÀ-ÖØ-Þ]?[a-zà-öø-ÿ]+)?"
_NAMES = rf"{_NAME}(?: {_NAME}){{0,2}}"
_GREETING = re.compile(
    r"(?:(?:bonjour|bonsoir|hello|hi|salut|coucou|bienvenue)"
    r"(?:(?: (?:à|et|cher|chers|chères|tout|tous|toutes|les|la team|all|everyone)\b[^:]{0,30})?\W*$"
    r"|(?: [^,:!]{1,30})?[ ,!.]+(?:voici|voilà|ci-dessous|ci-joint|je |vous trouverez|here ))"
    r"|(?:chers|chères|dear) [^:]{1,30}[!,]$"
    r"|(?:voici|voilà|ci-dessous|here (?:is|are)) [^.:]{1,60}(?::|[👇⬇⤵])\W*$)",
    re.IGNORECASE,
)
_TEAM = (
    r"(?:la |l['’]|votre |toute l['’]|the )(?:rédaction|équipe|team)"
    r"(?: (?:de |du |des |d['’])(?:la |l['’])?[^ :]{1,20})?"
)
_CLOSING = (
    r"(?:(?:à|see you) (?:demain|bientôt|plus|tomorrow|soon"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
    r"|(?:bien )?cordialement|cdl?t|sincèrement|salutations distinguées|amicalement"
    r"|amitiés|bises|bisous|biz|bien à (?:vous|toi)|merci(?: d['’]avance| beaucoup)?"
    r"|(?:très )?(?:bonne|belle|excellente) (?:journée|soirée|semaine|lecture|réception)"
    r"|bon (?:week-end|weekend|dimanche)"
    r"|(?:best|kind|warm) regards|regards|cheers|yours(?: sincerely| truly)?|enjoy)"
    r"(?: (?:à tous|à toutes|à vous|et|matin|soir|tard|prochain)\b[^:]{0,20})?"
)
_SIGN_OFF = re.compile(
    rf"(?:(?i:{_CLOSING})(?:[, !.]+(?:{_NAMES}|(?i:{_TEAM})))?|(?i:{_TEAM})"
    rf"|{_NAMES}, (?i:(?:pour |de )?{_TEAM}))\W*$"
)
_POSTSCRIPT = re.compile(r"P\.?-?S\.?\s?: ")
_SIGNATURE = re.compile(rf"{_NAMES}$")
_PHONE_OR_MAIL = re.compile(
    r"(?:\+[0-9]{1,3}|\b0)[ .]?[0-9](?:[ .]?[0-9]{2}){4}\b|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,20}"
)
_CONTACT_LINE = re.compile(
    r"(?:(?:tél|tel|téléphone|mobile|port|mail|e-?mail|courriel)\b\.? ?:? ?)?"
    rf"(?:{_PHONE_OR_MAIL.pattern})\W*$",
    re.IGNORECASE,
)
_CONTACTS = re.compile(rf"{_NAME} {_NAME}(?: {_NAME})?(?= ?$| *[\n|,–—-])")
_WHERE = r"(?:en ligne|dans (?:le|un|votre) navigateur|online|in (?:your |a |the )?browser)"
_LETTER = r"(?:e-?mail|mail|courriel|newsletter|lettre|liste?|message)s?"
_FOOTER = (
    r"(?:(?:cliquez ici |click here )?"
    r"(?:(?:pour )?(?:se|me|vous) (?:désabonner|désinscrire)|(?:to )?unsubscribe)"
    rf"(?: (?:de|à|from) (?:la |cette |notre |nos |this |our )?{_LETTER})?"
    r"(?:,? (?:cliquez )?ici|,? (?:click )?here)?"
    rf"|(?:voir|lire|afficher|ouvrir|read|view) (?:(?:la version|it|(?:cet|cette|this) {_LETTER}) )?{_WHERE}"
    r"|(?:gérer|modifier|mettre à jour|manage|update) (?:(?:mes|vos|mon|votre|your|my) )?"
    r"(?:préférences|preferences|abonnements?|subscriptions?)"
    rf"|(?:transférer|faire suivre|envoyer|forward) (?:(?:it|(?:cet|cette|this) {_LETTER}) )?"
    r"(?:à un ami|à une amie|to a friend))"
)
_ADDED = {
    "what a mail program adds": re.compile(
        r"(?:envoyé (?:de|depuis|à partir de) mon |envoyé (?:de|depuis) (?:outlook|yahoo|gmail)\b"
        r"|sent from (?:my|outlook|yahoo|mail)\b|(?:télécharger|obtenir|get) outlook (?:pour|for)\b"
        r"|-{2,} ?(?:forwarded message|original message|message (?:transféré|d['’]origine|original)) ?-{2,}"
        r"|\[(?:image|cid) ?:[^\[\]\n]{1,100}\]"
        r"|(?:le|on) [^\n]{5,80}(?:a écrit|wrote) ?:$)",
        re.IGNORECASE,
    ),
    FOOT: re.compile(
        rf"(?:vous (?:recevez|avez reçu|avez aimé) (?:cet|cette|ce) {_LETTER}"
        rf"|(?:cet|cette|ce) {_LETTER} vous a été transféré|vous ne souhaitez plus (?:la |le |nous )?recevoir"
        rf"|you (?:are receiving|received) this {_LETTER}"
        r"|ce (?:message|courriel|mail|e-mail)\b.{0,60} (?:est|sont) (?:strictement )?confidentiel"
        r"|(?:©|copyright (?:© ?)?)\s?(?:19|20)[0-9]{2}\b)",
        re.IGNORECASE,
    ),
    QUOTED: re.compile(r">+ {1,5}(?:[0-9]{1,2}[.)] |(?![+−-]? ?[€$£]?[0-9])\S)"),
}
_FOOT = re.compile(
    rf"\W{{0,4}}{_FOOTER}(?:[ |·•/–—,-]+(?:(?:ou|et|or|and) )?{_FOOTER})*[ |.·•-]*$", re.IGNORECASE
)
_BUTTON = re.compile(
    r"(?:(?:afficher|voir|show|see|load) (?:plus|more)"
    r"|(?:voir|afficher) tou(?:s|tes) les (?:articles|résultats)"
    r"|(?:modifier|supprimer|gérer) (?:cette|l['’]|mes|vos) ?alertes?|lire (?:la suite|l['’]article)"
    r"|j['’]aime|commenter|partager|s['’]abonner|restacker)\W*$",
    re.IGNORECASE,
)
_CREDITED = r"[A-ZÀ-ÖØ-Þ][\w.&'’-]*(?: [A-ZÀ-ÖØ-Þ][\w.&'’-]*){0,3}"
_CREDIT = re.compile(
    r"(?:[Pp]ropos recueillis par|(?:[Ss]ources?|[Cc]rédits?(?: photos?)?) ?:) "
    rf"{_CREDITED}(?:(?:,| et| /| &) {_CREDITED}){{0,3}}\W*$"
)
_OUTRO = re.compile(r"outro ?:", re.IGNORECASE)
_SIGNATURE_LINES = 6
_EMPHASIS = "*_ "
_MARKS = re.compile(
    r"\]\([^\s()]*\)?|</?(?:a|b|i|u|p|br|em|strong|span|font|div|li|t[dr])\b[^<>\n]*>?|https?://\S+|[*_`\[\]]+",
    re.IGNORECASE,
)
"""Marks around words, and addresses; one may be cut off at the end of what is shown of a line."""
SHOWN = 1000
"""Characters of a line that show whether it is of a letter: it may hold several long addresses."""


def greets(text: str) -> bool:
    """Return True if `text` is only a greeting."""
    return len(text) <= _LONGEST and _GREETING.match(text.strip(_EMPHASIS)) is not None


def signs_off(text: str) -> bool:
    """Return whether `text` ends a letter: a closing, a team, a name with its team."""
    return len(text) <= _LONGEST and _SIGN_OFF.match(text.strip(_EMPHASIS)) is not None


def may_sign(text: str) -> bool:
    """Return whether a last paragraph `text` may be a signature: a name, a postscript."""
    return (len(text) <= _LONGEST and _SIGNATURE.match(text) is not None) or bool(_POSTSCRIPT.match(text))


def added_by_programs(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield index and description of each of the stripped `lines` that a mail or chat program added."""
    last = max((n for n, line in enumerate(lines) if not line), default=-1) + 1
    is_signed = False
    for n, line in enumerate(lines):
        if kind := _added(line):
            yield n, kind
        elif (n == 0 or not lines[n - 1]) and _CONTACTS.match(line[:_LONGEST]):
            following = [*lines[n : n + _SIGNATURE_LINES], ""]
            paragraph = following[: following.index("")]
            if any(_PHONE_OR_MAIL.search(one[:_LONGEST]) for one in paragraph):
                is_signed = n >= last
                yield n, "a signature"
        elif last and n >= last and not is_signed and _CONTACT_LINE.match(line[:_LONGEST]):
            is_signed = True
            yield last, "a signature"


def is_credit(text: str) -> bool:
    """Return whether `text` only names who wrote an item: ``Source : AFP``."""
    return len(text) <= _LONGEST and _CREDIT.match(text.strip(_EMPHASIS)) is not None


def is_outro(text: str) -> bool:
    """Return whether `text` is labelled as the outro: a letter may end above it."""
    return _OUTRO.match(text) is not None


def is_of_letter(text: str) -> bool:
    """Return whether `text`, one line, is around a letter or a mail and no news."""
    return greets(text) or is_below_letter(text)


def is_below_letter(text: str) -> bool:
    """Return whether `text`, one line, ends a letter, or a program added it."""
    return signs_off(text) or next(added_by_programs([text]), None) is not None


def _added(line: str) -> str:
    start = line[:_LONGEST]
    for kind, pattern in _ADDED.items():
        if pattern.match(start):
            return kind
    words = bare(line)
    if len(words) > _LONGEST:
        return ""
    if _FOOT.match(words):
        return FOOT
    return BUTTON if "://" not in line[:SHOWN] and _BUTTON.match(words) else ""


def bare(line: str) -> str:
    """Return the words of `line`, without marks and addresses."""
    return " ".join(_MARKS.sub("", line[:SHOWN]).split())
