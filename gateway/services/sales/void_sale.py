"""Give up a sale that was stored and that nobody paid: it owes nothing from then on, and takes nothing."""

from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import RuleError
from gateway.domain.ids import SaleId, SaleVoidId
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.till_sale import SaleVoid, TillSale, check_voidable
from gateway.ports.announcer import Announcement
from gateway.ports.unit_of_work import StoredAnswer, UnitOfWork
from gateway.services.first_answers import RequestKey, find_first_answer, first_answer_in
from gateway.services.payments.resolve_payment import checked_reason
from gateway.services.sales.read_sales import locked_sale, read_sale
from gateway.services.sales.sell import RenderSale, SaleParts
from gateway.services.sales.settle_sale import put_out


@dataclass(frozen=True, slots=True)
class VoidSaleCommand:
    """A request to give a sale up. ``void_id``: made by the client, kept over retries."""

    void_id: SaleVoidId
    sale_id: SaleId
    reason: str
    request: RequestKey


class VoidSale:
    """Gives sales up. No money moved, so nothing is booked and no document number is used."""

    def __init__(self, parts: SaleParts) -> None:
        self._parts = parts

    def void(self, caller: Caller, command: VoidSaleCommand, render: RenderSale) -> tuple[StoredAnswer, bool]:
        """Give a sale up; return the answer and whether it is a replay.

        Raises:
            NotFound: ``sale_not_found``.
            InputError: ``reason_needed``.
            IdempotencyConflict: ``key_reused``.
            RuleError: ``sale_voided`` when it was given up before; ``sale_claimed`` when something was paid, is being
                paid or is in doubt.
        """
        caller.require(Permission.PAYMENTS_CANCEL)
        parts, reason = self._parts, checked_reason(command.reason)
        replay = find_first_answer(parts.storage, caller, command.request)
        if replay is not None:
            return replay, True
        try:
            answer, messages, replayed = parts.storage.write_retrying(
                lambda unit: self._store(unit, caller, command, reason, render)
            )
        except RuleError:
            # The same request, sent twice at once: the other one has given this very sale up.
            replay = find_first_answer(parts.storage, caller, command.request)
            if replay is None:
                raise
            return replay, True
        parts.wake(messages)
        return answer, replayed

    def _store(
        self, unit: UnitOfWork, caller: Caller, command: VoidSaleCommand, reason: str, render: RenderSale
    ) -> tuple[StoredAnswer, tuple[OutboxMessage, ...], bool]:
        record = locked_sale(unit, caller, command.sale_id)
        known = first_answer_in(unit, caller, command.request)
        if known is not None:
            return known, (), True
        check_voidable(record)
        given_up = SaleVoid(command.void_id, reason, self._parts.clock.now(), caller.name)
        unit.sales.void(caller.tenant_id, caller.store_id, command.sale_id, given_up)
        answer = command.request.answer(201, render(read_sale(unit, caller, command.sale_id)))
        unit.sales.keep_answer(caller.tenant_id, caller.store_id, answer, given_up.at)
        return answer, put_out(unit, self._parts.announcer.messages(_news(record.sale, given_up))), False


def _news(sale: TillSale, given_up: SaleVoid) -> Announcement:
    return Announcement(
        tenant_id=sale.tenant_id,
        store_id=sale.store_id,
        kind="sale.voided",
        cause_id=sale.id,
        subject=f"/v1/sales/{sale.id}",
        data={
            "sale_id": str(sale.id),
            "register_id": sale.register_id,
            "total": sale.total.to_decimal(),
            "currency": sale.currency.code,
            "reason": given_up.reason,
        },
        at=given_up.at,
        trace_id=sale.trace_id,
    )
