"""The sandbox's page, as a follower's browser shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from bot.sandbox import Fault, FaultKind, Sandbox, SandboxServer
from tests.unit.sandbox.support import Client, SettableClock, real_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

ITEMS = [
    "1️⃣ L'État dévoile un appel à projet pour aider la #TransfoNum https://example.com/a",
    "2️⃣ Intermarché lance sa marketplace\n\nLes petits commerces espèrent contrer @Amazon",
    "🔟 <script>document.title = 'pris'</script> [/archive] \x1b[31m $BABA",
]


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def client(clock: SettableClock) -> Iterator[Client]:
    with SandboxServer(Sandbox(now=clock, real_now=real_now)) as server, Client(server) as client:
        yield client


@pytest.fixture
def look(browser: Browser, client: Client) -> Iterator[Callable[..., Page]]:
    """Opens the page; on leaving, nothing was asked of another machine, and no script complained."""
    contexts, asked, complaints = [], [], []

    def open_page(width: int = 1100, scheme: Literal["light", "dark"] = "light") -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.goto(client.server.page)
        expect(page.get_by_text("En direct")).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert {urlsplit(url).hostname for url in asked} == {"127.0.0.1"}
    assert complaints == []


def publish(client: Client, clock: SettableClock, *texts: str) -> list[str]:
    made: list[str] = []
    for text in texts:
        made.append(client.create(text, made[-1] if made else None))
        clock.move(seconds=2)
    return made


def test_a_thread_reads_as_it_was_written(client, clock, look):
    publish(client, clock, "Bonjour ! C'est l'heure du #FlashTweet ☕️⚡️", *ITEMS)
    page = look()
    assert page.locator(".post .text").all_inner_texts() == [
        "Bonjour ! C'est l'heure du #FlashTweet ☕️⚡️",
        "1️⃣ L'État dévoile un appel à projet pour aider la #TransfoNum example.com/a",
        ITEMS[1],
        "🔟 <script>document.title = 'pris'</script> [/archive] \\x1b[31m $BABA",
    ]
    assert page.title() == "FlashTweet (sandbox)"
    assert page.locator(".post time").all_inner_texts() == ["07:30:00", "07:30:02", "07:30:04", "07:30:06"]


def test_a_line_joins_the_posts_of_a_thread(client, clock, look):
    publish(client, clock, "un", "deux", "trois")
    page = look()
    drawn = "rail => getComputedStyle(rail, '::after').content !== 'none'"
    assert [rail.evaluate(drawn) for rail in page.locator(".rail").all()] == [True, True, False]
    boxes = [avatar.bounding_box() for avatar in page.locator(".avatar").all()]
    assert len({box["x"] for box in boxes if box}) == 1


def test_the_page_follows_live_and_says_so(client, clock, look):
    page = look()
    expect(page.get_by_role("heading", name="Rien n’est encore publié")).to_be_visible()
    publish(client, clock, "Bonjour")
    expect(page.locator(".post .text")).to_have_text("Bonjour")
    expect(page.locator("#news")).to_have_text("Un nouveau post")
    publish(client, clock, "encore un", "et un autre")
    expect(page.locator(".post .text")).to_have_text(["encore un", "et un autre", "Bonjour"])
    expect(page.locator("#news")).to_have_text("2 nouveaux posts")


def test_reading_is_not_disturbed_by_what_comes_in(client, clock, look):
    """Keyboard focus stays on its post, and the page does not jump."""
    publish(client, clock, "Bonjour")
    page = look()
    page.locator(".when").focus()
    publish(client, clock, "encore un")
    expect(page.locator(".post")).to_have_count(2)
    assert (
        page.evaluate("document.activeElement.closest('.post').querySelector('.text').innerText") == "Bonjour"
    )


def test_the_page_says_when_it_is_out_of_touch_and_comes_back(browser, client):
    context = browser.new_context()
    page = context.new_page()
    page.goto(client.server.page)
    expect(page.get_by_text("En direct")).to_be_visible()
    client.server.sandbox.faults.add(Fault(FaultKind.REFUSED, seconds=2))
    expect(page.get_by_text("Injoignable")).to_be_visible()
    expect(page.get_by_text("En direct")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [320, 380, 768, 1100])
def test_nothing_sticks_out(client, clock, look, width):
    publish(client, clock, "x" * 280, "https://example.com/" + "a" * 200, *ITEMS)
    client.server.sandbox.faults.add(Fault(FaultKind.RATE_LIMIT, reset_seconds=30))
    page = look(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


CONTRAST = """() => {
  const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const paint = (colours) => {
    context.clearRect(0, 0, 1, 1);
    for (const colour of colours) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.getClientRects().length || getComputedStyle(element).clipPath !== "none") continue;
    const grounds = [];
    for (let at = element; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
    const ground = light(paint(grounds));
    const ink = light(paint([...grounds, getComputedStyle(element).color]));
    const ratio = (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
    found.push([ratio, element.className || element.tagName, element.innerText]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_aa(client, clock, look, scheme):
    """WCAG 2.2, criterion 1.4.3: at least 4.5 to 1 for text of normal size."""
    empty = look(scheme=scheme).evaluate(CONTRAST)
    publish(client, clock, "Bonjour", *ITEMS)
    client.server.sandbox.faults.add(Fault(FaultKind.DELAY))
    full = look(scheme=scheme).evaluate(CONTRAST)
    assert len(full) > 30
    assert [text for text in empty + full if text[0] < 4.5] == []


def test_light_and_dark_follow_the_system(look):
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = look(scheme="light").evaluate(ground), look(scheme="dark").evaluate(ground)
    assert sum(map(int, re.findall(r"\d+", light))) > 600
    assert sum(map(int, re.findall(r"\d+", dark))) < 150


def test_the_page_has_landmarks_and_names(client, clock, look):
    publish(client, clock, "Bonjour", "suite")
    page = look()
    assert page.locator("html").get_attribute("lang") == "fr"
    expect(page.get_by_role("main", name="Fil de FlashTweet (sandbox)")).to_be_visible()
    expect(page.get_by_role("complementary", name="Coulisses")).to_be_visible()
    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.get_by_role("region", name=re.compile("vendredi 6 novembre 2020"))).to_be_visible()
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.locator("img:not([alt])").count() == 0


def test_the_page_can_be_read_without_its_script(browser, client, clock):
    publish(client, clock, "Bonjour")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(client.server.page)
    expect(page.locator(".post .text")).to_have_text("Bonjour")
    context.close()


def test_a_post_appears_when_its_lag_is_over(client, clock, look):
    client.server.sandbox.faults.add(Fault(FaultKind.TIMELINE_LAG, seconds=30))
    publish(client, clock, "en retard")
    page = look()
    expect(page.locator(".post")).to_have_count(0)
    clock.move(seconds=30)
    expect(page.locator(".post .text")).to_have_text("en retard")
