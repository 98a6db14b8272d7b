"""Texts to compare two counters on: French ones as editors write them, and hostile ones."""
# ruff: noqa: E501 (tables of characters)

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import emoji

from bot.core.text import tables

if TYPE_CHECKING:
    from random import Random

_EMOJI = sorted(emoji.EMOJI_DATA)
_PROSE = """
    l’État dévoile un appel à projet pour aider la transfonum des petits commerces Intermarché lance sa
    place de  marché Ça cœur naïf où août Noël évènementiel élection présidentielle Europe GAFA 5G IA
    e-commerce start-up  aujourd’hui c’est qu’elle Cédric O M. Mme n° 53 10% 2,9 M€ 10 000 7h30 2020
    (presque) “mini Amazon local“  « prêts » l'avenir Œuvre garçon Æthelred ı ſ ǅ Ⅻ ½ № … – — • → ™ © ®
    ‼ ⁉
"""
_WORDS = re.split(r"[ \n]+", _PROSE.strip())
_ENDS = (
    ".",
    " !",
    " ?",
    "\u00a0!",
    "\u202f?",
    " ;",
    " :",
    "…",
    ",",
    ".»",
    "\u00a0%",
    ".\n",
    "\n\n",
    "!!",
    "...",
)
_ACCIDENTS = (
    "etc.Et",
    "ASP.NET",
    "M.Dupont",
    "fin.En",
    "v2.0",
    "1.5",
    "t.co",
    "a.b",
    "l’Express.fr",
    "É.fr",
    "été.com",
)
_HOSTS = (
    "exemple.fr",
    "www.lemonde.fr",
    "blog.exämple.com",
    "t.co",
    "elysee.gouv.fr",
    "a-b.co.uk",
    "été.fr",
    "bit.ly",
)
_PATHS = (
    "", "/", "/a", "/actu/2020-11-06_titre.html", "/é/à", "/a?b=c&d=é", "/wiki/Café_(lieu)", "/x/#y", "/a,b.", "/AbC123xYz",
    ":8080/a", "?q=1", "/(a(b)c)", "/a(b", "/.(a)", "/a,(b)", "/a,(b)c", "/~x/!", "/a?utm_source=x&utm=y/", "/a–b", "/%C3%A9", "/a?", "/a/;", "/'",
)  # fmt: skip
_GLUE = (
    ".", ".", ".", ".com", ".fr", ".co", ".みんな", ".中国", ".ком", ".xn--p1ai", "-", "_", "/", ":", "?", "(", ")", "@", "＠",
    "#", "＃", "$", "&", "!", "'", '"', " ", "\n", "\u00a0", "\u3000", "\u200b", "\u200c", "\u200d", "\u200e", "\u202a",
    "\u2066", "\ufe0f", "\ufe0e", "\ufeff", "\uffff", "\u20e3", "1", "9", "a", "Z", "é", "É", "e\u0301", "ß", "K", "ſ",
    "ı", "あ", "中", "한", "ش", "я", "\u1c80", "ɠ", "ι", "http://", "https://", "HTTP://", "http", "://", "www.", "t.co/",
    "http://t.co/a", "xn--", "onion", "\U0001f3fb", "\U0001f3ff", "\U0001f1eb", "\U0001f1f7", "\U000e0067", "\U000e007f",
    "\U0001f3f4", "\U00020021", "\U0001d54f", "\U0010ffff", "\x00", "\x7f", "\x85", "。", "．", "+", ",", ";", "*", "~", "|",
    "[", "]", "\\", "^", "`", "{", "%", "=", "<", "rt", "RT:", "e\u0327\u0301", "\u1e9b\u0323", "가", "ᄀ", "ᅡ", "©", "®",
    "♾", "⛷", "☝", "👁", "🗨", "🤵", "♂", "♀", "👨", "👩", "❤", "💋", "👧", "👦", "🏳", "🌈", "☠", "🕵", "🏋",
)  # fmt: skip
_TOP = sorted(tables.TLDS)
_DISPUTED_TOP = sorted(tables.TLDS_OF_X | tables.TLDS_OF_ICANN)


def french(random: Random) -> str:
    """A post as an editor might write it: prose, hashtags, links, emoji, typography; at times in NFD."""
    parts: list[str] = []
    for _ in range(random.randint(1, 30)):
        parts.append(_french_token(random))
        parts.append(random.choice(_ENDS) + " " if random.random() < 0.15 else " ")
    text = "".join(parts)
    return unicodedata.normalize("NFD", text) if random.random() < 0.15 else text


def _french_token(random: Random) -> str:
    word = random.choice(_WORDS)
    match random.choices(range(7), (60, 8, 8, 9, 3, 4, 2))[0]:
        case 0:
            return word
        case 1:
            return "#" + word + random.choice(("", "", "’s", ".", "-2020"))
        case 2:
            sequence = "".join(random.choices(_EMOJI, k=random.choice((1, 1, 1, 2, 3))))
            return random.choice((sequence, word + sequence, sequence + word, sequence + "#" + word))
        case 3:
            protocol = random.choice(("https://", "https://", "http://", ""))
            link = protocol + random.choice(_HOSTS) + random.choice(_PATHS)
            return random.choice(("{}", "{}", "({})", "«{}»", "{},", "{}.", "“{}”", "→{}")).format(link)
        case 4:
            return random.choice(("@", "rt@", ".@")) + random.choice(
                ("FlashTweet", "Cedric_O", "ÉlyséeFR", "a/b-c")
            )
        case 5:
            return random.choice(_ACCIDENTS)
        case _:
            return random.choice(("$AAPL", "$BTC.X", "100$", "$é", "1️⃣", "🔟", "1️⃣0️⃣", "#️⃣", "7️⃣h30"))


def hostile(random: Random) -> str:
    """Emoji, other astral characters, words and top-level domains glued together with dots among them."""
    parts = []
    for _ in range(random.randint(1, 24)):
        match random.choices(range(5), (60, 14, 8, 8, 2))[0]:
            case 0:
                parts.append(random.choice(_GLUE))
            case 1:
                parts.append(random.choice(_EMOJI))
            case 2:
                parts.append(random.choice(_WORDS))
            case 3:
                parts.append("." + random.choice(_DISPUTED_TOP if random.random() < 0.01 else _TOP))
            case _:
                parts.append(
                    random.choice(("a" * 62, "a" * 63, "あ" * 57, "é" * 60, "😀" * 12, "a." * 30, "x" * 300))
                )
    return "".join(parts)


def address(random: Random) -> str:
    """An address as people copy it, with signs in it that X does not link, or not there."""
    signs = "aé’✓™(){}[]«#?=&%+,;:!*'|^`\\~-_.中ش\u200b\u2060👍/"
    tail = "".join(random.choice(signs) for _ in range(random.randrange(1, 12)))
    return f"https://example.com{random.choice(['/a', '/', '?q=', '', ':80/', '/a#b'])}{tail}"
