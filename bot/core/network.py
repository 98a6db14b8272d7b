"""The way to X: directly, or by the proxy and the certificate authority that config.yaml names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

REQUEST_DEADLINE = timedelta(seconds=18)
"""For one whole request to X, from the lookup of the name to the last byte of the answer; for all pages of a
timeline; and for all lookups after one refused reply. Whoever stops us waits for it. It is less than half of
the shortest lease (40 s): so much is left of a claim when a request begins."""

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables by which other programs find them. They are not used: what sends keys to X is written down in one
place, and no shell or service that happens to start the daemon changes it."""


@dataclass(frozen=True, slots=True)
class Network:
    """What stands between this machine and X."""

    ca_file: str | None = None
    """Certificate authorities, PEM, in place of those that come with flashtweet."""
    proxy: str | None = field(default=None, repr=False)
    """Its URL; it may hold a password."""
    unused: tuple[str, ...] = ()
    """Those of `PROXIES` and `AUTHORITIES` that are set, as they are spelled."""

    def about_environment(self) -> str:
        """Return a sentence on the variables that might have helped; empty where there are none."""
        proxies = () if self.proxy else self._set(PROXIES)
        authorities = () if self.ca_file else self._set(AUTHORITIES)
        if not proxies and not authorities:
            return ""
        keys = [*(["proxy"] if proxies else []), *(["ca_file"] if authorities else [])]
        names = ", ".join((*proxies, *authorities))
        return (
            f" {names} of the environment {'is' if names.count(',') == 0 else 'are'} not used, by design: "
            f"if X is reached so, write it into config.yaml (network: {' and '.join(keys)})."
        )

    def _set(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in self.unused if name.upper() in names)


DIRECT = Network()
