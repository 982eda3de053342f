"""Sell at the till: store a sale, then the tenders that settle it. Each is one unit of work under the sale's lock."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import RegisterId, SaleId, ShiftId, TenderId
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.due import begin_tender
from gateway.domain.sales.tax_lines import Bill, Pricing, bill_total
from gateway.domain.sales.tender import Tender, TenderEvent, TenderKind, TenderState, next_state
from gateway.domain.sales.till_sale import SaleRecord, TillLine, TillSale, check_lines_of_sale, payable_due
from gateway.ports.announcer import Announcement, Announcer
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.sale_store import TenderEnd
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.first_answers import RequestKey, find_first_answer, first_answer_in
from gateway.services.payments.refund_limit import NO_SMALL_REFUNDS, RefundLimit
from gateway.services.sales.read_sales import locked_sale, read_sale
from gateway.services.sales.settle_sale import SettleSale, put_out
from gateway.services.sales.tender_ways import TenderWay, TenderWish

TENDERS_MAX = 40
"""More tenders than anybody pays one sale with; bounds work and paper."""
DRAWER_KINDS = frozenset({TenderKind.CASH, TenderKind.FOREIGN_CASH})
"""Kinds that move what lies in a drawer, and so belong to somebody's shift."""

RenderSale = Callable[[SaleRecord], bytes]
RenderTender = Callable[[SaleRecord, Tender], bytes]
"""Make the first answer's body; it is stored in the same unit, so that a replay is byte for byte the same."""


class Shifts(Protocol):
    """Knows which shift a register's drawer belongs to now."""

    def open_shift_of(self, unit: UnitOfWork, register_id: RegisterId) -> ShiftId | None:
        """Return the open shift of a register and hold it for this unit; None without one."""


@dataclass(frozen=True, slots=True)
class TillRules:
    """What the operator decided.

    ``shift_required``: cash moves only while a shift is open; ``refund_limit``: who may give back how much.
    """

    shift_required: bool = False
    refund_limit: RefundLimit = NO_SMALL_REFUNDS


@dataclass(frozen=True, slots=True)
class SaleParts:
    """What the use cases of a sale stand on. ``ways``: how each kind of tender works, except cards."""

    storage: Storage
    clock: Clock
    hints: DeviceHints
    settle: SettleSale
    shifts: Shifts
    announcer: Announcer
    ways: Mapping[TenderKind, TenderWay]
    rules: TillRules = TillRules()

    def way(self, kind: TenderKind) -> TenderWay:
        """Return how a kind works.

        Raises:
            InputError: ``kind_not_offered`` for one this shop does not take.
        """
        found = self.ways.get(kind)
        if found is None:
            hint = "Take another kind." if kind is not TenderKind.CARD else "Send card payments to /v1/payments."
            raise InputError("kind_not_offered", f"'{kind}' is not offered here.", hint, "/kind")
        return found

    def shift_of(self, unit: UnitOfWork, register_id: RegisterId, kind: TenderKind) -> ShiftId | None:
        """Return the shift a movement at this register belongs to.

        Raises:
            RuleError: ``no_open_shift`` for cash, where a shift is required and none is open.
        """
        shift = self.shifts.open_shift_of(unit, register_id)
        if shift is None and self.rules.shift_required and kind in DRAWER_KINDS:
            raise RuleError("no_open_shift", "No shift is open at this register.", "Open a shift with its float first.")
        return shift

    def taken(self, unit: UnitOfWork, tender: Tender) -> tuple[OutboxMessage, ...]:
        """A tender was taken: settle its sale if that covers it; return what is to be stored."""
        at = tender.ended_at or tender.created_at
        news = self.announcer.messages(tender_news("tender.taken", tender))
        return news + self.settle.settle_if_covered(unit, tender.tenant_id, tender.store_id, tender.sale_id, at)

    def wake(self, messages: Iterable[OutboxMessage]) -> None:
        """Tell printers and deliveries that there is something for them, once it is committed."""
        for target in sorted({message.target for message in messages}):
            self.hints.outbox_filled(target)


