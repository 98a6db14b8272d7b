"""Words that a break must respect: abbreviations, units, months, and words that depend on the next.

French words, and the English and German ones that newsrooms quote.
"""

from __future__ import annotations

import re
from functools import lru_cache

_REMEMBERED = 2048
"""Cached words; most words of a text come from a few hundred."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# A dot after these ends no sentence, and nothing separates them from what they introduce.
ABBREVIATIONS = _set("""
    M MM Mr Mme Mmes Mlle Mlles Me Mes Dr Drs Pr Prs Mgr St Ste cf Cf p pp P art Art fig Fig vol chap t
    av Av bd Bd ex Ex env réf tél Tél n N no nos vs al éd Éd hab max min resp adj dir prés
    c.-à-d i.e e.g p.ex
    Mrs Ms Gen Gov Sen Rep Prof Hr Nr bzw ca Abs Mio Mrd evtl ggf z d u i o
""")
# A dot after these ends a sentence only if the next word clearly begins one.
_OFTEN_LAST = _set("""
    janv févr fevr avr juil sept oct nov déc Jan Feb Apr Aug Sep Sept Oct Nov Dec Okt Dez
    Inc Corp Ltd Cie Co Jr Sr usw a.m p.m
""")
_FIRMS = _set("""
    Inc Corp Ltd Cie Co GmbH
""")
JOINING = frozenset({"&", "et", "and", "und"})
# Abbreviations without a dot that stay with the next word.
_LEANING = _set("""
    Mme Mmes Mlle Mlles Me Dr Pr Mgr St Ste n° N° nº Nº n°s § pp
""")
DASHES = frozenset("–—-")
NEVER_FIRST = "?!:;»%)],.…”"

_MONTHS = _set("""
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre janv févr avr
    juil sept oct nov déc fevr january february march april may june july august september october november
    december jan feb mar apr jun jul aug sep dec januar februar märz mai juni juli oktober dezember okt dez
""")
# Before these, the dot of a German ordinal ends no sentence.
_COUNTED = _set("""
    Jahrhundert Jahrhunderts Runde Liga Bundesliga Platz Mal Auflage Stock Spieltag Minute
""")
_BEFORE_DAY = _set("""
    le du au dès the on am vom
""")
_WEEKDAYS = _set("""
    lundi mardi mercredi jeudi vendredi samedi dimanche
    monday tuesday wednesday thursday friday saturday sunday
""")
_UNITS = _set("""
    € $ £ ¥ % ‰ ° k€ K€ M€ Md€ Mds€ Mrds€ k$ M$ Md$ Mds$ mille million millions milliard milliards Md
    Mds Mrd Mrds billion billions trillion trillions euro euros dollar dollars livres yens yuans francs
    centimes cents h H min mn s sec ms heure heures minute minutes seconde secondes jour jours semaine
    semaines mois an ans année années siècle fois km m cm mm km² m² ha kg g mg t tonne tonnes l L litres
    kW MW GW TW kWh MWh GWh TWh Ko Mo Go To Kio Mio Gio Tio bits octets Hz kHz MHz GHz °C °F points
    point pts degrés degré personnes habitants pays lettres pages chiffres px dpi mph nm µm
""")
_NUMERAL = re.compile(r"[(«“\"'’+~≈<>=-]?(?:[Nn]°)?\d[\d.,/:\u00a0\u202f]*")
_AMOUNT = re.compile(r"[A-Za-z]{0,3}[€$£¥]|[%‰°+×]")
_DAY = re.compile(r"(?:[12]?\d|3[01])(?:er)?")
# A number after these is part of a name.
_NUMBERED = _set("""
    h sur no numéro numéros page pages article articles chapitre tome volume acte scène saison épisode étape
    version tableau figure annexe
