"""YAML with places: text stays what was typed, and each trap is a finding where it stands."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import yamldoc
from bot.adapters.issue_files.schema import FILE_KEYS
from bot.core.marks import Mark
from bot.core.text.invisible import remove_invisible
from bot.errors import MAX_FINDINGS
from bot.yamldoc import reader

QUOTE = 'Put the whole text in double quotes ("…"), or on lines of its own after "|".'
LOST = 'Put the text in double quotes ("…") or after "|"; for a comment, put a space after "#".'
COMMENT = 'For a comment, put a space after "#". Else '
IF_TEXT = '; if it is text, put the whole text in double quotes ("…").'
UNSEEN = "Delete it, and type the text again where it cannot be seen."
TEXT = 'If it is text, put it in double quotes ("…"); else write out what it stands for.'
ANCHOR = "YAML's anchors (&), aliases (*) and tags (!) are not read."
SPACE = "a no-break space stands where YAML wants an ordinary one."


Found = tuple[str, str, int, int, str, str]
"""Code, severity, line, column, message, remedy."""


def special(char: str) -> str:
    return f"a text that begins with {char} has a meaning of its own in YAML."


def control(code: str) -> str:
    return f"the invisible control character {code} stands here."


def found(data: bytes | str) -> list[Found]:
    data = data.encode() if isinstance(data, str) else data
    document = yamldoc.read("a.yaml", data)
    return [(f.code, str(f.severity), f.line, f.column, f.message, f.remedy) for f in document.findings]


def error(code: str, line: int, column: int, message: str, remedy: str) -> list[Found]:
    return [(code, "error", line, column, message, remedy)]


def invisible(line: int, column: int, what: str) -> list[Found]:
    message = f"this holds characters that nobody sees, or that one font alone has: {what}"
    return [
        (
            "invisible-character",
            "warning",
            line,
            column,
            message,
            "Check the preview, and type again what is missing there.",
        )
    ]


def escaped(line: int, column: int, what: str) -> list[Found]:
    message = f"an escape in double quotes makes characters that nobody sees: {what}"
    return [("invisible-character", "warning", line, column, message, "Delete the escape.")]


CASES: dict[str, tuple[bytes | str, list[Found]]] = {
    # --- the file as such
    "too large": (
        b"a" * (yamldoc.MAX_BYTES + 1),
        error(
            "too-large",
            0,
            0,
            "the file has more than 1,048,576 bytes.",
            "Is it the right file? Split it if so.",
        ),
    ),
    "windows-1252": (
        "a: 1\nb: été".encode("cp1252"),
        error(
            "encoding",
            2,
            4,
            "this is not UTF-8 text: byte 0xe9.",
            "Save the file as UTF-8 (in most editors: Save as…, Encoding: UTF-8).",
        ),
    ),
    "utf-16": (
        "a: été".encode("utf-16"),
        error(
            "encoding",
            1,
            1,
            "this is not UTF-8 text: byte 0xff.",
            "Save the file as UTF-8 (in most editors: Save as…, Encoding: UTF-8).",
        ),
    ),
    "cut in the middle of a character": (
        "a: é".encode()[:-1],
        error(
            "encoding",
            1,
            4,
            "the file ends in the middle of a character: it is cut off, or not UTF-8.",
            "Copy the whole file again; if it was whole, save it as UTF-8.",
        ),
    ),
    "too many keys": (
        "\n".join(f"k{n}: v" for n in range(60_000)),
        error(
            "too-large",
            0,
            0,
            "the file has more than 50,000 words and signs of YAML.",
            "Is it the right file? Split it if so.",
        ),
    ),
    # --- characters
    "nul": ("a: b\x00", error("control-character", 1, 5, control("U+0000"), UNSEEN)),
    "escape": ("a: 1\nb: \x1b[31m", error("control-character", 2, 4, control("U+001B"), UNSEEN)),
    "escaped escape": ('a: "\\e[31m"', error("control-character", 1, 4, control("U+001B"), UNSEEN)),
    "escaped key": ('"\\e": 1', error("control-character", 1, 1, control("U+001B"), UNSEEN)),
    "escaped invisible characters": (
        'a: "U\\u200bn\\Lb"\nb: \n- "c\\ufeff"\n"\\u2060k": d\ne: \'\\u200b\'',
        escaped(
            1,
            4,
            "U+200B is left out, U+2028 is read as a line break, U+FEFF is left out, "
            "U+2060 is left out; lines 1, 3, 4.",
        ),
    ),
    "right to left override": ("a: b\u202ec", invisible(1, 5, "U+202E is left out; line 1.")),
    "line separator": ("a: b\u2028c", invisible(1, 5, "U+2028 is read as a space; line 1.")),
    "all of them in one file": (
        "a: |\n  b\u200b\ufffc\x0bc\n  \uf0b7 d\ne: \ufefff\n",
        invisible(
            2,
            4,
            "U+200B is left out, U+FFFC is left out, U+000B is read as a line break, U+F0B7 is read as •, "
            "U+FEFF is left out; lines 2, 3, 4.",
        ),
    ),
    "many kinds on many lines": (
        "a: |\n" + "".join(f"  b{chr(0x2060 + n)}\n" for n in range(7)),
        invisible(
            2,
            4,
            f"{', '.join(f'U+206{n} is left out' for n in range(5))} and 2 more; "
            "lines 2, 3, 4, 5, 6 and 2 more.",
        ),
    ),
    "too many of them": (
        "a: b" + "\u200b" * 10_001,
        error(
            "invisible-character",
            0,
            0,
            "this holds more than 10,000 characters that nobody sees, or that one font alone has.",
            "Is it the right file? Save it as plain text.",
        ),
    ),
    "a line that a blank begins": (
        "a: |\n  b\u2028 c\n",
        invisible(2, 4, "U+2028 is read as a line break; line 2."),
    ),
    "a problem after one": (
        "a: |\n  b\u200b\u2028c\n  d\u200b \ufffd\n",
        [
            *invisible(2, 4, "U+200B is left out, U+2028 is read as a line break; lines 2, 3."),
            (
                "garbled-text",
                "error",
                3,
                6,
                "the mark � stands for a character that was lost.",
                "Type the character again, and save the file as UTF-8.",
            ),
        ],
    ),
    "next line": ("a: b\u0085c", error("control-character", 1, 5, control("U+0085"), UNSEEN)),
    "mark in the middle": ("a: b\ufeffc", invisible(1, 5, "U+FEFF is left out; line 1.")),
    "lost character": (
        "a: L'\ufffdtat",
        error(
            "garbled-text",
            1,
            6,
            "the mark � stands for a character that was lost.",
            "Type the character again, and save the file as UTF-8.",
        ),
    ),
    "mojibake": (
        "a: dÃ©voile",
        [
            (
                "garbled-text",
                "warning",
                1,
                5,
                "'Ã©' looks like a character in a wrong encoding; it is posted as written.",
                "Type what is meant.",
            )
        ],
    ),
    "html": (
        "a: AT&amp;T",
        [
            (
                "garbled-text",
                "warning",
                1,
                6,
                "'&amp;' looks like a character in a wrong encoding; it is posted as written.",
                "Type what is meant.",
            )
        ],
    ),
    # --- spaces
    "tab": (
        "a:\n\t- b",
        error(
            "tab",
            2,
            1,
            "a tab stands where YAML wants spaces.",
            "Indent with spaces: two of them are enough.",
        ),
    ),
    "no-break space after a colon": (
        "a: 1\nb:\u00a02",
        error("no-break-space", 2, 3, SPACE, "Delete it and type a space."),
    ),
    "no-break space before and after a colon": (
        "a: 1\nb\u00a0:\u00a02",
        error("no-break-space", 2, 4, SPACE, "Delete it and type a space."),
    ),
    "no-break space in an entry": (
        "a:\n  - text:\u00a0b",
        error(
            "glued-colon",
            2,
            5,
            "'text:' is not read as a key: no ordinary space follows the colon.",
            "Write, after 2 spaces: - text: b" + IF_TEXT,
        ),
    ),
    "no space after a colon": (
        "a:\n  - text: b\n    link:https://a.fr",
        error(
            "glued-colon",
            3,
            5,
            "'link:' is not read as a key: no ordinary space follows the colon.",
            "Write, after 4 spaces: link: https://a.fr" + IF_TEXT,
        ),
    ),
    "no space after dashes": (
        "a:\n  -b\n  -c",
        [
            (
                "glued-dash",
                "error",
                2,
                3,
                "this '-' does not begin an entry of a list: no space follows it.",
                "Write, after 2 spaces: - b" + IF_TEXT,
            ),
            (
                "glued-dash",
                "error",
                3,
                3,
                "this '-' does not begin an entry of a list: no space follows it.",
                "Write, after 2 spaces: - c" + IF_TEXT,
            ),
        ],
    ),
    "no space after one dash": (
        "a:\n  - b\n  -c",
        [
            (
                "glued-dash",
                "error",
                3,
                3,
                "this '-' does not begin an entry of a list: no space follows it.",
                "Write, after 2 spaces: - c" + IF_TEXT,
            ),
        ],
    ),
    # --- what text turns into
    "colon in a text": (
        "a: Réseaux sociaux : Jack",
        error("colon-mapping", 1, 20, "the colon in this text reads as a new key.", QUOTE),
    ),
    "hashtag after text": (
        "a:\n  - Un #MustRead ici",
        error(
            "lost-hashtag",
            2,
            8,
            "'#MustRead' and what follows it on this line read as a comment and would be lost.",
            COMMENT + 'write, after 2 spaces: - "Un #MustRead ici"',
        ),
    ),
    "hashtag at the start of an entry": (
        "a:\n  - #MustRead\n",
        error(
            "lost-hashtag",
            2,
            5,
            "'#MustRead' and what follows it on this line read as a comment and would be lost.",
            COMMENT + 'write, after 2 spaces: - "#MustRead"',
        ),
    ),
    "hashtag at the very left": (
        "#MustRead\na: 1",
        [
            (
                "lost-hashtag",
                "warning",
                1,
                1,
                "'#MustRead' and what follows it on this line read as a comment and would be lost.",
                LOST,
            )
        ],
    ),
    "alias": ("a: *b", error("alias", 1, 4, ANCHOR, TEXT)),
    "anchor": ("a: &b c", error("alias", 1, 4, ANCHOR, TEXT)),
    "tag": ("a: !!python/object:os.system x", error("alias", 1, 4, ANCHOR, TEXT)),
    "mention": ("a:\n  - @jack part", error("special-start", 2, 5, special("@"), QUOTE)),
    "mention after a key": ("a: @jack", error("special-start", 1, 4, special("@"), QUOTE)),
    "percent": ("a:\n  - % de PME", error("special-start", 2, 5, special("%"), QUOTE)),
    "backtick": ("a: `x`", error("special-start", 1, 4, special("`"), QUOTE)),
    "text after brackets": ("a:\n  - [info] Un\n", error("special-start", 2, 5, special("["), QUOTE)),
    "text after braces": ("a:\n  - {date} Un\n", error("special-start", 2, 5, special("{"), QUOTE)),
    "text after quotes": ('a:\n  - "Reset" social\n', error("special-start", 2, 5, special('"'), QUOTE)),
    "an apostrophe in quotes": ("a: 'C'est l'heure'", error("special-start", 1, 4, special("'"), QUOTE)),
    "unterminated quotes": (
        'a: "Bonjour\nb: 2\n',
        error(
            "unclosed-quote",
            1,
            4,
            "this quote is not closed.",
            "Close it at the end of the text; inside, write \\\" in double quotes and '' in single ones.",
        ),
    ),
    # --- keys and structure
    "duplicate key": (
        "a: 1\nb: 2\na: 3",
        error(
            "duplicate-key",
            3,
            1,
            "'a' was already given on line 1; one of the two would be lost.",
            "Keep one, or join their texts.",
        ),
    ),
    "a list as key": (
        "? [a]\n: b",
        error("yaml-syntax", 1, 3, "a list or a mapping cannot be a key.", 'Put the text in quotes ("…").'),
    ),
    "text without indentation": (
        "a: |\nUn\nDeux\n",
        error(
            "stray-line",
            2,
            1,
            "this line is neither a key with its value nor part of the text above it.",
            'Indent it by two spaces under its "|", or write it as KEY: VALUE.',
        ),
    ),
    "two documents": (
        "a: 1\n---\nb: 2",
        error(
            "yaml-syntax",
            2,
            1,
            "a second document begins here.",
            "Remove the line '---', or make a file of it.",
        ),
    ),
    "text after the bar": (
        "a: | Un\n  Deux",
        error(
            "yaml-syntax",
            1,
            4,
            "text follows '|' on its line.",
            "Begin the text on the next line, indented by two spaces.",
        ),
    ),
    "anything else": (
        "a: |\n    Un\n  Deux\n",
        error(
            "yaml-syntax",
            3,
            3,
            "this line does not go with the lines above it.",
            f"Check its quotes, colons and spaces at the left. {QUOTE}",
        ),
    ),
    "deep nesting": (
        "a: " + "[" * 30,
        error(
            "too-deep",
            1,
            23,
            "this is nested deeper than 20 levels.",
            'If it is text, put it in double quotes ("…").',
        ),
    ),
}


def in_a_zip(*names: str) -> bytes:
    """A zip archive of files that are called so."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name in names:
            archive.writestr(
                name, "application/vnd.oasis.opendocument.text" if name == "mimetype" else "x" * 200
            )
    return whole.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (in_a_zip("[Content_Types].xml", "_rels/.rels", "word/document.xml"), "a Word document"),
        (in_a_zip("mimetype", "content.xml"), "a document of LibreOffice Writer"),
        (in_a_zip("Index/Document.iwa"), "a document of Pages"),
        (in_a_zip("[Content_Types].xml", "xl/workbook.xml"), "an Excel sheet"),
        (in_a_zip("a"), "a zip archive"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512), "a document of an old Word or Excel"),
        (b"{\\rtf1\\ansi Bonjour}", "a document in rich text (RTF)"),
        (b"%PDF-1.7\n", "a PDF"),
        (in_a_zip("word/document.xml") + bytes(yamldoc.MAX_BYTES), "a Word document"),
    ],
)
def test_a_document_of_another_program_is_named(data: bytes, kind: str):
    assert found(data) == error(
        "not-a-text",
        0,
        0,
        f"this is {kind}, whatever its name ends in.",
        "Save it as plain text in UTF-8, or copy its words into a file made with a text editor.",
    )


