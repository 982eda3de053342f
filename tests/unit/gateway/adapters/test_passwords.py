"""Argon2id behind its port."""

from __future__ import annotations

from gateway.adapters.passwords import MEMORY_KIB, PASSES, Argon2Passwords


def test_hash_when_verified_then_only_the_same_secret_fits() -> None:
    passwords = Argon2Passwords(memory_kib=8, passes=1)

    stored = passwords.hash("blauer fisch")

    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "blauer fisch")
    assert not passwords.verify(stored, "blauer Fisch")
    assert passwords.hash("blauer fisch") != stored


def test_verify_when_the_stored_hash_is_damaged_then_false() -> None:
    assert not Argon2Passwords(memory_kib=8, passes=1).verify("no hash", "anything")


def test_outdated_when_parameters_have_grown_then_true() -> None:
    weak = Argon2Passwords(memory_kib=8, passes=1)
    stored = weak.hash("blauer fisch")

    assert not weak.outdated(stored)
    assert Argon2Passwords(memory_kib=16, passes=1).outdated(stored)


def test_defaults_when_compared_with_the_recommendation_then_not_below() -> None:
    """OWASP password storage: 46 MiB and one pass, or more."""
    assert MEMORY_KIB >= 46 * 1024
    assert PASSES >= 1
