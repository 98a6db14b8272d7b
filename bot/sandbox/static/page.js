// Updates the page: polls for changes every second and announces new posts to screen readers.
"use strict";

const content = document.getElementById("content");
const live = document.getElementById("live");
const news = document.getElementById("news");
const PERIOD = 1000; // milliseconds

function show(state, words) {
  if (live.dataset.state !== state) {
    live.dataset.state = state;
    live.textContent = words;
  }
}

function replace(html) {
  const known = new Set([...document.querySelectorAll("[data-post]")].map((post) => post.dataset.post));
  const focused = document.activeElement?.closest("[data-post]")?.id;
  content.innerHTML = html; // escaped by the server
  if (focused) {
    document.getElementById(focused)?.querySelector("a")?.focus({ preventScroll: true });
  }
  const fresh = [...document.querySelectorAll("[data-post]")].filter((post) => !known.has(post.dataset.post));
  for (const post of fresh) {
    post.classList.add("fresh");
    setTimeout(() => post.classList.remove("fresh"), 2000);
  }
  if (fresh.length) {
    news.textContent = fresh.length === 1 ? "Un nouveau post" : `${fresh.length} nouveaux posts`;
  }
}

async function refresh() {
  try {
    const response = await fetch(`/_sandbox/page?seen=${content.dataset.version}`, { cache: "no-store" });
    if (response.status === 200) {
      replace(await response.text());
      content.dataset.version = response.headers.get("X-Page-Version");
    }
    show("on", "En direct");
  } catch {
    show("lost", "Injoignable");
  }
  setTimeout(refresh, PERIOD);
}

refresh();