@pytest.mark.parametrize("name", CASES)
def test_every_trap_is_a_finding_in_its_place(name: str):
    data, expected = CASES[name]
    assert found(data) == expected


@pytest.mark.parametrize(
    "text",
    [
        'a: "Un #MustRead : @jack"',
        "a: |\n  #MustRead\n  Réseaux : Jack\n  @jack\n  \ttab\n  - tiret\n  link:https://a.fr\n",
        "a: Un#MustRead C# et F#",
        "a: 1 # une remarque",
        "# une remarque\n#\n##\na: 1",
        "a:\n  - -5 °C demain\n  - https://a.fr\n  - 19h30:maintenant\n",
        "a: « Pas la bonne option »",
        "a: “Reset” social",
        "a: 👩‍👩‍👧 ❤️‍🔥 ☎️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 می\u200cخواهم é",
        "---\na: 1\n...\n",
        "a: R&D, AT&T ; c'est 20 % de <b>",
        "",
    ],
)
def test_what_is_no_trap(text: str):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("at: 7:30", "7:30"),
        ("issue: 053", "053"),
        ("a: non", "non"),
        ("a: no", "no"),
        ("a: 0x1F", "0x1F"),
        ("a: 1_000", "1_000"),
        ("a: 2020-11-06", "2020-11-06"),
        ("a: null", "null"),
        ("a: ~", "~"),
        ("a:", ""),
        ("a: 1e3", "1e3"),
        ("a: .inf", ".inf"),
        ("<<: x", "x"),
        ('a: "\\U0001F469\\u200D\\U0001F680"', "👩\u200d🚀"),
    ],
)
def test_scalars_stay_what_was_typed(text: str, value: str):
    document = yamldoc.read("a.yaml", text.encode())
    assert isinstance(document.value, dict)
    assert (list(document.value.values()), document.findings) == ([value], [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_byte_order_mark(end: str):
    text = "\ufeff" + end.join(["a: |", "  Un", "  Deux", "b: 2", ""])
    document = yamldoc.read("a.yaml", text.encode())
    assert document.value == {"a": "Un\nDeux\n", "b": "2"}
    assert document.findings == []
    assert document.line_of(("a",), 1) == Mark(3, 3)


def test_places():
    document = yamldoc.read("a.yaml", b"a:\n  - b: 1\n  - c\nd: |\n\n    Un\n")
    assert document.places == {
        (): Mark(1, 1),
        ("a",): Mark(1, 1),
        ("a", 0): Mark(2, 5),
        ("a", 0, "b"): Mark(2, 5),
        ("a", 1): Mark(3, 5),
        ("d",): Mark(4, 1),
    }
    assert document.place(("a", 0, "nothing")) == Mark(2, 5)
    assert document.line_of(("d",), 1) == Mark(6, 5)


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("a: |\n  Un\n  Deux", 1, Mark(3, 3)),
        ("a: >\n  Un\n  Deux", 0, Mark(2, 3)),
        ("a: >\n  Un\n\n  Deux", 1, Mark(2, 3, nth=1)),
        ('a: "Un\\nDeux"', 1, Mark(1, 4, nth=1)),
        ("a: |", 0, Mark(1, 4)),
        ("a: >", 0, Mark(1, 4)),
    ],
)
def test_no_line_is_named_that_a_file_does_not_have(text: str, line: int, expected: Mark):
    assert yamldoc.read("a.yaml", text.encode()).line_of(("a",), line) == expected


