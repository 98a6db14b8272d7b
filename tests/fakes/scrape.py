"""A scrape of /metrics without the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.adapters.metrics import Metrics


def scrape(
    metrics: Metrics, checks: Mapping[str, bool] | None = None, **environ: str
) -> tuple[dict[str, str], bytes]:
    """Return the headers and body of the page; `environ` are those of the request, as in WSGI."""
    answered: dict[str, str] = {}

    def start(_: str, headers: list[tuple[str, str]], *__: object) -> Callable[[bytes], object]:
        answered.update(headers)
        return bytes

    request = {"REQUEST_METHOD": "GET", "PATH_INFO": "/metrics", **environ}
    return answered, b"".join(metrics.page(checks or {})(request, start))


def page(metrics: Metrics) -> str:
    """Return the page as text."""
    return scrape(metrics)[1].decode()
