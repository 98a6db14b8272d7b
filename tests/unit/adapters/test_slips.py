"""Slips of editors: the line of the cause is named, the remedy is the line itself, and all are found at once."""
# ruff: noqa: E501 (a table of messages)

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.issue_files import parse
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.adapters.issue_files import ParsedFile
    from bot.errors import Finding

PATH = "threads/2026-12-01.yaml"

SLIPS: dict[str, tuple[str, list[str]]] = {
    "a forgotten bar above a colon": (
        "date: 2026-12-01\nitems:\n  Cloud : l'État\n  Mistral\n",
        [
            "2:1: '|' is missing after 'items:'; without it the lines below are no text. Write: items: | [lost-line-breaks]",
        ],
    ),
    "a forgotten bar above colons alone": (
        "date: 2026-12-01\nitems:\n  Cloud : l'État\n  Mistral : lève\n",
        [
            "2:1: '|' is missing after 'items:'; without it the lines below are no text. Write: items: | [lost-line-breaks]",
        ],
    ),
    "a forgotten bar and a colon further down": (
        "date: 2026-12-01\nitems:\n  Mistral\n  Cloud : l'État\n  Orange\n",
        [
            "2:1: '|' is missing after 'items:'; without it the lines below are no text. Write: items: | [lost-line-breaks]",
        ],
    ),
    "a key one space too deep": (
        "date: 2026-12-01\nitems:\n  - text: L'État…\n     link: https://a.fr/x\n",
        [
            "4:6: this line is indented by 5 spaces, the keys beside it by 4. Align it with the line above, after 4 spaces: link: https://a.fr/x [indentation]",
        ],
    ),
    "a key under its dash": (
        "date: 2026-12-01\nitems:\n  - text: a\n  link: https://a.fr/x\n",
        [
            "4:3: this line is indented by 2 spaces, the keys beside it by 4. Align it with the line above, after 4 spaces: link: https://a.fr/x [indentation]",
        ],
    ),
    "a key one space too far left": (
        "date: 2026-12-01\nitems:\n  - text: a\n   link: https://a.fr/x\n",
        [
            "4:4: this line is indented by 3 spaces, the keys beside it by 4. Align it with the line above, after 4 spaces: link: https://a.fr/x [indentation]",
        ],
    ),
    "a key of an item at the very left": (
        "date: 2026-12-01\nitems:\n  - text: a\nlink: https://a.fr/x\n",
        [
            "4:1: 'link' has no place here. 'link' stands under 'items'; here stand: at, intro, items, outro, replay, date, series, clean, draft. [unknown-key]",
        ],
    ),
    "a block whose first line is deeper": (
        "date: 2026-12-01\nitems: |\n   Un\n  Deux\n  Trois\n",
        [
            "3:4: this line is indented by 3 spaces, the lines below it by 2. Align it with the line below, after 2 spaces: Un [indentation]",
        ],
    ),
    "a block of which a line is less deep": (
        "date: 2026-12-01\nitems: |\n  Un\n Deux\n  Trois\n",
        [
            "4:2: this line is indented by 1 space, the text that it belongs to by 2. Write, after 2 spaces: Deux [indentation]",
        ],
    ),
    "a new post's --- at the very left": (
        "at: 2026-12-06 18:00\ntext: |\n  Un\n\n---\n\n  Deux\n  Trois\n",
        [
            "5:1: this line is not indented, so it is no part of the text above it. Write, after 2 spaces: --- [stray-line]",
        ],
    ),
    "a new post's --- one space from the left": (
        "at: 2026-12-06 18:00\ntext: |\n  Un\n ---\n  Deux\n  Trois\n",
        [
            "4:2: this line is indented by 1 space, the text that it belongs to by 2. Write, after 2 spaces: --- [indentation]",
        ],
    ),
    "a --- one space from the left at the end": (
        "at: 2026-12-06 18:00\ntext: |\n  Un\n ---\n",
        [
            "4:2: this line is indented by 1 space, the text that it belongs to by 2. Write, after 2 spaces: --- [indentation]",
        ],
    ),
    "a free text's date and time on two lines": (
        "date: 2026-12-06\nat: 18h\ntext: |\n  Un\n",
        [
            "1:1: 'date:' is not a key of a free text. Write date and time together, in place of both lines: at: 2026-12-06 18:00 [unknown-key]",
        ],
    ),
    "a free text's date alone": (
        "jour: 2026-12-06\ntext: |\n  Un\n",
        [
            "1:1: 'jour:' is not a key of a free text. Write it with the time at which to post the text: at: 2026-12-06 18:00 [unknown-key]",
        ],
    ),
    "a free text's date twice": (
        "date: 2026-12-06\nat: 2026-12-06 18:00\ntext: |\n  Un\n",
        [
            "1:1: 'date:' is not a key of a free text. Remove it: 'at:' has the date. [unknown-key]",
        ],
    ),
    "a slip of a key that stands above": (
        "date: 2026-12-01\nitems: |\n  Un\n  Deux\niteme: x\n",
        [
            "5:1: 'iteme' is not a key that stands here. Remove it, or join it with 'items' on line 2. [unknown-key]",
        ],
    ),
    "another word for a key that stands above": (
        "items:\n  - text: Un\n    link: https://a.fr/x\n    url: https://a.fr/x\n",
        [
            "4:5: 'url' is not a key that stands here. Remove it, or join it with 'link' on line 3. [unknown-key]",
        ],
    ),
    "keys that resemble others and are none": (
        "items: |\n  Un\n  Deux\nauteur: Camille\ndat: voir plus bas\nalt: une photo\n",
        [
            "4:1: 'auteur' is not a key that stands here. Known keys are: at, intro, items, outro, replay, date, series, clean, draft. [unknown-key]",
            "5:1: 'dat' is not a key that stands here. Known keys are: at, intro, items, outro, replay, date, series, clean, draft. [unknown-key]",
            "6:1: 'alt' has no place here. 'alt' stands under 'items'; here stand: at, intro, items, outro, replay, date, series, clean, draft. [unknown-key]",
        ],
    ),
    "a title": (
        "title: Le FlashTweet\nitems: |\n  Un\n  Deux\n",
        [
            "1:1: 'title' is not a key that stands here. Remove it; only the intro, the items and the outro are posted. [unknown-key]",
        ],
    ),
    "a hashtag that leaves an intro blank": (
        "intro: #FlashTweet du mardi\nitems: |\n  Un\n  Deux\n",
        [
            '1:8: \'#FlashTweet\' and what follows it on this line read as a comment and would be lost. For a comment, put a space after "#". Else write: intro: "#FlashTweet du mardi" [lost-hashtag]',
        ],
    ),
    "a fence around the file": (
        "```yaml\ndate: 2026-12-01\nitems: |\n  Un\n  Deux\n```\n",
        [
            "1:1: '```yaml' is no part of the file, but of the page that it was copied from. Delete line 1 and line 6. [stray-line]",
        ],
    ),
    "a fence above the file": (
        "~~~\ndate: 2026-12-01\nitems:\n  - Un\n",
        [
            "1:1: '~~~' is no part of the file, but of the page that it was copied from. Delete line 1. [stray-line]",
        ],
    ),
    "an outro without its key": (
        "items: |\n  Un\n  Deux\nÀ demain !\n",
        [
            "4:1: this line is not indented, so it is no part of the text above it. Indent it by 2 spaces; or, to end the thread with it, write: outro: À demain ! [stray-line]",
        ],
    ),
    "an outro without its key below a list": (
        "items:\n  - Un\n  - Deux\nRendez-vous demain !\n",
        [
            "4:1: this line is neither a key with its value nor part of the text above it. Put '- ' and 2 spaces before it; or, to end the thread with it, write: outro: Rendez-vous demain ! [stray-line]",
        ],
    ),
    "an item that is not indented at the end": (
        "items: |\n  Un\n  Deux\nBonne nouvelle pour Lens\n",
        [
            "4:1: this line is not indented, so it is no part of the text above it. Write, after 2 spaces: Bonne nouvelle pour Lens [stray-line]",
        ],
    ),
    "another bullet in a list": (
        "items:\n  - Le parc\n  – La halle\n  • La tour\n",
        [
            "3:3: this line is neither a key with its value nor part of the text above it. Write, after 2 spaces: - La halle [stray-line]",
            "4:3: this line is neither a key with its value nor part of the text above it. Write, after 2 spaces: - La tour [stray-line]",
        ],
    ),
    "a link of Markdown as an address": (
        "items:\n  - text: Le parc\n    link: [ici](https://a.fr/x)\n  - text: La tour\n    link: Deux\n",
        [
            "3:11: a link of Markdown stands where an address is expected. Write, after 4 spaces: link: https://a.fr/x [special-start]",
            "5:5: link: 'Deux' is not a link. Write the whole address, https:// included, and nothing else. [wrong-value]",
        ],
    ),
    "links of Markdown as addresses that YAML reads": (
        'items:\n  - text: Le parc\n    link: <https://a.fr/x>\n  - text: La tour\n    link: "[ici](https://a.fr/y)"\n',
        [
            "3:5: link: a link of Markdown stands where an address is expected. Write, after 4 spaces: link: https://a.fr/x [wrong-value]",
            '5:5: link: a link of Markdown stands where an address is expected. Write, after 4 spaces: link: "https://a.fr/y" [wrong-value]',
        ],
    ),
    "a date with hyphens of typography, and a time with a dot": (
        "date: 2026\u201112\u201101\nat: 7.45\nitems: |\n  Un\n  Deux\n",
        [
            "1:1: date: '2026\u201112\u201101' is not a date. Its hyphens are other characters; write 2026-12-01 [wrong-value]",
            "2:1: at: '7.45' is not a time of day. Write hours and minutes: 07:45 [wrong-value]",
        ],
    ),
    "a date and a time of a free text that are nearly right": (
        "at: 2026-12-6 7h45min\ntext: |\n  Un\n",
        [
            "1:1: at: '2026-12-6 7h45min' is not a date with a time. Write both: 2026-12-06 07:45 [wrong-value]",
        ],
    ),
    "an unclosed quote above a glued key": (
        'items:\n  - text: "Deuxième\n    link:https://a.fr/x\n  - Trois\n',
        [
            '2:11: this quote is not closed. Write, after 2 spaces: - text: "Deuxième" [unclosed-quote]',
            "3:5: 'link:' is not read as a key: no ordinary space follows the colon. Write, after 4 spaces: link: https://a.fr/x [glued-colon]",
        ],
    ),
    "a glued key below an entry without a key": (
        "items:\n  - Deuxième\n    link:https://a.fr/x\n",
        [
            "2:5: 'link:' follows on line 3, so the text needs a key as well. Write, after 2 spaces: - text: Deuxième [colon-mapping]",
            "3:5: 'link:' is not read as a key: no ordinary space follows the colon. Write, after 4 spaces: link: https://a.fr/x [glued-colon]",
        ],
    ),
    "a space before the first key": (
        " date: 2026-12-01\nitems: |\n  Un\n",
        [
            "1:2: this line is indented by 1 space, the keys beside it by none. Write it at the very left: date: 2026-12-01 [indentation]",
        ],
    ),
    "a space before the second key": (
        "date: 2026-12-01\n items: |\n  Un\n",
        [
            "2:2: this line is indented by 1 space, the keys beside it by none. Write it at the very left: items: | [indentation]",
        ],
    ),
    "a space before a key after a block": (
        "date: 2026-12-01\nitems: |\n  Un\n outro: Fin\n",
        [
            "4:2: this line is indented by 1 space, the keys beside it by none. Write it at the very left: outro: Fin [indentation]",
        ],
    ),
    "a space before a key after a list": (
        "date: 2026-12-01\nitems:\n  - Un\n outro: Fin\n",
        [
            "4:2: this line is indented by 1 space, the keys beside it by none. Write it at the very left: outro: Fin [indentation]",
        ],
    ),
    "a space before a key after a text": (
        "date: 2026-12-01\nintro: Bonjour\n outro: Fin\nitems: |\n  Un\n",
        [
            "3:2: this line is indented by 1 space, the keys beside it by none. Write it at the very left: outro: Fin [indentation]",
        ],
    ),
    "no space after the colon of the first key": (
        "date:2026-12-01\nitems: |\n  Un\n",
        [
            "1:1: 'date:' is not read as a key: no ordinary space follows the colon. Write: date: 2026-12-01 [glued-colon]",
        ],
    ),
    "no space before a bar": (
        "date: 2026-12-01\nitems:|\n  Un\n",
        [
            "2:1: 'items:' is not read as a key: no ordinary space follows the colon. Write: items: | [glued-colon]",
        ],
    ),
    "a quote that is not closed": (
        'date: 2026-12-01\nintro: "Bonjour\nitems: |\n  Un\n',
        [
            '2:8: this quote is not closed. Write: intro: "Bonjour" [unclosed-quote]',
        ],
    ),
    "a quote that another one further down closes": (
        'date: 2026-12-01\nintro: "Bonjour\nitems: |\n  Un "mot" ici\n',
        [
            '2:8: this quote is not closed. Write: intro: "Bonjour" [unclosed-quote]',
        ],
    ),
    "a quote that swallows a key": (
        'date: 2026-12-01\nintro: "Bonjour\noutro: Fin"\nitems: |\n  Un\n',
        [
            '2:8: this quote is not closed. Write: intro: "Bonjour" [unclosed-quote]',
        ],
    ),
    "a quote that the next entry closes": (
        'date: 2026-12-01\nitems:\n  - "a\n  - "b"\n',
        [
            '3:5: this quote is not closed. Write, after 2 spaces: - "a" [unclosed-quote]',
        ],
    ),
    "quotes around the first words": (
        'date: 2026-12-01\nitems:\n  - "Pas d\'une loi", prévient la CNIL\n',
        [
            '3:19: these quotes close after "Pas d\'une loi", and text follows. Write, after 2 spaces: - "\\"Pas d\'une loi\\", prévient la CNIL" [inner-quote]',
        ],
    ),
    "an apostrophe in single quotes": (
        "date: 2026-12-01\nintro: 'L'État'\nitems: |\n  Un\n",
        [
            "2:10: these quotes close after 'L', and text follows. Write: intro: \"L'État\" [inner-quote]",
        ],
    ),
    "an apostrophe in single quotes in a list": (
        "date: 2026-12-01\nitems:\n  - 'L'État'\n  - b\n",
        [
            "3:7: these quotes close after 'L', and text follows. Write, after 2 spaces: - \"L'État\" [inner-quote]",
        ],
    ),
    "a backslash": (
        'date: 2026-12-01\nitems:\n  - "C:\\D"\n',
        [
            '3:8: a backslash has a meaning of its own in double quotes. Write, after 2 spaces: - "C:\\\\D" [backslash]',
        ],
    ),
    "quotes of typography": (
        "date: 2026-12-01\nintro: “Bonjour #FlashTweet”\nitems: |\n  Un\n",
        [
            '2:17: \'#FlashTweet”\' and what follows it on this line read as a comment and would be lost. The quotes “ ” are letters to YAML. For a comment, put a space after "#". Else write: intro: "Bonjour #FlashTweet" [lost-hashtag]',
        ],
    ),
    "quotes of typography in a list": (
        "date: 2026-12-01\nitems:\n  - “Bonjour #FlashTweet”\n",
        [
            '3:14: \'#FlashTweet”\' and what follows it on this line read as a comment and would be lost. The quotes “ ” are letters to YAML. For a comment, put a space after "#". Else write, after 2 spaces: - "Bonjour #FlashTweet" [lost-hashtag]',
        ],
    ),
    "keys of an item in other words": (
        "date: 2026-12-01\nitems:\n  - texte: a\n    url: https://a.fr/x\n    source: https://b.fr/x\n    photo: c\n",
        [
            "3:5: 'texte' is not a key that stands here. Did you mean 'text'? Write, after 2 spaces: - text: a [unknown-key]",
            "4:5: 'url' is not a key that stands here. Did you mean 'link'? Write, after 4 spaces: link: https://a.fr/x [unknown-key]",
            "5:5: 'source' is not a key that stands here. Did you mean 'link'? Write, after 4 spaces: link: https://b.fr/x [unknown-key]",
            "6:5: 'photo' is not a key that stands here. Did you mean 'image'? Write, after 4 spaces: image: c [unknown-key]",
            "6:5: images are not published yet; the text is posted without them. Remove the image, or publish this item by hand. [no-images-yet]",
        ],
    ),
    "keys of a file in other words": (
        "jour: 2026-12-01\ntop 10: |\n  Un\nissue: 5\n",
        [
            "1:1: 'jour' is not a key that stands here. Did you mean 'date'? Write: date: 2026-12-01 [unknown-key]",
            "2:1: 'top 10' is not a key that stands here. Did you mean 'top10'? Write: top10: | [unknown-key]",
            "2:1: a Top 10 has 10 items, this one 1. Check that none is missing, and that none became two. [not-ten]",
        ],
    ),
    "keys of an item beside the items": (
        "date: 2026-12-01\nitems: |\n  Un\nurl: https://a.fr\nphoto: a\n",
        [
            "4:1: 'url' has no place here. 'link' stands under 'items'; here stand: at, intro, items, outro, replay, date, series, clean, draft. [unknown-key]",
            "5:1: 'photo' has no place here. 'image' stands under 'items'; here stand: at, intro, items, outro, replay, date, series, clean, draft. [unknown-key]",
        ],
    ),
    "a dash that is too deep": (
        "date: 2026-12-01\nitems:\n  - a\n   - b\n",
        [
            "4:4: this line is indented by 3 spaces, the dashes beside it by 2. Align it with the line above, after 2 spaces: - b [indentation]",
        ],
    ),
    "a first dash that is too deep": (
        "date: 2026-12-01\nitems:\n   - a\n  - b\n  - c\n",
        [
            "3:4: this line is indented by 3 spaces, the dashes beside it by 2. Align it with the line below, after 2 spaces: - a [indentation]",
        ],
    ),
    "a dash too far left": (
        "date: 2026-12-01\nitems:\n  - a\n - b\n  - c\n",
        [
            "4:2: this line is indented by 1 space, the dashes beside it by 2. Align it with the line above, after 2 spaces: - b [indentation]",
        ],
    ),
    "tabs that indent a block": (
        "date: 2026-12-01\nitems: |\n\tUn\n\tDeux\n",
        [
            "3:1: a tab indents this line; YAML wants spaces. Indent lines 3 to 4 alike, after 2 spaces: Un [tab]",
        ],
    ),
    "a tab in a block": (
        "date: 2026-12-01\nitems: |\n  Un\n\tDeux\n",
        [
            "4:1: a tab indents this line; YAML wants spaces. Write, after 2 spaces: Deux [tab]",
        ],
    ),
    "a tab before a key": (
        "date: 2026-12-01\nitems:\n  - text: a\n\tlink: https://a.fr/x\n",
        [
            "4:1: a tab indents this line; YAML wants spaces. Write, after 4 spaces: link: https://a.fr/x [tab]",
        ],
    ),
    "a tab after a dash": (
        "date: 2026-12-01\nitems:\n  -\ttext: a\n    link: https://a.fr/x\n",
        [
            "3:4: a tab follows the dash; YAML wants a space. Write, after 2 spaces: - text: a [tab]",
        ],
    ),
    "a colon in an intro": (
        "date: 2026-12-01\nintro: Bonjour : le jour\nitems: |\n  Un\n",
        [
            '2:16: the colon in this text reads as a new key. Write: intro: "Bonjour : le jour" [colon-mapping]',
        ],
    ),
    "a colon in an entry": (
        "date: 2026-12-01\nitems:\n  - Réseaux : Jack\n  - Deux\n",
        [
            '3:5: items.1: a colon or a brace made keys and values of this text. Write, after 2 spaces: - "Réseaux : Jack" [colon-mapping]',
        ],
    ),
    "two colons in an entry": (
        "date: 2026-12-01\nitems:\n  - Réseaux : Jack : deux\n  - Deux\n",
        [
            '3:13: the colon in this text reads as a new key. Write, after 2 spaces: - "Réseaux : Jack : deux" [colon-mapping]',
        ],
    ),
    "many slips in one file": (
        "date: 2026-12-01\nintro: \"Bonjour\nitems:\n  - @jack\n  - 'L'État'\n  - a : b : c\n  - text: a\n     link: b\n",
        [
            '2:8: this quote is not closed. Write: intro: "Bonjour" [unclosed-quote]',
            '4:5: a text that begins with @ has a meaning of its own in YAML. Write, after 2 spaces: - "@jack" [special-start]',
            "5:7: these quotes close after 'L', and text follows. Write, after 2 spaces: - \"L'État\" [inner-quote]",
            '6:7: the colon in this text reads as a new key. Write, after 2 spaces: - "a : b : c" [colon-mapping]',
            "8:5: link: 'b' is not a link. Write the whole address, https:// included, and nothing else. [wrong-value]",
            "8:6: this line is indented by 5 spaces, the keys beside it by 4. Align it with the line above, after 4 spaces: link: b [indentation]",
        ],
    ),
    "a block that is not indented": (
        "date: 2026-12-01\nitems: |\nUn\nDeux\n",
        [
            "3:1: this line is not indented, so it is no part of the text above it. Indent lines 3 to 4 alike, after 2 spaces: Un [stray-line]",
        ],
    ),
    "a line of a block that is not indented": (
        "date: 2026-12-01\nitems: |\n  Un\nDeux\noutro: Fin\n",
        [
            "4:1: this line is not indented, so it is no part of the text above it. Write, after 2 spaces: Deux [stray-line]",
        ],
    ),
    "a key without its colon": (
        "date: 2026-12-01\nitems\n  - Un\n  - Deux\n",
        [
            "2:1: the colon is missing after 'items'. Write: items: [missing-colon]",
        ],
    ),
    "an equals sign for a colon": (
        "date: 2026-12-01\nitems = |\n  Un\n",
        [
            "2:1: the colon is missing after 'items'. Write: items: | [missing-colon]",
        ],
    ),
    "keys of an item without a dash": (
        "date: 2026-12-01\nitems:\n  text: Un\n",
        [
            "3:3: items: the dash of a list is missing before this key. Write, after 2 spaces: - text: Un [wrong-type]",
        ],
    ),
    "signs of YAML before texts": (
        "date: 2026-12-01\nitems:\n  - & Co\n  - *gras* texte\n  - !Attention\n  - %tva\n  - > citation\n  - @jack\n  - [photo] Deux\n  - {date} x\n",
        [
            '3:5: a text that begins with & has a meaning of its own in YAML. Write, after 2 spaces: - "& Co" [special-start]',
            '4:5: a text that begins with * has a meaning of its own in YAML. Write, after 2 spaces: - "*gras* texte" [special-start]',
            '5:5: a text that begins with ! has a meaning of its own in YAML. Write, after 2 spaces: - "!Attention" [special-start]',
            '6:5: a text that begins with % has a meaning of its own in YAML. Write, after 2 spaces: - "%tva" [special-start]',
            '7:5: a text that begins with > has a meaning of its own in YAML. Write, after 2 spaces: - "> citation" [special-start]',
            '8:5: a text that begins with @ has a meaning of its own in YAML. Write, after 2 spaces: - "@jack" [special-start]',
            '9:5: a text that begins with [ has a meaning of its own in YAML. Write, after 2 spaces: - "[photo] Deux" [special-start]',
            '10:5: a text that begins with { has a meaning of its own in YAML. Write, after 2 spaces: - "{date} x" [special-start]',
        ],
    ),
    "a link under a text without a key": (
        'date: 2026-12-01\nitems:\n  - Un autre\n    url: https://a.fr/y\n  - "Reset" social\n    link: https://a.fr/x\n',
        [
            "3:5: 'url:' follows on line 4, so the text needs a key as well. Write, after 2 spaces: - text: Un autre [colon-mapping]",
            "4:5: 'url' is not a key that stands here. Did you mean 'link'? Write, after 4 spaces: link: https://a.fr/y [unknown-key]",
            '5:5: \'link:\' follows on line 6, so the text needs a key as well. Write, after 2 spaces: - text: "\\"Reset\\" social" [colon-mapping]',
        ],
    ),
    "a numbered block that is not indented": (
        "date: 2026-12-01\nitems: |\n1. Un\n2. Deux : oui\n\n3. Trois\noutro: Fin\n",
        [
            "3:1: this line is not indented, so it is no part of the text above it. Indent lines 3 to 6 alike, after 2 spaces: 1. Un [stray-line]",
        ],
    ),
    "a heading at the left in a block": (
        "date: 2026-12-01\nitems: |\n  Un\n\nRéseaux : Jack Dorsey\n  Trois\noutro: Fin\n",
        [
            "5:1: this line is not indented, so it is no part of the text above it. Write, after 2 spaces: Réseaux : Jack Dorsey [stray-line]",
        ],
    ),
    "a quote that is not closed under a key": (
        'date: 2026-12-01\nitems: |\n  Un\nreplay:\n  intro: "🔁 …\n  outro: Fin\n',
        [
            '5:10: this quote is not closed. Write, after 2 spaces: intro: "🔁 …" [unclosed-quote]',
        ],
    ),
    "quotes in quotes": (
        'date: 2026-12-01\nintro: "Bonjour "le monde""\nitems: |\n  Un\n',
        [
            '2:17: these quotes close after "Bonjour ", and text follows. Write: intro: "Bonjour \\"le monde\\"" [inner-quote]',
        ],
    ),
    "an alias and an anchor": (
        "date: 2026-12-01\nintro: *Bonjour\nitems:\n  - &a b\n  - @jack\n",
        [
            '2:8: a text that begins with * has a meaning of its own in YAML. Write: intro: "*Bonjour" [special-start]',
            '4:5: a text that begins with & has a meaning of its own in YAML. Write, after 2 spaces: - "&a b" [special-start]',
            '5:5: a text that begins with @ has a meaning of its own in YAML. Write, after 2 spaces: - "@jack" [special-start]',
        ],
    ),
    "a text after a bar": (
        "date: 2026-12-01\nitems: | Un\n  Deux\n",
        [
            "2:8: text follows '|' on its line. Begin the text on the next line, indented by 2 spaces. [yaml-syntax]",
        ],
    ),
    "a forgotten bar of a free text": (
        "at: 2026-12-01 18:00\ntext:\n  Un texte : avec deux points.\n  Et une suite.\n",
        [
            "2:1: '|' is missing after 'text:'; without it the lines below are no text. Write: text: | [lost-line-breaks]",
        ],
    ),
    "a colon in a text of two lines": (
        "date: 2026-12-01\nintro: Bonjour : le jour\n  suite du texte\nitems: |\n  Un\n",
        [
            '2:16: the colon in this text reads as a new key. Put the whole text in double quotes ("…"), or on lines of its own after "|". [colon-mapping]',
        ],
    ),
    "a second document": (
        "---\ndate: 2026-12-01\nitems: |\n  Un\n---\nitems: |\n  Deux\n",
        [
            "5:1: a second document begins here. Remove the line '---', or make a file of it. [yaml-syntax]",
            "6:1: 'items' was already given on line 3; one of the two would be lost. Keep one, or join their texts. [duplicate-key]",
        ],
    ),
    "errors of YAML, of keys and of values": (
        "date: demain\nitem:\n  - texte: Un\n    lien: example.com\n  -\n  - @jack\n  - text: Deux\n    rubrik: hot\n",
        [
            "1:1: date: 'demain' is not a date. Write it as year-month-day: YYYY-MM-DD [wrong-value]",
            "2:1: 'item' is not a key that stands here. Did you mean 'items'? Write: items: [unknown-key]",
            "3:5: 'texte' is not a key that stands here. Did you mean 'text'? Write, after 2 spaces: - text: Un [unknown-key]",
            "4:5: 'lien' is not a key that stands here. Did you mean 'link'? Write, after 4 spaces: link: example.com [unknown-key]",
            "4:5: link: 'example.com' is not a link. Write the whole address, https:// included, and nothing else. [wrong-value]",
            "5:4: items.2: there is nothing to post. Write a text, or remove it. [empty]",
            '6:5: a text that begins with @ has a meaning of its own in YAML. Write, after 2 spaces: - "@jack" [special-start]',
            "8:5: 'rubrik' is not a key that stands here. Did you mean 'rubric'? Write, after 4 spaces: rubric: hot [unknown-key]",
        ],
    ),
    "errors at all depths": (
        "issue: n°5\ntop 10:\n  - Un\narticle: bientot\ndays:\n  lundi:\n    items: |\n      Un\n  2026-11-30:\n    item: |\n\n    at: 7\n",
        [
            "1:1: issue: 'n°5' is not a whole number. Write digits only: 53 [wrong-value]",
            "2:1: 'top 10' is not a key that stands here. Did you mean 'top10'? Write: top10: [unknown-key]",
            "2:1: a Top 10 has 10 items, this one 1. Check that none is missing, and that none became two. [not-ten]",
            "4:1: article: 'bientot' is not a link. Write the whole address, https:// included, and nothing else. [wrong-value]",
            "6:3: days.lundi: 'lundi' is not a date. Write it as year-month-day: YYYY-MM-DD [wrong-value]",
            "10:5: days.2026-11-30.items: there is nothing to post. Write a text, or remove it. [empty]",
            "10:5: 'item' is not a key that stands here. Did you mean 'items'? Write, after 4 spaces: items: | [unknown-key]",
            "12:5: days.2026-11-30.at: '7' is not a time of day. Write hours and minutes: 07:30 [wrong-value]",
        ],
    ),
    "a quote of typography that closes one of YAML": (
        'date: 2026-12-01\nintro: "Bonjour à tous”\nitems: |\n  Un\n',
        [
            '2:8: this quote is not closed. Write: intro: "Bonjour à tous" [unclosed-quote]',
        ],
    ),
    "single quotes that do not match": (
        "date: 2026-12-01\nintro: 'L’hiver à tous’\nitems: |\n  Un\n",
        [
            '2:8: this quote is not closed. Write: intro: "L’hiver à tous" [unclosed-quote]',
        ],
    ),
    "a quote that is not opened": (
        'date: 2026-12-01\nitems:\n  - Réseaux sociaux : Jack Dorsey"\n  - Deux\n',
        [
            '3:5: items.1: a colon or a brace made keys and values of this text. Write, after 2 spaces: - "Réseaux sociaux : Jack Dorsey" [colon-mapping]',
        ],
    ),
    "inches at the end": (
        'date: 2026-12-01\nitems:\n  - Écran : 15"\n  - Deux\n',
        [
            '3:5: items.1: a colon or a brace made keys and values of this text. Write, after 2 spaces: - "Écran : 15\\"" [colon-mapping]',
        ],
    ),
    "a file that is cut off in quotes": (
        'date: 2026-12-01\nitems: |\n  Un\noutro: "À dem',
        [
            '4:8: this quote is not closed, and the file does not end in a line break: it may be cut off. Look whether the text is whole. Write: outro: "À dem" [unclosed-quote]',
        ],
    ),
    "quotes of typography, a colon and a hashtag": (
        "date: 2026-12-01\nitems:\n  - ‘La Poste : #300’\n  - Deux\n",
        [
            '3:17: \'#300’\' and what follows it on this line read as a comment and would be lost. The quotes ‘ ’ are letters to YAML. For a comment, put a space after "#". Else write, after 2 spaces: - "La Poste : #300" [lost-hashtag]',
        ],
    ),
    "quotes of typography around a colon": (
        "date: 2026-12-01\nitems:\n  - “Réseaux : Jack Dorsey”\n  - Deux\n",
        [
            '3:5: items.1: a colon or a brace made keys and values of this text. Write, after 2 spaces: - "Réseaux : Jack Dorsey" [colon-mapping]',
        ],
    ),
    "quotes of typography around an address": (
        "date: 2026-12-01\nitems:\n  - text: Un\n    link: “https://example.com/b”\n",
        [
            "4:5: link: the quotes around the address are letters to YAML. Write, after 4 spaces: link: https://example.com/b [wrong-value]",
        ],
    ),
    "a bar without a colon, and no other key": (
        "items |\n  Vinted\n  Cloud : l'État\n",
        [
            "1:1: the colon is missing after 'items'. Write: items: | [missing-colon]",
        ],
    ),
}