@given(
    st.lists(st.text("aé: #>-'\"", max_size=6), min_size=1, max_size=6), st.sampled_from(["|", "|+", "|-"])
)
def test_each_line_of_a_block_is_found_in_its_file(lines: list[str], header: str):
    document = yamldoc.read(
        "a.yaml", "\n".join([f"a: {header}", "  .", *(f"  {line}" for line in lines)]).encode()
    )
    assert isinstance(document.value, dict)
    text = document.value["a"]
    assert isinstance(text, str)
    for offset, character in enumerate(text.rstrip("\n")):
        mark = document.mark_of(("a",), text).at(offset)
        assert f"{document.lines[mark.line - 1]}\n"[mark.column - 1] == character


def test_a_hundred_findings_are_enough_but_an_error_is_never_dropped():
    text = "#MustRead\n" * (MAX_FINDINGS + 50) + "a: 1\na: 2\n"
    findings = yamldoc.read("a.yaml", text.encode()).findings
    assert len(findings) == MAX_FINDINGS
    assert findings[0].code == "duplicate-key"


NASTY = st.lists(
    st.sampled_from(
        [
            "items",
            ":",
            " ",
            "\n",
            "  ",
            "-",
            "|",
            ">",
            "#",
            "a",
            "é",
            '"',
            "'",
            "[",
            "]",
            "{",
            "}",
            "&",
            "*",
            "!",
            "%",
            "@",
            "`",
            "\t",
            "\r",
            "\xa0",
            "?",
            ",",
            "---",
            "...",
            "<<",
            "\\",
            "\x1b",
            "\ufeff",
            "\u2028",
            "🔟",
            "👩\u200d",
            "\x00",
        ]
    ),
    max_size=60,
).map("".join)


