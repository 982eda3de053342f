"""How like two readings of one text are.

The standard library alone, so that a serving process without the reading libraries can keep the memory.
"""

from __future__ import annotations

from difflib import SequenceMatcher


def likeness(known: str, reading: str, *, at_least: float = 0.0) -> float:
    """Return 0..1; 0 as soon as it is clear that ``at_least`` is not reached."""
    if known == reading:
        return 1.0 if known else 0.0
    matcher = SequenceMatcher(None, known, reading, autojunk=False)
    if matcher.real_quick_ratio() < at_least or matcher.quick_ratio() < at_least:
        return 0.0
    found = matcher.ratio()
    return found if found >= at_least else 0.0
