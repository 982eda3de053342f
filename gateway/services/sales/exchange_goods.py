"""Exchange: goods come back and others are sold for them, in one unit of work: all of it happens, or nothing.

What comes back becomes store credit, and the credit pays for the new goods as far as it goes. What is left of it stays
with the customer; what is missing is due on the new sale like on any other.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import RuleError
from gateway.domain.ids import GiveBackId, SaleId, TenderId, uuid7
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.tender import GiveBack, ReturnedLine, TenderKind
from gateway.domain.sales.till_sale import SaleRecord, TillSale
from gateway.ports.unit_of_work import StoredAnswer, UnitOfWork
from gateway.services.first_answers import find_first_answer, first_answer_in
from gateway.services.payments.resolve_payment import checked_reason
from gateway.services.sales.give_back_sale import GiveBackCommand, GiveBackSale
from gateway.services.sales.read_sales import locked_sale, read_sale
from gateway.services.sales.sell import OpenSale, OpenSaleCommand, SaleParts, TakeTender, TenderCommand
from gateway.services.sales.settle_sale import put_out

RenderExchange = Callable[[SaleRecord, GiveBack, SaleRecord], bytes]
"""Makes the answer of the old sale, what went back of it, and the new sale."""

CreditCode = Callable[[UnitOfWork, GiveBack], str]
"""Returns the code of the store credit that a give-back made; empty where a customer holds it."""


@dataclass(frozen=True, slots=True)
class ExchangeCommand:
    """A request to exchange. ``sale_id``: where the goods are from; ``new``: the sale of what is taken instead."""

    sale_id: SaleId
    returned: tuple[ReturnedLine, ...]
    reason: str
    new: OpenSaleCommand


class ExchangeGoods:
    """Takes goods back and sells others for them."""

    def __init__(
        self,
        parts: SaleParts,
        *,
        open_sale: OpenSale,
        take: TakeTender,
        give_back: GiveBackSale,
        credit_code: CreditCode,
    ) -> None:
        self._parts = parts
        self._open_sale = open_sale
        self._take = take
        self._give_back = give_back
        self._credit_code = credit_code

    def exchange(self, caller: Caller, command: ExchangeCommand, render: RenderExchange) -> tuple[StoredAnswer, bool]:
        """Exchange; return the answer and whether it is a replay.

        Raises:
            NotFound: ``sale_not_found``.
            InputError: as ``OpenSale`` and ``GiveBackSale``; ``kind_not_offered`` where there is no store credit.
            IdempotencyConflict: ``key_reused``.
            RuleError: as ``GiveBackSale``; ``sale_exists``.
        """
        self._parts.rules.refund_limit.require(caller)
        caller.require(Permission.PAYMENTS_CREATE)
        command = replace(command, reason=checked_reason(command.reason))
        self._parts.way(TenderKind.STORE_CREDIT)
        request = command.new.request
        replay = find_first_answer(self._parts.storage, caller, request)
        if replay is not None:
            return replay, True
        sale = self._open_sale.make(caller, command.new)
        try:
            answer, messages = self._parts.storage.write_retrying(
                lambda unit: self._store(unit, caller, command, sale, render)
            )
        except RuleError:
            # The same request, sent twice at once: the other one has exchanged.
            replay = find_first_answer(self._parts.storage, caller, request)
            if replay is None:
                raise
            return replay, True
        self._parts.wake(messages)
        return answer, False

    def _store(
        self, unit: UnitOfWork, caller: Caller, command: ExchangeCommand, sale: TillSale, render: RenderExchange
    ) -> tuple[StoredAnswer, tuple[OutboxMessage, ...]]:
        old = locked_sale(unit, caller, command.sale_id)
        known = first_answer_in(unit, caller, command.new.request)
        if known is not None:
            return known, ()
        back, messages = self._give_back.give_in(unit, caller, self._return_of(command), old)
        unit.sales.add(sale)
        messages += self._open_sale.announce(unit, sale)
        spent = Money(min(back.amount.minor, sale.total.minor), sale.currency)
        if spent.minor and back.amount.currency == sale.currency:
            messages += self._spend(unit, caller, command, sale, back, spent)
        answer = command.new.request.answer(
            201, render(read_sale(unit, caller, old.sale.id), back, read_sale(unit, caller, sale.id))
        )
        unit.sales.keep_answer(caller.tenant_id, caller.store_id, answer, sale.created_at)
        return answer, put_out(unit, messages)

    def _spend(
        self,
        unit: UnitOfWork,
        caller: Caller,
        command: ExchangeCommand,
        sale: TillSale,
        back: GiveBack,
        spent: Money,
    ) -> tuple[OutboxMessage, ...]:
        tender = TenderCommand(
            tender_id=TenderId(self._new_id()),
            sale_id=sale.id,
            register_id=None,
            kind=TenderKind.STORE_CREDIT,
            amount=spent,
            given=None,
            customer_id=back.customer_id,
            code=self._credit_code(unit, back),
            request=command.new.request,
        )
        record = locked_sale(unit, caller, sale.id)
        _, messages = self._take.take_in(unit, caller, tender, self._parts.way(TenderKind.STORE_CREDIT), record)
        return messages

    def _return_of(self, command: ExchangeCommand) -> GiveBackCommand:
        return GiveBackCommand(
            give_back_id=GiveBackId(self._new_id()),
            sale_id=command.sale_id,
            register_id=command.new.register_id,
            kind=TenderKind.STORE_CREDIT,
            amount=None,
            lines=command.returned,
            of_id=None,
            terminal_id=None,
            customer_id=command.new.customer_id,
            code="",
            reason=command.reason,
            request=command.new.request,
        )

    def _new_id(self) -> uuid.UUID:
        return uuid7(int(self._parts.clock.now().timestamp() * 1000))
