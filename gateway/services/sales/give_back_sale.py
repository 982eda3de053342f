"""Give back after a sale: money or credit by amount, or for goods that come back with their taxes."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.domain.access import Caller
from gateway.domain.cards.payment import Attempt
from gateway.domain.cards.refund import Refund, left_to_refund
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import DeviceId, GiveBackId, PaymentId, RefundId, RegisterId, SaleId, TenderId
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.due import begin_refund
from gateway.domain.sales.sale_return import going_back, returned_so_far
from gateway.domain.sales.tax_lines import BillTotal
from gateway.domain.sales.tender import GiveBack, ReturnedLine, Tender, TenderKind, TenderState
from gateway.domain.sales.till_sale import SalePayment, SaleRecord, due_of
from gateway.ports.unit_of_work import StoredAnswer, UnitOfWork
from gateway.services.first_answers import RequestKey, find_first_answer, first_answer_in
from gateway.services.payments.refund_payment import RefundCommand, RefundPayment
from gateway.services.payments.resolve_payment import checked_reason
from gateway.services.sales.read_sales import locked_sale, read_sale
from gateway.services.sales.sell import SaleParts
from gateway.services.sales.settle_sale import put_out

GIVE_BACKS_MAX = 100
"""A sale that was given back in so many parts needs a person's look, not another part."""

RenderBack = Callable[[SaleRecord, GiveBack], bytes]
"""Makes the first answer's body; of a refund to a card it is made before the refund is stored."""


@dataclass(frozen=True, slots=True)
class GiveBackCommand:
    """A request to give back.

    ``give_back_id``: made by the client; of kind ``card`` it becomes the id of the refund. Either ``amount`` or
    ``lines`` is needed; both have to agree. ``of_id``: the tender it is of, of kind ``card`` the payment.
    ``terminal_id``: where a card is presented; None where it was charged.
    """

    give_back_id: GiveBackId
    sale_id: SaleId
    register_id: RegisterId | None
    kind: TenderKind
    amount: Money | None
    lines: tuple[ReturnedLine, ...]
    of_id: TenderId | None
    terminal_id: DeviceId | None
    customer_id: str | None
    code: str
    reason: str
    request: RequestKey


class GiveBackSale:
    """Gives back at most what a sale keeps."""

    def __init__(self, parts: SaleParts, refund_payment: RefundPayment) -> None:
        self._parts = parts
        self._refund_payment = refund_payment

    def give(self, caller: Caller, command: GiveBackCommand, render: RenderBack) -> tuple[StoredAnswer, bool]:
        """Give back; return the answer and whether it is a replay. To a card it has only begun: 202 instead of 201.

        Raises:
            NotFound: ``sale_not_found``, ``tender_not_found``.
            InputError: ``reason_needed``, ``amount_needed``, ``amount_not_positive``, ``kind_not_offered``,
                ``line_not_returnable``, ``totals_do_not_add_up``, ``currency_mismatch``.
            IdempotencyConflict: ``key_reused``.
            RuleError: ``outcome_unknown``, ``refund_above_captured``, ``returned_already``, ``sale_not_settled``,
                ``refund_above_limit``, ``give_back_exists``, ``no_open_shift``, those of the way, and those of
                ``RefundPayment``.
        """
        self._parts.rules.refund_limit.require(caller)
        command = replace(command, reason=checked_reason(command.reason))
        if command.kind is not TenderKind.CARD:
            self._parts.way(command.kind)
        replay = find_first_answer(self._parts.storage, caller, command.request)
        if replay is not None:
            return replay, True
        if command.kind is TenderKind.CARD:
            return self._to_card(caller, command, render)
        try:
            answer, messages, replayed = self._parts.storage.write_retrying(
                lambda unit: self._store(unit, caller, command, render)
            )
        except RuleError:
            # The same request, sent twice at once: the other one has given this back.
            replay = find_first_answer(self._parts.storage, caller, command.request)
            if replay is None:
                raise
            return replay, True
        self._parts.wake(messages)
        return answer, replayed

    def give_in(
        self, unit: UnitOfWork, caller: Caller, command: GiveBackCommand, record: SaleRecord
    ) -> tuple[GiveBack, tuple[OutboxMessage, ...]]:
        """Give back of a sale that this unit holds, by anything but a card; return it with the messages stored."""
        parts = self._parts
        wanted = self._make(caller, command, record)
        wanted = replace(wanted, shift_id=parts.shift_of(unit, wanted.register_id, command.kind))
        booked = parts.way(command.kind).give_back(unit, wanted)
        back = replace(wanted, detail=dict(booked.detail), code="")
        unit.sales.add_give_back(back)
        unit.ledger.add(booked.transfers)
        after = read_sale(unit, caller, command.sale_id)
        news = parts.settle.finish_give_back(unit, after, back, back.created_at)
        return back, put_out(unit, (*booked.messages, *news))

    def _store(
        self, unit: UnitOfWork, caller: Caller, command: GiveBackCommand, render: RenderBack
    ) -> tuple[StoredAnswer, tuple[OutboxMessage, ...], bool]:
        record = locked_sale(unit, caller, command.sale_id)
        known = first_answer_in(unit, caller, command.request)
        if known is not None:
            return known, (), True
        back, messages = self.give_in(unit, caller, command, record)
        after = read_sale(unit, caller, command.sale_id)
        stored = next((one for one in after.give_backs if one.id == back.id), back)
        answer = command.request.answer(201, render(after, stored))
        unit.sales.keep_answer(caller.tenant_id, caller.store_id, answer, back.created_at)
        return answer, messages, False

    def _to_card(self, caller: Caller, command: GiveBackCommand, render: RenderBack) -> tuple[StoredAnswer, bool]:
        with self._parts.storage.read() as unit:
            record = read_sale(unit, caller, command.sale_id)
        back = self._make(caller, command, record)
        paid = _payment_for(record, command.of_id, back.amount)
        refund = RefundCommand(
            refund_id=RefundId(command.give_back_id),
            payment_id=paid.payment.id,
            amount=back.amount,
            register_id=back.register_id,
            terminal_id=command.terminal_id,
            reason=command.reason,
            key=command.request.key,
            request_hash=command.request.request_hash,
            location=command.request.location,
        )

        def beside(unit: UnitOfWork) -> None:
            """Store the goods that come back with the intent of the refund, or neither."""
            again = self._make(caller, command, locked_sale(unit, caller, command.sale_id))
            if again.amount != back.amount:
                hint = "Read the sale again: something else was given back meanwhile."
                raise RuleError("sale_changed", "Another amount would go back now.", hint)
            unit.sales.add_give_back(again)

        def answer(_refund: Refund, _attempt: Attempt) -> bytes:
            return render(record, back)

        return self._refund_payment.begin(caller, refund, answer, beside=beside)

    def _make(self, caller: Caller, command: GiveBackCommand, record: SaleRecord) -> GiveBack:
        """Work out what goes back of a sale as it is now, and refuse what may not."""
        totals = _totals(command, record)
        amount = _amount(command, totals)
        after = begin_refund(due_of(record), amount)
        self._parts.rules.refund_limit.check(caller, after.given_back)
        if len(record.give_backs) >= GIVE_BACKS_MAX:
            raise RuleError("too_many_refunds", "This sale was given back too often.", "Ask a manager to look at it.")
        of = None if command.kind is TenderKind.CARD else _tender_of(command, record, amount)
        return GiveBack(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=command.give_back_id,
            sale_id=command.sale_id,
            register_id=command.register_id or record.sale.register_id,
            kind=command.kind,
            tender_id=None if of is None else of.id,
            amount=amount,
            lines=command.lines,
            totals=totals,
            reason=command.reason,
            customer_id=command.customer_id or record.sale.customer_id,
            detail={},
            shift_id=None,
            created_at=self._parts.clock.now(),
            created_by=caller.name,
            trace_id=record.sale.trace_id,
            code=command.code,
        )