def found(text: str) -> list[str]:
    findings = sorted(parse(PATH, text.encode()).findings)
    return [f"{one.line}:{one.column}: {one.message} {one.remedy} [{one.code}]" for one in findings]


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_named_where_it_is(name: str):
    text, expected = SLIPS[name]
    assert found(text) == expected
    assert parse(PATH, text.encode()).issue is None


@pytest.mark.parametrize(
    "text",
    [
        "items:\n  - Un texte long\n    sur deux lignes\n  - Un autre\n",
        'items:\n  - "Un texte : long\n    sur deux lignes"\n  - Un autre\n',
        "items:\n  - text: Un texte long\n      sur deux lignes\n    link: https://a.fr/x\n",
        'items:\n  - "Dialogue :\n    - Oui.\n    - Non."\n  - Un autre\n',
        'items:\n  - "Un texte.\n    source: AFP"\n  - Un autre\n',
        "items:\n  - 'L''État\n    dévoile'\n  - Un autre\n",
        "items: [Un,\n  Deux]\n",
        'items:\n  - "Un\n\n    Deux \\"trois\\""\n',
        "items:\n- Un texte long\n  sur deux lignes\n- Un autre\noutro: Fin\n",
    ],
)
def test_texts_of_several_lines_are_no_slips(text: str):
    assert found(text) == []


