"""The device board: how each device is, since when, what waits for it, and what helps. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.cards.line_health import LineHealth, LineLook, LineVerdict, line_troubles, line_verdict
from gateway.domain.ids import DeviceId
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.domain.printing.printer_setup import PrinterHealth, PrinterLook
from gateway.ports.unit_of_work import DeviceRow
from gateway.services.paper.open_drawer import OPEN_DRAWER

_OPEN = (OutboxState.READY, OutboxState.STARTED)
_HOUR = timedelta(hours=1)
NO_LINES: Mapping[DeviceId, LineHealth] = {}
SPARK_WIDTH, SPARK_HEIGHT = 240, 40
SPARK_FULL_MS = 1000
"""An answer that takes longer fills the plot: the printer's own time limit."""


@dataclass(frozen=True, slots=True)
class Spark:
    """Answer times as a line: ``points`` of an SVG polyline; ``gaps``: places from the left where no answer came.

    ``looks``: how many there were; one alone makes no line.
    """

    points: str
    gaps: tuple[int, ...]
    last_ms: int | None
    slowest_ms: int
    looks: int


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """One device.

    Attributes:
        words: its own state in words.
        paper: ``enough``, ``near_end``, ``out`` or ``unknown``; empty for what has none.
        cover: ``open``, ``closed`` or ``unknown``; empty for what has none.
        seen_at: when it last answered this node, on the store's wall clock.
        failures: how often a paper was not printed within the last hour, or a look went without an answer.
        waits: papers that wait, and ``oldest_min`` since how many minutes the oldest does.
        fix: key of what to do; empty when nothing is to be done.
        worked_here: this node can hold and clear it.
        line: of a terminal, how its line is: ``LineVerdict``; empty for others.
    """

    id: str
    kind: str
    name: str
    ready: bool
    words: str
    paper: str
    cover: str
    seen_at: datetime | None
    failures: int
    spark: Spark | None
    waits: int
    oldest_min: int
    held: bool
    fix: str
    worked_here: bool
    line: str = ""


def device_cards(
    rows: Iterable[DeviceRow],
    health: Mapping[DeviceId, PrinterHealth],
    waiting: Iterable[OutboxMessage],
    now: datetime,
    lines: Mapping[DeviceId, LineHealth] = NO_LINES,
) -> tuple[DeviceCard, ...]:
    """Return the cards of a store's devices, terminals first, then by name; ``now`` in the store's time zone."""
    messages = [one for one in waiting if one.state in _OPEN and one.kind != OPEN_DRAWER]
    cards = [
        _terminal_card(row, lines.get(row.id), now)
        if row.kind == "terminal"
        else _card(row, health.get(row.id), [one for one in messages if one.target == row.id], now)
        for row in rows
    ]
    return tuple(sorted(cards, key=lambda card: (card.kind != "terminal", card.name)))


def _terminal_card(row: DeviceRow, line: LineHealth | None, now: datetime) -> DeviceCard:
    verdict = LineVerdict.UNKNOWN if line is None else line_verdict(line, now)
    looks = () if line is None else line.looks
    answered = [look.at for look in looks if look.took_ms is not None]
    weak = verdict in (LineVerdict.WEAK, LineVerdict.SLOW)
    return DeviceCard(
        id=row.id,
        kind=row.kind,
        name=row.name,
        ready=row.ready,
        words=row.state_words,
        paper="",
        cover="",
        seen_at=max(answered).astimezone(now.tzinfo) if answered else None,
        failures=0 if line is None else line_troubles(line, now),
        spark=spark(looks) if looks else None,
        waits=0,
        oldest_min=0,
        held=False,
        fix="terminal" if not row.ready else f"line_{verdict}" if weak else "",
        worked_here=line is not None,
        line=verdict.value,
    )


def _card(row: DeviceRow, health: PrinterHealth | None, waits: list[OutboxMessage], now: datetime) -> DeviceCard:
    oldest = min((one.created_at for one in waits), default=None)
    answered = [look.at for look in health.looks if look.took_ms is not None] if health else []
    return DeviceCard(
        id=row.id,
        kind=row.kind,
        name=row.name,
        ready=row.ready,
        words=row.state_words,
        paper=health.paper if health else "unknown",
        cover=_cover(health),
        seen_at=max(answered).astimezone(now.tzinfo) if answered else None,
        failures=_failures(health, now),
        spark=spark(health.looks) if health and health.looks else None,
        waits=len(waits),
        oldest_min=int((now - oldest).total_seconds() // 60) if oldest else 0,
        held=health.held if health else False,
        fix=_fix(row, health),
        worked_here=health is not None,
    )


def _cover(health: PrinterHealth | None) -> str:
    if health is None or health.cover_open is None:
        return "unknown"
    return "open" if health.cover_open else "closed"


def _failures(health: PrinterHealth | None, now: datetime) -> int:
    if health is None:
        return 0
    unanswered = [look.at for look in health.looks if look.took_ms is None]
    return sum(at > now - _HOUR for at in (*health.failures, *unanswered))


def _fix(row: DeviceRow, health: PrinterHealth | None) -> str:
    if health is not None and health.held:
        return "held"
    if health is not None and health.cover_open:
        return "cover"
    if health is not None and health.paper in ("out", "near_end"):
        return f"paper_{health.paper}"
    return "" if row.ready else "printer"


def spark(looks: Sequence[PrinterLook | LineLook]) -> Spark:
    """Return the answer times of the latest looks as a line over the whole width; the slowest is the highest."""
    times = [look.took_ms for look in looks]
    known = [time for time in times if time is not None]
    top = max(min(max(known, default=0), SPARK_FULL_MS), 1)
    step = SPARK_WIDTH / max(len(times) - 1, 1)
    points = " ".join(
        f"{round(place * step)},{round(SPARK_HEIGHT - 2 - min(time, top) / top * (SPARK_HEIGHT - 6))}"
        for place, time in enumerate(times)
        if time is not None
    )
    gaps = tuple(round(place * step) for place, time in enumerate(times) if time is None)
    return Spark(points, gaps, times[-1] if times else None, max(known, default=0), len(times))
