"""How many examples a test draws in the normal run and in a thorough one."""

from __future__ import annotations

import pytest

from tests.support import thoroughness


@pytest.mark.parametrize(("thorough", "normal"), [(300, 100), (60, 25), (25, 25), (5, 5)])
def test_tries_when_counted_then_a_third_but_never_a_handful(
    monkeypatch: pytest.MonkeyPatch, thorough: int, normal: int
) -> None:
    monkeypatch.setattr(thoroughness, "THOROUGH", False)
    assert thoroughness.tries(thorough) == normal

    monkeypatch.setattr(thoroughness, "THOROUGH", True)
    assert thoroughness.tries(thorough) == thorough