def test_the_kinds_of_slips():
    findings = (one for text, _ in SLIPS.values() for one in parse(PATH, text.encode()).findings)
    assert {one.code for one in findings if one.severity is Severity.ERROR} == {
        "backslash",
        "colon-mapping",
        "duplicate-key",
        "empty",
        "glued-colon",
        "indentation",
        "inner-quote",
        "lost-hashtag",
        "lost-line-breaks",
        "missing-colon",
        "special-start",
        "stray-line",
        "tab",
        "unclosed-quote",
        "unknown-key",
        "wrong-type",
        "wrong-value",
        "yaml-syntax",
    }


def corrected(text: str, finding: Finding) -> str | None:
    """Return `text` with the line in place that the remedy of `finding` ends in; None where there is none."""
    match = re.search(r"(?:, after (\d+) spaces?|[Ww]rite|at the very left): (.*)$", finding.remedy)
    if match is None or "Indent lines" in finding.remedy or "Else write it" in finding.remedy:
        return None
    lines = text.split("\n")
    lines[finding.line - 1] = " " * int(match[1] or 0) + match[2]
    return "\n".join(lines)


@pytest.mark.parametrize("name", SLIPS)
def test_the_remedy_is_the_line_to_write(name: str):
    """With the corrected line in its place, the finding is gone, and there is no other error.

    Warnings on how a block was read come when it can be.
    """
    text, _ = SLIPS[name]
    findings = parse(PATH, text.encode()).findings
    before = {(one.code, one.line) for one in findings}
    for one in findings:
        if mended := corrected(text, one):
            left = parse(PATH, mended.encode()).findings
            after = {(other.code, other.line) for other in left}
            errors = {(other.code, other.line) for other in left if other.severity is Severity.ERROR}
            assert (one.code, one.line) not in after, mended
            assert errors <= before, mended


