"""The whole way of one amount: basket, tenders, the terminal's words, the books, papers, drawer, in order of time."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import Attempt
from gateway.domain.errors import NotFound
from gateway.domain.ids import PaymentId, RefundId, SaleId
from gateway.domain.ledger import Transfer
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.domain.printing.drawer import opening_of_cause
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.till_sale import SaleRecord
from gateway.domain.telling.change import CHANGE
from gateway.ports.unit_of_work import PaymentRecord, RefundRecord, Storage, UnitOfWork


class StepKind(StrEnum):
    """What a step of the way is."""

    BASKET = "basket"
    TENDER = "tender"
    GIVE_BACK = "give_back"
    TERMINAL = "terminal"
    """asked, or answered: the terminal's own words and numbers"""
    EVENT = "event"
    BOOKS = "books"
    PAPER = "paper"
    DRAWER = "drawer"
    SETTLED = "settled"
    VOIDED = "voided"
    """the sale was given up before anything was paid"""
    KITCHEN = "kitchen"


@dataclass(frozen=True, slots=True)
class Step:
    """One fact.

    Attributes:
        code: which fact of its kind; with ``kind`` the key of its words.
        words: in the device's or a person's own words; may be empty.
        who: person, key, terminal or printer; may be empty.
        evidence: what proves it: numbers of the terminal, accounts, a document number; name and value.
        refused: it did not come about.
    """

    at: datetime
    kind: StepKind
    code: str
    words: str = ""
    who: str = ""
    amount: Money | None = None
    evidence: tuple[tuple[str, str], ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """The way of one amount. ``payments``: the card payments on it; ``shifts``: the shifts its cash belongs to."""

    sale_id: SaleId
    total: Money
    lines: tuple[SaleLine, ...]
    steps: tuple[Step, ...]
    payments: tuple[PaymentId, ...]
    shifts: tuple[uuid.UUID, ...]
    number: int | None
    register_id: str


class TellWay:
    """Puts together what different parts of the gateway stored of one sale."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def of_sale(self, caller: Caller, sale_id: SaleId) -> Way:
        """Return the way of a till sale.

        Raises:
            NotPermitted: without ``payments:read``.
            NotFound: ``sale_not_found``.
        """
        caller.require(Permission.PAYMENTS_READ)
        with self._storage.read() as unit:
            record = unit.sales.load(caller.tenant_id, caller.store_id, sale_id)
            if record is None:
                raise NotFound("sale_not_found", "There is no such sale.", "Check the id.")
            return _Teller(unit, caller).sale(record)

    def of_payment(self, caller: Caller, payment_id: PaymentId) -> Way:
        """Return the way of a card payment: of the whole sale if it is a part of one.

        Raises:
            NotPermitted: without ``payments:read``.
            NotFound: ``payment_not_found``.
        """
        caller.require(Permission.PAYMENTS_READ)
        with self._storage.read() as unit:
            record = unit.payments.load(caller.tenant_id, caller.store_id, payment_id)
            if record is None or not caller.may_use(record.payment.terminal_id):
                raise NotFound("payment_not_found", "There is no such payment here.", "Check the id.")
            whole = unit.sales.load(caller.tenant_id, caller.store_id, record.payment.sale_id)
            teller = _Teller(unit, caller)
            return teller.card_sale(record) if whole is None else teller.sale(whole)

    def of_refund(self, caller: Caller, refund_id: RefundId) -> Way:
        """Return the way of what a refund gives back.

        Raises:
            NotPermitted: without ``payments:read``.
            NotFound: ``refund_not_found``, ``payment_not_found``.
        """
        caller.require(Permission.PAYMENTS_READ)
        with self._storage.read() as unit:
            record = unit.refunds.load(caller.tenant_id, caller.store_id, refund_id)
        if record is None:
            raise NotFound("refund_not_found", "There is no such refund.", "Check the id.")
        return self.of_payment(caller, record.refund.payment_id)


class _Teller:
    """Tells within one reading transaction."""

    def __init__(self, unit: UnitOfWork, caller: Caller) -> None:
        self._unit = unit
        self._here = (caller.tenant_id, caller.store_id)
        self._sees_books = Permission.LEDGER_READ in caller.permissions

    def card_sale(self, record: PaymentRecord) -> Way:
        """Tell a sale of a card alone."""
        payment = record.payment
        basket = Step(payment.created_at, StepKind.BASKET, "card", who=payment.created_by, amount=payment.amount)
        steps = [basket, *self._payment(record)]
        return Way(
            sale_id=payment.sale_id,
            total=payment.amount,
            lines=record.sale.lines,
            steps=_in_order(steps),
            payments=(payment.id,),
            shifts=(),
            number=None,
            register_id=payment.register_id,
        )

    def sale(self, record: SaleRecord) -> Way:
        """Tell a till sale."""
        sale = record.sale
        steps = [Step(sale.created_at, StepKind.BASKET, "till", sale.reference or "", sale.created_by, sale.total)]
        steps += self._tenders(record)
        steps += self._give_backs(record)
        for one in record.payments:
            loaded = self._unit.payments.load(*self._here, one.payment.id)
            if loaded is not None:
                steps += self._payment(loaded)
        steps += self._papers(self._unit.orders.papers_of(*self._here, sale.id))
        steps += self._books(sale.id)
        if record.settlement is not None:
            number = record.settlement.number
            evidence = (("document_no", str(number)),) if number is not None else ()
            steps.append(Step(record.settlement.at, StepKind.SETTLED, "settled", amount=sale.total, evidence=evidence))
        if record.void is not None:
            steps.append(Step(record.void.at, StepKind.VOIDED, "voided", record.void.reason, record.void.by))
        of_cash = [one.shift_id for one in record.tenders] + [one.shift_id for one in record.give_backs]
        shifts = {shift_id for shift_id in of_cash if shift_id is not None}
        return Way(
            sale_id=sale.id,
            total=sale.total,
            lines=tuple(line.taxed.sale_line for line in sale.lines),
            steps=_in_order(steps),
            payments=tuple(one.payment.id for one in record.payments),
            shifts=tuple(sorted(shifts)),
            number=record.settlement.number if record.settlement else None,
            register_id=sale.register_id,
        )

    def _tenders(self, record: SaleRecord) -> Iterator[Step]:
        for tender in record.tenders:
            detail = tuple(sorted(tender.detail.items()))
            if tender.given is not None:
                detail = (("given", f"{tender.given.currency.code} {tender.given.to_decimal()}"), *detail)
            yield Step(tender.created_at, StepKind.TENDER, tender.kind, "", tender.created_by, tender.amount, detail)
            if tender.ended_at is not None and tender.ended_at != tender.created_at:
                yield Step(tender.ended_at, StepKind.TENDER, tender.state, amount=tender.amount)
            yield from self._books(tender.id)
            yield from self._drawer(tender.id)

    def _give_backs(self, record: SaleRecord) -> Iterator[Step]:
        for back in record.give_backs:
            detail = tuple(sorted(back.detail.items()))
            if back.number is not None:
                detail = (("document_no", str(back.number)), *detail)
            yield Step(
                back.created_at, StepKind.GIVE_BACK, back.kind, back.reason, back.created_by, back.amount, detail
            )
            yield from self._books(back.id)
            yield from self._drawer(back.id)

    def _payment(self, record: PaymentRecord) -> Iterator[Step]:
        amount = record.payment.amount
        for attempt in record.attempts:
            yield from self._attempt(attempt, amount)
        for event in record.events:
            yield Step(event.recorded_at, StepKind.EVENT, event.kind, event.words, event.actor)
        yield from self._papers(record.deliveries)
        for refund in self._unit.refunds.of_payment(*self._here, record.payment.id):
            loaded = self._unit.refunds.load(*self._here, refund.refund.id)
            yield from self._refund(loaded or refund)

    def _refund(self, record: RefundRecord) -> Iterator[Step]:
        refund = record.refund
        yield Step(refund.created_at, StepKind.GIVE_BACK, "card", refund.reason, refund.created_by, refund.amount)
        yield from self._attempt(record.attempt, refund.amount)
        for event in record.events:
            yield Step(event.recorded_at, StepKind.EVENT, f"refund_{event.kind}", event.words, event.actor)
        yield from self._papers(record.deliveries)

    def _attempt(self, attempt: Attempt, amount: Money) -> Iterator[Step]:
        yield Step(attempt.sent_at, StepKind.TERMINAL, "asked", who=attempt.terminal_id, amount=amount)
        if attempt.concluded_at is not None:
            yield Step(
                attempt.concluded_at,
                StepKind.TERMINAL,
                attempt.state,
                attempt.reason or "",
                attempt.decided_by or attempt.terminal_id,
                amount,
                _evidence(attempt),
            )
        yield from self._books(attempt.id)

    def _books(self, cause_id: uuid.UUID) -> Iterator[Step]:
        if self._sees_books:
            for transfer in self._unit.ledger.transfers(*self._here, cause_id=cause_id):
                yield _booked(transfer)

    def _papers(self, messages: Iterable[OutboxMessage]) -> Iterator[Step]:
        for message in messages:
            if message.kind == CHANGE:
                continue  # waits for its number in the feed
            words = message.payload.get("title") or message.payload.get("copy", "")
            code = f"{message.state}_copy" if message.payload.get("duplicate") else str(message.state)
            note = ((("note", message.note),) if message.note and message.state != "done" else ()) + (
                (("paper", words),) if words else ()
            )
            yield Step(message.created_at, StepKind.PAPER, code, who=message.target, evidence=note)

    def _drawer(self, cause_id: uuid.UUID) -> Iterator[Step]:
        found = self._unit.drawers.get(*self._here, opening_of_cause(cause_id))
        if found is not None:
            code = found.result.verdict.value if found.result else "asked"
            words = found.result.words if found.result else ""
            yield Step(found.opening.asked_at, StepKind.DRAWER, code, words, found.opening.asked_by)


def _booked(transfer: Transfer) -> Step:
    evidence = (("debit", transfer.debit_account), ("credit", transfer.credit_account))
    return Step(transfer.recorded_at, StepKind.BOOKS, transfer.kind, amount=transfer.amount, evidence=evidence)


def _evidence(attempt: Attempt) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    if attempt.evidence is not None:
        found.append(("evidence", attempt.evidence.value))
    result = attempt.result
    if result is not None:
        told = {
            "receipt_no": result.numbers.receipt_no,
            "trace_no": result.numbers.trace_no,
            "terminal_id": result.acquirer_terminal_id,
            "authorisation": result.authorisation,
            "result_code": result.code,
        }
        found += [(name, str(value)) for name, value in told.items() if value not in (None, "")]
    return tuple(found)


_RANKS = {kind: rank for rank, kind in enumerate(StepKind)}


def _in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps by time; of one instant in the order of the kinds, from the basket to the paper."""
    return tuple(sorted(steps, key=lambda step: (step.at, _RANKS[step.kind])))
