"""Builders of the X adapters, for the real X or the sandbox on this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import ConfigError, UsageError
from bot.wiring.clock import real_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.adapters.x_publisher import OAuthCredentials, XAccount, XPublisher
    from bot.config import Config, XAccess
    from bot.sandbox import Sandbox, SandboxServer
    from bot.wiring.clock import SystemClock


def need_access(config: Config) -> XAccess:
    """Return the credentials.

    Raises:
        ConfigError: some are malformed; it names the wrong character and its place.
        UsageError: some are missing; it explains how to create them and how to rehearse without.
    """
    if config.malformed:
        raise ConfigError(config.malformed)
    if config.access is None:
        from bot.config import SECRETS

        what = "no credentials" if len(config.missing) == len(SECRETS) else "the credentials are incomplete"
        raise UsageError(
            f"{what}: {', '.join(config.missing)} not set.\n"
            "Create them in X's developer console (https://developer.x.com: your app, 'Keys and tokens', "
            "with read and write permission) and put them in .env beside config.yaml, as .env.example shows; "
            "under systemd or in a container, each in its own file (docs/operators.md, Deployment).\n"
            "To rehearse without them: flashtweet run --sandbox, or flashtweet demo, or start "
            "flashtweet sandbox and use the credentials that it prints."
        )
    return config.access


def x_account(access: XAccess, clock: SystemClock) -> XAccount:
    """Return a client for reads about the account on X, with its own connections."""
    from bot.adapters.x_publisher import XAccount

    return XAccount(access.base_url, access.user_id, _keys(access), clock.now, network=access.network)


def x_publisher(access: XAccess, clock: SystemClock) -> XPublisher:
    """Return a publisher for the account on X, with its own connections."""
    from bot.adapters.x_publisher import XPublisher

    return XPublisher(access.base_url, access.user_id, _keys(access), clock.now, network=access.network)


def _keys(access: XAccess) -> OAuthCredentials:
    from bot.adapters.x_publisher import OAuthCredentials

    return OAuthCredentials(
        access.api_key, access.api_key_secret, access.access_token, access.access_token_secret
    )


def make_sandbox(now: Callable[[], datetime] = real_now) -> Sandbox:
    """Return a sandbox that runs on the clock `now`, but checks signatures against the real clock."""
    from bot.sandbox import Sandbox

    return Sandbox(now=now, real_now=real_now)


def rehearse(config: Config, server: SandboxServer) -> tuple[Config, XAccess]:
    """Return `config` and credentials for publishing to the sandbox that `server` serves."""
    from bot.config import XAccess

    keys = server.sandbox.credentials
    access = XAccess(
        server.base_url, keys.api_key, keys.api_key_secret, keys.access_token, keys.access_token_secret
    )
    return replace(config, access=access, missing=(), malformed=()), access