FILES: dict[str, list[str]] = {
    "a block": [
        "date: 2026-12-01",
        "intro: Bonjour à tous",
        "items: |",
        "  Un musée ouvre",
        "  Cloud : l'État investit",
        "  Une banque, deux écoles",
        "outro: Fin",
    ],
    "a deeper block": [
        "date: 2026-12-01",
        "items: |",
        "    Un musée ouvre",
        "    Une banque : oui",
        "outro: Fin",
    ],
    "a block at first": ["items: |", "  Un musée ouvre", "  Une école", "date: 2026-12-01"],
    "a numbered block": [
        "date: 2026-12-01",
        "items: |",
        "  1. Un musée ouvre",
        "  2. Une banque : oui",
        "",
        "  3. Une école",
        "replay:",
        "  at: 20:00",
        "  intro: Encore",
    ],
    "a list": [
        "date: 2026-12-01",
        'intro: "Bonjour : à tous"',
        "items:",
        '  - "Un : musée"',
        "  - Une banque",
        '  - "Une #école"',
        "outro: Fin",
    ],
    "a list at the left": ["date: 2026-12-01", "items:", '- "Un : musée"', "- Une banque", "outro: Fin"],
    "items with keys": [
        "date: 2026-12-01",
        "items:",
        "  - text: Un musée ouvre",
        "    link: https://a.fr/x",
        "    rubric: hot",
        '  - text: "Une : banque"',
        "    link: https://a.fr/y",
        "outro: 'Fin'",
    ],
    "items of all kinds": [
        "items:",
        "  - Un musée ouvre",
        '  - text: "Une : banque"',
        "    link: https://a.fr/y",
        "  - |",
        "    Un bloc",
        "    de deux lignes",
        "  - Fin",
        "date: 2026-12-01",
    ],
    "a weekly issue": [
        "issue: 53",
        "date: 2026-12-01",
        "top10: |",
        "  1. Un",
        "  2. Deux",
        "days:",
        "  2026-12-03:",
        "    items: |",
        "      Un",
        "      Deux",
        "    outro: Fin",
    ],
    "a free text": ["at: 2026-12-01 18:00", "text: |", "  Un texte libre.", "", "  Deux paragraphes : oui."],
}

