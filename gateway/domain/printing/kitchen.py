"""Orders to the kitchen and the bar: what each place is to make, and what changed since it was last told.

A ticket is what stands on one table or parked sale. Each time it is sent, all of it is stored; what a printer gets is
the difference to the time before, so that nothing is cooked twice and nothing cancelled is cooked. Pure.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NewType

from gateway.domain.errors import InputError
from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.printing.paper import Gap, Line, Paper, Part, Words

OrderId = NewType("OrderId", uuid.UUID)
TicketId = NewType("TicketId", uuid.UUID)

ORDER_LINES_MAX = 200
"""Lines of one order."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Something to make. ``group``: which place makes it; ``note``: such as ``no onions``; ``quantity`` > 0."""

    text: str
    quantity: Decimal
    group: str
    note: str = ""

    @property
    def same(self) -> tuple[str, str, str]:
        """What makes two lines the same dish."""
        return self.group, self.text, self.note


@dataclass(frozen=True, slots=True)
class KitchenOrder:
    """A ticket as it was sent once.

    Attributes:
        sequence: 1 for the first time this ticket was sent.
        number: short number of the ticket, called out and printed big; counts from 1 each day.
        label: table or name; may be empty.
        lines: all that stands on the ticket, not only what is new.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: OrderId
    ticket_id: TicketId
    sequence: int
    register_id: RegisterId
    number: int
    label: str
    lines: tuple[OrderLine, ...]
    sent_at: datetime
    sent_by: str


@dataclass(frozen=True, slots=True)
class Change:
    """What one place is told of one dish: ``more`` to make, or ``less``, which is made no more; one of them is 0."""

    line: OrderLine
    more: Decimal
    less: Decimal


@dataclass(frozen=True, slots=True)
class SlipWords:
    """Words of a slip in the shop's language."""

    order: str
    cancelled: str
    changed: str
    copy: str


SLIP_WORDS: Mapping[str, SlipWords] = {
    "en": SlipWords("Order", "CANCELLED", "CHANGE", "COPY"),
    "de": SlipWords("Bestellung", "STORNO", "ÄNDERUNG", "KOPIE"),
}


def check_lines(lines: tuple[OrderLine, ...]) -> None:
    """Refuse an order that no kitchen could read.

    Raises:
        InputError: ``too_many_lines`` or ``quantity_not_positive``, with a pointer.
    """
    if len(lines) > ORDER_LINES_MAX:
        raise InputError("too_many_lines", f"An order has at most {ORDER_LINES_MAX} lines.", "Send less.", "/lines")
    for place, line in enumerate(lines):
        if line.quantity <= 0:
            hint = "Leave out what is not wanted any more; the kitchen is told by itself."
            pointer = f"/lines/{place}/quantity"
            raise InputError("quantity_not_positive", "A quantity is above zero.", hint, pointer)


def changes(before: Iterable[OrderLine], now: Iterable[OrderLine]) -> tuple[Change, ...]:
    """Return what is more and what is less than before, dish by dish: first what is new, in the order of the ticket."""
    had, has = _sums(before), _sums(now)
    found = []
    for same, line in {**_first(now), **{key: line for key, line in _first(before).items() if key not in has}}.items():
        difference = has.get(same, Decimal(0)) - had.get(same, Decimal(0))
        if difference:
            found.append(Change(line, max(difference, Decimal(0)), max(-difference, Decimal(0))))
    return tuple(sorted(found, key=lambda one: one.more == 0))


def slips(before: KitchenOrder | None, now: KitchenOrder, routes: Mapping[str, str]) -> dict[str, tuple[Change, ...]]:
    """Return for each printer what it has to be told; a group without a route is told to nobody.

    ``routes``: group -> printer; the group ``*`` stands for every group that is not named.
    """
    told: dict[str, list[Change]] = {}
    for change in changes(before.lines if before else (), now.lines):
        printer = route_of(change.line.group, routes)
        if printer is not None:
            told.setdefault(printer, []).append(change)
    return {printer: tuple(found) for printer, found in told.items()}


def route_of(group: str, routes: Mapping[str, str]) -> str | None:
    """Return the printer of a group, or None. What belongs to no group (``""``) goes nowhere."""
    if not group:
        return None
    return routes.get(group, routes.get("*"))


def slip_paper(
    order: KitchenOrder,
    told: tuple[Change, ...],
    *,
    place_name: str,
    register_name: str,
    local_time: datetime,
    words: SlipWords,
    duplicate: bool = False,
) -> Paper:
    """Return the slip of one printer: number and table big, then what is to be made, what is cancelled marked.

    Args:
        order: as it was sent.
        told: what this printer is told of it.
        place_name: the printer's name, such as ``Kitchen``.
        register_name: where it was ordered.
        local_time: when, on the store's wall clock.
        words: in the shop's language.
        duplicate: marks it as a copy of a slip that may be on paper already.
    """
    head: list[Part] = [
        Words(place_name, centred=True),
        Words(f"{words.order} {order.number}", centred=True, bold=True, big=True),
    ]
    if order.label:
        head.append(Words(order.label, centred=True, bold=True, big=True))
    if order.sequence > 1:
        head.append(Words(f"{words.changed} {order.sequence}", centred=True, bold=True))
    head += [Words(f"{local_time:%H:%M}  {register_name}  {order.sent_by}", centred=True), Line()]
    body = [part for change in told for part in _dish(change, words)]
    return Paper(
        title=f"{words.order} {order.number}/{order.sequence} {place_name}",
        parts=(*head, *body, Line(), Gap(1)),
        copy_mark=words.copy if duplicate else None,
    )


def _dish(change: Change, words: SlipWords) -> list[Part]:
    cancelled = change.more == 0
    quantity = f"{(change.less if cancelled else change.more).normalize():f}"
    # A minus and a word: whoever reads it in a hurry must not cook what was taken back.
    text = f"{words.cancelled}\n-{quantity} x {change.line.text}" if cancelled else f"{quantity} x {change.line.text}"
    parts: list[Part] = [Words(text, bold=True, big=True)]
    if change.line.note:
        parts.append(Words(f"   {change.line.note}", bold=True))
    return parts


def _sums(lines: Iterable[OrderLine]) -> dict[tuple[str, str, str], Decimal]:
    found: dict[tuple[str, str, str], Decimal] = {}
    for line in lines:
        found[line.same] = found.get(line.same, Decimal(0)) + line.quantity
    return found


def _first(lines: Iterable[OrderLine]) -> dict[tuple[str, str, str], OrderLine]:
    found: dict[tuple[str, str, str], OrderLine] = {}
    for line in lines:
        found.setdefault(line.same, line)
    return found