def _totals(command: GiveBackCommand, record: SaleRecord) -> BillTotal | None:
    if not command.lines:
        return None
    if record.settlement is None:
        hint = "Give the money back by amount; the goods were never paid in full."
        raise RuleError("sale_not_settled", "Goods of a sale that is not settled do not come back.", hint)
    return going_back(record.sale, returned_so_far(record), command.lines)


def _amount(command: GiveBackCommand, totals: BillTotal | None) -> Money:
    if totals is None:
        if command.amount is None:
            hint = "Send an amount, or the lines that come back."
            raise InputError("amount_needed", "Nothing is named to give back.", hint, "/amount")
        return command.amount
    if command.amount is not None and command.amount != totals.gross:
        message = f"The goods come to {totals.gross.to_decimal()}, not {command.amount.to_decimal()}."
        raise InputError("totals_do_not_add_up", message, "Send the lines alone.", "/amount")
    return totals.gross


def _tender_of(command: GiveBackCommand, record: SaleRecord, amount: Money) -> Tender | None:
    """Return the tender this goes back for: the one named, else one of the same kind that still has as much.

    Cash mirrors the rounding of its tender, so it looks for one; foreign cash counts as cash here.
    """
    if command.of_id is not None:
        named = next((one for one in record.tenders if one.id == command.of_id), None)
        if named is None:
            raise NotFound("tender_not_found", "This sale has no such tender.", "Check the id.")
        if named.state is not TenderState.TAKEN:
            raise RuleError("refund_above_captured", "This tender brought nothing.", "Name a tender that was taken.")
        if (record.kept_of(named) - amount).minor < 0:
            message = f"Of this tender {record.kept_of(named).to_decimal()} can go back."
            raise RuleError("refund_above_captured", message, "Give the rest back for another tender.")
        return named
    kinds = {command.kind, TenderKind.FOREIGN_CASH} if command.kind is TenderKind.CASH else {command.kind}
    fitting = (
        one for one in record.tenders if one.kind in kinds and (record.kept_of(one) - amount).minor >= 0 < amount.minor
    )
    return next(fitting, None)


def _payment_for(record: SaleRecord, of_id: TenderId | None, amount: Money) -> SalePayment:
    """Return the card payment to give back to: the one named, else the first that has as much left."""
    if of_id is not None:
        named = next((one for one in record.payments if one.payment.id == PaymentId(of_id)), None)
        if named is None:
            raise NotFound("tender_not_found", "This sale has no such card payment.", "Check the id.")
        return named
    for paid in record.payments:
        of_payment = ((one.refund, one.attempt) for one in record.refunds if one.refund.payment_id == paid.payment.id)
        if (left_to_refund(paid.taken.amount, of_payment) - amount).minor >= 0:
            return paid
    hint = "Give back less, or in another way."
    raise RuleError("refund_exceeds_payment", "No card of this sale was charged as much.", hint)