PARSERS_WORDS = re.compile(
    r"did not find|could not find|mapping values|while (?:scanning|parsing)|allowed|token|scalar|indicator|\bblock (?:mapping|sequence)"
)


def slips(line: str) -> Iterator[str]:
    """What `line` becomes by one slip of the keyboard."""
    body = line.lstrip()
    indent = len(line) - len(body)
    if line.endswith("|"):
        yield line[:-1].rstrip()
    if body:
        yield f" {line}"
    if indent:
        yield line[1:]
        yield "\t" * (indent // 2) + body
    if re.search(r"(?:: |- )([\"']).*\1$", line):
        yield line[:-1]
    if match := re.match(r"(\s*(?:- )?[a-z0-9]+:|\s*-) (.+)", line):
        yield f"{match[1]}{match[2]}"
        yield f"{match[1]}\u00a0{match[2]}"


CASES = [
    (name, number, slip)
    for name, lines in FILES.items()
    for number, line in enumerate(lines, 1)
    for slip in slips(line)
]


def meaning(parsed: ParsedFile) -> object:
    """What would be published; white space may differ."""
    if parsed.issue is None:
        return None
    return [
        (
            chapter.series,
            chapter.date,
            chapter.at,
            [(item.text.split(), item.rubric) for item in chapter.items],
            (chapter.text or "").split(),
            (chapter.wording.intro or "").split(),
            (chapter.wording.outro or "").split(),
            chapter.replay.at,
            (chapter.replay.wording.intro or "").split(),
        )
        for chapter in parsed.issue.chapters
    ]


@pytest.mark.parametrize(("name", "number", "slip"), CASES)
def test_a_slip_changes_nothing_or_is_found_on_its_line(name: str, number: int, slip: str):
    """Or on the line before."""
    lines = FILES[name]
    parsed = parse(PATH, "\n".join([*lines[: number - 1], slip, *lines[number:], ""]).encode())
    before = parse(PATH, "\n".join([*lines, ""]).encode())
    errors = [one for one in parsed.findings if one.code != "not-ten"]
    assert before.issue is not None
    assert meaning(parsed) == meaning(before) or errors
    assert {one.line for one in errors} <= {number, number - 1}
    assert not any(PARSERS_WORDS.search(f"{one.message} {one.remedy}") for one in errors)


@st.composite
def with_slips(draw: st.DrawFn) -> str:
    """A file with a few slips."""
    lines = list(draw(st.sampled_from(list(FILES.values()))))
    numbers = draw(st.sets(st.integers(0, len(lines) - 1), min_size=1, max_size=4))
    for number in numbers:
        if made := list(slips(lines[number])):
            lines[number] = draw(st.sampled_from(made))
    return "\n".join([*lines, ""])


@settings(max_examples=300)
@given(with_slips())
def test_many_slips_never_raise_and_speak_no_parsers_words(text: str):
    parsed = parse(PATH, text.encode())
    assert parsed.issue is not None or parsed.findings
    assert not any(PARSERS_WORDS.search(f"{one.message} {one.remedy}") for one in parsed.findings)
