"""Findings of an examination: a code, how much it matters, what it is, and what to do."""

from dataclasses import dataclass

from terminal_driver.diagnosis_codes import FindingCode, Gravity
from terminal_driver.diagnosis_words import ENTRIES


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. ``words``: what it is; ``advice``: what to do, one sentence; ``detail``: the fact."""

    code: FindingCode
    gravity: Gravity
    words: str
    advice: str
    detail: str = ""


def finding(code: FindingCode, detail: str = "", *, hint: str = "", language: str = "en") -> Finding:
    """Return a finding in words.

    Args:
        code: which.
        detail: the fact itself; control characters are dropped, since it may come from a stranger.
        hint: advice that only the place of the error could give.
        language: ``en`` or ``de``.
    """
    gravity, english, english_advice, german, german_advice = ENTRIES[code]
    words, advice = (german, german_advice) if language == "de" else (english, english_advice)
    shown = "".join(letter for letter in detail if letter.isprintable()).rstrip(".")
    return Finding(
        code,
        gravity,
        words.replace("{}", shown),
        advice.replace("{hint}", (hint[:1].upper() + hint[1:]).rstrip(".")),
        shown,
    )