@dataclass(frozen=True, slots=True)
class OpenSaleCommand:
    """A request to store a sale. ``sale_id``: made by the client, kept over retries."""

    sale_id: SaleId
    register_id: RegisterId
    pricing: Pricing
    lines: tuple[TillLine, ...]
    tip: Money
    customer_id: str | None
    reference: str | None
    request: RequestKey


class OpenSale:
    """Stores sales."""

    def __init__(self, parts: SaleParts) -> None:
        self._parts = parts

    def open(self, caller: Caller, command: OpenSaleCommand, render: RenderSale) -> tuple[StoredAnswer, bool]:
        """Store a sale; return the answer and whether it is a replay. One that costs nothing is settled at once.

        Raises:
            InputError: as ``check_lines_of_sale``.
            IdempotencyConflict: ``key_reused``.
            RuleError: ``sale_exists`` for the id of another sale.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        parts = self._parts
        sale = self.make(caller, command)
        replay = find_first_answer(parts.storage, caller, command.request)
        if replay is not None:
            return replay, True
        try:
            answer, messages = parts.storage.write_retrying(
                lambda unit: self.store(unit, caller, sale, command.request, render)
            )
        except RuleError:
            # The same request, sent twice at once: the other one has stored this very sale.
            replay = find_first_answer(parts.storage, caller, command.request)
            if replay is None:
                raise
            return replay, True
        parts.wake(messages)
        return answer, False

    def store(
        self, unit: UnitOfWork, caller: Caller, sale: TillSale, request: RequestKey, render: RenderSale
    ) -> tuple[StoredAnswer, tuple[OutboxMessage, ...]]:
        """Store a sale with its answer in this unit; return the messages stored with it."""
        unit.sales.add(sale)
        messages = self.announce(unit, sale)
        answer = request.answer(201, render(read_sale(unit, caller, sale.id)))
        unit.sales.keep_answer(caller.tenant_id, caller.store_id, answer, sale.created_at)
        return answer, messages

    def announce(self, unit: UnitOfWork, sale: TillSale) -> tuple[OutboxMessage, ...]:
        """Tell of a sale just stored, and settle it if nothing is to be paid; return the messages stored."""
        news = Announcement(
            tenant_id=sale.tenant_id,
            store_id=sale.store_id,
            kind="sale.opened",
            cause_id=sale.id,
            subject=f"/v1/sales/{sale.id}",
            data={
                "sale_id": str(sale.id),
                "register_id": sale.register_id,
                "total": sale.total.to_decimal(),
                "currency": sale.currency.code,
            },
            at=sale.created_at,
            trace_id=sale.trace_id,
        )
        parts, at = self._parts, sale.created_at
        messages = parts.announcer.messages(news)
        if not sale.total.minor:
            messages += parts.settle.settle_if_covered(unit, sale.tenant_id, sale.store_id, sale.id, at)
        return put_out(unit, messages)

    def make(self, caller: Caller, command: OpenSaleCommand) -> TillSale:
        """Return the sale a command asks for, checked; errors as :meth:`open`."""
        bill = Bill(command.pricing, command.tip.currency, tuple(line.taxed for line in command.lines), command.tip)
        check_lines_of_sale(bill, command.lines, bill_total(bill).to_pay)
        return TillSale(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=command.sale_id,
            register_id=command.register_id,
            pricing=command.pricing,
            currency=bill.currency,
            lines=command.lines,
            totals=bill_total(bill),
            customer_id=command.customer_id,
            reference=command.reference,
            split_of=None,
            created_at=self._parts.clock.now(),
            created_by=caller.name,
            trace_id=command.sale_id.hex,
        )


@dataclass(frozen=True, slots=True)
class TenderCommand:
    """A request for one tender. ``register_id``: None where the sale was made; the rest as in ``TenderWish``."""

    tender_id: TenderId
    sale_id: SaleId
    register_id: RegisterId | None
    kind: TenderKind
    amount: Money
    given: Money | None
    customer_id: str | None
    code: str
    request: RequestKey


class TakeTender:
    """Takes a part of what is due on a sale, by anything but a card."""

    def __init__(self, parts: SaleParts) -> None:
        self._parts = parts

    def take(self, caller: Caller, command: TenderCommand, render: RenderTender) -> tuple[StoredAnswer, bool]:
        """Take a tender; return the answer and whether it is a replay. The sale is settled if that covers it.

        Raises:
            NotFound: ``sale_not_found``.
            InputError: ``kind_not_offered``, ``amount_not_positive``, ``currency_mismatch``, and those of the way.
            IdempotencyConflict: ``key_reused``.
            RuleError: ``sale_voided``, ``outcome_unknown``, ``more_than_due``, ``tender_exists``,
                ``too_many_tenders``, ``no_open_shift``, and those of the way.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        parts = self._parts
        way = parts.way(command.kind)
        replay = find_first_answer(parts.storage, caller, command.request)
        if replay is not None:
            return replay, True
        with parts.storage.read() as unit:
            sold_at = read_sale(unit, caller, command.sale_id).sale.register_id
        way.check(caller, _wish(command, command.register_id or sold_at))
        try:
            answer, messages, replayed = parts.storage.write_retrying(
                lambda unit: self._store(unit, caller, command, way, render)
            )
        except RuleError:
            # The same request, sent twice at once: the other one has stored this very tender.
            replay = find_first_answer(parts.storage, caller, command.request)
            if replay is None:
                raise
            return replay, True
        parts.wake(messages)
        return answer, replayed

    def _store(
        self, unit: UnitOfWork, caller: Caller, command: TenderCommand, way: TenderWay, render: RenderTender
    ) -> tuple[StoredAnswer, tuple[OutboxMessage, ...], bool]:
        record = locked_sale(unit, caller, command.sale_id)
        known = first_answer_in(unit, caller, command.request)
        if known is not None:
            return known, (), True
        tender, messages = self.take_in(unit, caller, command, way, record)
        body = render(read_sale(unit, caller, command.sale_id), tender)
        answer = command.request.answer(201, body)
        unit.sales.keep_answer(caller.tenant_id, caller.store_id, answer, tender.created_at)
        return answer, messages, False

    def take_in(
        self, unit: UnitOfWork, caller: Caller, command: TenderCommand, way: TenderWay, record: SaleRecord
    ) -> tuple[Tender, tuple[OutboxMessage, ...]]:
        """Take a tender of a sale that this unit holds; return it with the messages stored."""
        begin_tender(payable_due(record), command.amount)
        if len(record.tenders) >= TENDERS_MAX:
            raise RuleError("too_many_tenders", f"A sale takes at most {TENDERS_MAX} tenders.", "Take a larger one.")
        parts, register_id = self._parts, command.register_id or record.sale.register_id
        wanted = Tender(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=command.tender_id,
            sale_id=command.sale_id,
            register_id=register_id,
            kind=command.kind,
            state=TenderState.OPEN,
            amount=command.amount,
            given=command.given,
            customer_id=command.customer_id or record.sale.customer_id,
            detail={},
            shift_id=parts.shift_of(unit, register_id, command.kind),
            created_at=parts.clock.now(),
            created_by=caller.name,
            trace_id=record.sale.trace_id,
            code=command.code,
            beyond_limit=Permission.CREDIT_GIVE in caller.permissions,
        )
        booked = way.take(unit, wanted)
        tender = replace(wanted, state=booked.state, detail=dict(booked.detail), code="")
        unit.sales.add_tender(tender)
        unit.ledger.add(booked.transfers)
        if tender.state is not TenderState.TAKEN:
            return tender, put_out(unit, booked.messages)
        tender = replace(tender, ended_at=tender.created_at)
        return tender, put_out(unit, (*booked.messages, *self._parts.taken(unit, tender)))


