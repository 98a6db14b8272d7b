"""The one path from files to threads, with files in memory."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.adapters.issue_files import parse
from bot.core.model import EditionKey
from bot.core.publishing.publication import Delivery, DeliveryState, Publication, PublicationState
from bot.errors import ContentError, UsageError
from bot.ports import Loaded
from bot.services.composing import Desk, read_desk, thread_for
from tests.unit.core.newsroom import FRIDAY, PROGRAMME

SLOT = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
GOOD = "items: |\n  Un\n  Deux\n"


class Files:
    """Fulfils `bot.ports.IssueSource` for texts by path."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    def load(self) -> Loaded:
        parsed = [parse(path, text.encode()) for path, text in self._texts.items()]
        return Loaded(
            tuple(self._texts),
            tuple(one.issue for one in parsed if one.issue),
            tuple(finding for one in parsed for finding in one.findings),
        )


def desk(*unsaid: EditionKey, **texts: str) -> Desk:
    files = Files({f"2020-11-{name[1:]}.yaml": text for name, text in texts.items()})
    missed = [Publication("main", one, PublicationState.MISSED, SLOT, ()) for one in unsaid]
    return read_desk(files.load(), PROGRAMME, missed)


def keys(one: Desk) -> list[str]:
    return [str(edition.key) for edition in one.editions]


def key(series: str = "flashtweet") -> EditionKey:
    return EditionKey(series, FRIDAY)


def test_editions_come_in_the_order_of_their_slots():
    assert keys(desk(d06=GOOD, d05="at: 21:00\n" + GOOD + "replay:\n  at: 22:00\n")) == [
        "flashtweet@2020-11-05",
        "replay@2020-11-05",
        "flashtweet@2020-11-06",
        "replay@2020-11-06",
    ]


def test_one_broken_file_keeps_no_other_back():
    both = desk(d05="items:\n  - a : b\n", d06=GOOD)
    assert keys(both) == ["flashtweet@2020-11-06", "replay@2020-11-06"]
    assert [finding.code for finding in both.findings] == ["colon-mapping"]
    assert thread_for(both, key()).texts[1] == "1️⃣ Un"


def test_an_error_in_one_day_keeps_the_whole_file_back():
    assert keys(desk(d06="at: 21:00\n" + GOOD)) == []


def test_an_original_that_must_not_go_out_keeps_its_replay_back():
    wrong = desk(d06="intro: '{issue}'\n" + GOOD)
    for series in ("flashtweet", "replay"):
        with pytest.raises(ContentError) as caught:
            thread_for(wrong, key(series))
        assert [finding.code for finding in caught.value.findings] == ["unknown-field"]


def test_a_replay_that_must_not_go_out_leaves_its_original_alone():
    wrong = desk(d06="items:\n  - Un\n  - https://example.com/a\n")
    assert thread_for(wrong, key()).texts[2] == "2️⃣ https://example.com/a"
    with pytest.raises(ContentError) as caught:
        thread_for(wrong, key("replay"))
    assert [finding.code for finding in caught.value.findings] == ["empty-item"]


def test_examine_all_tells_each_thing_once():
    assert [finding.code for finding in desk(d06="intro: '{issue}'\n" + GOOD).examine_all()] == [
        "unknown-field"
    ]


def test_no_such_edition():
    with pytest.raises(UsageError) as caught:
        thread_for(desk(d06=GOOD), key("hebdo"))
    assert str(caught.value) == (
        "hebdo@2020-11-06: no file makes this edition; the folder has flashtweet@2020-11-06, "
        "replay@2020-11-06. Run: flashtweet check"
    )


def test_no_such_edition_because_its_file_is_broken():
    with pytest.raises(ContentError):
        thread_for(desk(d06="items:\n  - a : b\n"), key())


