"""What a scanner found in a text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """A value in a text. ``value``: normalised; ``start``, ``end``: its characters in the text, end exclusive."""

    value: str
    start: int
    end: int