@settings(max_examples=400)
@given(st.one_of(NASTY, st.text(max_size=200)).map(str.encode) | st.binary(max_size=200))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
@example("a: \ud83d".encode("utf-8", "surrogatepass"))
def test_it_never_raises_and_says_why_there_is_nothing(data: bytes):
    document = yamldoc.read("a.yaml", data)
    assert (document.value is None) <= document.has_errors()
    lines = len(document.lines)
    assert all(0 <= finding.line <= lines + 1 and finding.column >= 0 for finding in document.findings)


@settings(max_examples=300)
@given(NASTY, st.sampled_from([None, FILE_KEYS]))
@example("items\n- a", FILE_KEYS)
@example('a: "b\nitems: c"', FILE_KEYS)
def test_what_we_read_is_what_yaml_reads(text: str, keys: yamldoc.KnownKeys | None):
    """Also where what YAML refuses is mended: then there is an error."""
    document = yamldoc.read("a.yaml", text.encode(), keys=keys)
    if document.value is not None and not document.has_errors():
        plain = remove_invisible(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
        assert remove_invisible(document.text) == document.text
        assert document.text.split() == plain.split()
        read = yaml.load(document.text, Loader=reader._BaseLoader)  # noqa: S506
        assert document.value == (_seen(read) or document.value)


def _seen(value: Any) -> Any:
    if isinstance(value, dict):
        return {remove_invisible(key): _seen(each) for key, each in value.items()}
    return [_seen(each) for each in value] if isinstance(value, list) else remove_invisible(value or "")


def test_what_escapes_make_and_nobody_sees_is_left_out():
    document = yamldoc.read("a.yaml", rb"""{a: "U\u200bn\Lb", b: '\u200b', "\u2060k": "\ufeffc"}""")
    assert document.value == {"a": "Un\nb", "b": r"\u200b", "k": "c"}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 500000,
        "a: [" + "{" * 500000,
        "- " * 400000,
        "a:\n" * 300000,
        "? " * 400000,
        '"' * 1000000,
        "#a\n" * 300000,
        "k: v #a\n" * 100000,
        "a: |\n" + "  x\n" * 250000,
        "- a: b\n" * 140000,
        "\n".join(f"k{n}: v" for n in range(90000)),
        "x" * 1000000,
        " " * 1000000,
        "\xa0" * 500000,
    ],
    ids=range(14),
)
def test_hostile_files_take_seconds_at_most(text: str):
    start = time.thread_time()
    yamldoc.read("a.yaml", text.encode())
    assert time.thread_time() - start < 10
