"""Where a sign-in may lead, and under which names the gateway answers."""

from __future__ import annotations

import pytest

from gateway.web.auth import local_path
from gateway.web.container import hosts_of


@pytest.mark.parametrize("path", ["/", "/till", "/payments?find=12.50", "/payments/0190a0a0#end"])
def test_local_path_when_on_this_gateway_then_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "till", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "javascript:alert(1)",
     "/till\r\nSet-Cookie: a=b", "/\t/evil.example", "/\x00"],
)  # fmt: skip
def test_local_path_when_it_leads_away_then_dropped(path: str) -> None:
    assert local_path(path) is None


def test_hosts_of_when_bound_to_an_address_then_it_the_origins_and_the_loopback_count() -> None:
    hosts = hosts_of("192.0.2.7", frozenset({"https://Till.Example:8443"}))

    assert hosts == {"192.0.2.7", "till.example", "127.0.0.1", "localhost", "[::1]"}
    assert "[2001:db8::1]" in hosts_of("2001:db8::1", frozenset())