""")
_DIGITS_OF_A_DAY = 2
_YEAR = re.compile(r"\d{4}\b")
_THOUSANDS = re.compile(r"\d{3}(?!\d)")
_ROMAN = re.compile(r"[IVXLC]+(?:e|er)?")
_BRACKETED = re.compile(r"\([^\s()]+\)[.,;:]*")
_PAIR_OF_DIGITS = re.compile(r"\d\d")  # of a phone number
_ACRONYM = re.compile(r"[A-ZÀ-Þ](?:\.[A-ZÀ-Þ])+")
_SCORE = re.compile(r"\d{1,3}")
_INITIALS = re.compile(r"(?:[A-ZÀ-Þ]|[CPT]h)(?:\.-(?:[A-ZÀ-Þ]|[CPT]h))?")

# Words that begin a phrase; a reader may pause before them.
_LINKING = _set("""
    qui que qu dont où et ou mais car donc puis afin pour avec sans dans par sur sous comme tandis alors
    lorsque lorsqu quand si parce puisque puisqu ainsi notamment tel telle tels telles parmi selon après
    avant depuis pendant jusqu vers chez entre contre grâce lequel laquelle lesquels lesquelles tout
    voire soit ni or
""")
# Words that depend on the next one; no post should end with them.
_WEAK = _set("""
    le la les l un une des du de d au aux à en y ce cet cette ces mon ma mes ton ta tes son sa ses notre
    nos votre vos leur leurs je tu il elle on nous vous ils elles me te se ne et ou mais car donc ni or
    que qu qui dont où si pour par sur sous dans avec sans chez vers entre contre comme plus moins très
    trop peu bien aussi tout toute tous toutes est sont était a ont avait être avoir fait va vont sera c
    s n j m t plusieurs quelques chaque aucun aucune deux trois quatre cinq six sept huit neuf dix cent
    mille après avant pendant depuis selon ainsi jusqu lorsque quand afin tels telles tel telle même dès
    lors puis
""")
# Words that begin a sentence if they are capitalized.
_FIRST = _set("""
    the he she it they this that these those but and in on at for we you i a an his her their its there
    der die das den dem ein eine er sie es wir ihr und aber im am in bei mit nach
""")
_INNER_MARKS = dict.fromkeys(map(ord, "'’-"))
_STRIPPED = "«»“”\"'’()[],;:.!?…"


@lru_cache(_REMEMBERED)
def is_plain(word: str) -> bool:
    """Return True if `word` binds to no plain neighbour: no name, number, sign, abbreviation or bracket."""
    return (
        word.islower()
        and (word.isalpha() or word.rstrip(",;:").translate(_INNER_MARKS).isalpha())
        and word not in _LEANING
        and not word.startswith("etc")
    )


def inseparable(before: str, after: str) -> bool:
    """Return True if typography or sense forbids a break between two words."""
    if (after[0] in NEVER_FIRST and not opens_german_quote(after)) or before in {"“", '"'}:
        return True
    if before[-1] in "«([¿¡„" and not (before[-1] == "«" and len(before) > 1):
        return True
    head = before.lstrip("«»“„\"'’([")
    if head in _LEANING or (head.endswith(".") and _leans(head[:-1], after)) or after.startswith("etc"):
        return True
    if is_firm(after) or after == "&" or before == "&" or _BRACKETED.fullmatch(after):
        return True
    return _letter_of_a_name(before, after) or _number(head, after) or _date(head, after)


def _leans(word: str, after: str) -> bool:
    """Return True if `word`, its dot cut off, is an abbreviation that stays with the next word."""
    if word in ABBREVIATIONS or is_initials(word):
        return True
    return after[0].isupper() and (word in _FIRMS or _ACRONYM.fullmatch(word) is not None)


def opens_german_quote(text: str) -> bool:
    """Return True if `text` begins with the » of »Zitat«."""
    return text[0] == "»" and text[1:2].isalnum()


def ends_sentence(word: str, following: str) -> bool:
    """Return True if a dot after `word` ends a sentence; `following` is the next word, capitalized."""
    if word.isdigit() and len(word) <= _DIGITS_OF_A_DAY:
        return following.lower() not in _MONTHS and following not in _COUNTED
    if is_initials(word):
        return False
    stem = word.rpartition("’")[2].rpartition("'")[2]
    if stem in _OFTEN_LAST or _ACRONYM.fullmatch(word):
        first = _stem(following) if following else ""
        return following[:1].isupper() and (first in _WEAK or first in _FIRST)
    return stem not in ABBREVIATIONS


def is_dotted(word: str) -> bool:
    """Return True if the final dot of `word` belongs to an abbreviation."""
    bare = word.removesuffix(".")
    return bare != word and (
        bare in ABBREVIATIONS or bare in _OFTEN_LAST or _ACRONYM.fullmatch(bare) is not None
    )


def is_firm(word: str) -> bool:
    """Return True if `word` ends a company name: Inc., Cie."""
    return word.rstrip(".,;:)»") in _FIRMS


def is_score(tokens: list[str]) -> bool:
    """Return True if three words form a score: 3 - 2, 3 – 2."""
    match tokens:
        case [first, dash, last] if dash in DASHES:
            ends = first.lstrip(_STRIPPED), last.rstrip(_STRIPPED)
            return all(_SCORE.fullmatch(end) for end in ends)
        case _:
            return False


def is_initials(word: str) -> bool:
    """Return True if `word`, without its last dot, stands for a first name: J, Ph, J.-P."""
    return _INITIALS.fullmatch(word) is not None


def _letter_of_a_name(before: str, after: str) -> bool:
    """Return True for Cédric O, vitesse grand V, plan B, chapitre IV, XXIe siècle, issue #53."""
    tail = after.strip(_STRIPPED)
    if before[-1] in ".!?…,;:" or after == "M.":
        return False
    if len(tail) == 1 and tail.isupper() and tail not in "AÀYÔ":
        return True
    if _ROMAN.fullmatch(tail):
        return before[0].isupper() or _elided(before) in _NUMBERED
    return (tail[:1] == "#" and tail[1:].isdigit()) or (
        tail == "siècle" and _ROMAN.fullmatch(before) is not None
    )


