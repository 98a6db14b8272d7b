"""Tests of the reach of listening addresses."""

from __future__ import annotations

import pytest

from bot.core.address import ListenAddress, hostname, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LocalHost"])
def test_loopback(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.com", "localhost.example.com", ""])  # noqa: S104
def test_not_loopback(host: str):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("127.0.0.1:9464", "127.0.0.1"),
        ("[::1]:9464", "::1"),
        ("LOCALHOST", "localhost"),
        ("", ""),
        ("[", ""),
        ("127.0.0.1@example.com", "example.com"),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str):
    assert hostname(header) == name


def test_an_address_as_it_is_written():
    assert [str(ListenAddress("127.0.0.1", 80)), str(ListenAddress("::1", 80))] == [
        "127.0.0.1:80",
        "[::1]:80",
    ]
