"""The board: what needs a person first, then how money, devices and papers stand today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import AttemptState
from gateway.domain.cards.reservation import Hold
from gateway.domain.cards.terminal_day import DayClose
from gateway.domain.errors import NotPermitted
from gateway.domain.journal import Hit
from gateway.domain.ledger import Balance, imbalance
from gateway.domain.money import Money
from gateway.ports.unit_of_work import PaymentRecord
from gateway.services.paper.print_paper import PRINT_PAPER
from gateway.services.paper.print_receipt import PRINT_RECEIPT
from gateway.services.paper.set_up_printers import PRINT_TEST_PAGE
from gateway.services.payments.read_payments import PAGE_MAX
from gateway.web.auth import caller, signed_in
from gateway.web.container import WebContainer, current
from gateway.web.devices.device_cards import DeviceCard, device_cards
from gateway.web.overview.hours_chart import HoursChart, hours_chart
from gateway.web.payments.payment_view import (
    STATE_FACES,
    DeliveryView,
    Names,
    PaymentView,
    StateFace,
    card_words,
    view_delivery,
    view_payment,
)
from gateway.web.payments.refund_view import RefundView, view_refund
from gateway.web.screens import mark_of, names, to_review, unsettled, unsettled_refunds, unsettled_steps, words
from gateway.web.words import Words

TODAY_MAX = 2000
"""Payments of today that are added up on the board; with more it says how many it looked at."""

_PAPERS = (PRINT_RECEIPT, PRINT_PAPER, PRINT_TEST_PAGE)
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
class GivenBack:
    """What went back to cards today in one currency; ``net``: what is left of what was paid."""

    number: int
    amount: Money
    net: Money


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
class StepInDoubt:
    """A reservation's step or an end of day nobody knows the outcome of. ``amount``: None for an end of day."""

    words: str
    amount: Money | None
    terminal: str
    address: str


@dataclass(frozen=True, slots=True)
class BoardView:
    """Everything the board shows. ``cut``: number of today's payments looked at when there are more, else 0."""

    unsettled: tuple[PaymentView, ...]
    unsettled_refunds: tuple[RefundView, ...]
    unsettled_steps: tuple[StepInDoubt, ...]
    totals: tuple[Total, ...]
    chart: HoursChart
    given_back: tuple[GivenBack, ...]
    cards: tuple[DeviceCard, ...]
    may_operate: bool
    devices_down: int
    waiting: tuple[DeliveryView, ...]
    shows_books: bool
    balances: tuple[BalanceView, ...]
    balanced: bool
    orphans: tuple[OrphanView, ...]
    cut: int
    to_review: int


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


def given_back_views(refunds: Iterable[Hit], paid: Iterable[PaymentRecord]) -> tuple[GivenBack, ...]:
    """Return what went back today for each currency, beside what was paid in it."""
    sums: dict[str, list[Money]] = {}
    for hit in refunds:
        sums.setdefault(hit.amount.currency.code, []).append(hit.amount)
    approved = [one.payment.amount for one in paid if one.attempts[-1].state is AttemptState.APPROVED]
    found = []
    for code, amounts in sorted(sums.items()):
        currency = amounts[0].currency
        back = Money(sum(one.minor for one in amounts), currency)
        taken = sum(one.minor for one in approved if one.currency.code == code)
        found.append(GivenBack(len(amounts), back, Money(taken - back.minor, currency)))
    return tuple(found)


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
        reviews = to_review(unit, who)
    health = container.till.printers.health(who) if looks_at_devices else {}
    lines = container.set_up_terminals.line_health(who) if looks_at_devices else {}
    cards = device_cards(rows, health, waiting, container.clock.now().astimezone(known.zone), lines)
    papers = [message for message in waiting if message.kind in _PAPERS]
    return BoardView(
        unsettled=tuple(view_payment(one, who, known, text) for one in unsettled(container, who)) if rows else (),
        unsettled_refunds=tuple(view_refund(one, who, known, text) for one in unsettled_refunds(container, who))
        if rows
        else (),
        unsettled_steps=tuple(_step(one, known, text) for one in unsettled_steps(container, who)) if rows else (),
        totals=totals_of(today),
        chart=hours_chart(record.payment.created_at.astimezone(known.zone) for record in today),
        given_back=given_back_views(_refunds_today(container, who), today),
        cards=cards,
        may_operate=Permission.DEVICES_OPERATE in who.permissions,
        devices_down=sum(not card.ready for card in cards),
        waiting=tuple(view_delivery(message, known, text) for message in papers[:_WAITING_SHOWN]),
        shows_books=looks_at_books,
        balances=balance_views(balances),
        balanced=not any(imbalance(balances).values()),
        orphans=_orphans(container, who, known) if looks_at_devices else (),
        cut=0 if complete else len(today),
        to_review=reviews,
    )


def _midnight(container: WebContainer) -> datetime:
    now = container.clock.now().astimezone(container.settings.zone)
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _step(movement: Hold | DayClose, known: Names, text: Words) -> StepInDoubt:
    terminal = known.devices.get(movement.terminal_id, movement.terminal_id)
    if isinstance(movement, DayClose):
        return StepInDoubt(text("board.day_unknown"), None, terminal, "/terminal-days")
    return StepInDoubt(text("board.hold_unknown"), movement.amount, terminal, f"/reservations/{movement.id}")


def _refunds_today(container: WebContainer, who: Caller) -> tuple[Hit, ...]:
    if Permission.PAYMENTS_READ not in who.permissions:
        return ()
    with container.storage.read() as unit:
        return unit.journal.refunds_since(who.tenant_id, who.store_id, _midnight(container))


def _today(container: WebContainer, who: Caller) -> tuple[list[PaymentRecord], bool]:
    """Return today's payments by the store's calendar, newest first, and whether these are all."""
    if Permission.PAYMENTS_READ not in who.permissions:
        return [], True
    midnight = _midnight(container)
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