@pytest.mark.parametrize(
    ("at", "severity", "message"),
    [
        (
            "14:00",
            "error",
            "flashtweet@2020-11-06: post 4 says the same as post 4 of flashtweet@2020-11-05; X",
        ),
        (
            "07:30",
            "warning",
            "flashtweet@2020-11-06: post 4 says the same as post 4 of flashtweet@2020-11-05.",
        ),
    ],
)
def test_a_text_that_comes_again_within_days(at: str, severity: str, message: str):
    """17 h 30 after it, X refuses it; a day after, it is worth a word."""
    both = desk(
        d05=f"at: '{at}'\n" + "intro: Jeudi\noutro: À demain\nitems: |\n  Un\n  Deux\n",
        d06="intro: Vendredi\noutro: À demain\nitems: |\n  Trois\n  Quatre\n",
    )
    edition = both.find(key())
    assert edition
    thread, found = both.thread(edition)
    [finding] = [one for one in found if one.code == "repeated-post"]
    assert (finding.severity, finding.line) == (severity, 2)
    assert finding.message.startswith(message)
    assert (thread is None) == (severity == "error")


SAME = {
    "d04": "intro: Mercredi\noutro: À jeudi\nitems: |\n  Un\n  Deux\n",
    "d05": "intro: Jeudi\noutro: À demain\nitems: |\n  Un\n  Trois\n",
    "d06": "at: 07:30\nintro: Vendredi\noutro: Bonne fin de semaine\nitems: |\n  Un\n  Quatre\n",
}
"""Three days that begin with the same item."""


WEDNESDAY, THURSDAY = (EditionKey("flashtweet", date(2020, 11, day)) for day in (4, 5))


@pytest.mark.parametrize(
    ("unsaid", "named"),
    [
        ([], [THURSDAY]),
        ([key()], [THURSDAY]),
        ([WEDNESDAY], [THURSDAY]),
        ([THURSDAY], [WEDNESDAY]),
        ([WEDNESDAY, THURSDAY], []),
    ],
)
def test_what_never_went_out_is_not_said_again(unsaid: list[EditionKey], named: list[EditionKey]):
    """The latest edition that did go out is the one that is named."""
    three = desk(*unsaid, **SAME)
    edition = three.find(key())
    assert edition
    messages = [one.message for one in three.thread(edition)[1] if one.code == "repeated-post"]
    assert messages == [f"{key()}: post 2 says the same as post 2 of {other}." for other in named]


@pytest.mark.parametrize(("unsaid", "codes"), [((), ["repeated-post"]), ((THURSDAY,), [])])
def test_an_edition_is_fit_if_what_it_repeats_never_went_out(
    unsaid: tuple[EditionKey, ...], codes: list[str]
):
    """X has nothing to refuse it for."""
    two = desk(*unsaid, d05="at: '14:00'\n" + SAME["d05"], d06=SAME["d06"])
    edition = two.find(key())
    assert edition
    thread, found = two.thread(edition)
    assert ([finding.code for finding in found], thread is None) == (codes, bool(codes))


SPECIAL = "at: '2020-11-06 12:00'\ntext: Une annonce.\n"


@pytest.mark.parametrize(
    ("state", "made", "codes"),
    [
        (PublicationState.PUBLISHED, "annonce", ["repeated-post"]),
        (PublicationState.PLANNED, "annonce", ["repeated-post"]),
        (PublicationState.CANCELLED, "annonce", []),
        (PublicationState.PUBLISHED, "autre", []),  # its own
    ],
)
def test_what_is_out_under_another_name_does_not_go_out_again(
    state: PublicationState, made: str, codes: list[str]
):
    """A special that is renamed is another edition."""
    slot, known = datetime(2020, 11, 6, 11, 0, tzinfo=UTC), EditionKey("autre", FRIDAY)
    post = Delivery(1, DeliveryState.PENDING, "Une annonce.", slot)
    publication = Publication("main", known, state, slot, (post,))
    files = Files({f"{made}.yaml": SPECIAL})
    one = read_desk(files.load(), PROGRAMME, [publication])
    assert [finding.code for finding in one.thread(one.editions[0])[1]] == codes
    assert one.follows([publication])
    assert not one.follows([]) or made == "autre"


