"""One editor's file: what it means, and what is wrong with it, where, and what to do."""

from __future__ import annotations

import time
from datetime import date
from datetime import time as wall

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.adapters.issue_files import parse, series_name
from bot.core.marks import Mark
from bot.core.model import Chapter, Issue, Item, ReplayWishes, Rubric, Wording

PATH = "threads/2020-11-06.yaml"
FRIDAY = date(2020, 11, 6)
SUNDAY = date(2020, 11, 8)
Found = tuple[str, str, int, int, str, str]
"""Code, severity, line, column, message, remedy."""

TEN = "issue: 53\ntop10: |\n" + "".join(f"  {n}. Info\n" for n in range(1, 11))
WHOLE = "Write the whole address, https:// included, and nothing else."
BAR = "Write '{0}: |', and the text on the lines below it, indented by two spaces."
LOOK = "Check the preview; number every item, or write them as a list (- …)."
QUOTE = 'Put the whole text in double quotes ("…").'
DAILY_KEYS = "at, intro, items, outro, replay, date, series, clean, draft"


def found(text: str, path: str = PATH) -> list[Found]:
    findings = parse(path, text.encode()).findings
    return [(f.code, str(f.severity), f.line, f.column, f.message, f.remedy) for f in findings]


def error(code: str, line: int, column: int, message: str, remedy: str) -> list[Found]:
    return [(code, "error", line, column, message, remedy)]


def warning(code: str, line: int, column: int, message: str, remedy: str) -> list[Found]:
    return [(code, "warning", line, column, message, remedy)]


def wrong_date(value: str, remedy: str) -> list[Found]:
    return error("wrong-value", 1, 1, f"date: '{value}' is not a date.", remedy)


