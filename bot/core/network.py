"""Network route to X: direct, or through the proxy and certificate authorities of config.yaml."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

REQUEST_DEADLINE = timedelta(seconds=18)
"""Limit for one whole request to X, from name lookup to the last byte of the answer; for all pages of a
timeline; and for all lookups after one refused reply. A stop waits for it. It is less than half of the
shortest lease (40 s), which is what a claim has left when a request begins."""

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables that other programs read. They are ignored: the route that carries keys to X is configured in one
place, and the shell or service that starts the daemon does not change it."""


@dataclass(frozen=True, slots=True)
class Network:
    """Proxy and certificate authorities between this machine and X."""

    ca_file: str | None = None
    """PEM file of certificate authorities that replace those shipped with flashtweet."""
    proxy: str | None = field(default=None, repr=False)
    """URL of the proxy; it may contain a password."""
    unused: tuple[str, ...] = ()
    """The variables of `PROXIES` and `AUTHORITIES` that are set, as spelled."""

    def about_environment(self) -> str:
        """Return a sentence about ignored variables that might have helped; empty if there are none."""
        proxies = () if self.proxy else self._set(PROXIES)
        authorities = () if self.ca_file else self._set(AUTHORITIES)
        if not proxies and not authorities:
            return ""
        keys = [*(["proxy"] if proxies else []), *(["ca_file"] if authorities else [])]
        names = ", ".join((*proxies, *authorities))
        return (
            f" {names} in the environment {'is' if names.count(',') == 0 else 'are'} ignored, by design: "
            f"if X is reached that way, set it in config.yaml (network: {' and '.join(keys)})."
        )

    def _set(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in self.unused if name.upper() in names)


DIRECT = Network()