def test_what_is_nearer_counts_before_what_no_file_makes_any_more():
    """Six days ago it was said under another name, which is a remark; four hours ago X refuses it."""
    old = datetime(2020, 10, 31, 11, 0, tzinfo=UTC)
    post = Delivery(1, DeliveryState.SENT, "Une annonce.", old)
    orphan = Publication("main", EditionKey("x", old.date()), PublicationState.PUBLISHED, old, (post,))
    files = Files({"a.yaml": SPECIAL.replace("12:00", "08:00"), "b.yaml": SPECIAL})
    one = read_desk(files.load(), PROGRAMME, [orphan])
    found = [finding.message for finding in one.thread(one.editions[-1])[1]]
    assert found == [
        "b@2020-11-06: post 1 says the same as post 1 of a@2020-11-06; X refuses a text that it has."
    ]


def test_a_text_of_last_month_may_come_again():
    files = Files({"2020-10-09.yaml": GOOD, "2020-11-06.yaml": GOOD})
    assert [one.code for one in read_desk(files.load(), PROGRAMME).examine_all()] == []


ITEMS = "intro: ''\noutro: ''\nitems:"
PLACES: dict[str, tuple[str, list[tuple[str, int, int]]]] = {
    "a block of items": (
        "items: |\n  Un\n  Sur ASP.NET\noutro: ''\n",
        [("accidental-link", 3, 7)],
    ),
    "items with numbers, an outlier and blank lines": (
        "items: |\n\n  1. Un\n\n    2. Sur ASP.NET\n",
        [("accidental-link", 5, 12)],
    ),
    "items with bullets": ("items: |\n  - Un\n  - ASP.NET\n", [("accidental-link", 3, 5)]),
    "items that lost characters which nobody sees": (
        "items: |\n  U\u200bn\u2028De\u200bux\u200b sur\ufeff ASP.NET\n  Trois\u200b #l'info\n",
        [("invisible-character", 2, 4), ("accidental-link", 2, 19), ("broken-hashtag", 3, 10)],
    ),
    "an entry that lost some": (
        f"{ITEMS}\n  - text: U\u200bn\u200b ASP.NET\n",
        [("invisible-character", 4, 12), ("accidental-link", 4, 16)],
    ),
    "an item over several lines": (
        "items: |\n  Un\n   et demi ASP.NET\n\n  Deux\n  et demi\n  avec #l'info\n",
        [("joined-lines", 3, 4), ("accidental-link", 3, 12), ("broken-hashtag", 7, 8)],
    ),
    "a link that a blank line parts from its item": (
        "items: |\n  1. Un\n\n  ASP.NET\n  2. Deux\n",
        [("accidental-link", 4, 3)],
    ),
    "later lines of an intro and an outro": (
        "intro: |\n  Un\n  {dat} #l'info\nitems: |\n  Un\noutro: |\n\n  Fin\n   {issue} ASP.NET\n",
        [
            ("unknown-field", 3, 3),
            ("broken-hashtag", 3, 9),
            *[("unknown-field", 9, 4)] * 2,  # the replay has the outro as well
            ("accidental-link", 9, 12),
        ],
    ),
    "a text that begins after a blank line": (
        f"items: |\n  Un\noutro: |\n\n  {'mot ' * 80}fin\nreplay:\n  outro: Fin\n",
        [("over-limit", 5, 3)],
    ),
    "later lines of an entry": (
        f"{ITEMS}\n  - |\n    Un \n    ASP.NET\n  - text: |2\n\n       Deux\n      {{date}}\n",
        [("trailing-space", 5, 7), ("accidental-link", 6, 5), ("unknown-field", 10, 7)],
    ),
    "entries with numbers": (
        f"{ITEMS}\n  - 1. ASP.NET\n  - text: '2. ASP.NET 2'\n    link: https://a.fr/x\n",
        [("mixed-items", 4, 5), ("accidental-link", 4, 8), ("accidental-link", 5, 15)],
    ),
    "one line, in quotes": (f'{ITEMS}\n  - "Un ASP.NET"\n', [("accidental-link", 4, 9)]),
    "one line, with an escape": (f'{ITEMS}\n  - "Un \\u00e9 ASP.NET"\n', [("accidental-link", 4, 5)]),
    "one line, folded": (f"{ITEMS}\n  - >\n    Un ASP.NET\n", [("accidental-link", 5, 8)]),
    "one entry over two plain lines": (f"{ITEMS}\n  - Un\n    ASP.NET\n", [("accidental-link", 4, 5)]),
    "folded lines": (
        "intro: >\n  Un\n  ASP.NET\n\n  {dat}\nitems: |\n  Un\n",
        [("accidental-link", 2, 3), ("unknown-field", 2, 3)],
    ),
    "folded paragraphs at the end of a file": (
        "items: |\n  Un\noutro: >\n  A\n\n  B\n\n  C\n\n  ASP.NET",
        [("accidental-link", 4, 3)],
    ),
    "items in quotes": (
        'outro: ""\nitems: "Un\n\n  ASP.NET\n\n  #l\'info"',
        [("accidental-link", 2, 8), ("broken-hashtag", 2, 8)],
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_finding_on_text_names_its_place(name: str):
    """Its line and column, or the text's first where the file does not show the text as it is."""
    text, expected = PLACES[name]
    found = desk(d06=text).examine_all()
    assert [(one.code, one.line, one.column) for one in found] == expected


SPECIALS: dict[str, tuple[str, list[tuple[str, int, int]]]] = {
    "a block": (
        "text: |\n\n  Un\n\n    deux #l'info\n  {date} \n  ASP.NET\n",
        [
            ("broken-hashtag", 6, 10),
            ("unknown-field", 7, 3),
            ("trailing-space", 7, 9),
            ("accidental-link", 8, 3),
        ],
    ),
    "folded": ("text: >\n  A\n\n  B\n\n  C\n\n  ASP.NET", [("accidental-link", 3, 3)]),
    "quoted": ('text: "A\\nB\\nC\\nASP.NET"', [("accidental-link", 2, 7)]),
    "a later post": (
        f"text: |\n  {'mot ' * 50}$ABC.\n\n  @FlashTweet, $ABC et $DEF{' mot' * 50}.\n",
        [("cashtags", 5, 3), ("mention-first", 5, 3)],
    ),
    "a later post inside a line": (
        f"text: |\n  Un.\n  {'mot ' * 50}fin. @FlashTweet {'mot ' * 50}fin.\n",
        [("mention-first", 4, 208)],
    ),
    "posts with one text": (
        "text: |\n" + f"  @FlashTweet{' mot' * 50}.\n\n" * 2,
        [("mention-first", 3, 3), ("mention-first", 5, 3)],
    ),
    "a later post of a folded text": (
        f"text: >\n  {'mot ' * 50}$ABC.\n\n  @FlashTweet, $ABC et $DEF{' mot' * 50}.\n",
        [("cashtags", 3, 3), ("mention-first", 3, 3)],
    ),
    "posts with a link, and without": (
        f"text: |\n  ASP.NET, https://a.fr/x{' mot' * 40} Booking.com.\n\n  ASP.NET{' mot' * 40}.\n",
        [("accidental-link", 5, 3)],
    ),
    "with line ends of Windows": ("text: |\r\n  Un\r\n  Sur ASP.NET\r\n", [("accidental-link", 4, 7)]),
}


@pytest.mark.parametrize("name", SPECIALS)
def test_a_finding_on_a_free_text_names_its_place(name: str):
    text, expected = SPECIALS[name]
    found = desk(d06=f"at: 2020-11-06 12:00\n{text}").examine_all()
    assert [(one.code, one.line, one.column) for one in found if one.code != "lost-line-breaks"] == expected


def test_items_that_start_at_one_place_are_still_several():
    """The posts of each are counted by themselves: none is too long."""
    text = 'intro: ""\noutro: ""\nitems: "Un\\nDeux"\n'
    assert desk(d06=text).examine_all() == ()