CASES: dict[str, tuple[str, list[Found]]] = {
    # --- the file as such
    "empty": ("", error("empty", 0, 0, "there is nothing in this file.", "Write something, or delete it.")),
    "only a remark": (
        "# rien",
        error("empty", 0, 0, "there is nothing in this file.", "Write something, or delete it."),
    ),
    "only remarks": (
        "# rien\n",
        error("empty", 0, 0, "there is nothing in this file.", "Write something, or delete it."),
    ),
    "a text": (
        "Bonjour",
        error(
            "wrong-type",
            1,
            1,
            "the file must hold keys and values (KEY: VALUE).",
            "See docs/guide-redaction.md for the form of a file.",
        ),
    ),
    "a list": (
        "- Un\n",
        error(
            "wrong-type",
            1,
            1,
            "the file must hold keys and values (KEY: VALUE).",
            "See docs/guide-redaction.md for the form of a file.",
        ),
    ),
    "a draft": (
        "draft: true\nitems:\n  - Réseaux : Jack\nitems: |\n  Un\n",
        [
            (
                "duplicate-key",
                "warning",
                4,
                1,
                "'items' was already given on line 2; one of the two would be lost.",
                "Keep one, or join their texts.",
            ),
            (
                "draft",
                "warning",
                1,
                1,
                "this is a draft; nothing of it is published.",
                "When it is ready, remove 'draft: true' and check it again.",
            ),
        ],
    ),
    "an uncertain draft": (
        "items: |\n  Un\ndraft: peut-être\n",
        error("wrong-value", 3, 1, "draft: 'peut-être' is neither true nor false.", "Write true or false."),
    ),
    # --- keys
    "a misspelt key": (
        "item: |\n  Un\n",
        error(
            "unknown-key",
            1,
            1,
            "'item' is not a key that stands here.",
            "Did you mean 'items'? Write: items: |",
        ),
    ),
    "a key in capitals": (
        "Items: |\n  Un\n",
        error(
            "unknown-key",
            1,
            1,
            "'Items' is not a key that stands here.",
            "Did you mean 'items'? Write: items: |",
        ),
    ),
    "a key in French": (
        "brèves: |\n  Un\n",
        error(
            "unknown-key",
            1,
            1,
            "'brèves' is not a key that stands here.",
            "Did you mean 'items'? Write: items: |",
        ),
    ),
    "keys in French in an item": (
        "items:\n  - texte: Un\n    lien: https://a.fr\n",
        [
            (
                "unknown-key",
                "error",
                2,
                5,
                "'texte' is not a key that stands here.",
                "Did you mean 'text'? Write, after 2 spaces: - text: Un",
            ),
            (
                "unknown-key",
                "error",
                3,
                5,
                "'lien' is not a key that stands here.",
                "Did you mean 'link'? Write, after 4 spaces: link: https://a.fr",
            ),
        ],
    ),
    "a key that nobody knows": (
        "items: |\n  Un\nzzz: 1\n",
        error("unknown-key", 3, 1, "'zzz' is not a key that stands here.", f"Known keys are: {DAILY_KEYS}."),
    ),
    "a key of another kind of file": (
        TEN + "items: |\n  Un\n",
        error(
            "unknown-key",
            13,
            1,
            "'items' has no place here.",
            "'items' stands under 'days'; here stand: issue, date, at, intro, top10, outro, article, days, "
            "replay, series, clean, draft.",
        ),
    ),
    "no items": (
        "intro: Bonjour\n",
        error("missing-key", 1, 1, "'items' is missing.", "Add it: items: …"),
    ),
    "no text in an item": (
        "items:\n  - Un\n  - link: https://a.fr\n",
        error("missing-key", 3, 5, "'text' is missing under 'items.2'.", "Add it: text: …"),
    ),
    "no time in a free text": ("text: Un\n", error("missing-key", 1, 1, "'at' is missing.", "Add it: at: …")),
    "no number in a weekly issue": (
        TEN.replace("issue: 53\n", ""),
        error("missing-key", 1, 1, "'issue' is missing.", "Add it: issue: …"),
    ),
    # --- values
    "a date without zeros": (
        "date: 2020-11-6\nitems: |\n  Un\n",
        wrong_date("2020-11-6", "Did you mean 2020-11-06?"),
    ),
    "a date with slashes": (
        "date: 06/11/2020\nitems: |\n  Un\n",
        wrong_date("06/11/2020", "Did you mean 2020-11-06?"),
    ),
    "a date in words": (
        "date: vendredi 6 novembre 2020\nitems: |\n  Un\n",
        wrong_date("vendredi 6 novembre 2020", "Did you mean 2020-11-06?"),
    ),
    "a date with accents": (
        "date: 1er février 2021\nitems: |\n  Un\n",
        wrong_date("1er février 2021", "Did you mean 2021-02-01?"),
    ),
    "a date that there is not": (
        "date: 2020-02-30\nitems: |\n  Un\n",
        wrong_date("2020-02-30", "Write it as year-month-day: YYYY-MM-DD"),
    ),
    "a date at the end of time": (
        "date: 9999-12-31\nitems: |\n  Un\n",
        wrong_date("9999-12-31", "Write it as year-month-day: YYYY-MM-DD"),
    ),
    "a day of the week": (
        TEN + "days:\n  lundi:\n    items: |\n      Un\n",
        error(
            "wrong-value",
            14,
            3,
            "days.lundi: 'lundi' is not a date.",
            "Write it as year-month-day: YYYY-MM-DD",
        ),
    ),
    "a time that there is not": (
        "at: 25:00\nitems: |\n  Un\n",
        error("wrong-value", 1, 1, "at: '25:00' is not a time of day.", "Write hours and minutes: 07:30"),
    ),
    "a time without its date": (
        "at: 18:00\ntext: Un\n",
        error(
            "wrong-value",
            1,
            1,
            "at: '18:00' is not a date with a time.",
            "Write both: 2020-11-08 18:00",
        ),
    ),
    "a number with a sign": (
        TEN.replace("53", "n°53"),
        error("wrong-value", 1, 1, "issue: 'n°53' is not a whole number.", "Write digits only: 53"),
    ),
    "a rubric that there is not": (
        "items:\n  - text: Un\n    rubric: must-read\n",
        error(
            "wrong-value",
            3,
            5,
            "items.1.rubric: 'must-read' is not one of hot, infographic, longread, mustread.",
            "Did you mean 'mustread'?",
        ),
    ),
    "a link without a protocol": (
        "items:\n  - text: Un\n    link: example.com/a\n",
        error("wrong-value", 3, 5, "link: 'example.com/a' is not a link.", WHOLE),
    ),
    "a link and more": (
        "items:\n  - text: Un\n    link: https://example.com/a b\n",
        error("wrong-value", 3, 5, "link: 'https://example.com/a b' is not a link.", WHOLE),
    ),
    "a link of which X links a part": (
        "items:\n  - text: Un\n    link: https://example.com/l’été\n",
        error(
            "wrong-value",
            3,
            5,
            "link: X links only a part of 'https://example.com/l’été'.",
            "Write it percent-encoded: https://example.com/l%E2%80%99%C3%A9t%C3%A9",
        ),
    ),
    "one without its protocol": (
        'items:\n  - text: Un\n    link: "example.com/?q={a}"\n',
        error(
            "wrong-value",
            3,
            5,
            "link: X links only a part of 'example.com/?q={a}'.",
            "Write it percent-encoded: https://example.com/?q=%7Ba%7D",
        ),
    ),
    "an article that is no link": (
        "article: bientôt\n" + TEN,
        error("wrong-value", 1, 1, "article: 'bientôt' is not a link.", WHOLE),
    ),
    # --- types
    "a colon in an entry": (
        "items:\n  - Un\n  - Réseaux sociaux : Jack Dorsey\n",
        error(
            "colon-mapping",
            3,
            5,
            "items.2: a colon or a brace made keys and values of this text.",
            'Write, after 2 spaces: - "Réseaux sociaux : Jack Dorsey"',
        ),
    ),
    "a colon after what is a key elsewhere": (
        "items:\n  - Replay : le retour\n",
        error(
            "colon-mapping",
            2,
            5,
            "items.1: a colon or a brace made keys and values of this text.",
            'Write, after 2 spaces: - "Replay : le retour"',
        ),
    ),
    "quotes that are none to YAML": (
        "items:\n  - “Big Brother” : Clario\n",
        error(
            "colon-mapping",
            2,
            5,
            "items.1: a colon or a brace made keys and values of this text.",
            'Write, after 2 spaces: - "“Big Brother” : Clario"',
        ),
    ),
    "a field alone": (
        "intro: {date}\nitems: |\n  Un\n",
        error(
            "colon-mapping",
            1,
            1,
            "intro: a colon or a brace made keys and values of this text.",
            'Write: intro: "{date}"',
        ),
    ),
    "brackets alone": (
        "items:\n  - [infographie]\n",
        error("wrong-type", 2, 5, "items.1: a list stands where a text is expected.", QUOTE),
    ),
    "two dashes": (
        "items:\n  - - Un\n",
        error("wrong-type", 2, 5, "items.1: a list stands where a text is expected.", QUOTE),
    ),
    "a text for keys": (
        "items: |\n  Un\nreplay: non\n",
        error(
            "wrong-type",
            3,
            1,
            "replay: 'non' stands where keys with values should be.",
            "Write lines KEY: VALUE below it.",
        ),
    ),
    "nothing for keys": (
        "items: |\n  Un\nreplay:\n",
        error(
            "wrong-type",
            3,
            1,
            "replay: nothing stands where keys with values should be.",
            "Write lines KEY: VALUE below it.",
        ),
    ),
    "a text for a list": (
        "items:\n  - text: Un\n    images: a.png\n",
        error(
            "wrong-type",
            3,
            5,
            "items.1.images: 'a.png' stands where a list should be.",
            "Write it as a list: - …",
        ),
    ),
    # --- items
    "no item": (
        "items: |\n\n\noutro: Fin\n",
        error("empty", 1, 1, "items: there is nothing to post.", "Write a text, or remove it."),
    ),
    "an empty entry": (
        "items:\n  - Un\n  -\n",
        error("empty", 3, 4, "items.2: there is nothing to post.", "Write a text, or remove it."),
    ),
    "an item that cannot be seen": (
        'items:\n  - Un\n  - "\\u200b"\n',
        [
            *warning(
                "invisible-character",
                3,
                5,
                "an escape in double quotes makes characters that nobody sees: U+200B is left out; line 3.",
                "Delete the escape.",
            ),
            *error("empty", 3, 5, "items.2: there is nothing to post.", "Write a text, or remove it."),
        ],
    ),
    "an empty text for the replay": (
        'items:\n  - text: Un\n    replay: ""\n',
        error("empty", 3, 5, "items.1.replay: there is nothing to post.", "Write a text, or remove it."),
    ),
    "an empty free text": (
        "at: 2020-11-08 18:00\ntext: |\n",
        error("empty", 2, 1, "text: there is nothing to post.", "Write a text, or remove it."),
    ),
    "a forgotten bar": (
        "items:\n  Un\n  Deux\n",
        error(
            "lost-line-breaks", 1, 1, "items: 2 lines read as 1; YAML joins them here.", BAR.format("items")
        ),
    ),
    "a folding bar": (
        "items: >\n  1. Un\n  2. Deux\n",
        error(
            "lost-line-breaks", 1, 1, "items: 2 lines read as 1; YAML joins them here.", BAR.format("items")
        ),
    ),
    "an intro without its lines": (
        "intro: Bonjour\n  tout le monde\nitems: |\n  Un\n",
        warning(
            "lost-line-breaks", 1, 1, "intro: 2 lines read as 1; YAML joins them here.", BAR.format("intro")
        ),
    ),
    "an intro that is left blank": (
        "intro:\nitems: |\n  Un\n",
        warning(
            "blank-wording",
            1,
            1,
            "intro is left blank: the thread goes out without one.",
            "Remove 'intro:' for the words of the series, or write intro: \"\" for none.",
        ),
    ),
    "mixed signals": (
        "items: |\n  1. Un\n  2. Deux\n  4. Quatre\n",
        warning("mixed-items", 2, 3, "the numbers run 1, 2, 4; 3 items were read.", LOOK),
    ),
    "one long paragraph": (
        "items: |\n  Bercy aide. Intermarché vend. Jack reste.\n",
        warning("mixed-items", 1, 1, "several sentences make one item; 1 item was read.", LOOK),
    ),
    "nine": (
        TEN.replace("  10. Info\n", ""),
        warning(
            "not-ten",
            2,
            1,
            "a Top 10 has 10 items, this one 9.",
            "Check that none is missing, and that none became two.",
        ),
    ),
    "eleven": (
        TEN + "  11. Info\n",
        warning(
            "not-ten",
            2,
            1,
            "a Top 10 has 10 items, this one 11.",
            "Check that none is missing, and that none became two.",
        ),
    ),
    "an image": (
        "items:\n  - text: Un\n    image: a.png\n",
        warning(
            "no-images-yet",
            3,
            5,
            "images are not published yet; the text is posted without them.",
            "Remove the image, or publish this item by hand.",
        ),
    ),
    "a block that is cut off": (
        "items: |\n  La banque ouvre.\n  Le musée passe au logi",
        warning(
            "cut-off",
            3,
            24,
            "the file ends in « Le musée passe au logi », without a full stop or a line break: "
            "it may be cut off.",
            "Look whether the text is whole; if so, put a line break after it.",
        ),
    ),
    "an outro that is cut off": (
        "items: |\n  Un\nreplay:\n  outro: |\n    C'est tout pour ce vendredi, à demain à la même heure,",
        warning(
            "cut-off",
            5,
            58,
            "the file ends in « …edi, à demain à la même heure, », without a full stop or a line break: "
            "it may be cut off.",
            "Look whether the text is whole; if so, put a line break after it.",
        ),
    ),
    # --- dates and names
    "two dates": (
        "date: 2020-11-07\nitems: |\n  Un\n",
        error(
            "date-mismatch", 1, 1, "the file says 2020-11-07, its name says 2020-11-06.", "Make them agree."
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_problem_is_a_finding_in_its_place(name: str):
    text, expected = CASES[name]
    assert found(text) == expected
    published = parse(PATH, text.encode()).issue is not None
    assert published == (name != "a draft" and all(severity == "warning" for _, severity, *_ in expected))


@pytest.mark.parametrize("path", ["threads/vendredi.yaml", "threads/2020-11-061.yaml", "threads/053.yaml"])
def test_no_date_anywhere(path: str):
    assert found("items: |\n  Un\n", path) == error(
        "missing-key", 1, 1, "there is no date, in the file or in its name.", "Add a line: date: YYYY-MM-DD"
    )


@pytest.mark.parametrize(
    ("name", "what", "remedy"),
    [
        ("2026-11-31", "'2026-11-31', which is no day of the calendar", None),
        ("2020-13-45", "'2020-13-45', which is no day of the calendar", None),
        ("31-02-2026", "'31-02-2026', which is no day of the calendar", None),
        ("01-12-2026", "'01-12-2026', which is not read as a date", "2026-12-01"),
        ("12-31-2026", "'12-31-2026', which is not read as a date", "2026-12-31"),
        ("flash 1.12.2026 v2", "'1.12.2026', which is not read as a date", "2026-12-01"),
        ("2026-12-1", "'2026-12-1', which is not read as a date", "2026-12-01"),
        ("20261201", "'20261201', which is not read as a date", "2026-12-01"),
    ],
)
def test_a_date_in_a_name_that_is_none(name: str, what: str, remedy: str | None):
    path = f"threads/{name}.yaml"
    assert found("items: |\n  Un\n", path) == error(
        "missing-key",
        1,
        1,
        f"the name of the file says {what}.",
        f"Call it {remedy}.yaml, or add a line: date: {remedy}"
        if remedy
        else "Correct the name, or add a line: date: YYYY-MM-DD",
    )
    counts = found("date: 2026-12-01\nitems: |\n  Un\n", path)
    doubt = f"the name of the file says {what}; 2026-12-01 counts."
    agrees = remedy == "2026-12-01"
    assert counts == ([] if agrees else warning("date-mismatch", 1, 1, doubt, "Make them agree."))


@pytest.mark.parametrize(
    "text",
    [
        "items: |\n  La banque ouvre.\n  Le musée passe au logi\n",
        "items: |\n  La banque ouvre.\n  Le musée passe au logiciel.",
        "items: |\n  La banque ouvre.\n  « Le musée »",
        "items: |\n  La banque ouvre 👇",
        "items:\n  - La banque",
        "items: |\n  La banque\noutro: Fin",
        "items: |\n  La banque\n# rien",
    ],
)
def test_an_end_that_is_none_to_warn_of(text: str):
    assert found(text) == []


def test_all_problems_at_once():
    codes = [code for code, *_ in found("date: demain\nitem: |\n  Un\nat: midi\ndraft: bof\n")]
    assert sorted(codes) == ["unknown-key", "wrong-value", "wrong-value", "wrong-value"]


class TestDaily:
    def issue(self, text: str, path: str = PATH) -> Issue:
        parsed = parse(path, text.encode())
        assert parsed.findings == ()
        assert parsed.issue is not None
        return parsed.issue

    def test_a_whole_file(self):
        text = """\
date: 2020-11-06
at: 7:30
intro: |
  Bonjour : {date} #FlashTweet
items: |
  1️⃣ Un : deux #MustRead

  2️⃣ 053
outro: "Fin"
replay:
  at: 20h15
  intro: Encore
"""
        chapter = Chapter(
            series="flashtweet",
            date=FRIDAY,
            at=wall(7, 30),
            items=(Item("Un : deux #MustRead", mark=Mark(6, 3)), Item("053", mark=Mark(8, 3))),
            wording=Wording("Bonjour : {date} #FlashTweet\n", "Fin", Mark(4, 3), Mark(9, 8)),
            replay=ReplayWishes(Wording("Encore", None, Mark(12, 10), Mark()), wall(20, 15)),
            mark=Mark(5, 1),
        )
        assert self.issue(text) == Issue(PATH, (chapter,))

    def test_an_item_with_a_text_of_its_own_for_the_replay(self):
        text = """\
items:
  - text: Un https://example.com/a
    rubric: hot
  - Deux
  - text: Trois
    replay: "Trois : le soir"
"""
        item = Item("Trois : le soir", mark=Mark(6, 13))
        chapter = self.issue(text).chapters[0]
        assert [one.text for one in chapter.items] == ["Un https://example.com/a", "Deux", "Trois"]
        assert chapter.replay == ReplayWishes(items=((2, item),))

    @pytest.mark.parametrize("text", ["07:30", "7:30", "7h30", "07 h 30", '"7:30"'])
    def test_half_past_seven(self, text: str):
        assert self.issue(f"at: {text}\nitems: |\n  Un\n").chapters[0].at == wall(7, 30)

    def test_seven(self):
        assert self.issue("at: 7h\nitems: |\n  Un\n").chapters[0].at == wall(7, 0)

    @pytest.mark.parametrize("path", ["2020-11-06.yaml", "sub/flash 2020-11-06 v2.yml"])
    def test_the_name_gives_the_date(self, path: str):
        assert self.issue("items: |\n  Un\n", path).chapters[0].date == FRIDAY

    def test_words_that_yaml_would_type(self):
        issue = self.issue("items:\n  - non\n  - 053\n  - 7:30\n  - null\n")
        assert [item.text for item in issue.chapters[0].items] == ["non", "053", "7:30", "null"]

    def test_items_as_a_list(self):
        text = """\
items:
  - Un
  - text: 14 - 18 décembre
    link: https://example.com/a
    rubric: mustread
  - "Trois : #Hashtag"
  - |
    Quatre
    et demi
series: autre
draft: non
"""
        chapter = self.issue(text).chapters[0]
        assert chapter.series == "autre"
        assert chapter.items == (
            Item("Un", mark=Mark(2, 5)),
            Item("14 - 18 décembre https://example.com/a", Rubric.MUSTREAD, Mark(3, 11)),
            Item("Trois : #Hashtag", mark=Mark(6, 5)),
            Item("Quatre\net demi", mark=Mark(8, 5)),
        )

    @pytest.mark.parametrize(
        ("text", "link", "posted"),
        [
            ("Un", "https://a.fr/x", "Un https://a.fr/x"),
            ("Un https://a.fr/x", "https://a.fr/x", "Un https://a.fr/x"),
            ("Un https://a.fr/xyz", "https://a.fr/x", "Un https://a.fr/xyz https://a.fr/x"),
            ("Un", '""', "Un"),
        ],
    )
    def test_a_link_is_posted_once(self, text: str, link: str, posted: str):
        issue = self.issue(f"items:\n  - text: {text}\n    link: {link}\n")
        assert issue.chapters[0].items[0].text == posted

    @pytest.mark.parametrize("quoted", ['"- Un"', '"@jack"', '"*"', '"[info] Un"', "'l''État'", '"\\"Un\\""'])
    def test_quotes_take_anything(self, quoted: str):
        text = quoted[1:-1].replace('\\"', '"').replace("''", "'")
        assert self.issue(f"items:\n  - {quoted}\n").chapters[0].items[0].text == text

    @pytest.mark.parametrize("line", ["@jack", "[info] Un", '"Un" : deux', "{date}", "#Un", "% : @"])
    def test_a_block_takes_anything(self, line: str):
        assert self.issue(f"items: |\n  {line}\n  Deux\n").chapters[0].items[0].text == line

    def test_where_its_date_and_its_series_stand(self):
        chapter = self.issue("date: 2020-11-06\nseries: autre\nitems: |\n  Un\n").chapters[0]
        assert (chapter.date_mark, chapter.series_mark) == (Mark(1, 1), Mark(2, 1))


class TestWeekly:
    def test_a_top_ten_and_its_days(self):
        text = f"""\
date: 2020-11-08
article: https://example.com/53
{TEN}days:
  2020-11-05:
    at: 8:00
    items: |
      Un
"""
        parsed = parse("threads/hebdo-053.yaml", text.encode())
        assert parsed.findings == ()
        assert parsed.issue is not None
        top10, day = parsed.issue.chapters
        assert (top10.series, top10.date, top10.issue, top10.article) == (
            "hebdo",
            SUNDAY,
            53,
            "https://example.com/53",
        )
        assert [item.mark for item in top10.items] == [Mark(line, 3) for line in range(5, 15)]
        assert day == Chapter(
            "flashtweet", date(2020, 11, 5), wall(8, 0), (Item("Un", mark=Mark(19, 7)),), mark=Mark(18, 5)
        )

    def test_a_number_with_zeros(self):
        parsed = parse(PATH, TEN.replace("53", "053").encode())
        assert parsed.issue is not None
        assert parsed.issue.chapters[0].issue == 53


class TestSpecial:
    def test_a_free_text(self):
        parsed = parse(
            "threads/Focus été.yaml", b"at: 2020-11-08 18:00\ntext: >\n  Un\n  deux.\nintro: Focus\n"
        )
        assert parsed.findings == ()
        assert parsed.issue == Issue(
            "threads/Focus été.yaml",
            (
                Chapter(
                    "focus-ete",
                    SUNDAY,
                    wall(18, 0),
                    text="Un deux.\n",
                    wording=Wording("Focus", None, Mark(5, 8)),
                    mark=Mark(3, 3),
                ),
            ),
        )

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("focus-053.yaml", "focus-053"),
            ("sub/Été  2020 !.yml", "ete-2020"),
            ("Œuvre.yaml", "uvre"),
            ("日本.yaml", "special"),
            ("--x--.yaml", "x"),
            ("a.b.yaml", "a-b"),
        ],
    )
    def test_its_series_can_be_typed(self, path: str, name: str):
        assert series_name(path) == name


KEYS = [
    "date",
    "at",
    "items",
    "top10",
    "issue",
    "days",
    "text",
    "link",
    "draft",
    "replay",
    "article",
    "intro",
    "x",
]
VALUES = [
    "2020-11-06",
    "2020-11-08 18:00",
    "7:30",
    "|",
    ">",
    "53",
    "true",
    "non",
    "Un",
    "https://a.fr",
    "[",
    "{a: b}",
]
LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "  ", "    ", "- ", "  - ", "\t"]),
        st.sampled_from([*KEYS, "", "Un", "1. Un", "2020-11-05", "é"]),
        st.sampled_from([":", ": ", "", " : ", "\u00a0: "]),
        st.sampled_from([*VALUES, "", "#a", " #a", "\u200b"]),
    ).map("".join),
    max_size=14,
).map("\n".join)


