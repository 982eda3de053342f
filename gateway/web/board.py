"""The board: what needs a person first, then how money, devices and papers stand today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotPermitted
from gateway.domain.ledger import Balance, imbalance
from gateway.domain.money import Money
from gateway.domain.payment import AttemptState
from gateway.ports.unit_of_work import PaymentRecord
from gateway.services.read_payments import PAGE_MAX
from gateway.web.auth import caller, signed_in
from gateway.web.container import WebContainer, current
from gateway.web.hours_chart import HoursChart, hours_chart
from gateway.web.payment_view import (
    PRINT_RECEIPT,
    STATE_FACES,
    DeliveryView,
    Names,
    PaymentView,
    StateFace,
    card_words,
    view_delivery,
    view_payment,
)
from gateway.web.screens import mark_of, names, unsettled, words

TODAY_MAX = 2000
"""Payments of today that are added up on the board; with more it says how many it looked at."""

_ORPHANS_SHOWN = 20
_WAITING_SHOWN = 50

pages = Blueprint("board", __name__)


@dataclass(frozen=True, slots=True)
class Total:
    """Payments of today in one state, with a sum for each currency."""

    state: AttemptState
    face: StateFace
    number: int
    amounts: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class DeviceView:
    """One device in words."""

    kind: str
    name: str
    ready: bool
    words: str


@dataclass(frozen=True, slots=True)
class BalanceView:
    """One account: debits minus credits, certain and reserved."""

    account: str
    posted: Money
    pending: Money


@dataclass(frozen=True, slots=True)
class OrphanView:
    """A result of a terminal that belongs to no payment of ours."""

    at: datetime
    terminal: str
    amount: Money | None
    card: str
    words: str


@dataclass(frozen=True, slots=True)
class BoardView:
    """Everything the board shows. ``cut``: number of today's payments looked at when there are more, else 0."""

    unsettled: tuple[PaymentView, ...]
    totals: tuple[Total, ...]
    chart: HoursChart
    devices: tuple[DeviceView, ...]
    devices_down: int
    waiting: tuple[DeliveryView, ...]
    shows_books: bool
    balances: tuple[BalanceView, ...]
    balanced: bool
    orphans: tuple[OrphanView, ...]
    cut: int


@pages.get("/board")
@signed_in
def board() -> str:
    """Show the board."""
    view = _board()
    return render_template("board.html", b=view, mark=mark_of(view, words().language))


@pages.get("/board/now")
@signed_in
def board_now() -> str | tuple[str, int]:
    """Show the changing part alone; 204 when the reader has seen it already (``seen``)."""
    view = _board()
    mark = mark_of(view, words().language)
    return ("", 204) if request.args.get("seen") == mark else render_template("board_body.html", b=view, mark=mark)


def totals_of(records: Iterable[PaymentRecord]) -> tuple[Total, ...]:
    """Return number and sums by state: paid, in doubt and running always, the others when there are any."""
    sums: dict[AttemptState, dict[str, Money]] = {state: {} for state in STATE_FACES}
    numbers = dict.fromkeys(STATE_FACES, 0)
    for record in records:
        state, amount = record.attempts[-1].state, record.payment.amount
        numbers[state] += 1
        code = amount.currency.code
        sums[state][code] = sums[state][code] + amount if code in sums[state] else amount
    shown = (AttemptState.APPROVED, AttemptState.UNKNOWN, AttemptState.DECLINED)
    more = tuple(state for state in STATE_FACES if state not in shown and numbers[state])
    return tuple(Total(one, STATE_FACES[one], numbers[one], tuple(sums[one].values())) for one in (*shown, *more))


def balance_views(balances: Iterable[Balance]) -> tuple[BalanceView, ...]:
    """Return each account's balance by name, debits positive."""
    return tuple(
        BalanceView(
            row.account,
            Money(row.debits_posted - row.credits_posted, row.currency),
            Money(row.debits_pending - row.credits_pending, row.currency),
        )
        for row in sorted(balances, key=lambda row: (row.account, row.currency.code))
    )


def _board() -> BoardView:
    container, who, text = current(), caller(), words()
    looks_at_devices = Permission.DEVICES_READ in who.permissions
    looks_at_books = Permission.LEDGER_READ in who.permissions
    if not looks_at_devices and not looks_at_books:
        raise NotPermitted("not_permitted", "The board is not part of your work.", "Ask an administrator for the role.")
    known = names(container, who)
    today, complete = _today(container, who)
    with container.storage.read() as unit:
        rows = unit.devices.list(who.tenant_id, who.store_id) if looks_at_devices else ()
        waiting = unit.outbox.waiting(who.tenant_id, who.store_id) if looks_at_devices else ()
        balances = unit.ledger.balances(who.tenant_id, who.store_id) if looks_at_books else ()
    devices = tuple(DeviceView(row.kind, row.name, row.ready, row.state_words) for row in rows)
    papers = [message for message in waiting if message.kind == PRINT_RECEIPT]
    return BoardView(
        unsettled=tuple(view_payment(one, who, known, text) for one in unsettled(container, who)) if rows else (),
        totals=totals_of(today),
        chart=hours_chart(record.payment.created_at.astimezone(known.zone) for record in today),
        devices=devices,
        devices_down=sum(not device.ready for device in devices),
        waiting=tuple(view_delivery(message, known, text) for message in papers[:_WAITING_SHOWN]),
        shows_books=looks_at_books,
        balances=balance_views(balances),
        balanced=not any(imbalance(balances).values()),
        orphans=_orphans(container, who, known) if looks_at_devices else (),
        cut=0 if complete else len(today),
    )


def _today(container: WebContainer, who: Caller) -> tuple[list[PaymentRecord], bool]:
    """Return today's payments by the store's calendar, newest first, and whether these are all."""
    if Permission.PAYMENTS_READ not in who.permissions:
        return [], True
    zone = container.settings.zone
    midnight = container.clock.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[PaymentRecord] = []
    while len(found) < TODAY_MAX:
        last = found[-1].payment.id if found else None
        batch = container.read_payments.recent(who, limit=PAGE_MAX, before=last)
        found += [record for record in batch if record.payment.created_at >= midnight]
        if not batch or batch[-1].payment.created_at < midnight:
            return found, True
    return found, False


def _orphans(container: WebContainer, who: Caller, known: Names) -> tuple[OrphanView, ...]:
    with container.storage.read() as unit:
        kept = unit.payments.orphans(who.tenant_id, who.store_id)
    currency = container.settings.currency
    return tuple(
        OrphanView(
            at=at.astimezone(known.zone),
            terminal=known.devices.get(terminal_id, terminal_id),
            amount=None if result.amount_minor is None else Money(result.amount_minor, currency),
            card=card_words(result),
            words=told,
        )
        for terminal_id, result, told, at in kept[:_ORPHANS_SHOWN]
    )