class EndTender:
    """Ends a tender that was asked for: it has arrived, or it will not."""

    def __init__(self, parts: SaleParts) -> None:
        self._parts = parts

    def cancel(self, caller: Caller, sale_id: SaleId, tender_id: TenderId) -> tuple[SaleRecord, Tender]:
        """Give up an open tender; one that is cancelled already is returned as it is.

        Raises:
            NotFound: ``sale_not_found``, ``tender_not_found``.
            RuleError: ``tender_not_open`` for one that was taken.
        """
        caller.require(Permission.PAYMENTS_CANCEL)
        return self._end(caller, sale_id, tender_id, TenderEvent.CANCEL, "Cancelled at the till.")

    def confirm(self, caller: Caller, sale_id: SaleId, tender_id: TenderId, words: str) -> tuple[SaleRecord, Tender]:
        """Say that an open tender has arrived; one that was taken already is returned as it is. Errors as cancel."""
        caller.require(Permission.TRANSFERS_CONFIRM)
        return self._end(caller, sale_id, tender_id, TenderEvent.ARRIVE, words)

    def _end(
        self, caller: Caller, sale_id: SaleId, tender_id: TenderId, event: TenderEvent, words: str
    ) -> tuple[SaleRecord, Tender]:
        record, tender, messages = self._parts.storage.write_retrying(
            lambda unit: self.end_in(unit, caller, sale_id, tender_id, event, words)
        )
        self._parts.wake(messages)
        return record, tender

    def end_in(
        self, unit: UnitOfWork, caller: Caller, sale_id: SaleId, tender_id: TenderId, event: TenderEvent, words: str
    ) -> tuple[SaleRecord, Tender, tuple[OutboxMessage, ...]]:
        """End a tender in this unit; return the sale and tender as they are then, and the messages stored."""
        parts, at = self._parts, self._parts.clock.now()
        record = locked_sale(unit, caller, sale_id)
        tender = _tender_of(record, tender_id)
        wanted = TenderState.TAKEN if event is TenderEvent.ARRIVE else TenderState.CANCELLED
        if tender.state is wanted:
            return record, tender, ()
        next_state(tender.state, event)
        booked = parts.way(tender.kind).settle(unit, tender, arrived=event is TenderEvent.ARRIVE, actor=caller.name)
        end = TenderEnd(booked.state, booked.detail or tender.detail, at, caller.name, words)
        unit.sales.end_tender(caller.tenant_id, caller.store_id, tender_id, end)
        unit.ledger.add(booked.transfers)
        ended = replace(tender, state=booked.state, detail=dict(end.detail), ended_at=at)
        if booked.state is TenderState.TAKEN:
            news = parts.taken(unit, ended)
        else:
            news = parts.announcer.messages(tender_news("tender.cancelled", ended))
        messages = put_out(unit, (*booked.messages, *news))
        return read_sale(unit, caller, sale_id), ended, messages


def tender_news(kind: str, tender: Tender) -> Announcement:
    """Return the announcement of what became of a tender."""
    return Announcement(
        tenant_id=tender.tenant_id,
        store_id=tender.store_id,
        kind=kind,
        cause_id=tender.id,
        subject=f"/v1/sales/{tender.sale_id}",
        data={
            "sale_id": str(tender.sale_id),
            "tender_id": str(tender.id),
            "kind": tender.kind.value,
            "amount": tender.amount.to_decimal(),
            "currency": tender.amount.currency.code,
        },
        at=tender.ended_at or tender.created_at,
        trace_id=tender.trace_id,
    )


def _tender_of(record: SaleRecord, tender_id: TenderId) -> Tender:
    found = next((one for one in record.tenders if one.id == tender_id), None)
    if found is None:
        raise NotFound("tender_not_found", "This sale has no such tender.", "Check the id.")
    return found


def _wish(command: TenderCommand, register_id: RegisterId) -> TenderWish:
    return TenderWish(
        sale_id=command.sale_id,
        register_id=register_id,
        kind=command.kind,
        amount=command.amount,
        given=command.given,
        customer_id=command.customer_id,
        code=command.code,
    )