@settings(max_examples=500)
@given(LINES.map(str.encode) | st.text(max_size=200).map(str.encode) | st.binary(max_size=200))
@example(b"date:\n  date: 2020-11-06\ntext: Un")
@example(b"date: 2020-11-06\nat:\n  - 1\ntext: Un")
def test_it_never_raises_and_never_falls_silent(data: bytes):
    parsed = parse("threads/x.yaml", data)
    assert parsed.issue is not None or parsed.findings


@pytest.mark.parametrize(
    "text",
    [
        "items: |\n" + "  1. a https://example.com/a\n" * 30_000,
        "items:\n" + "  - a: b\n" * 100_000,
        "items:\n" + "  - texte: b\n" * 4_000,
        "items:\n" + "".join(f"  - clé{n}: b\n" for n in range(8_000)),
        "".join(f"k{n}: v\n" for n in range(9_000)),
        "items: |\n" + "  a\n" * 200_000,
        "items:\n" + "  - a\n" * 20_000,
        "items: |\n  " + "a" * 1_000_000,
        "items: |\n  " + "1️⃣ a " * 70_000,
    ],
    ids=range(9),
)
def test_hostile_files_take_seconds_at_most(text: str):
    """Of the processor: what else a machine does meanwhile is not the parser's."""
    start = time.process_time()
    parse(PATH, text.encode())
    assert time.process_time() - start < 10


def test_texts_on_one_line_share_nothing_that_was_left_out_after_them():
    """Each has one row, and one more for what was left out inside it."""
    items = ", ".join(["ab", "a\u200b\u200b\u200bb", "ab"] * 33)
    days = ", ".join(f"2020-11-{n:02}: {{items: [{items}]}}" for n in range(2, 8))
    unseen = "\u200b" * 9_000
    data = f"date: 2020-11-08\nissue: 53\ntop10: Un\ndays: {{{days}}} # {unseen}\n".encode()
    issue = parse("threads/2020-11-08.yaml", data).issue
    assert issue is not None
    found = [item.mark for chapter in issue.chapters for item in chapter.items if item.text == "ab"]
    assert [len(mark.rows) for mark in found] == [1, 2, 1] * 33 * 6
    second = found[1]
    assert second.at(1).column == second.column + 4
