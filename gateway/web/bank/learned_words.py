"""Learned habits and fees as a screen shows them, in the reader's words."""

from dataclasses import dataclass

from gateway.services.bank.keep_learned import Learned, LearnedPreview, TriedLine
from gateway.web.auth import caller
from gateway.web.bank.line_access import lines
from gateway.web.words import Words

_BASIS_POINTS = 100


@dataclass(frozen=True, slots=True)
class LearnedView:
    """A habit or a fee. ``used_by``: empty while nobody wants it; ``outcome``, ``preview``: where it was tried."""

    id: str
    title: str
    evidence: str
    used_by: str
    outcome: tuple[str, ...]
    preview: LearnedPreview | None
    lines: tuple[TriedLine, ...]


def learned_view(one: Learned, text: Words, *, shown: bool) -> LearnedView:
    """Return what was learned in words; ``shown``: tried on history, too."""
    preview = lines().learned.preview(caller(), one.id) if shown else None
    return LearnedView(
        id=str(one.id),
        title=_title(one, text),
        evidence=text("learned.seen" if one.times else "learned.seen_last", n=one.times, day=text.day(one.last_on)),
        used_by="" if one.consent is None else one.consent.by,
        outcome=() if preview is None else _outcome(preview, text),
        preview=preview,
        lines=() if preview is None else preview.lines,
    )


def _title(one: Learned, text: Words) -> str:
    if one.terms is None or one.fixed is None:
        return text(f"learned.habit_{one.key[1]}", who=one.name)
    share = f"{one.terms.bp // _BASIS_POINTS}{text('format.decimal')}{one.terms.bp % _BASIS_POINTS:02}"
    return text("learned.card_fee", who=one.name, share=share, fixed=text.money(one.fixed))


def _outcome(preview: LearnedPreview, text: Words) -> tuple[str, ...]:
    counts = (
        ("wrong", preview.wrong),
        ("no_longer", preview.no_longer),
        ("waiting", preview.waiting),
        ("right", preview.right),
    )
    return tuple(text(f"learned.sum_{name}", n=n) for name, n in counts if n) or (text("learned.sum_nothing"),)