def _number(head: str, after: str) -> bool:
    """Return True for a number with its unit, next three digits, noun or total: 7 h 30, page 3, 3 sur 4."""
    tail = after.strip(_STRIPPED)
    if _elided(head) in _NUMBERED:
        return _NUMERAL.fullmatch(tail) is not None
    if not _NUMERAL.fullmatch(head):
        return False
    if _PAIR_OF_DIGITS.fullmatch(head) and _PAIR_OF_DIGITS.fullmatch(tail):
        return True
    return bool(_THOUSANDS.match(tail)) or tail in _UNITS or tail == "sur" or _AMOUNT.match(tail) is not None


def _date(head: str, after: str) -> bool:
    tail = after.strip(_STRIPPED)
    low, next_low = head.strip(_STRIPPED).lower(), tail.lower()
    if _DAY.fullmatch(low) and next_low in _MONTHS:
        return True
    if low in _BEFORE_DAY and _DAY.fullmatch(next_low):
        return True
    if low in _MONTHS and _YEAR.match(tail):
        return True
    return low in _WEEKDAYS and _DAY.fullmatch(next_low) is not None


@lru_cache(_REMEMBERED)
def links(word: str) -> bool:
    """Return True if `word` begins a phrase."""
    return _stem(word) in _LINKING


@lru_cache(_REMEMBERED)
def weak(word: str) -> bool:
    """Return True if `word` depends on the next one."""
    if word.isalpha():
        return word.lower() in _WEAK
    return word[-1] not in ".,;:!?…»”)" and _elided(word.strip(_STRIPPED).lower()) in _WEAK


def _elided(word: str) -> str:
    """Return ``article`` for ``l'article``."""
    return word.replace("'", "’").rpartition("’")[2]


def _stem(word: str) -> str:
    """Return the part of `word` before an apostrophe, in lower case: ``qu'elle`` → ``qu``."""
    if word.isalpha():
        return word.lower()
    return word.strip(_STRIPPED).lower().replace("'", "’").partition("’")[0]
